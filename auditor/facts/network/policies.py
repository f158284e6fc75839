"""NetworkPolicies of a world in, what each really does out: the `policy` facts, and the policies that joins read."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from auditor.facts.network.policy_rules import describe_rule
from auditor.facts.workloads.templates import BUILT_IN_GROUPS, WORKLOAD_KINDS
from auditor.facts.world import WorkloadSummary, World, once
from auditor.kube.selectors import Selector, SelectorError, parse_selector
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource

_Item = TypeVar("_Item")

PEERS: Mapping[str, str] = {"ingress": "from", "egress": "to"}
"""The directions of traffic, by the names of their rule lists, and the field with the peers in such a rule."""

GROUPS = frozenset({"networking.k8s.io", "extensions"})
"""API groups that ever served Kubernetes' own NetworkPolicy."""

CLUSTERWIDE = frozenset(
    {
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "ClusterNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "GlobalNetworkPolicy",
    }
)
"""Cluster-scoped kinds by which network plugins and SIG Network isolate pods beside NetworkPolicy."""

ADDED_LABELS = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
"""Labels that Kubernetes adds to pods beyond their template (k8s.io/api apps/v1 and batch/v1, KEP-4742)."""

_RULES = "One item for each rule of the direction: `index`, and the fields below. Empty if the policy ignores them."

POLICY = Subject(
    name="policy",
    description="A NetworkPolicy with what it really does.",
    variable="policy",
    owners=("cluster",),
    reads=("NetworkPolicy",),
    fields={
        "metadata": Field("ObjectMeta", "The object's metadata."),
        "spec": Field("NetworkPolicySpec", "As the API server would decode it.", optional=True),
        "directions": Field("list", "`ingress`, `egress`: what it isolates.", ("spec.policyTypes", "spec.egress")),
        "ignored": Field(
            "list", "Directions for which it has rules that its policyTypes switch off.", ("spec.policyTypes",)
        ),
        "ingress": Field("list", _RULES, ("spec.ingress",)),
        "egress": Field("list", _RULES, ("spec.egress",)),
        **{
            f"{direction}.{name}": Field("bool", text, (f"spec.{direction}",))
            for direction in PEERS
            for name, text in (
                ("anyPeer", "It names no peers, so it is about all of them."),
                ("anyAddress", "Its ipBlocks span all of IPv4 or all of IPv6, without exceptions."),
                ("anyNamespace", "It admits every pod of every namespace."),
                ("anyPort", "It names no ports, or all of TCP."),
            )
        },
        "egress.metadataService": Field("bool", "It covers 169.254.169.254 on TCP port 80.", ("spec.egress",)),
        "selectsAll": Field("bool", "Whether it selects every pod of its namespace.", ("spec.podSelector",)),
        "selects": Field(
            "int", "How many workloads of the input it selects.", ("spec.podSelector",), rests_on=WORKLOAD_KINDS
        ),
    },
    joined=True,
)


class Policy(NamedTuple):
    """A NetworkPolicy, read once. With a `problem` nothing else of it is certain, and its API server would say so."""

    resource: Resource
    selector: Selector
    directions: tuple[str, ...]
    rules: Mapping[str, list[dict[str, Any]]]
    problem: str = ""

    @property
    def namespace(self) -> str:
        """The namespace whose pods it may select."""
        return self.resource.ref.namespace

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.resource.ref.name

    def opens(self, direction: str) -> bool:
        """Whether one of its rules lets everybody through on every port, which makes the whole union open."""
        return any(rule["anyPeer"] and rule["anyPort"] for rule in self.rules[direction])


@once
def network_policies(world: World) -> list[Policy]:
    """All NetworkPolicies of Kubernetes' own kind, in the order of the input."""
    found = (resource for resource in world.of("NetworkPolicy") if resource.ref.group in GROUPS)
    return [_read(resource, _problem(world, resource)) for resource in found]


