"""A world in, facts about its RBAC out: what roles permit, who is bound to them, and each permission granted."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from auditor.facts.rbac.index import (
    HeldRule,
    Rbac,
    Role,
    account,
    everyone,
    index,
    is_aggregate,
    is_stock_binding,
    own_rules,
    role_of,
    stock_rules,
    subjects,
)
from auditor.facts.rbac.rules import allowed_words, breadth, dead_parts, summary
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import Origin, Path

Unknown = tuple[tuple[Origin, Path, str], ...]
_AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
_NOBODY = {"kind": "", "name": ""}
"""What the API server makes of fields that are required and missing, before it refuses the object."""
_BREADTHS = ("everything", "group", "")


def role_facts(world: World) -> Iterator[Fact]:
    """One fact for each rule that stands in a role."""
    rbac = index(world)
    bound: dict[tuple[str, str, str], set[str]] = {}
    for binding in rbac.bindings:
        role_ref = binding.manifest.get("roleRef") or {}
        namespace = binding.ref.namespace if role_ref.get("kind") == "Role" else ""
        key = (str(role_ref.get("kind", "")), namespace, str(role_ref.get("name", "")))
        bound.setdefault(key, set()).add(binding.ref.kind)
    for key, resources in rbac.roles.items():
        for resource in resources:
            if not is_aggregate(resource):
                yield from _role(resource, world, bound.get(key, set()))


def _role(resource: Resource, world: World, bound: set[str]) -> Iterator[Fact]:
    ref, manifest = resource.ref, resource.manifest
    metadata = manifest.get("metadata") or {}
    labels = metadata.get("labels") or {}
    widens = [name for name in ("view", "edit", "admin") if labels.get(_AGGREGATE + name) == "true"]
    cluster = ref.kind == "ClusterRole" and (bound != {"RoleBinding"} or bool(widens))
    rules = list(own_rules(resource))
    allowed = [allowed_words(held.rule, cluster=cluster) for held in rules]
    holds = _union(allowed)
    for held, allows in zip(rules, allowed, strict=True):
        value = {
            "apiVersion": ref.api_version,
            "kind": ref.kind,
            "metadata": metadata,
            "name": str(ref),
            "rule": held.rule,
            "summary": summary(held.rule),
            "reach": "cluster" if cluster else "namespace",
            "allows": list(allows),
            "holds": holds,
            "breadth": breadth(held.rule),
            "dead": dead_parts(held.rule, namespaced=ref.kind == "Role"),
            "bound": bool(bound),
            "widens": widens,
            "adds": sorted(_beyond(widens[0], held.rule)) if widens else [],
            "builtIn": held.stock,
        }
        anchors = {
            "": Anchor(resource.origin, ref, ()),
            "rule": Anchor(resource.origin, ref, ("rules", held.at)),
        }
        yield _fact("role", resource, value, anchors, world, world.unknown.get(resource.origin, ()))


def _beyond(built_in: str, rule: Mapping[str, Any]) -> set[str]:
    """What a rule allows that a built-in role does not allow of itself."""
    return {*allowed_words(rule, cluster=True)} - _stock_words(built_in)


@cache
def _stock_words(name: str) -> frozenset[str]:
    return frozenset(
        word for rule in stock_rules("ClusterRole", "", name) for word in allowed_words(rule, cluster=True)
    )


def binding_facts(world: World) -> Iterator[Fact]:
    """One fact for each subject of each binding."""
    rbac = index(world)
    present = {(one.ref.namespace, one.ref.name) for one in world.of("ServiceAccount")}
    for binding in rbac.bindings:
        role, cluster = role_of(rbac, binding), binding.ref.kind == "ClusterRoleBinding"
        widest = {breadth(held.rule) for held in role.rules}
        common = {
            "apiVersion": binding.ref.api_version,
            "kind": binding.ref.kind,
            "metadata": binding.manifest.get("metadata") or {},
            "name": str(binding.ref),
            "roleRef": {**_NOBODY, **(binding.manifest.get("roleRef") or {})},
            "allows": _union(allowed_words(held.rule, cluster=cluster) for held in role.rules),
            "breadth": next((word for word in _BREADTHS if word in widest), ""),
            "role": role.source,
            "aggregated": role.aggregated,
        }
        for at, subject in subjects(binding):
            value = {**common, **_who(binding, subject), "builtIn": is_stock_binding(binding, subject)}
            own = value.get("account", {})
            value["accountPresent"] = (own.get("namespace"), own.get("name")) in present
            fact = _fact("binding", binding, value, _anchors(binding, at), world, _unknown(rbac, binding, role))
            if role.unknown:
                fact.undecided = dict.fromkeys(("allows", "breadth"), role.unknown)
            if own and not own["namespace"]:
                fact.undecided["accountPresent"] = "the namespace is left to deploy time"
            yield fact


def grant_facts(world: World) -> Iterator[Fact]:
    """One fact for each rule that each subject of each binding is given; one alone where the rules are unknown."""
    rbac = index(world)
    for binding in rbac.bindings:
        role = role_of(rbac, binding)
        unknown = _unknown(rbac, binding, role)
        for at, subject in subjects(binding):
            stock = is_stock_binding(binding, subject)
            rules: Iterable[HeldRule] = role.rules if not role.unknown else (HeldRule({}, None, 0, False),)
            for held in rules:
                yield _grant(rbac, binding, at, subject, role, held, unknown, stock=stock)


def _grant(
    rbac: Rbac,
    binding: Resource,
    at: int,
    subject: dict[str, Any],
    role: Role,
    held: HeldRule,
    unknown: Unknown,
    *,
    stock: bool,
) -> Fact:
    ref, role_ref = binding.ref, binding.manifest.get("roleRef") or {}
    cluster = ref.kind == "ClusterRoleBinding"
    value = {
        **_who(binding, subject),
        "binding": {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name},
        "role": _role_name(held, role_ref),
        "rule": held.rule,
        "summary": summary(held.rule),
        "scope": "cluster" if cluster else "namespace",
        "allows": list(allowed_words(held.rule, cluster=cluster)),
        "breadth": breadth(held.rule),
        "builtIn": stock and held.stock,
    }
    anchors = _anchors(binding, at)
    anchors["rule"] = anchors["role"] = anchors["roleRef"]
    if held.resource is not None:
        anchors["role"] = Anchor(held.resource.origin, held.resource.ref, ())
        anchors["rule"] = Anchor(held.resource.origin, held.resource.ref, ("rules", held.at))
    fact = _fact("grant", binding, value, anchors, rbac.world, unknown)
    if role.unknown:
        fact.undecided = dict.fromkeys(("rule", "allows", "breadth", "builtIn"), role.unknown)
    return fact


def _who(binding: Resource, subject: dict[str, Any]) -> dict[str, Any]:
    who: dict[str, Any] = {"subject": {**_NOBODY, **subject}, "everyone": everyone(subject)}
    found = account(binding, subject)
    return {**who, "account": found} if found else who


def _role_name(held: HeldRule, role_ref: Mapping[str, Any]) -> dict[str, str]:
    if held.resource is None:
        return {"kind": str(role_ref.get("kind", "")), "namespace": "", "name": str(role_ref.get("name", ""))}
    ref = held.resource.ref
    return {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _anchors(binding: Resource, at: int) -> dict[str, Anchor]:
    origin, ref = binding.origin, binding.ref
    return {
        "": Anchor(origin, ref, ()),
        "subject": Anchor(origin, ref, ("subjects", at)),
        "roleRef": Anchor(origin, ref, ("roleRef",)),
    }


def _unknown(rbac: Rbac, binding: Resource, role: Role) -> Unknown:
    """Undecoded fields of the binding and of every role that its rules stand in."""
    if not rbac.world.unknown:
        return ()
    origins = {binding.origin, *(held.resource.origin for held in role.rules if held.resource is not None)}
    return tuple(item for origin in sorted(origins) for item in rbac.world.unknown.get(origin, ()))


def _union(words: Iterable[Iterable[str]]) -> list[str]:
    return sorted({word for some in words for word in some})


def _fact(
    subject: str, resource: Resource, value: dict[str, Any], anchors: dict[str, Anchor], world: World, unknown: Unknown
) -> Fact:
    owners = {"cluster": world.cluster}
    return Fact(subject, resource.ref, value, anchors, world.name, owners, unknown=unknown)
