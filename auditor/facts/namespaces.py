"""Namespaces of a world in, with their Pod Security levels, quotas and policies out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.facts.network.policies import PEERS, Policy, by_namespace, network_policies, others
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.facts.world import POLICY_KINDS, World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Path

LABEL = "pod-security.kubernetes.io/"
"""Prefix of the labels that set the Pod Security level of a namespace (k8s.io/pod-security-admission api)."""

LEVELS = ("privileged", "baseline", "restricted")
"""Pod Security levels, from the weakest."""

MODES = ("enforce", "audit", "warn")
"""What the Pod Security admission plugin does about a pod that breaks a level."""

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces that Kubernetes makes for itself."""

_LABELS = ("metadata.labels",)
_LABELLED = ("metadata", "podSecurity", "enforceLabel", "enforceVersionLabel")

NAMESPACE = Subject(
    name="namespace",
    description="A namespace: a Namespace object, or one that other objects of the input name.",
    variable="ns",
    owners=("cluster",),
    reads=("Namespace",),
    fields={
        "name": Field("string", "Its name.", ("metadata.name",)),
        "declared": Field("bool", "Whether the input holds its Namespace object; else labels are undecided."),
        "metadata": Field("ObjectMeta", "Of the Namespace object."),
        "system": Field("bool", "Whether it is one of Kubernetes' own.", ("metadata.name",)),
        "podSecurity": Field("map", "Levels in effect, by mode; the admission plugin's own defaults assumed.", _LABELS),
        **{
            f"podSecurity.{mode}{name}": Field(kind, text, ((f"{mode}Label",) if mode == "enforce" else ()) + _LABELS)
            for mode in MODES
            for name, kind, text in (
                ("", "map", f"What is in effect to {mode}."),
                (".level", "string", "`privileged`, `baseline` or `restricted`."),
                (".version", "string", "`latest` or such as `v1.25`."),
                (".minor", "int", "Minor version; -1 for `latest`."),
                (".set", "bool", "Whether the label with the level is there."),
                (".valid", "bool", "Whether the labels with level and version, if there, have values that exist."),
            )
        },
        "podSecurity.invalid": Field("list", "Pod Security labels with a value that does not exist.", _LABELS),
        "enforceLabel": Field("string", "The label with the level to enforce, as written.", optional=True),
        "enforceVersionLabel": Field("string", "The label with its version, as written.", optional=True),
        "quotas": Field("list", "Names of its ResourceQuotas.", ("metadata.name",), rests_on=("ResourceQuota",)),
        "limitRanges": Field("list", "Names of its LimitRanges.", ("metadata.name",), rests_on=("LimitRange",)),
        "policies": Field("list", "Names of its NetworkPolicies.", ("metadata.name",), rests_on=("NetworkPolicy",)),
        "workloads": Field(
            "int", "How many workloads of the input are in it.", ("metadata.name",), rests_on=WORKLOAD_KINDS
        ),
        "defaultDeny": Field(
            "map",
            "`ingress` and `egress`: whether a policy isolates all its pods, and none that selects all allows all.",
            ("metadata.name",),
            rests_on=POLICY_KINDS,
        ),
    },
    joined=True,
)


def namespace_facts(world: World) -> Iterator[Fact]:
    """One fact for each namespace that the input declares or names."""
    quotas, ranges = _names(world.of("ResourceQuota")), _names(world.of("LimitRange"))
    policies, foreign = by_namespace(network_policies(world)), others(world)
    workloads: dict[str, int] = {}
    for workload in world.workloads:
        workloads[workload.ref.namespace] = workloads.get(workload.ref.namespace, 0) + 1
    for fact in _bare_facts(world):
        name = fact.value["name"]
        own = policies.get(name, [])
        fact.value |= {
            "quotas": quotas.get(name, []),
            "limitRanges": ranges.get(name, []),
            "policies": sorted(policy.name for policy in own),
            "workloads": workloads.get(name, 0),
            "defaultDeny": {direction: _denies_by_default(direction, own) for direction in PEERS},
        }
        reason = next((policy.problem for policy in own if policy.problem), "")
        reason = reason or foreign.get("*") or foreign.get(name) or ""
        if reason:
            fact.undecided["defaultDeny"] = reason
        fact.undecided |= _left_open(own, policies.get("", []))
        for field, kind, found in (("quotas", "ResourceQuota", quotas), ("limitRanges", "LimitRange", ranges)):
            if not fact.value[field] and "" in found:
                fact.undecided[field] = f"{kind}/{found[''][0]} leaves its namespace to deploy time"
        yield fact


def _bare_facts(world: World) -> Iterator[Fact]:
    """Facts of the Namespace objects, then of those namespaces that are only named, where they are named first."""
    declared = [resource for resource in world.of("Namespace") if not resource.ref.group]
    for resource in declared:
        yield _declared(resource, world)
    known = {resource.ref.name for resource in declared} | {""}
    users = (user for user in _users(world) if user[0].namespace not in known)
    for ref, origin in sorted(users, key=lambda user: user[1]):
        if ref.namespace not in known:
            known.add(ref.namespace)
            anchor = Anchor(origin, ref, ())
            named = Anchor(origin, ref, ("metadata", "namespace"))
            own = ObjectRef("v1", "Namespace", "", ref.namespace)
            value = _value(own, {"name": ref.namespace}, declared=False)
            anchors = {"": anchor, "metadata": named, "metadata.name": named}
            fact = Fact("namespace", own, value, anchors, world.name, {"cluster": world.cluster})
            reason = f"the input holds no Namespace object {ref.namespace}, so its labels are not known"
            fact.undecided = dict.fromkeys(_LABELLED, reason)
            yield fact


