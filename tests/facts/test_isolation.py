"""Isolation against a direct restatement of the NetworkPolicy specification, and where it must stay undecided."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.network.isolation import isolation_facts
from auditor.facts.network.policies import network_policies, policy_facts
from auditor.facts.world import WorkloadSummary, World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
API = "networking.k8s.io/v1"


def world(
    policies: Iterable[tuple[str, Any]], pods: Iterable[tuple[str, dict[str, str]]], kind: str = "v1 Pod"
) -> World:
    """A world of policies (namespace, spec) and pods (namespace, labels)."""
    made = World("w", CLUSTER, Completeness())
    for index, (namespace, spec) in enumerate(policies):
        ref = ObjectRef(API, "NetworkPolicy", namespace, f"p{index}")
        manifest = {"metadata": {"name": ref.name, "namespace": namespace}, "spec": spec}
        made.resources.setdefault("NetworkPolicy", []).append(Resource(ref, manifest, Origin("p", index), "w"))
    api_version, name = kind.split()
    for index, (namespace, labels) in enumerate(pods):
        ref = ObjectRef(api_version, name, namespace, f"w{index}")
        summary = WorkloadSummary(ref, Origin("w", index), "w", (), labels, "default", None, False, "")
        made.workloads.append(summary)
    return made


def one(spec: Any, labels: dict[str, str], kind: str = "v1 Pod") -> Fact:
    """The isolation of one pod under one policy of its namespace."""
    return next(isolation_facts(world([("shop", spec)], [("shop", labels)], kind)))


keys, values = st.sampled_from(["app", "tier"]), st.sampled_from(["a", "b", ""])
namespaces = st.sampled_from(["", "shop", "bank"])
expressions = st.one_of(
    st.fixed_dictionaries(
        {"key": keys, "operator": st.sampled_from(["In", "NotIn"]), "values": st.lists(values, min_size=1, max_size=2)}
    ),
    st.fixed_dictionaries({"key": keys, "operator": st.sampled_from(["Exists", "DoesNotExist"])}),
)
selectors = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": st.dictionaries(keys, values, max_size=2),
        "matchExpressions": st.lists(expressions, max_size=2),
    },
)
peers = st.sampled_from([{"podSelector": {}}, {"namespaceSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}])
ports = st.lists(st.sampled_from([{"port": 80}, {"port": "web", "protocol": "UDP"}]), max_size=1)


def rules(field: str) -> st.SearchStrategy[Any]:
    """Rule lists of one direction."""
    rule = st.fixed_dictionaries({}, optional={field: st.lists(peers, max_size=2), "ports": ports})
    return st.lists(rule, max_size=2)


types = st.lists(st.sampled_from(["Ingress", "Egress"]), unique=True, max_size=2)
specs = st.fixed_dictionaries(
    {},
    optional={"podSelector": selectors, "policyTypes": types, "ingress": rules("from"), "egress": rules("to")},
)


def selected(selector: Any, labels: dict[str, str]) -> bool:
    """The LabelSelector documentation of meta/v1, word by word."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        key = expression["key"]
        holds = {
            "In": key in labels and labels[key] in expression.get("values", []),
            "NotIn": key not in labels or labels[key] not in expression.get("values", []),
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[expression["operator"]]
        if not holds:
            return False
    return True


def applies(spec: Any, direction: str) -> bool:
    """The documentation of NetworkPolicySpec.policyTypes, word by word."""
    if spec.get("policyTypes"):
        return direction in spec["policyTypes"]
    return direction == "Ingress" or bool(spec.get("egress"))


@given(st.lists(st.tuples(namespaces, specs), max_size=4), namespaces, st.dictionaries(keys, values, max_size=2))
def test_isolation_is_what_the_specification_says(
    policies: list[tuple[str, Any]], namespace: str, labels: dict[str, str]
) -> None:
    fact = next(isolation_facts(world(policies, [(namespace, labels)])))
    open_policies = [
        spec
        for home, spec in policies
        if home != namespace and "" in (home, namespace) and selected(spec.get("podSelector", {}), labels)
    ]
    for direction in ("Ingress", "Egress"):
        word, open_now = direction.lower(), any(applies(spec, direction) for spec in open_policies)
        assert (word in fact.undecided) == (open_now and not fact.value[word]["isolated"])
        assert (f"{word}.allowsAll" in fact.undecided) == (open_now and fact.value[word]["isolated"])
    for direction, field in (("Ingress", "from"), ("Egress", "to")):
        mine = [
            (f"p{index}", spec)
            for index, (home, spec) in enumerate(policies)
            if home == namespace and applies(spec, direction) and selected(spec.get("podSelector", {}), labels)
        ]
        allowed = [rule for _, spec in mine for rule in spec.get(direction.lower(), [])]
        assert fact.value[direction.lower()] == {
            "isolated": bool(mine),
            "policies": [name for name, _ in mine],
            "deniesAll": bool(mine) and not allowed,
            "allowsAll": any(not rule.get(field) and not rule.get("ports") for rule in allowed),
        }


@given(st.lists(st.tuples(namespaces, specs), min_size=1, max_size=3), st.dictionaries(keys, values, max_size=2))
def test_policy_facts_agree_with_isolation(policies: list[tuple[str, Any]], labels: dict[str, str]) -> None:
    made = world(policies, [("shop", labels)])
    isolation = next(isolation_facts(made))
    for fact in policy_facts(made):
        for direction in ("ingress", "egress"):
            counted = fact.value["selects"] == 1 and direction in fact.value["directions"]
            assert counted == (fact.ref.name in isolation.value[direction]["policies"])


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Is", "values": ["web"]}]}},
        {"podSelector": {"matchLabels": {"app": "not a label"}}},
        {"podSelector": {}, "policyTypes": ["ingress"]},
        {"podSelector": {}, "ingress": [{"from": [{}]}]},
        {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]},
        {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"a b": "c"}}}]}]},
    ],
)
def test_what_the_api_server_refuses_decides_nothing(spec: Any) -> None:
    fact = one(spec, {"app": "web"})
    assert set(fact.undecided) == {"ingress", "egress"}
    assert "refuses it" in fact.undecided["ingress"]


