"""A world in, its roles and bindings resolved out: who is bound to which rules, and what could not be told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from auditor.facts.rbac.rules import Rule, covers
from auditor.facts.world import World, once
from auditor.kube.selectors import Selector, SelectorError, parse_selector
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef
from auditor.tables.rbac import bootstrap

GROUP = "rbac.authorization.k8s.io"
_VERSIONS = frozenset(f"{GROUP}/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
"""Every version there has been; of no other is it known how to decode it."""
_ACCOUNT_USER = "system:serviceaccount:"
_ACCOUNTS_GROUP = "system:serviceaccounts:"
_GROUPS = {
    "system:unauthenticated": "unauthenticated",
    "system:authenticated": "authenticated",
    "system:serviceaccounts": "serviceaccounts",
    "system:masters": "masters",
}


class HeldRule(NamedTuple):
    """A rule of a role, and where it stands; without a resource it is of the bootstrap policy."""

    rule: Rule
    resource: Resource | None
    at: int
    stock: bool
    """Whether a stock cluster has the rule in the role of that name."""


class Role(NamedTuple):
    """What a roleRef leads to."""

    rules: tuple[HeldRule, ...]
    source: str
    """`input`, `built-in` or `missing`."""
    aggregated: bool = False
    unknown: str = ""
    """Why the rules cannot be told, or empty."""


@dataclass(slots=True)
class Rbac:
    """The RBAC objects of one world."""

    world: World
    roles: dict[tuple[str, str, str], list[Resource]] = field(default_factory=dict)
    bindings: list[Resource] = field(default_factory=list)
    resolved: dict[tuple[str, str, str], Role] = field(default_factory=dict)


@once
def index(world: World) -> Rbac:
    """The roles by kind, namespace and name, and the bindings; objects of other API groups are none."""
    rbac = Rbac(world)
    for resource in world.of("Role", "ClusterRole"):
        ref = resource.ref
        if ref.api_version in _VERSIONS:
            rbac.roles.setdefault((ref.kind, _namespace(ref), ref.name), []).append(resource)
    rbac.bindings = [one for one in world.of("RoleBinding", "ClusterRoleBinding") if one.ref.api_version in _VERSIONS]
    return rbac


def _namespace(ref: ObjectRef) -> str:
    return ref.namespace if ref.kind in ("Role", "RoleBinding") else ""


def role_of(rbac: Rbac, binding: Resource) -> Role:
    """The role that a binding refers to; a Role is looked for in the binding's own namespace."""
    role_ref = binding.manifest.get("roleRef") or {}
    kind, name = str(role_ref.get("kind", "")), str(role_ref.get("name", ""))
    return find_role(rbac, kind, _namespace(binding.ref) if kind == "Role" else "", name)


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
    return Role(tuple(HeldRule(rule, None, at, True) for at, rule in enumerate(stock["rules"])), "built-in")


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
            rules += _plain(rbac, "ClusterRole", "", one).rules
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
    known = stock_rules(ref.kind, _namespace(ref), ref.name)
    for at, rule in enumerate(resource.manifest.get("rules") or ()):
        yield HeldRule(rule, resource, at, bool(known) and covers(known, [rule]))


def is_aggregate(resource: Resource) -> bool:
    """Whether a controller overwrites the role's rules with those of the ClusterRoles that it selects."""
    return resource.ref.kind == "ClusterRole" and bool(resource.manifest.get("aggregationRule"))


def _selected(rbac: Rbac, selectors: list[Selector]) -> list[str]:
    """Names of ClusterRoles that any selector selects, of the input and of a stock cluster."""
    labels = {name: role.get("labels") or {} for name, role in bootstrap()["ClusterRole"].items()}
    for (kind, _, name), found in rbac.roles.items():
        if kind == "ClusterRole":
            labels[name] = (found[0].manifest.get("metadata") or {}).get("labels") or {}
    return [name for name, own in labels.items() if any(selector.matches(own) for selector in selectors)]


