"""Namespace facts: Pod Security labels as the admission plugin reads them, and what namespaces are known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.namespaces import LABEL, namespace_facts, pod_security
from auditor.facts.world import WorkloadSummary, World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
MODES = ("enforce", "audit", "warn")


def world(*objects: tuple[str, str, str, dict[str, Any]]) -> World:
    """A world of objects: `apiVersion Kind`, namespace, name, manifest."""
    made = World("w", CLUSTER, Completeness())
    for index, (kind, namespace, name, manifest) in enumerate(objects):
        api_version, word = kind.split()
        ref = ObjectRef(api_version, word, namespace, name)
        made.resources.setdefault(ref.kind, []).append(Resource(ref, manifest, Origin("f", index), "w"))
    return made


levels = st.sampled_from(["privileged", "baseline", "restricted", "Restricted", ""])
versions = st.sampled_from(["latest", "v1.0", "v1.25", "v1.025", "1.25", "v2.0", "v1.25\n", ""])
labels = st.fixed_dictionaries(
    {},
    optional={LABEL + mode: levels for mode in MODES} | {f"{LABEL}{mode}-version": versions for mode in MODES},
)


@given(labels)
def test_levels_are_those_the_admission_plugin_evaluates(given_labels: dict[str, str]) -> None:
    """A restatement of the doc comments of PolicyToEvaluate, ParseLevel and ParseVersion, with plugin defaults."""
    known = ("privileged", "baseline", "restricted")
    good = ("latest", "v1.0", "v1.25")
    expected: dict[str, tuple[str, str]] = {}
    for mode in MODES:
        level = given_labels.get(LABEL + mode, "privileged")
        version = given_labels.get(f"{LABEL}{mode}-version", "latest")
        fallback = "restricted" if mode == "enforce" else "privileged"
        expected[mode] = (level if level in known else fallback, version if version in good else "latest")
    enforced = given_labels.get(LABEL + "enforce")
    if LABEL + "warn" not in given_labels and enforced in ("baseline", "restricted"):
        followed = expected["warn"] if f"{LABEL}warn-version" in given_labels else expected["enforce"]
        expected["warn"] = (enforced, followed[1])
    found = pod_security(given_labels)
    assert {mode: (found[mode]["level"], found[mode]["version"]) for mode in MODES} == expected
    wrong = {key for key, value in given_labels.items() if value not in known + good}
    assert set(found["invalid"]) == wrong
    for mode in MODES:
        assert found[mode]["set"] == (LABEL + mode in given_labels)
        assert found[mode]["valid"] == ({LABEL + mode, f"{LABEL}{mode}-version"}.isdisjoint(wrong))
        minor = found[mode]["minor"]
        assert found[mode]["version"] == ("latest" if minor < 0 else f"v1.{minor}")


@pytest.mark.parametrize("name", ["kube-system", "kube-public", "kube-node-lease"])
def test_namespaces_of_kubernetes_are_known(name: str) -> None:
    assert next(namespace_facts(world(("v1 Namespace", "", name, {})))).value["system"] is True


def test_what_lies_in_a_namespace_is_joined_by_its_name() -> None:
    made = world(
        ("v1 Namespace", "", "shop", {"metadata": {"name": "shop"}}),
        ("v1 ResourceQuota", "shop", "b", {}),
        ("v1 ResourceQuota", "shop", "a", {}),
        ("v1 LimitRange", "bank", "c", {}),
        ("networking.k8s.io/v1 NetworkPolicy", "shop", "deny", {"spec": {"policyTypes": ["Ingress", "Egress"]}}),
        ("networking.k8s.io/v1 NetworkPolicy", "", "elsewhere", {"spec": {}}),
    )
    pod = ObjectRef("v1", "Pod", "shop", "web")
    made.workloads.append(WorkloadSummary(pod, Origin("g"), "w", (), {}, "default", None, False, ""))
    shop, bank = namespace_facts(made)
    assert shop.value["quotas"] == ["a", "b"]
    assert (shop.value["limitRanges"], shop.value["policies"], shop.value["workloads"]) == ([], ["deny"], 1)
    assert shop.value["defaultDeny"] == {"ingress": True, "egress": True}
    assert (bank.value["limitRanges"], bank.value["declared"]) == (["c"], False)


def test_labels_of_a_namespace_that_is_only_named_are_undecided() -> None:
    (fact,) = namespace_facts(world(("v1 ResourceQuota", "shop", "quota", {})))
    assert str(fact.ref) == "Namespace/shop"
    assert set(fact.undecided) == {"metadata", "podSecurity", "enforceLabel", "enforceVersionLabel"}
    assert fact.anchors["metadata"].path == ("metadata", "namespace")


def test_a_namespace_of_another_api_is_none() -> None:
    assert list(namespace_facts(world(("example.com/v1 Namespace", "", "shop", {})))) == []


@pytest.mark.parametrize(
    ("specs", "denied"),
    [
        ([], False),
        ([{}], True),
        ([{"podSelector": {"matchLabels": {"app": "web"}}}], False),
        ([{"policyTypes": ["Egress"]}], False),
        ([{"ingress": [{"from": [{"podSelector": {}}]}]}], True),
        ([{}, {"ingress": [{}]}], False),
        ([{}, {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}], True),
        ([{"ingress": [{"ports": [{"port": 80}]}]}], True),
    ],
)
def test_default_deny_is_a_policy_that_isolates_every_pod(specs: list[dict[str, Any]], denied: bool) -> None:
    policies = [("networking.k8s.io/v1 NetworkPolicy", "shop", f"p{i}", {"spec": spec}) for i, spec in enumerate(specs)]
    (fact,) = namespace_facts(world(("v1 Namespace", "", "shop", {}), *policies))
    assert fact.value["defaultDeny"]["ingress"] is denied


@pytest.mark.parametrize(
    ("own", "nowhere", "undecided"),
    [
        ([], [{}], True),
        ([], [{"policyTypes": ["Egress"]}], False),
        ([], [{"podSelector": {"matchLabels": {"app": "web"}}}], False),
        ([], [{"ingress": [{}]}], False),
        ([{}], [{}], False),
        ([{}], [{"ingress": [{}]}], True),
        ([{"ingress": [{}]}], [{}], False),
    ],
)
def test_a_policy_left_to_deploy_time_leaves_the_default_open_where_it_would_change_it(
    own: list[Any], nowhere: list[Any], undecided: bool
) -> None:
    api = "networking.k8s.io/v1 NetworkPolicy"
    policies = [
        (api, home, f"{home}{i}", {"spec": spec})
        for home, specs in (("shop", own), ("", nowhere))
        for i, spec in enumerate(specs)
    ]
    (fact,) = namespace_facts(world(("v1 Namespace", "", "shop", {}), *policies))
    assert ("defaultDeny.ingress" in fact.undecided) is undecided


def test_quotas_and_limit_ranges_left_to_deploy_time_leave_it_open() -> None:
    made = world(("v1 Namespace", "", "shop", {}), ("v1 ResourceQuota", "", "quota", {}))
    (fact,) = namespace_facts(made)
    assert set(fact.undecided) == {"quotas"}
    assert fact.undecided["quotas"] == "ResourceQuota/quota leaves its namespace to deploy time"


def test_a_namespace_in_the_input_twice_has_no_certain_labels() -> None:
    made = world(("v1 Namespace", "", "shop", {}))
    made.conflicts["Namespace", "", "shop"] = "twice"
    (fact,) = namespace_facts(made)
    assert fact.undecided["podSecurity"] == "twice"
