"""What rules need of a cluster: derived from what their subjects declare, complete and no more."""

from pathlib import Path

import pytest

from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.kube.definitions import TEMPLATES
from auditor.pipeline import needs
from auditor.pipeline.prepare import prepare
from auditor.pipeline.request import Request
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.deprecations import ENDING
from auditor.tables.resources import group_resource


def settings(*rules: str, profile: str = "all", **rest: object) -> Settings:
    return prepare(Request(paths=(), profile=profile, rules=rules, no_config=True, **rest)).settings  # type: ignore[arg-type]


ALL = settings()
RULES = {compiled.rule.id: compiled for some in ALL.rules.values() for compiled in some}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_kind_that_a_shipped_rule_needs_is_a_resource(rule: str) -> None:
    for kind in needs.kinds_of_rule(RULES[rule]):
        if kind not in (TEMPLATES, ENDING):
            group, resource = group_resource(kind)
            assert resource
            assert "*" not in group + resource


def in_a_file(kind: str) -> bool:
    """Whether no server has objects of a kind: what was observed, and configuration files."""
    return "observed." in kind or kind == "KubeletConfiguration"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_needs_what_its_subject_declares_and_what_it_names(rule: str) -> None:
    compiled = RULES[rule]
    subject = SUBJECTS[compiled.rule.subject]
    named = {kind for kind in (*compiled.rule.kinds, *compiled.rule.absence) if not in_a_file(kind)}
    subjects = [subject, *(SUBJECTS[name] for name in subject.owners)]
    rests = {kind for one in subjects for field in one.fields.values() for kind in field.rests_on}
    observed = {kind for kind in (*subject.reads, *rests) if "observed." in kind}
    found = set(needs.kinds_of_rule(compiled))
    assert {*subject.reads, *named} - {"*"} - observed <= found <= {*subject.reads, *named, *rests} - {"*"} - observed


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("api-version-removed", {"Namespace", ENDING}),
        ("api-version-deprecated", {"Namespace", ENDING}),
        ("api-version-written-ending", {"Namespace", ENDING}),
        ("container-privileged", {"Namespace", *WORKLOAD_KINDS}),
        ("service-node-port", {"Namespace", "Service"}),
        ("run-as-root", {"Namespace", *WORKLOAD_KINDS}),
        (
            "certificate-expired",
            {
                "APIService",
                "CustomResourceDefinition",
                "MutatingWebhookConfiguration",
                "Namespace",
                "ValidatingWebhookConfiguration",
            },
        ),
        ("rbac-writable", {"Namespace", "Role", "ClusterRole"}),
    ],
)
def test_one_rule_needs_little(rule: str, kinds: set[str]) -> None:
    found = needs.wish(settings(rule).rules)
    assert set(found.kinds) == kinds
    assert found.singles == ()
    assert found.metadata == frozenset()


def test_all_rules_never_list_secrets_or_config_maps_unless_asked() -> None:
    assert not {"Secret", "ConfigMap"} & set(needs.wish(ALL.rules).kinds)
    asked = needs.wish(ALL.rules, secret_metadata=True)
    assert "Secret" in asked.kinds
    assert asked.metadata == {"Secret"}
    assert "ConfigMap" not in asked.kinds


def test_secrets_are_listed_only_for_rules_that_need_them() -> None:
    for rule, compiled in RULES.items():
        asked = needs.wish({compiled.rule.subject: [compiled]}, secret_metadata=True)
        needed = "Secret" in needs.kinds_of_rule(compiled)
        assert ("Secret" in asked.kinds, asked.metadata == {"Secret"}) == (needed, needed), rule
    assert {name for name, one in RULES.items() if "Secret" in needs.kinds_of_rule(one)} not in (set(), set(RULES))


def test_config_maps_are_got_by_name_where_components_are_judged() -> None:
    singles = needs.wish(settings("kubelet-anonymous-auth").rules).singles
    assert {one.name for one in singles} >= {"kubeadm-config", "kubelet-config"}
    assert {one.kind for one in singles} == {"ConfigMap"}


def test_what_was_not_looked_for_is_missing_with_a_reason() -> None:
    found = needs.not_looked_for(settings("container-privileged", "configmap-credentials").rules, ["Namespace", "Pod"])
    assert ("Pod", "") not in found
    assert "other rules" in found["Deployment", ""]
    assert "ConfigMaps are not listed" in found["ConfigMap", ""]
    assert "ends before" in needs.not_looked_for(settings("container-privileged").rules, [])["Pod", ""]


def test_who_looks_for_versions_that_end_of_some_kinds_needs_only_these(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: Own\nsubject: object\nkinds: [Ingress]\nseverity: low\neach: object.api.writers\n"
        "evidence: [api.writers]\nrationale: x\nremediation: y\nreferences: [https://example.com]\n"
    )
    assert set(needs.wish(settings("own", rule_folders=(str(tmp_path),)).rules).kinds) == {"Namespace", "Ingress"}


def test_a_snapshot_that_never_looked_for_versions_that_end_lacks_nothing() -> None:
    assert needs.not_looked_for(settings("api-version-written-ending").rules, ["Namespace"]) == {}


def test_a_rule_of_the_users_own_adds_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: Own\nsubject: object\nkinds: [Widget.example.com]\nseverity: low\n"
        "expression: 'true'\nevidence: [metadata.name]\nrationale: x\nremediation: y\nreferences: [https://example.com]\n"
    )
    found = needs.wish(settings("own", rule_folders=(str(tmp_path),)).rules)
    assert set(found.kinds) == {"Namespace", "Widget.example.com"}