def _users(world: World) -> Iterator[tuple[ObjectRef, Any]]:
    yield from ((workload.ref, workload.origin) for workload in world.workloads)
    yield from ((resource.ref, resource.origin) for kind in world.resources.values() for resource in kind)


def _declared(resource: Resource, world: World) -> Fact:
    origin, ref = resource.origin, resource.ref
    path: Path = ("metadata", "labels")
    anchors = {
        "": Anchor(origin, ref, ()),
        "enforceLabel": Anchor(origin, ref, (*path, f"{LABEL}enforce")),
        "enforceVersionLabel": Anchor(origin, ref, (*path, f"{LABEL}enforce-version")),
    }
    value = _value(ref, resource.manifest.get("metadata") or {}, declared=True)
    fact = Fact("namespace", ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(origin, ())
    conflict = world.conflict(ref)
    if conflict:
        fact.undecided = dict.fromkeys(_LABELLED, conflict)
    return fact


def _value(ref: ObjectRef, metadata: Mapping[str, Any], *, declared: bool) -> dict[str, Any]:
    labels = metadata.get("labels") or {}
    value: dict[str, Any] = {
        "name": ref.name,
        "declared": declared,
        "metadata": metadata,
        "system": ref.name in SYSTEM,
        "podSecurity": pod_security(labels),
    }
    for name, label in (("enforceLabel", "enforce"), ("enforceVersionLabel", "enforce-version")):
        if LABEL + label in labels:
            value[name] = labels[LABEL + label]
    return value


def pod_security(labels: Mapping[str, str]) -> dict[str, Any]:
    """The levels in effect, as PolicyToEvaluate of k8s.io/pod-security-admission api/helpers.go decides them.

    A level to enforce that does not exist counts as restricted, one to audit or warn as privileged; a version that
    does not exist counts as latest. Without a label of its own, `warn` follows what is enforced.
    """
    modes = {mode: _mode(labels, mode) for mode in MODES}
    enforce, warn = modes["enforce"], modes["warn"]
    if not warn["set"] and enforce["set"] and enforce["level"] != "privileged" and labels[f"{LABEL}enforce"] in LEVELS:
        warn["level"] = enforce["level"]
        if f"{LABEL}warn-version" not in labels:
            warn["version"], warn["minor"] = enforce["version"], enforce["minor"]
    return {**modes, "invalid": sorted(_invalid(labels))}


def _mode(labels: Mapping[str, str], mode: str) -> dict[str, Any]:
    level = labels.get(LABEL + mode, "privileged")
    version = labels.get(f"{LABEL}{mode}-version", "latest")
    known, minor = level in LEVELS, _minor(version)
    return {
        "level": level if known else "restricted" if mode == "enforce" else "privileged",
        "version": version if minor is not None and minor >= 0 else "latest",
        "minor": -1 if minor is None else minor,
        "set": LABEL + mode in labels,
        "valid": known and minor is not None,
    }


def _minor(version: str) -> int | None:
    """The minor version that a label names, -1 for `latest`, None if there is no such version."""
    if version == "latest":
        return -1
    match = re.fullmatch(r"v1\.(0|[1-9][0-9]{0,17})", version)
    return int(match[1]) if match else None


def _invalid(labels: Mapping[str, str]) -> Iterator[str]:
    for mode in MODES:
        if labels.get(LABEL + mode, "privileged") not in LEVELS:
            yield LABEL + mode
        if _minor(labels.get(f"{LABEL}{mode}-version", "latest")) is None:
            yield f"{LABEL}{mode}-version"


def _denies_by_default(direction: str, policies: Iterable[Policy]) -> bool:
    everywhere = [policy for policy in policies if _is_default(direction, policy)]
    return bool(everywhere) and not any(policy.opens(direction) for policy in everywhere)


def _is_default(direction: str, policy: Policy) -> bool:
    """Whether a policy is about all pods of its namespace."""
    return direction in policy.directions and not policy.selector.requirements


def _left_open(own: list[Policy], nowhere: list[Policy]) -> dict[str, str]:
    """Directions whose default would change if one of the policies that name no namespace came into this one."""
    found: dict[str, str] = {}
    for direction in PEERS:
        now = _denies_by_default(direction, own)
        for policy in nowhere:
            if _is_default(direction, policy) and _denies_by_default(direction, [*own, policy]) != now:
                found[f"defaultDeny.{direction}"] = f"{policy.resource.ref} leaves its namespace to deploy time"
                break
    return found


def _names(resources: Iterable[Resource]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for resource in resources:
        if not resource.ref.group:
            found.setdefault(resource.ref.namespace, []).append(resource.ref.name)
    return {namespace: sorted(names) for namespace, names in found.items()}