@pytest.mark.parametrize(
    ("kind", "label", "undecided"),
    [
        ("v1 Pod", "role", False),
        ("apps/v1 Deployment", "role", False),
        ("batch/v1 Job", "job-name", True),
        ("apps/v1 StatefulSet", "statefulset.kubernetes.io/pod-name", True),
        ("v1 Pod", "topology.kubernetes.io/zone", True),
        ("argoproj.io/v1alpha1 Rollout", "role", True),
    ],
)
def test_labels_that_a_controller_may_add_leave_it_open(kind: str, label: str, undecided: bool) -> None:
    fact = one({"podSelector": {"matchLabels": {label: "x"}}}, {"app": "web"}, kind)
    assert ("ingress" in fact.undecided) == undecided
    assert "egress" not in fact.undecided
    decided = one({"podSelector": {"matchLabels": {label: "x", "app": "other"}}}, {"app": "web"}, kind)
    assert decided.undecided == {}


@pytest.mark.parametrize(
    ("api_version", "kind", "namespace", "undecided"),
    [
        ("cilium.io/v2", "CiliumNetworkPolicy", "shop", True),
        ("cilium.io/v2", "CiliumNetworkPolicy", "bank", False),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "", True),
        ("projectcalico.org/v3", "NetworkPolicy", "shop", True),
        ("projectcalico.org/v3", "GlobalNetworkPolicy", "", True),
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "", True),
    ],
)
def test_policies_of_other_engines_leave_it_open(api_version: str, kind: str, namespace: str, undecided: bool) -> None:
    made = world([], [("shop", {})])
    ref = ObjectRef(api_version, kind, namespace, "other")
    made.resources.setdefault(kind, []).append(Resource(ref, {}, Origin("o"), "w"))
    assert bool(next(isolation_facts(made)).undecided) == undecided
    assert list(policy_facts(made)) == []


