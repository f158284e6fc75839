"""A comparison in a terminal: whole outputs, the summary first, what is cut is counted, and nothing escapes."""

import re

import pytest

from auditor.renderers.diff_terminal import render
from tests.renderers.comparisons import COMPARISONS, crowds
from tests.renderers.snapshot import check

_SGR = re.compile("\x1b\\[([0-9;]*)m")


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_snapshot(name: str) -> None:
    check(f"diff-{name}-80.txt", render(COMPARISONS[name], width=80, color=False))


def test_snapshot_wide_and_verbose() -> None:
    check("diff-shop-verbose.txt", render(COMPARISONS["shop"], width=120, color=False, verbose=True))


def test_snapshot_in_colour() -> None:
    check("diff-shop-colour.txt", render(COMPARISONS["shop"], width=80, color=True).replace("\x1b", "\\e"))


def test_snapshot_of_a_crowd() -> None:
    check("diff-crowd-80.txt", render(crowds(), width=80, color=False))


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain, coloured = (render(COMPARISONS[name], width=80, color=color) for color in (False, True))
    assert _SGR.sub("", coloured) == plain
    assert {code for group in _SGR.findall(coloured) for code in group.split(";")} <= set("01234567") | {
        "31",
        "32",
        "35",
    }


@pytest.mark.parametrize("name", sorted(COMPARISONS))
@pytest.mark.parametrize("verbose", [False, True])
def test_plain_output_holds_no_control_character(name: str, verbose: bool) -> None:
    text = render(COMPARISONS[name], width=80, color=False, verbose=verbose)
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_the_summary_comes_first_and_fits_the_width(name: str) -> None:
    lines = render(COMPARISONS[name], width=80, color=False).split("\n")
    assert lines[0].startswith("before      ")
    table = next(number for number, line in enumerate(lines) if line.startswith("findings "))
    assert all(len(line) <= 80 for line in lines[: table + 6])
    assert [line.split("  ")[0] for line in lines[table + 1 : table + 6]] == [
        "new",
        "fixed",
        "not evaluated any more",
        "gone with the object",
        "unchanged",
    ]


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_every_finding_that_is_no_longer_the_same_is_told_when_verbose(name: str) -> None:
    text = render(COMPARISONS[name], width=2000, color=False, verbose=True)
    for one in COMPARISONS[name].differences:
        if one.outcome != "unchanged" or one.changes:
            assert f"[{one.finding.rule}]" in text
            assert repr(str(one.finding.ref))[1:-1] in text


def test_a_crowd_is_cut_and_counted() -> None:
    text = render(crowds(), width=80, color=False)
    assert text.count("\n") < 500
    assert "5,000 new findings" in text
    assert "4,985 more findings: --verbose" in text
