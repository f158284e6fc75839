"""Messages that are put together without CEL are what CEL makes of them; everything else is left to it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.engine import cel, judge
from auditor.engine.messages import joined
from auditor.pipeline.prepare import all_rules
from auditor.pipeline.rule_tests import cases, check_case

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
RULES = all_rules(())
NAMES = ("thing",)

words = st.sampled_from(["a", "b", "", "é😀", "\x00", "'", "a b"]) | st.text(max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
steps = st.lists(st.sampled_from("abc"), max_size=2).map(lambda found: "".join(f".{step}" for step in found))
plain = st.sampled_from(["thing", "item", "today"]).flatmap(lambda name: steps.map(lambda found: name + found))
parts = st.one_of(
    plain,
    plain.map(lambda path: f"{path}.?a.orValue('')"),
    plain.map(lambda path: f"{path}.?b.orValue('none here')"),
    plain.map(lambda path: f"{path}.?a"),
    plain.map(lambda path: f"string({path})"),
    plain.map(lambda path: f"('a' in {path} ? 'is there' : '')"),
    st.sampled_from(["'text '", "''", "'it''s'", r"'\n'", "'''long'''", "r'raw'", '"double"', "absent.a", "1", "null"]),
)
signs = st.sampled_from([" + ", "+", "\n+ ", " == ", " "])


def by_cel(expression: str, data: dict[str, Any]) -> str | None:
    try:
        return cel.as_text(cel.compile_text(expression, NAMES), cel.Activation(data))
    except cel.UNDECIDABLE:
        return None


@given(st.lists(parts, min_size=1, max_size=4), signs, values, values)
def test_what_is_joined_is_what_cel_says(found: list[str], sign: str, thing: Any, item: Any) -> None:
    expression = sign.join(found)
    data = {"thing": thing if isinstance(thing, dict) else {"a": thing}, "item": item, "today": "2026-01-31"}
    message = joined(expression, data)
    assert message is None or message == by_cel(expression, data)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("'thing ' + thing.a + ' is ' + thing.b.c", "thing A is C"),
        ("thing.a", "A"),
        ("'item ' + item", "item I"),
        ("'named ' + thing.b.?name.orValue('(unnamed)')", "named (unnamed)"),
        ("'named ' + thing.b.?c.orValue('(unnamed)')", "named C"),
        ("'n: ' + string(thing.n)", "n: 1"),
        ("string(thing.a) + string(item)", "AI"),
        ("'n: ' + string(thing.huge)", None),
        ("'n: ' + string(thing.b)", None),
        ("'n: ' + string(thing.yes)", None),
        ("'it ' + ('c' in thing.b ? 'is' : 'is not') + ' there'", "it is there"),
        ("'it ' + ('d' in thing.b ? 'is' : 'is not') + ' there'", "it is not there"),
        ("'it ' + ('none' in thing ? 'is' : 'is not') + ' there'", None),
        ("'it ' + ('c' in thing.a ? 'is' : 'is not') + ' there'", None),
        ("'it ' + ('c' in thing.absent ? 'is' : 'is not') + ' there'", None),
        ("'n: ' + thing.n", None),
        ("'x' + thing.absent", None),
        ("'x' + thing.absent.?name.orValue('y')", None),
        ("'x' + thing.a.?name.orValue('y')", None),
        ("'lone ' + thing.lone", None),
        ("thing.a == 'A' ? 'x' : 'y'", None),
        ("'x' + ", None),
        ("", None),
    ],
)
def test_no_more_is_joined_than_texts(expression: str, message: str | None) -> None:
    thing = {"a": "A", "b": {"c": "C"}, "n": 1, "lone": "\ud800", "huge": 1 << 63, "yes": True, "none": None}
    assert joined(expression, {"thing": thing, "item": "I"}) == message


def test_messages_of_all_rules_on_their_fixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is what CEL says of it, and most need no CEL."""
    asked = {True: 0, False: 0}

    def both(expression: str, data: dict[str, Any]) -> str | None:
        message = joined(expression, data)
        asked[message is not None] += 1
        if message is not None:
            names = tuple(sorted(data.keys() - {"params", "tables", "today", "item"}))
            assert message == cel.as_text(cel.compile_text(expression, names), cel.Activation(data))
        return message

    monkeypatch.setattr(judge, "joined", both)
    for name, rule in RULES.items():
        for case in cases(FIXTURES / name):
            if case.verdict == "fail":
                assert list(check_case(rule, RULES, case)) == []
    assert asked[True] > asked[False] > 0
