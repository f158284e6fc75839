"""What a memory recalls is what the rules would have said: they never read more than it looks at."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.engine.batches import batches
from auditor.engine.judge import Judge
from auditor.engine.memory import Memory, Said, Views, narrowed, reads, views
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Completeness
from auditor.model.refs import ObjectRef, Origin
from tests.engine.test_batches import SUBJECTS, rule

READS = {
    "thing.size == 3": {("size",)},
    "thing.?spec.?size.orValue(1) == 3": {("spec", "size")},
    "thing . spec . size == 3": {("spec", "size")},
    "thing.spec.size == thing.spec": {("spec",)},
    "thing.parts.exists(part, part == 'a')": {("parts",)},
    "thing.parts[0].name == 'a'": {("parts",)},
    "thing[?'spec'].hasValue()": {()},
    "thing.size() == 3": {()},
    "{'a': thing}.a.size == 3": {()},
    ".thing.size == 3": {("size",)},
    "'a' in .thing.parts && 'b' in thing .size": {("parts",), ("size",)},
    "'thing' == thing.size && \"thing.b\" != '''thing'''": {("size",)},
    "['thing'].exists(thing, thing == 'a')": {()},
    "true ?thing.size == 3 : false": {("size",)},
    "other.thing.size == 3 && things.size == 1": set(),
    "other.?thing.size == 3": set(),
    "has(thing.spec.size) && thing.size == 1": {("size",), ("spec", "size")},
    "cel.bind(own, thing.spec, own.size == 3)": {("spec",)},
    "thing.size == 'a thing of no-thing'": {("size",)},
    "'' + thing.size == 'thing'": {("size",)},
    "'a \"big thing\"' + thing.size == 'thing'": {()},
    "'a\\'' + thing.size == 'thing'": {("size",)},
    "r'a\\' + thing.size == 'thing'": {("size",)},
    "'''it's''' + thing.size == 'thing'": {("size",)},
    "thing.size == 1 // it's\n && thing.spec == 'a'": {("size",), ("spec",)},
}


@pytest.mark.parametrize("expression", READS)
def test_what_is_read_is_told_by_the_text(expression: str) -> None:
    assert paths(views(reads([expression], ("thing",)))) == READS[expression]


def paths(tree: Views, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The ends of a view's branches, without the variable's name."""
    if not tree and above:
        return {above[1:]}
    return {path for step, below in tree.items() for path in paths(below, (*above, step))}


def test_conditions_and_lists_of_offenders_are_read_as_well() -> None:
    made = rule("one", "", "thing.kind == 'a'", each="thing.parts.filter(part, part == 'b')")
    (batch,) = batches([made], {})
    assert paths(batch.views) == {("kind",), ("parts",)}


def test_what_is_absent_looks_like_no_value() -> None:
    values: list[Any] = [{}, {"spec": None}, {"spec": {}}, {"spec": {"size": None}}, {"spec": 0}, {"spec": {"size": 0}}]
    values += [{"spec": {"size": False}}, {"spec": {"size": 0.0}}, {"spec": {"size": ""}}, {"spec": []}, {"spec": ()}]
    seen = views(reads(["thing.spec.size == 3"], ("thing",)))
    looks = [Memory().look(narrowed({"thing": value}, seen)) for value in values]
    assert len(set(looks)) == len(values)
    assert all(looks)


def test_what_is_no_plain_data_is_not_remembered() -> None:
    memory = Memory()
    assert memory.look({"thing": {"size": object()}}) == b""


def test_a_memory_that_meets_nobody_again_gives_up() -> None:
    memory = Memory()
    for size in range(200):
        look = memory.look({"thing": {"size": size}})
        if look and memory.recall(look) is None:
            memory.keep(look, Said(b"\1", {}))
    assert memory.look({"thing": {"size": 1}}) == b""


def test_what_is_read_are_the_paths_and_what_leads_there() -> None:
    value = {"a": {"b": {"c": 1}, "d": 2}, "e": 3}
    assert narrowed(value, {"a": {"b": {}}}) == {"a": {"b": {"c": 1}}}
    assert narrowed(value, {"a": {"b": {"x": {}}, "x": {}}, "x": {"y": {}}}) == {"a": {"b": {}}}
    assert narrowed(value, {"e": {"f": {}}}) == {"e": 3}
    assert narrowed(value, {}) == value


def test_one_expression_does_not_go_on_in_the_next() -> None:
    assert paths(views(reads(["thing.size == thing", ".thing.spec.size == 3"], ("thing",)))) == {()}
    assert paths(views(reads(["thing.spec == thing.size", "(thing.size == 1)"], ("thing",)))) == {("size",), ("spec",)}


SCALARS = st.sampled_from([None, True, False, 0, 1, 3, 0.0, 1.0, "", "3", "a"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["size", "name"]), inner, max_size=2),
    max_leaves=4,
)
THINGS = st.dictionaries(st.sampled_from(["size", "spec", "parts", "name"]), VALUES, max_size=3)
EXPRESSIONS = (
    *("thing.size == 3", "thing.?spec.?size.orValue(3) == 3", "has(thing.spec.name)", "thing.parts.size() == 1"),
    *("!thing.?parts.orValue([]).exists(one, one == 'a')", "type(thing.size) == int", "size(thing) > 1"),
    "thing.?spec.orValue({}) == {}",
)


def said(judge: Judge, things: list[dict[str, Any]]) -> list[list[tuple[str, str, str]]]:
    ref = ObjectRef("v1", "Thing", "", "a")
    facts = [Fact("thing", ref, thing, {"": Anchor(Origin("a.yaml"), ref, ())}, "world") for thing in things]
    return [[(draft.rule.id, draft.verdict, draft.reason) for draft in judge.judge(fact)] for fact in facts]


def new_judge(expressions: tuple[str, ...]) -> Judge:
    rules = [rule(f"rule-{number}", expression) for number, expression in enumerate(expressions)]
    return Judge({"thing": rules}, SUBJECTS, {}, "2026-01-01", Completeness())


@settings(deadline=None, max_examples=150)
@given(st.lists(THINGS, min_size=1, max_size=6), st.sets(st.sampled_from(EXPRESSIONS), min_size=1))
def test_a_judge_with_a_memory_says_what_one_without_says(things: list[dict[str, Any]], chosen: set[str]) -> None:
    expressions = tuple(sorted(chosen))
    remembering = new_judge(expressions)
    again = said(remembering, [*things, *things])
    fresh = [said(new_judge(expressions), [thing])[0] for thing in things]
    assert again == [*fresh, *fresh]
    whole = new_judge(expressions)
    assert remembering.tally().counts == {key: 2 * count for key, count in counted(whole, things).items()}


def counted(judge: Judge, things: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    said(judge, things)
    return dict(judge.tally().counts)