def _stock(kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
    known: Mapping[str, Any] | None = bootstrap().get(kind, {}).get(f"{namespace}/{name}" if namespace else name)
    return known


def stock_rules(kind: str, namespace: str, name: str) -> list[Rule]:
    """What a role of this name permits in a stock cluster of any release known; empty if there is none."""
    stock = _stock(kind, namespace, name)
    if stock is None:
        return []
    rules = [*stock["rules"], *stock.get("also", ())]
    for selector in (stock.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
        parsed = parse_selector(selector)
        for other, role in bootstrap()["ClusterRole"].items():
            if other != name and parsed.matches(role.get("labels") or {}):
                rules += stock_rules("ClusterRole", "", other)
    return rules


def is_stock_binding(binding: Resource, subject: Mapping[str, Any]) -> bool:
    """Whether a stock cluster binds this subject to this role in this place, whatever the binding is called."""
    role_ref = binding.manifest.get("roleRef") or {}
    who = ":".join((str(subject.get("kind", "")), _subject_namespace(binding, subject), str(subject.get("name", ""))))
    return (_namespace(binding.ref), role_ref.get("kind"), role_ref.get("name"), who) in _stock_bindings()


@cache
def _stock_bindings() -> frozenset[tuple[str, str, str, str]]:
    """Namespace, role kind, role name and subject of every binding of a stock cluster."""
    return frozenset(
        (name.partition("/")[0] if kind == "RoleBinding" else "", binding["roleKind"], binding["roleRef"], subject)
        for kind in ("ClusterRoleBinding", "RoleBinding")
        for name, binding in bootstrap()[kind].items()
        for subject in binding["subjects"]
    )


def subjects(binding: Resource) -> Iterator[tuple[int, dict[str, Any]]]:
    """The subjects of a binding with their index, as the API server converts them."""
    for at, subject in enumerate(binding.manifest.get("subjects") or ()):
        legacy = binding.ref.api_version == f"{GROUP}/v1alpha1"
        if legacy and subject.get("kind") == "User" and subject.get("name") == "*":
            # Convert_v1alpha1_Subject_To_rbac_Subject in pkg/apis/rbac/v1alpha1/conversion.go.
            subject = {**subject, "kind": "Group", "name": "system:authenticated"}
        yield at, subject


def _subject_namespace(binding: Resource, subject: Mapping[str, Any]) -> str:
    if subject.get("kind") != "ServiceAccount":
        return ""
    return str(subject.get("namespace") or _namespace(binding.ref))


def everyone(subject: Mapping[str, Any]) -> str:
    """Which of the groups that nobody is put into by hand a subject is, or `masters`; else empty."""
    kind, name = subject.get("kind"), str(subject.get("name", ""))
    if kind == "Group":
        return _GROUPS.get(name, "namespace" if name.startswith(_ACCOUNTS_GROUP) else "")
    return "unauthenticated" if kind == "User" and name == "system:anonymous" else ""


def account(binding: Resource, subject: Mapping[str, Any]) -> dict[str, str]:
    """Namespace and name of the service account that a subject is, in either spelling; empty if it is none.

    As appliesToUser in pkg/registry/rbac/validation/rule.go.
    """
    kind, name = subject.get("kind"), str(subject.get("name", ""))
    if kind == "ServiceAccount":
        if binding.ref.kind == "ClusterRoleBinding" and not subject.get("namespace"):
            return {}
        return {"namespace": _subject_namespace(binding, subject), "name": name}
    if kind == "User" and name.startswith(_ACCOUNT_USER):
        namespace, _, own = name.removeprefix(_ACCOUNT_USER).partition(":")
        return {"namespace": namespace, "name": own} if namespace and own else {}
    return {}


def account_group(subject: Mapping[str, Any]) -> str:
    """The namespace all of whose service accounts a group holds, or empty."""
    name = str(subject.get("name", ""))
    return name.removeprefix(_ACCOUNTS_GROUP) if everyone(subject) == "namespace" else ""


def _named(kind: str, namespace: str, name: str) -> str:
    return str(ObjectRef(f"{GROUP}/v1", kind or "(no kind)", namespace, name))
