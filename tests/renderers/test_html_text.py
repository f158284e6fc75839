"""Words for the page: paragraphs, lines to paste, values, counts; and when a waiver is marked as ending."""

import pytest

from auditor.model.findings import Waiver, WaiverUse
from auditor.model.refs import Place
from auditor.renderers.html_text import Block, blocks, count, plain, ticks
from auditor.renderers.html_view import SOON, _days, _waivers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One\nparagraph.", [Block(False, "One paragraph.")]),
        ("One.\n\nTwo.", [Block(False, "One."), Block(False, "Two.")]),
        ("Set:\n  a:\n    b: 1\nDone.", [Block(False, "Set:"), Block(True, "a:\n  b: 1"), Block(False, "Done.")]),
        ("Set:\n\n```yaml\na: 1\n\nb: 2\n```\n", [Block(False, "Set:"), Block(True, "a: 1\n\nb: 2")]),
        ("```\nnever closed", [Block(True, "never closed")]),
    ],
)
def test_paragraphs_and_lines_to_paste(text: str, expected: list[Block]) -> None:
    assert blocks(text) == expected


def test_ticks_become_code_and_nothing_else_becomes_markup() -> None:
    assert ticks("set `<a>` & `b`") == "set <code>&lt;a&gt;</code> &amp; <code>b</code>"
    assert ticks("a lone ` tick") == "a lone ` tick"


def test_values_are_written_as_in_a_manifest() -> None:
    assert [plain(value) for value in (True, None, 0, "0", ["ALL"], {"a": 1})] == [
        "true",
        "null",
        "0",
        '"0"',
        '["ALL"]',
        '{"a": 1}',
    ]


def test_counts() -> None:
    assert [count(1, "object"), count(0, "object"), count(1200, "entry", "entries")] == [
        "1 object",
        "0 objects",
        "1,200 entries",
    ]


@pytest.mark.parametrize(
    ("expires", "days"), [("2026-11-21", 0), ("2026-11-20", -1), ("2026-12-21", 30), ("", None), ("soon", None)]
)
def test_days_that_a_waiver_still_holds(expires: str, days: int | None) -> None:
    assert _days(expires, "2026-11-21") == days
    waiver = Waiver("some-rule", "because", "configuration", Place(".kubeplumb.yaml"), expires=expires)
    (row,) = _waivers([WaiverUse(waiver, "used")], "2026-11-21")
    assert row.soon is (days is not None and 0 <= days <= SOON)


def test_waivers_that_need_somebody_come_first() -> None:
    waiver = Waiver("some-rule", "because", "configuration", Place(".kubeplumb.yaml"))
    uses = [
        WaiverUse(waiver, state) for state in ("used", "ignored", "unmatched", "expired", "out-of-scope", "malformed")
    ]
    states = [row.use.state for row in _waivers(uses, "2026-11-21")]
    assert states == ["malformed", "expired", "unmatched", "used", "ignored", "out-of-scope"]
