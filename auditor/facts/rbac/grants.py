"""A world in, facts about its RBAC out: what roles permit, who is bound to them, and each permission granted."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from auditor.facts.rbac.bindings import Binding, Bound
from auditor.facts.rbac.index import (
    HeldRule,
    Rbac,
    Role,
    find_role,
    index,
    is_aggregate,
    own_rules,
    role_of,
    stock_rules,
)
from auditor.facts.rbac.told import dead_in_namespace, told
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import Origin, Path

Unknown = tuple[tuple[Origin, Path, str], ...]
_AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
_BREADTHS = ("everything", "group", "")
_NOT_KNOWN = HeldRule({}, None, 0, False, told({}))
"""Stands for the rules of a role of which they cannot be told."""


def role_facts(world: World) -> Iterator[Fact]:
    """One fact for each rule that stands in a role."""
    rbac = index(world)
    bound: dict[tuple[str, str, str], set[str]] = {}
    for binding in rbac.bindings:
        ref, role_ref = binding.resource.ref, binding.role_ref
        namespace = ref.namespace if role_ref["kind"] == "Role" else ""
        bound.setdefault((str(role_ref["kind"]), namespace, str(role_ref["name"])), set()).add(ref.kind)
    for key, resources in rbac.roles.items():
        for resource in resources:
            if not is_aggregate(resource):
                rules = find_role(rbac, *key).rules if resource is resources[0] else (*own_rules(resource),)
                yield from _role(resource, rules, world, bound.get(key, set()))


def _role(resource: Resource, rules: Sequence[HeldRule], world: World, bound: set[str]) -> Iterator[Fact]:
    origin, ref, name = resource.origin, resource.ref, str(resource.ref)
    metadata = resource.manifest.get("metadata") or {}
    labels = metadata.get("labels") or {}
    widens = [word for word in ("view", "edit", "admin") if labels.get(_AGGREGATE + word) == "true"]
    cluster = ref.kind == "ClusterRole" and (bound != {"RoleBinding"} or bool(widens))
    holds = sorted({word for held in rules for word in held.told.allows(cluster=cluster)})
    here, unknown = Anchor(origin, ref, ()), world.unknown.get(origin, ())
    for held in rules:
        value = {
            "apiVersion": ref.api_version,
            "kind": ref.kind,
            "metadata": metadata,
            "name": name,
            "rule": held.rule,
            "summary": held.told.summary,
            "reach": "cluster" if cluster else "namespace",
            "allows": list(held.told.allows(cluster=cluster)),
            "holds": holds,
            "breadth": held.told.breadth,
            "dead": [*held.told.dead, *(dead_in_namespace(held.rule) if ref.kind == "Role" else ())],
            "bound": bool(bound),
            "widens": widens,
            "adds": sorted({*held.told.cluster} - _stock_words(widens[0])) if widens else [],
            "builtIn": held.stock,
        }
        anchors = {"": here, "rule": Anchor(origin, ref, ("rules", held.at))}
        yield _fact("role", resource, value, anchors, world, unknown)


@cache
def _stock_words(name: str) -> frozenset[str]:
    """What a built-in role allows of itself."""
    return frozenset(word for rule in stock_rules("ClusterRole", "", name) for word in told(rule).cluster)


def binding_facts(world: World) -> Iterator[Fact]:
    """One fact for each subject of each binding."""
    rbac = index(world)
    present = {(one.ref.namespace, one.ref.name) for one in world.of("ServiceAccount")}
    for binding in rbac.bindings:
        resource, role = binding.resource, role_of(rbac, binding)
        widest = {held.told.breadth for held in role.rules}
        common = {
            "apiVersion": resource.ref.api_version,
            "kind": resource.ref.kind,
            "metadata": resource.manifest.get("metadata") or {},
            "name": binding.name,
            "roleRef": binding.role_ref,
            "allows": sorted(role.allows(cluster=binding.cluster)),
            "breadth": next((word for word in _BREADTHS if word in widest), ""),
            "role": role.source,
            "aggregated": role.aggregated,
        }
        unknown = _unknown(rbac, binding, role)
        for subject in binding.subjects:
            own = subject.account
            value = {**common, **_who(subject), "builtIn": subject.stock}
            value["accountPresent"] = (own.get("namespace"), own.get("name")) in present
            fact = _fact("binding", resource, value, _anchors(binding, subject), world, unknown)
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
        for subject in binding.subjects:
            who, anchors = _who(subject), _anchors(binding, subject)
            for held in role.rules if not role.unknown else (_NOT_KNOWN,):
                value = {**who, **_grant(binding, held), "builtIn": subject.stock and held.stock}
                found = {**anchors, **_anchors_of_role(held, anchors["roleRef"])}
                fact = _fact("grant", binding.resource, value, found, world, unknown)
                if role.unknown:
                    fact.undecided = dict.fromkeys(("rule", "allows", "breadth", "builtIn"), role.unknown)
                yield fact


def _grant(binding: Binding, held: HeldRule) -> dict[str, Any]:
    """What a rule means to whoever a binding gives it to."""
    ref, role_ref, cluster = binding.resource.ref, binding.role_ref, binding.cluster
    role = held.resource.ref if held.resource else None
    return {
        "binding": {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name},
        "role": {
            "kind": role.kind if role else str(role_ref["kind"]),
            "namespace": role.namespace if role else "",
            "name": role.name if role else str(role_ref["name"]),
        },
        "rule": held.rule,
        "summary": held.told.summary,
        "scope": "cluster" if cluster else "namespace",
        "allows": list(held.told.allows(cluster=cluster)),
        "breadth": held.told.breadth,
    }


def _who(subject: Bound) -> dict[str, Any]:
    who = {"subject": subject.subject, "everyone": subject.everyone}
    return {**who, "account": subject.account} if subject.account else who


def _anchors(binding: Binding, subject: Bound) -> dict[str, Anchor]:
    origin, ref = binding.resource.origin, binding.resource.ref
    return {
        "": Anchor(origin, ref, ()),
        "subject": Anchor(origin, ref, ("subjects", subject.at)),
        "roleRef": Anchor(origin, ref, ("roleRef",)),
    }


def _anchors_of_role(held: HeldRule, reference: Anchor) -> dict[str, Anchor]:
    """Where the rule of a grant and its role stand; those of the bootstrap policy only where they are referred to."""
    if held.resource is None:
        return {"rule": reference, "role": reference}
    origin, ref = held.resource.origin, held.resource.ref
    return {"rule": Anchor(origin, ref, ("rules", held.at)), "role": Anchor(origin, ref, ())}


def _unknown(rbac: Rbac, binding: Binding, role: Role) -> Unknown:
    """Undecoded fields of the binding and of every role that its rules stand in."""
    if not rbac.world.unknown:
        return ()
    origins = {binding.resource.origin, *(held.resource.origin for held in role.rules if held.resource is not None)}
    return tuple(item for origin in sorted(origins) for item in rbac.world.unknown.get(origin, ()))


def _fact(
    subject: str, resource: Resource, value: dict[str, Any], anchors: dict[str, Anchor], world: World, unknown: Unknown
) -> Fact:
    owners = {"cluster": world.cluster}
    return Fact(subject, resource.ref, value, anchors, world.name, owners, unknown=unknown)
