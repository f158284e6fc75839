"""Rules asked together say what each says on its own, and none keeps another from its answer."""

from typing import Any

import pytest

from auditor.engine.batches import FAILED, NOT_APPLICABLE, PASSED, batches
from auditor.engine.judge import Compiled, Judge, compile_rule
from auditor.engine.memory import Said
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
    list(judge.judge(thing()))
    return dict(judge.tally().counts)


def thing() -> Fact:
    ref = ObjectRef("v1", "Thing", "", "a")
    return Fact("thing", ref, {"size": 3, "parts": ["a"]}, {"": Anchor(Origin("a.yaml"), ref, ())}, "world")


def test_one_program_tells_all_outcomes() -> None:
    rules = [
        rule("holds", "thing.size == 3"),
        rule("fails", "thing.size == 4"),
        rule("elsewhere", "thing.size == 4", "thing.size == 3", "thing.size == 5"),
        rule("each", "", each="thing.parts.filter(part, part == 'b')"),
    ]
    (batch,) = batches(rules, {})
    said = batch.said({"thing": {"size": 3, "parts": ["a"], "name": "b"}})
    assert said == Said(bytes((PASSED, FAILED, NOT_APPLICABLE, PASSED)), {1: None})
    assert batch.said({"thing": {"size": 3, "parts": ["a"], "name": "c"}}) is said
    said = batch.said({"thing": {"size": 4, "parts": ["b", "a", "b"]}})
    assert said == Said(bytes((FAILED, PASSED, NOT_APPLICABLE, FAILED)), {0: None, 3: ["b", "b"]})


@pytest.mark.parametrize(
    "each", ["1", "2", "null", "'a'", "thing", "['a'], ['b']", "['a']], [['b']", "[optional.of(1)]"]
)
def test_what_is_no_list_of_offenders_voids_no_other_rule(each: str) -> None:
    found = verdicts(rule("none", "", each=each), rule("holds", "thing.size == 3"))
    assert found == {("none", "rule-error"): 1, ("holds", "pass"): 1}
    found = verdicts(rule("none", "", "thing.size == 3", each=each), rule("elsewhere", "", "false", each=each))
    assert found == {("none", "rule-error"): 1, ("elsewhere", "not-applicable"): 1}


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


def test_rules_without_parameters_join_those_with_some() -> None:
    size = {"size": {"type": "int", "default": 3, "description": "Wanted."}}
    other = {"size": {"type": "int", "default": 4, "description": "Wanted."}}
    words = {"text": {"type": "string", "default": "a", "description": "Said."}}
    rules = [
        rule("plain", "thing.size == 3"),
        rule("three", "thing.size == params.size", params=size),
        rule("four", "thing.size == params.size", params=other),
        rule("says", "false", params=words, messageExpression="params.text"),
    ]
    assert [[one.rule.id for one in batch.rules] for batch in batches(rules, {})] == [
        ["three", "plain", "says"],
        ["four"],
    ]
    judge = Judge({"thing": rules}, SUBJECTS, {}, "2026-01-01", Completeness())
    drafts = list(judge.judge(thing()))
    assert {draft.rule.id: draft.message for draft in drafts} == {"four": "four", "says": "a"}


def test_what_seldom_is_the_same_is_asked_apart() -> None:
    subjects = {"thing": SUBJECTS["thing"]._replace(unlike=("spec.parts", "name"))}
    rules = {
        "same": "thing.spec.size == 3 && thing.names == 1",
        "name": "thing.name == 'a'",
        "part": "thing.spec.parts[0].size == 1",
        "all": "thing.spec == {}",
    }
    made = [compile_rule(rule(name, text).rule, subjects, {}) for name, text in rules.items()]
    assert [[one.rule.id for one in batch.rules] for batch in batches(made, {})] == [["same"], ["name", "part", "all"]]


def test_parameters_and_kinds_split_batches() -> None:
    size = {"size": {"type": "int", "default": 3, "description": "Wanted."}}
    found = verdicts(
        rule("with-params", "thing.size == params.size", params=size), rule("other-kind", "false", kinds=["Other"])
    )
    assert found == {("with-params", "pass"): 1}
