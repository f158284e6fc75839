"""Flags of all kinds are read as real components read them: `component-flag-cases.json` holds what they said."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.components.flag_values import value_of
from auditor.facts.components.flags import Word, read_pflags
from auditor.tables.components import flags
from tests.facts.go_spelling import ours, theirs

RECORDED = json.loads(Path(__file__).with_name("component-flag-cases.json").read_text("utf-8"))
DEFAULTS, CASES = RECORDED["defaults"], RECORDED["cases"]
ACCEPTED = [case for case in CASES if not case[3]]
REFUSED = [case for case in CASES if case[3]]
OWN_SPELLING = {"allow-metric-labels", "register-with-taints", "reserved-memory"}
ONE_VALUE = {"audit-webhook-batch-initial-backoff": "audit-webhook-initial-backoff"}
"""A flag that sets the value of another."""
OPEN = {"--bind-address=": "without a text it is no address, and the default stays (IPVar in component-base/cli/flag)"}
"""Words that facts read in another way; whoever makes them agree takes the line out."""
UNSEEN = {
    "a word that is no flag": r"does not take any arguments|^unknown command ",
    "a value that is missing at the end, or dashes too many": r"needs an argument|bad flag syntax|unknown shorthand",
    "a pair, taint, address or number in the text of a flag": (
        r"malformed pair|formatted as key=value|certificate and key file p|as version|parse IP|quantities must"
        r"|taint spec|reserved memory|missing bool value|invalid map|ParseInt|ParseUint|parse error on line"
    ),
    "what the values mean": r"feature gate|initialize logging|splitStream|infoBufferSize|has been deprecated",
}
"""Why real components refuse some lines that are read here as if they did not."""


def named(cases: list[Any]) -> Any:
    found = []
    for case in cases:
        why = next((OPEN[word] for word in case[1] if word in OPEN), None)
        marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
        found.append(pytest.param(case, id=f"{case[0]} {' '.join(case[1])}", marks=marks))
    return pytest.mark.parametrize("case", found)


def read(name: str, words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The value of each flag that is named, and what keeps the component from starting."""
    known, texts, wrong, values = flags(name, 37), dict[str, list[str]](), list[str](), dict[str, Any]()
    for one in read_pflags([Word(word) for word in words], known):
        texts.setdefault(one.name, []).append(one.text)
    for flag, given in texts.items():
        try:
            values[flag] = value_of(known[flag].kind, given)
        except KeyError:
            wrong.append(f"unknown flag {flag}")
        except ValueError as error:
            wrong.append(str(error))
    return values, wrong


@named(ACCEPTED)
def test_flags_are_what_the_component_prints(case: Any) -> None:
    name, words, told, _ = case
    values, wrong = read(name, words)
    assert wrong == []
    kinds = {flag: one.kind for flag, one in flags(name, 37).items()}
    printed = {flag: told.get(flag, DEFAULTS[name].get(flag)) for flag in values if flag in DEFAULTS[name]}
    unlike = {
        flag: (values[flag], text)
        for flag, text in printed.items()
        if ours(kinds[flag], values[flag]) != theirs(kinds[flag], text) and flag not in OWN_SPELLING
    }
    assert unlike == {}
    assert told.keys() <= {*printed, *map(ONE_VALUE.get, printed)}, "a flag that is not named has changed"


@named(REFUSED)
def test_lines_that_keep_a_component_from_starting(case: Any) -> None:
    name, words, _, reason = case
    _, wrong = read(name, words)
    assert wrong or any(re.search(pattern, reason) for pattern in UNSEEN.values())


def test_there_are_cases_of_each() -> None:
    kinds = Counter(flags(name, 37)[flag].kind for name, _, told, _ in ACCEPTED for flag in told)
    assert min(kinds.values()) > 3
    assert {"bool", "int", "float", "duration", "string", "list", "strings", "map", "gates"} <= kinds.keys()
    for pattern in UNSEEN.values():
        assert any(re.search(pattern, case[3]) for case in REFUSED)
    assert sum(1 for case in REFUSED if read(case[0], case[1])[1]) > 40