def by_namespace(policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """Policies by their namespace, `""` where the manifests leave it to deploy time."""
    found: dict[str, list[Policy]] = {}
    for policy in policies:
        found.setdefault(policy.namespace, []).append(policy)
    return found


def maybe_in(namespace: str, found: Mapping[str, list[_Item]]) -> Iterable[_Item]:
    """Of what is grouped by namespace, that which may come to share this one: it, or the other, leaves it open."""
    if namespace:
        return found.get("", ())
    return chain.from_iterable(items for name, items in found.items() if name)


def others(world: World) -> dict[str, str]:
    """Why other kinds of policies leave isolation undecided: by namespace, `*` for all of them."""
    reasons: dict[str, str] = {}
    for resource in world.of("NetworkPolicy", "CiliumNetworkPolicy", *CLUSTERWIDE):
        if resource.ref.group not in GROUPS:
            everywhere = resource.ref.kind in CLUSTERWIDE
            reason = f"{resource.ref} ({resource.ref.api_version}) may isolate pods as well and is not evaluated"
            reasons.setdefault("*" if everywhere else resource.ref.namespace, reason)
    return reasons


def selects(selector: Selector, workload: WorkloadSummary) -> bool | None:
    """Whether a selector selects a workload's pods; None where it asks for labels that a controller may add."""
    doubtful = False
    for requirement in selector.requirements:
        if requirement.key not in workload.labels and _may_be_added(requirement.key, workload):
            doubtful = True
        elif not requirement.matches(workload.labels):
            return False
    return None if doubtful else True


def _may_be_added(label: str, workload: WorkloadSummary) -> bool:
    return workload.ref.group not in BUILT_IN_GROUPS or label in ADDED_LABELS


def policy_facts(world: World) -> Iterator[Fact]:
    """One fact for each NetworkPolicy."""
    workloads: dict[str, list[WorkloadSummary]] = {}
    for workload in world.workloads:
        workloads.setdefault(workload.ref.namespace, []).append(workload)
    for policy in network_policies(world):
        yield _fact(policy, workloads, world)


def _fact(policy: Policy, workloads: Mapping[str, list[WorkloadSummary]], world: World) -> Fact:
    resource = policy.resource
    spec: dict[str, Any] = resource.manifest.get("spec") or {}
    own = workloads.get(policy.namespace, ())
    answers = [selects(policy.selector, workload) for workload in own if not workload.host_network]
    value: dict[str, Any] = {
        "metadata": {"name": resource.ref.name, **(resource.manifest.get("metadata") or {})},
        "spec": spec,
        "directions": [*policy.directions],
        "ignored": [name for name in PEERS if spec.get(name) and name not in policy.directions],
        **policy.rules,
        "selectsAll": not policy.selector.requirements,
        "selects": answers.count(True),
    }
    anchors = {"": Anchor(resource.origin, resource.ref, ())}
    fact = Fact("policy", resource.ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(resource.origin, ())
    if policy.problem:
        names = ("directions", "ignored", *PEERS, "selectsAll", "selects")
        fact.undecided = dict.fromkeys(names, policy.problem)
    elif True not in answers:
        doubt = _doubt(policy, maybe_in(policy.namespace, workloads), answers)
        fact.undecided = {"selects": doubt} if doubt else {}
    return fact


def _doubt(policy: Policy, elsewhere: Iterable[WorkloadSummary], answers: list[bool | None]) -> str:
    """Why a policy that certainly selects nothing may yet select something."""
    if None in answers:
        return "it asks for labels that a controller may or may not give to its pods"
    for workload in elsewhere:
        if not workload.host_network and selects(policy.selector, workload) is not False:
            open_one = workload.ref if policy.namespace else policy.resource.ref
            return f"{open_one} leaves its namespace to deploy time"
    return ""


def _problem(world: World, resource: Resource) -> str:
    """Why a policy cannot be relied on: it is in the input twice, or a field of its spec could not be decoded."""
    conflict = world.conflict(resource.ref)
    if conflict:
        return conflict
    for _, path, reason in world.unknown.get(resource.origin, ()):
        if path[:1] == ("spec",):
            return f"{resource.ref}: {reason}"
    return ""


def _read(resource: Resource, problem: str) -> Policy:
    """A policy as SetDefaults_NetworkPolicy and ValidateNetworkPolicySpec read it (pkg/apis/networking)."""
    spec: dict[str, Any] = resource.manifest.get("spec") or {}
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    directions = tuple(direction for direction in PEERS if direction.capitalize() in types)
    rules: dict[str, list[dict[str, Any]]] = {direction: [] for direction in PEERS}
    selector = Selector(())
    try:
        selector = parse_selector(spec.get("podSelector") or {})
        if len(directions) < len(types):
            raise SelectorError(f"its policyTypes {types} are not Ingress and Egress")
        for direction in directions:
            rules[direction] = [
                describe_rule(index, rule, PEERS[direction]) for index, rule in enumerate(spec.get(direction) or ())
            ]
    except ValueError as error:  # SelectorError, or an address that is none
        problem = problem or f"{resource.ref} is malformed, the API server refuses it: {error}"
    return Policy(resource, selector, directions, rules, problem)
