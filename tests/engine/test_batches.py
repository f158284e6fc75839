"""Rules asked together say what each says on its own, and none keeps another from its answer."""

from typing import Any

from auditor.engine.batches import FAILED, NOT_APPLICABLE, PASSED, batches
from auditor.engine.judge import Compiled, Judge, compile_rule
from auditor.engine.rule import build
from auditor.model.facts import Anchor, Fact, Subject
from auditor.model.inventory import Completeness
from auditor.model.refs import ObjectRef, Origin

SUBJECTS = {"thing": Subject("thing", "A thing.", "thing", (), ("*",), {})}


def rule(name: str, expression: str, *conditions: str, **more: Any) -> Compiled:
    data = {
        "id": name,
        "title": name,
        "subject": "thing",
        "severity": "low",
        "matchConditions": [{"name": text, "expression": text} for text in conditions],
        "evidence": ["size"],
        "rationale": "For the test.",
        "remediation": "None.",
        **({"expression": expression} if expression else {}),
        **more,
    }
    return compile_rule(build(data, f"{name}.yaml"), SUBJECTS, {})


def verdicts(*rules: Compiled) -> dict[tuple[str, str], int]:
    judge = Judge({"thing": list(rules)}, SUBJECTS, {}, "2026-01-01", Completeness())
    ref = ObjectRef("v1", "Thing", "", "a")
    fact = Fact("thing", ref, {"size": 3, "parts": ["a"]}, {"": Anchor(Origin("a.yaml"), ref, ())}, "world")
    list(judge.judge(fact))
    return dict(judge.tally().counts)


def test_one_program_tells_all_outcomes() -> None:
    rules = [
        rule("holds", "thing.size == 3"),
        rule("fails", "thing.size == 4"),
        rule("elsewhere", "thing.size == 4", "thing.size == 3", "thing.size == 5"),
        rule("each", "", each="thing.parts.filter(part, part == 'b')"),
    ]
    (batch,) = batches(rules, {})
    read = batch.read({"thing": {"size": 3, "parts": ["a"], "name": "b"}})
    assert read == {"thing": {"size": 3, "parts": ["a"]}}
    assert batch.outcomes(read) == (PASSED, FAILED, NOT_APPLICABLE, PASSED)


def test_an_error_voids_no_other_rule() -> None:
    found = verdicts(rule("broken", "thing.absent == 1"), rule("holds", "thing.size == 3"), rule("fails", "false"))
    assert found == {("broken", "rule-error"): 1, ("holds", "pass"): 1, ("fails", "fail"): 1}


def test_an_error_in_a_condition_is_not_hidden_by_a_later_one_that_is_false() -> None:
    assert verdicts(rule("broken", "true", "thing.absent == 1", "false")) == {("broken", "rule-error"): 1}


def test_what_cannot_be_compiled_voids_no_other_rule() -> None:
    found = verdicts(rule("torn", "true) ? 1 : 0, (true"), rule("words", "'true'"), rule("holds", "thing.size == 3"))
    assert found == {("torn", "rule-error"): 1, ("words", "rule-error"): 1, ("holds", "pass"): 1}


def test_a_comment_ends_with_its_expression() -> None:
    assert verdicts(rule("first", "true // always"), rule("second", "true")) == {
        ("first", "pass"): 1,
        ("second", "pass"): 1,
    }


def test_parameters_and_kinds_split_batches() -> None:
    size = {"size": {"type": "int", "default": 3, "description": "Wanted."}}
    found = verdicts(
        rule("with-params", "thing.size == params.size", params=size), rule("other-kind", "false", kinds=["Other"])
    )
    assert found == {("with-params", "pass"): 1}
