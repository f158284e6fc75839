"""A world in, its roles and bindings resolved out: who is bound to which rules, and what could not be told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from auditor.facts.rbac.bindings import Binding, home, read_binding
from auditor.facts.rbac.rules import Rule, covers
from auditor.facts.rbac.told import Told, told
from auditor.facts.world import World, once
from auditor.kube.selectors import Selector, SelectorError, parse_selector
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef
from auditor.tables.rbac import bootstrap

GROUP = "rbac.authorization.k8s.io"
_VERSIONS = frozenset(f"{GROUP}/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
"""Every version there has been; of no other is it known how to decode it."""


class HeldRule(NamedTuple):
    """A rule of a role, and where it stands; without a resource it is of the bootstrap policy."""

    rule: Rule
    resource: Resource | None
    at: int
    stock: bool
    """Whether a stock cluster has the rule in the role of that name."""
    told: Told


class Role(NamedTuple):
    """What a roleRef leads to."""

    rules: tuple[HeldRule, ...]
    source: str
    """`input`, `built-in` or `missing`."""
    aggregated: bool = False
    unknown: str = ""
    """Why the rules cannot be told, or empty."""

    def allows(self, *, cluster: bool) -> set[str]:
        """The capabilities that all of the rules give together, in all of the cluster or else in a namespace."""
        return {word for held in self.rules for word in held.told.allows(cluster=cluster)}


@dataclass(slots=True)
class Rbac:
    """The RBAC objects of one world."""

    world: World
    roles: dict[tuple[str, str, str], list[Resource]] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    resolved: dict[tuple[str, str, str], Role] = field(default_factory=dict)


@once
def index(world: World) -> Rbac:
    """The roles by kind, namespace and name, and the bindings; objects of other API groups are none."""
    rbac = Rbac(world)
    for resource in world.of("Role", "ClusterRole"):
        ref = resource.ref
        if ref.api_version in _VERSIONS:
            rbac.roles.setdefault((ref.kind, home(ref), ref.name), []).append(resource)
    bindings = world.of("RoleBinding", "ClusterRoleBinding")
    rbac.bindings = [read_binding(one) for one in bindings if one.ref.api_version in _VERSIONS]
    return rbac


def role_of(rbac: Rbac, binding: Binding) -> Role:
    """The role that a binding refers to; a Role is looked for in the binding's own namespace."""
    kind, name = str(binding.role_ref["kind"]), str(binding.role_ref["name"])
    return find_role(rbac, kind, home(binding.resource.ref) if kind == "Role" else "", name)


def find_role(rbac: Rbac, kind: str, namespace: str, name: str) -> Role:
    """The role of this name with all of its rules, those gathered by aggregation included."""
    key = (kind, namespace, name)
    if key not in rbac.resolved:
        aggregated = kind == "ClusterRole" and bool(_aggregation(rbac, name))
        rbac.resolved[key] = _aggregated(rbac, name) if aggregated else _plain(rbac, *key)
    return rbac.resolved[key]


def _plain(rbac: Rbac, kind: str, namespace: str, name: str) -> Role:
    found = rbac.roles.get((kind, namespace, name))
    if found:
        return Role(tuple(own_rules(found[0])), "input", unknown=rbac.world.conflict(found[0].ref))
    stock = _stock(kind, namespace, name)
    if stock is None:
        return Role((), "missing", unknown=f"{_named(kind, namespace, name)} is not in the input")
    return Role(tuple(HeldRule(rule, None, at, True, told(rule)) for at, rule in enumerate(stock["rules"])), "built-in")


def _aggregation(rbac: Rbac, name: str) -> Mapping[str, Any]:
    """The aggregationRule of a ClusterRole, empty if it has none."""
    found = rbac.roles.get(("ClusterRole", "", name))
    role = found[0].manifest if found else _stock("ClusterRole", "", name) or {}
    aggregation: Mapping[str, Any] = role.get("aggregationRule") or {}
    return aggregation


def _aggregated(rbac: Rbac, name: str) -> Role:
    """All rules that end up in an aggregated ClusterRole, through others that are aggregated themselves.

    As pkg/controller/clusterroleaggregation: the selectors are alternatives, and the role's own rules are overwritten.
    """
    source = "input" if ("ClusterRole", "", name) in rbac.roles else "built-in"
    seen, todo, rules, unknown = {name}, [name], list[HeldRule](), ""
    while todo:
        one = todo.pop(0)
        found = rbac.roles.get(("ClusterRole", "", one))
        unknown = unknown or (rbac.world.conflict(found[0].ref) if found else "")
        aggregation = _aggregation(rbac, one)
        if not aggregation:
            rules += find_role(rbac, "ClusterRole", "", one).rules
            continue
        try:
            selectors = [parse_selector(selector) for selector in aggregation.get("clusterRoleSelectors") or ()]
        except SelectorError as error:
            unknown = unknown or f"ClusterRole {one} has a malformed aggregationRule: {error}"
            continue
        new = [other for other in _selected(rbac, selectors) if other not in seen]
        seen.update(new)
        todo += new
    return Role(tuple(rules), source, True, unknown)


def own_rules(resource: Resource) -> Iterator[HeldRule]:
    """The rules that stand in a role's manifest."""
    ref = resource.ref
    known = stock_rules(ref.kind, home(ref), ref.name)
    for at, rule in enumerate(resource.manifest.get("rules") or ()):
        yield HeldRule(rule, resource, at, bool(known) and covers(known, [rule]), told(rule))


def is_aggregate(resource: Resource) -> bool:
    """Whether a controller overwrites the role's rules with those of the ClusterRoles that it selects."""
    return resource.ref.kind == "ClusterRole" and bool(resource.manifest.get("aggregationRule"))


def _selected(rbac: Rbac, selectors: list[Selector]) -> list[str]:
    """Names of ClusterRoles that any selector selects, of the input and of a stock cluster."""
    labels = _labels(rbac.world)
    return [name for name, own in labels.items() if any(selector.matches(own) for selector in selectors)]


@once
def _labels(world: World) -> Mapping[str, Mapping[str, str]]:
    """The labels of all ClusterRoles, of the input and of a stock cluster."""
    labels = {name: role.get("labels") or {} for name, role in bootstrap()["ClusterRole"].items()}
    for (kind, _, name), found in index(world).roles.items():
        if kind == "ClusterRole":
            labels[name] = (found[0].manifest.get("metadata") or {}).get("labels") or {}
    return labels


def _stock(kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
    known: Mapping[str, Any] | None = bootstrap().get(kind, {}).get(f"{namespace}/{name}" if namespace else name)
    return known


def stock_rules(kind: str, namespace: str, name: str) -> Sequence[Rule]:
    """What a role of this name permits in a stock cluster of any release known; empty if there is none."""
    return _stock_rules(kind, namespace, name) if _stock(kind, namespace, name) is not None else ()


@cache  # of the roles that are in the table
def _stock_rules(kind: str, namespace: str, name: str) -> Sequence[Rule]:
    stock = _stock(kind, namespace, name) or {}
    rules = [*stock["rules"], *stock.get("also", ())]
    for selector in (stock.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
        parsed = parse_selector(selector)
        for other, role in bootstrap()["ClusterRole"].items():
            if other != name and parsed.matches(role.get("labels") or {}):
                rules += stock_rules("ClusterRole", "", other)
    return rules


def _named(kind: str, namespace: str, name: str) -> str:
    return str(ObjectRef(f"{GROUP}/v1", kind or "(no kind)", namespace, name))
