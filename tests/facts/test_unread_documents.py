"""A file that a flag names and nobody has read leaves its rules without an answer, not without a word."""

from typing import Any

import pytest

from auditor.engine.judge import Judge
from auditor.facts.configuration.encryption import ENCRYPTION, encryption_facts
from auditor.facts.configuration.unread import NAMED_BY, unread_documents, with_unread
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.components import flags

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"minor": 37}, {}, "w")
POD = ObjectRef("v1", "Pod", "kube-system", "kube-apiserver")
ORIGIN = Origin("kube-apiserver.yaml")


def server(undecided: str = "", component: str = "kube-apiserver", **given: Any) -> Fact:
    settings = {name.replace("_", "-"): {"value": value, "set": True} for name, value in given.items()}
    anchors = {"": Anchor(ORIGIN, POD, ()), **{f"settings.{name}": Anchor(ORIGIN, POD, (name,)) for name in settings}}
    value = {"component": component, "settings": {**{flag: {"value": ""} for flag in NAMED_BY}, **settings}}
    fact = Fact("component", POD, value, anchors, "w", {"cluster": CLUSTER}, container="kube-apiserver")
    fact.undecided = {"settings": undecided} if undecided else {}
    return fact


def world(*files: str) -> World:
    made = World("w", CLUSTER, Completeness())
    ref = ObjectRef("apiserver.config.k8s.io/v1", "EncryptionConfiguration", "", "")
    made.resources["EncryptionConfiguration"] = [Resource(ref, {}, Origin(file), "w") for file in files]
    return made


def test_the_flags_exist() -> None:
    assert NAMED_BY.keys() <= flags("kube-apiserver", 37).keys()


@pytest.mark.parametrize(
    ("files", "unread"),
    [((), True), (("etc/kubernetes/enc.yaml",), False), (("node1.json:/etc/enc.yaml",), False), (("b.yaml",), True)],
)
def test_a_file_is_read_where_a_document_has_its_name(files: tuple[str, ...], unread: bool) -> None:
    found = list(unread_documents([server(encryption_provider_config="/etc/kubernetes/enc.yaml")], world(*files)))
    assert [fact.subject for fact in found] == (["encryption"] if unread else [])
    for fact in found:
        assert fact.anchors[""].path == ("encryption-provider-config",)
        assert set(fact.undecided.values()) == {
            "it is the file /etc/kubernetes/enc.yaml of --encryption-provider-config, which is not in the input"
        }


def test_no_flag_no_file_and_unknown_flags_unknown_files() -> None:
    assert list(unread_documents([server(), server(component="etcd")], world())) == []
    found = list(unread_documents([server(undecided="it is started by a script")], world()))
    assert {fact.subject for fact in found} == {subject.name for subject, _ in NAMED_BY.values()}


def test_every_rule_on_such_a_file_is_not_evaluated() -> None:
    names = {flag.replace("-", "_"): "/x.yaml" for flag in NAMED_BY}
    rules = [rule for rule in all_rules(()).values() if rule.subject in {one.name for one, _ in NAMED_BY.values()}]
    judge = Judge(compiled(rules, {}), SUBJECTS, {}, "2026-01-01", Completeness())
    drafts = [draft for fact in unread_documents([server(**names)], world()) for draft in judge.judge(fact)]
    assert {draft.rule.id for draft in drafts} == {rule.id for rule in rules}
    assert {draft.verdict for draft in drafts} == {"not-evaluated"}


def test_a_maker_adds_what_is_unread_of_its_own_subject() -> None:
    both = server(encryption_provider_config="/enc.yaml", audit_policy_file="/audit.yaml")
    make = with_unread(ENCRYPTION, encryption_facts, lambda _: [both])
    assert [(fact.subject, fact.ref.kind) for fact in make(world("a.yaml"))] == [
        ("encryption", "EncryptionConfiguration"),
        ("encryption", "Pod"),
    ]
