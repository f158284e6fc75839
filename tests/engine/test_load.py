"""Rule files read: who owns an id, and what a user's file is refused for."""

from pathlib import Path

import pytest

from auditor.engine.load import load_rules
from auditor.facts.objects.object import object_fact
from auditor.model.errors import InvalidDefinition
from auditor.model.facts import Fact
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.pipeline.subjects import SUBJECTS

RULE = """\
id: {id}
title: A rule
subject: container
severity: low
expression: {expression}
evidence: [{evidence}]
rationale: Because.
remediation: Do it.
"""


def write(
    folder: Path, name: str, expression: str = "container.image != ''", evidence: str = "image", more: str = ""
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(RULE.format(id=name, expression=expression, evidence=evidence) + more)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write(tmp_path / "own", "first", more="aliases: [old-first]\n")


def test_rules_of_both_folders_are_there(own: Path, tmp_path: Path) -> None:
    assert set(load_rules(own, [write(tmp_path / "mine", "second")], SUBJECTS)) == {"first", "second"}


@pytest.mark.parametrize("name", ["first", "old-first"])
def test_an_id_or_alias_is_never_reused(own: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidDefinition, match=f"{name} is taken"):
        load_rules(own, [write(tmp_path / "mine", name)], SUBJECTS)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"expression": "container.image =="}, "expression"),
        ({"expression": "nobody.image == ''"}, "undeclared"),
        ({"evidence": "name"}, "does not name image"),
        ({"expression": "container.image in params.list"}, "params.list is not declared"),
        ({"more": "each: container.env\n"}, "exactly one"),
        ({"more": "colour: red\n"}, "colour"),
        ({"more": "kinds: Pod\n"}, "kinds"),
    ],
)
def test_a_users_rule_is_validated(own: Path, tmp_path: Path, changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(InvalidDefinition, match=complaint):
        load_rules(own, [write(tmp_path / "mine", "second", **changes)], SUBJECTS)


ON_OBJECTS = RULE.replace("container", "object")


@pytest.mark.parametrize(
    ("expression", "evidence", "more", "named"),
    [
        ("object.spec.replicas > 1", "spec.replicas", "", "spec"),
        ("has(object.spec) ? object.kind != 'A' : true", "spec, kind", "", "spec"),
        ("object.?data.a.orValue('') == ''", "data", "", "data"),
        ("object['type'] == 'Opaque'", "type", "", "type"),
        ("size(object.?credentials.orValue([])) == 0", "credentials", "", "credentials"),
        ("object.kind != 'A'", "kind, roleRef.name", "", "roleRef"),
        ("object.kind != 'A'", "kind", "messageExpression: object.kind + object.type\n", "type"),
        (
            "object.kind != 'A'",
            "kind",
            "matchConditions: [{name: it is on, expression: object.status.phase == 'x'}]\n",
            "status",
        ),
    ],
)
def test_a_rule_on_any_object_reads_the_head_alone(
    own: Path, tmp_path: Path, expression: str, evidence: str, more: str, named: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = ON_OBJECTS.format(id="second", expression=f'"{expression}"', evidence=evidence) + more
    (folder / "second.yaml").write_text(text)
    with pytest.raises(InvalidDefinition, match=rf"is not given {named} but only"):
        load_rules(own, [folder], SUBJECTS)
    (folder / "second.yaml").write_text(f"{text}kinds: [Service]\n")
    assert "second" in load_rules(own, [folder], SUBJECTS)


HEAD = "object.metadata.name != object.kind + object.apiVersion + object.api.state || object.builtIn"


def test_a_rule_on_any_object_may_read_all_of_the_head(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    fields = "metadata, kind, apiVersion, api, builtIn, clusterScoped"
    expression = f'"{HEAD} || object.clusterScoped || cluster.managed"'
    (folder / "second.yaml").write_text(ON_OBJECTS.format(id="second", expression=expression, evidence=fields))
    assert "second" in load_rules(own, [folder], SUBJECTS)


def test_what_a_rule_without_kinds_may_read_is_what_it_is_given() -> None:
    ref = ObjectRef("v1", "Service", "a", "b")
    cluster = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"minor": 37}, {}, "w")
    fact = object_fact(Resource(ref, {"spec": {}}, Origin("f"), "w"), cluster, whole=False)
    fields = SUBJECTS["object"].fields
    assert fact.value.keys() == {name.partition(".")[0] for name in fields if not fields[name].optional} - {"*"}


def test_a_folder_that_does_not_exist_is_refused(own: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition):
        load_rules(own, [tmp_path / "nowhere"], SUBJECTS)


def test_a_file_that_is_no_mapping_is_refused(own: Path, tmp_path: Path) -> None:
    (own / "list.yaml").write_text("- a\n")
    with pytest.raises(InvalidDefinition, match="no mapping"):
        load_rules(own, [], SUBJECTS)
