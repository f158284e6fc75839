"""What could not be listed is said once for each rule and scope, and no rule that it blinds is left without a word."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.api.cluster import TEMPLATES
from auditor.engine.judge import Tally
from auditor.facts.components.command_lines import COMPONENTS
from auditor.facts.components.subject import components_told
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.model.facts import Fact
from auditor.model.findings import Finding
from auditor.model.inventory import Inventory, Provenance, Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from auditor.pipeline.needs import kinds_of_rule
from auditor.pipeline.unseen import components_of, unlisted, unseen_components
from auditor.tables.deprecations import ENDING
from auditor.tables.resources import group_resource
from tests.conftest import Kubeplumb
from tests.pipeline.test_needs import ALL, RULES, settings

NEEDED = sorted({kind for compiled in RULES.values() for kind in kinds_of_rule(compiled)})
ABOUT_COMPONENTS = {name for name, compiled in RULES.items() if compiled.rule.subject == "component"}


def told(missing: dict[tuple[str, str], str], *rules: str, homes: tuple[str, ...] = ()) -> list[Finding]:
    inventory = Inventory(Provenance("w", "2026-11-01T00:00:00Z"), missing=missing)
    return list(unlisted(settings(*rules) if rules else ALL, inventory, homes))


def no_list(*kinds: str, namespace: str = "shop") -> dict[tuple[str, str], str]:
    return {(kind, namespace): f"the dump has no list of {kind} in namespace {namespace}" for kind in kinds}


def refused(kind: str, plural: str, group: str) -> dict[tuple[str, str], str]:
    """As an API server refuses a list."""
    what = f"{plural}.{group}" if group else plural
    said = f'User "anna" cannot list resource "{plural}" in API group "{group}" in the namespace "shop"'
    return {(kind, "shop"): f"anna could not list {plural} in namespace shop: 403 {what} is forbidden: {said}"}


def test_kinds_that_lack_for_one_reason_are_named_in_one_finding() -> None:
    (one,) = told(no_list("Pod", "CronJob", "Job"), "container-privileged")
    assert (one.ref.kind, one.ref.namespace, one.ref.name) == ("*", "shop", "*")
    assert one.reason == "the dump has no list of CronJob in namespace shop; the same of Job, Pod"
    assert one.verdict == "not-evaluated"


def test_what_an_api_server_refuses_is_the_same_reason_for_each_kind() -> None:
    missing = refused("Pod", "pods", "") | refused("Deployment", "deployments", "apps")
    (one,) = told(missing, "container-privileged")
    assert one.reason.endswith('in API group "apps" in the namespace "shop"; the same of Pod')


def test_other_reasons_scopes_and_rules_have_findings_of_their_own() -> None:
    missing = no_list("Pod", "Job") | no_list("Pod", namespace="bank") | {("CronJob", "shop"): "it broke off"}
    found = told(missing, "container-privileged", "host-network", "service-node-port")
    assert Counter((one.rule, one.ref.namespace, one.ref.kind) for one in found) == {
        (rule, namespace, kind): 1
        for rule in ("container-privileged", "host-network")
        for namespace, kind in (("shop", "*"), ("shop", "CronJob"), ("bank", "Pod"))
    }
    assert len({one.fingerprint for one in found}) == len(found)


def test_a_kind_is_not_taken_for_a_part_of_another_word() -> None:
    found = told(no_list("Pod", "Job", namespace="pods-and-jobs"), "container-privileged")
    assert [one.reason for one in found] == ["the dump has no list of Job in namespace pods-and-jobs; the same of Pod"]


def test_custom_resources_with_templates_are_called_so() -> None:
    ((kind, reason),) = {(one.ref.kind, one.reason) for one in told({(TEMPLATES, "shop"): "x"}, "container-privileged")}
    assert (kind, reason) == ("CustomResource", "x")


@pytest.mark.parametrize(
    ("namespace", "homes", "said"),
    [
        ("", (), True),
        ("*", (), True),
        ("kube-system", (), True),
        ("openshift-etcd", (), True),
        ("shop", (), False),
        ("shop", ("kube-system",), False),
        ("hosted", ("hosted",), True),
    ],
)
def test_rules_on_components_speak_of_namespaces_that_may_hold_them(
    namespace: str, homes: tuple[str, ...], said: bool
) -> None:
    missing = no_list("Pod", namespace=namespace)
    assert {one.rule for one in told(missing, homes=homes)} >= {"container-privileged"}
    about = {one.rule for one in told(missing, homes=homes)} & ABOUT_COMPONENTS
    assert about == (ABOUT_COMPONENTS if said else set())


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(NEEDED), st.sampled_from(["", "*", "shop", "kube-system"])),
        st.sampled_from(["it was refused", "the list of Pod broke off", "pods is forbidden"]),
        max_size=12,
    )
)
def test_every_rule_that_is_blind_somewhere_says_so_there_with_each_kind(missing: dict[tuple[str, str], str]) -> None:
    found = told(missing)
    assert len({(one.rule, one.ref.namespace, one.reason) for one in found}) == len(found)
    said: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        said.setdefault((one.rule, one.ref.namespace), []).append(one)
    for name, compiled in RULES.items():
        for kind, namespace in missing:
            if kind in kinds_of_rule(compiled) and not (name in ABOUT_COMPONENTS and namespace == "shop"):
                shown = {TEMPLATES: "CustomResource", ENDING: "EndingVersion"}.get(kind, kind)
                assert any(shown in (one.ref.kind, *_words(one.reason)) for one in said[name, namespace])


def test_a_rule_on_what_components_rely_on_is_not_decided_by_seeing_others() -> None:
    rule = "cni-network-policies-ignored"
    cluster = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"managed": False, "distribution": ""}, {}, "w")
    assert components_of(RULES[rule]) == {"cni"}
    (one,) = unseen_components(settings(rule), cluster, COMPONENTS, Tally())
    assert (one.rule, one.verdict) == (rule, "not-evaluated")
    assert list(unseen_components(settings(rule), cluster, {"cni"}, Tally())) == []
    document = Resource(ObjectRef(OBSERVED, "CniConfig", "", "x"), {}, Origin("f"), "w")
    assert components_told(document) == {"cni"}


def _words(reason: str) -> list[str]:
    return re.findall(r"[\w.-]+", reason)


def test_a_dump_that_lacks_a_namespace_passes_no_rule_on_components_and_keeps_what_it_lacks(
    kubeplumb: Kubeplumb, tmp_path: Path
) -> None:
    """Sonobuoy's layout: two namespaces exist, and nothing was dumped of one of them."""
    names = ["kube-system", "shop"]
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    files = {
        "meta/config.json": {},
        "resources/cluster/core_v1_namespaces.json": {"apiVersion": "v1", "kind": "NamespaceList", "items": spaces},
        "resources/cluster/core_v1_nodes.json": {"apiVersion": "v1", "kind": "NodeList", "items": []},
        "serverversion.json": {"major": "1", "minor": "34", "gitVersion": "v1.34.2"},
    }
    kinds = [kind for kind in WORKLOAD_KINDS if kind != TEMPLATES and "." not in kind]
    for kind in kinds:
        group, plural = group_resource(kind)
        file = f"{group or 'core'}_v1_{plural}.json"
        files[f"resources/ns/kube-system/{file}"] = {"apiVersion": "v1", "kind": f"{kind}List", "items": []}
    for name, content in files.items():
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(json.dumps(content))
    report = json.loads(kubeplumb("scan", tmp_path / "d", "--profile", "all", "--no-config", "-o", "json").out)
    unlisted_there = {(one["kind"], one["namespace"]) for one in report["coverage"]["unlisted"]}
    assert {("Pod", "shop"), ("DaemonSet", "shop")} <= unlisted_there
    assert ("Pod", "kube-system") not in unlisted_there
    rules = {one["id"]: one["verdicts"] for one in report["rules"]}
    for name in ABOUT_COMPONENTS:
        assert (rules[name]["pass"], rules[name]["not-evaluated"] > 0) == (0, True), name
    there = [one for one in report["findings"] if one["object"]["namespace"] == "shop" and one["object"]["name"] == "*"]
    assert not [one for one in there if one["subject"] == "component"]
    (blind,) = [one for one in there if one["rule"] == "container-privileged"]
    assert set(_words(blind["reason"])) >= set(kinds)
