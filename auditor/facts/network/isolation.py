"""Workloads and NetworkPolicies of a world in, which policies isolate each workload's pods out."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.network.policies import PEERS, Policy, by_namespace, maybe_in, network_policies, others, selects
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.facts.world import POLICY_KINDS, WorkloadSummary, World
from auditor.model.facts import Anchor, Fact, Field, Subject

Asked = tuple[Policy, bool | None]
"""A policy, and whether it selects a workload's pods; None where that is open."""

_SOURCES = ("labels",)

ISOLATION = Subject(
    name="isolation",
    description="Which NetworkPolicies select the pods of a workload, in each direction, and what they make of it.",
    variable="isolation",
    owners=("cluster",),
    reads=WORKLOAD_KINDS,
    fields={
        "workload": Field("map", "`apiVersion`, `kind` and `name` of the object with the pod template."),
        "namespace": Field("string", "Empty where the manifest leaves it to deploy time."),
        "labels": Field("map", "Of its pods."),
        "hostNetwork": Field("bool", "Whether its pods use the node's network, where policies do not reliably apply."),
        "controlPlane": Field("string", "The component that it runs, such as `kube-apiserver`, or empty."),
        **{
            f"{direction}{name}": Field(kind, text, _SOURCES, rests_on=POLICY_KINDS)
            for direction in PEERS
            for name, kind, text in (
                ("", "map", f"What policies make of {direction}."),
                (".isolated", "bool", "Whether a policy selects the pods, so that only what policies list passes."),
                (".policies", "list", "Names of the policies that do, sorted."),
                (".deniesAll", "bool", "Isolated, and no rule lets anything through."),
                (".allowsAll", "bool", "A rule of one of them lets everybody through on every port."),
            )
        },
    },
    joined=True,
)


def isolation_facts(world: World) -> Iterator[Fact]:
    """One fact for each workload, as k8s.io/api networking/v1 types.go defines isolation."""
    policies, foreign = by_namespace(network_policies(world)), others(world)
    for workload in world.workloads:
        namespace = workload.ref.namespace
        own = [(policy, selects(policy.selector, workload)) for policy in policies.get(namespace, ())]
        reason = world.conflict(workload.ref) or foreign.get("*") or foreign.get(namespace) or ""
        elsewhere = [] if reason else list(maybe_in(namespace, policies))
        yield _fact(workload, own, elsewhere, world, reason)


def _fact(workload: WorkloadSummary, own: list[Asked], elsewhere: list[Policy], world: World, reason: str) -> Fact:
    ref, origin, template = workload.ref, workload.origin, workload.template
    value: dict[str, Any] = {
        "workload": {"apiVersion": ref.api_version, "kind": ref.kind, "name": ref.name},
        "namespace": ref.namespace,
        "labels": dict(workload.labels),
        "hostNetwork": workload.host_network,
        "controlPlane": workload.control_plane,
    }
    undecided: dict[str, str] = {}
    selecting = [policy for policy, answer in own if answer]
    for direction in PEERS:
        value[direction] = _isolation(direction, [policy for policy in selecting if direction in policy.directions])
        doubt = reason or _doubt(direction, own)
        if doubt:
            undecided[direction] = doubt
            continue
        doubt = _open_namespace(direction, workload, elsewhere)
        if doubt:
            # Another policy never takes isolation away, though it may let more through.
            names = ("policies", "deniesAll", "allowsAll")
            certain = value[direction]["isolated"]
            undecided |= {f"{direction}.{name}": doubt for name in names} if certain else {direction: doubt}
    anchors = {
        "": Anchor(origin, ref, ()),
        "labels": Anchor(origin, ref, (*template, "metadata", "labels")),
        "hostNetwork": Anchor(origin, ref, (*template, "spec", "hostNetwork")),
    }
    fact = Fact("isolation", ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown, fact.undecided = workload.unknown, undecided
    return fact


def _isolation(direction: str, selecting: list[Policy]) -> Mapping[str, Any]:
    """What the policies that select a workload make of one direction of its traffic."""
    return {
        "isolated": bool(selecting),
        "policies": sorted(policy.name for policy in selecting),
        "deniesAll": bool(selecting) and not any(policy.rules[direction] for policy in selecting),
        "allowsAll": any(policy.opens(direction) for policy in selecting),
    }


def _doubt(direction: str, own: list[Asked]) -> str:
    """Why it is open whether a policy selects the workload: it cannot be read, or asks for labels that may come."""
    for policy, answer in own:
        if policy.problem:
            return policy.problem
        if answer is None and direction in policy.directions:
            return f"{policy.resource.ref} asks for labels that a controller may or may not give to the pods"
    return ""


def _open_namespace(direction: str, workload: WorkloadSummary, policies: list[Policy]) -> str:
    """Why policies of another namespace may turn out to be of the workload's own."""
    for policy in policies:
        if direction in policy.directions and selects(policy.selector, workload) is not False:
            open_one = workload.ref if policy.namespace else policy.resource.ref
            return f"{open_one} leaves its namespace to deploy time, and {policy.resource.ref} may select the pods"
    return ""
