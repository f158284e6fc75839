"""Rule files read: who owns an id, and what a user's file is refused for."""

from pathlib import Path

import pytest

from auditor.engine.load import load_rules
from auditor.model.errors import InvalidDefinition
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


def test_a_folder_that_does_not_exist_is_refused(own: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition):
        load_rules(own, [tmp_path / "nowhere"], SUBJECTS)


def test_a_file_that_is_no_mapping_is_refused(own: Path, tmp_path: Path) -> None:
    (own / "list.yaml").write_text("- a\n")
    with pytest.raises(InvalidDefinition, match="no mapping"):
        load_rules(own, [], SUBJECTS)
