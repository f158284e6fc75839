"""Every raw document of the table reads as the API server reads it, or both refuse it."""

from typing import Any

import pytest

from auditor.collectors.yaml.documents import DEFAULT, read_document
from auditor.collectors.yaml.text import Unreadable, decode_text
from tests.collectors.yaml.cases import CASES, JSON, Case
from tests.collectors.yaml.reading import content, our_answer, recorded, same

ANSWERS: dict[str, Any] = recorded()["cases"]


def test_every_case_is_recorded() -> None:
    assert {case.name for case in CASES} == ANSWERS.keys()
    assert len(CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_our_reading_is_the_servers(case: Case) -> None:
    theirs, ours = ANSWERS[case.name], our_answer(case)
    assert bool(ours.get("refused")) == bool(theirs.get("refused")), (ours, theirs)
    if not ours.get("refused"):
        assert same(ours["value"], theirs["value"]), (ours, theirs)
        assert ours["duplicates"] == theirs["duplicates"]


@pytest.mark.parametrize("case", [case for case in CASES if case.content_type != JSON], ids=lambda case: case.name)
def test_fast_or_exact_the_value_is_the_same(case: Case) -> None:
    """The reader chooses between two parsers by itself; neither choice may show."""
    theirs = ANSWERS[case.name]
    try:
        document = read_document(decode_text(case.data), 1, DEFAULT)
    except Unreadable:
        assert theirs.get("refused")
        return
    shown = None if any(problem.fatal for problem in document.problems) else content(document.value)
    assert same(shown, theirs.get("value")), (document, theirs)