@pytest.mark.parametrize(
    ("policy", "pod", "label", "undecided"),
    [
        ("shop", "", "web", True),
        ("", "shop", "web", True),
        ("", "shop", "other", False),
        ("bank", "shop", "web", False),
    ],
)
def test_a_namespace_left_to_deploy_time_leaves_it_open(policy: str, pod: str, label: str, undecided: bool) -> None:
    made = world([(policy, {"podSelector": {"matchLabels": {"app": "web"}}})], [(pod, {"app": label})])
    assert ("selects" in next(policy_facts(made)).undecided) == undecided
    fact = next(isolation_facts(made))
    assert ("ingress" in fact.undecided) == undecided
    assert fact.value["ingress"]["isolated"] is False
    assert "leaves its namespace to deploy time" in fact.undecided.get("ingress", "leaves its namespace to deploy time")


def test_what_stands_in_the_input_twice_leaves_it_open() -> None:
    made = world([("shop", {"podSelector": {}})], [("shop", {}), ("bank", {})])
    made.conflicts["NetworkPolicy", "shop", "p0"] = "twice"
    shop, bank = isolation_facts(made)
    assert (shop.undecided, bank.undecided) == ({"ingress": "twice", "egress": "twice"}, {})
    made = world([("shop", {"podSelector": {}})], [("shop", {}), ("bank", {})])
    made.conflicts = {("Pod", "bank", "w1"): "both"}
    assert [fact.undecided for fact in isolation_facts(made)] == [{}, {"ingress": "both", "egress": "both"}]


def test_policies_are_read_once_for_all_subjects_of_a_world() -> None:
    made, other = world([("shop", {})], []), world([("shop", {})], [])
    assert network_policies(made) is network_policies(made)
    assert network_policies(made) is not network_policies(other)


def test_a_policy_whose_spec_could_not_be_decoded_decides_nothing() -> None:
    made = world([("shop", {})], [("shop", {})])
    origin = Origin("p", 0)
    made.unknown[origin] = ((origin, ("spec", "podSelector"), "spec.podSelector is a string"),)
    assert set(next(isolation_facts(made)).undecided) == {"ingress", "egress"}


def test_anchors_lead_to_the_pod_template() -> None:
    made = world([], [("shop", {"app": "web"})])
    anchors = next(isolation_facts(made)).anchors
    assert anchors["labels"] == Anchor(Origin("w"), ObjectRef("v1", "Pod", "shop", "w0"), ("metadata", "labels"))


def _rule(direction: str, rule: Any) -> dict[str, Any]:
    spec = {"policyTypes": [direction.capitalize()], direction: [rule]}
    return dict(next(policy_facts(world([("shop", spec)], []))).value[direction][0])


@pytest.mark.parametrize(
    ("blocks", "everything"),
    [
        (["0.0.0.0/0"], True),
        (["::/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2", "10.0.0.0/8"], True),
        (["0.0.0.0/1", "128.0.0.0/2"], False),
        (["0.0.0.0/1", "0.0.0.0/1"], False),
        (["10.0.0.0/8"], False),
    ],
)
def test_address_blocks_add_up(blocks: list[str], everything: bool) -> None:
    rule = {"from": [{"ipBlock": {"cidr": cidr}} for cidr in blocks]}
    assert _rule("ingress", rule)["anyAddress"] is everything


@pytest.mark.parametrize(
    ("port", "reaches"),
    [
        (None, True),
        ({}, True),
        ({"port": 80}, True),
        ({"port": 1, "endPort": 1024}, True),
        ({"port": 81, "endPort": 1024}, False),
        ({"port": 443}, False),
        ({"port": "http"}, False),
        ({"port": 80, "protocol": "UDP"}, False),
    ],
)
def test_the_metadata_service_is_reached_on_port_80(port: Any, reaches: bool) -> None:
    rule = {"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}], **({} if port is None else {"ports": [port]})}
    assert _rule("egress", rule)["metadataService"] is reaches
    rule["to"] = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]
    assert _rule("egress", rule)["metadataService"] is False


def test_an_ipv4_embedded_in_ipv6_is_another_address() -> None:
    assert _rule("egress", {"to": [{"ipBlock": {"cidr": "::/0"}}]})["metadataService"] is False
