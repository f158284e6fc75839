"""The JSON of a comparison: whole outputs, the published schema, and that nothing is left out."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.renderers.diff_json import SCHEMA, parts
from tests.renderers.comparisons import COMPARISONS, crowds
from tests.renderers.snapshot import check

_FOLDER = Path(__file__).parents[2] / "schemas"
_SCHEMA: dict[str, Any] = json.loads((_FOLDER / "diff-v1.json").read_text(encoding="utf-8"))
_REPORT: dict[str, Any] = json.loads((_FOLDER / "report-v1.json").read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA, format_checker=jsonschema.FormatChecker())


def render(name: str) -> str:
    return "".join(parts(COMPARISONS[name]))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(_SCHEMA)
    assert _SCHEMA["properties"]["schema"]["const"] == SCHEMA


def test_the_schema_is_strict_and_describes_every_field() -> None:
    for part in [_SCHEMA, *_SCHEMA["$defs"].values()]:
        for name, field in part.get("properties", {}).items():
            assert "description" in field or "$ref" in field or "minimum" in field, name
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])


def test_what_looks_as_in_a_report_is_described_as_there() -> None:
    shared = _SCHEMA["$defs"].keys() & _REPORT["$defs"].keys()
    assert {"finding", "run", "object", "place", "evidence", "waiver"} <= shared
    assert {name: _SCHEMA["$defs"][name] for name in shared} == {
        name: part for name, part in _REPORT["$defs"].items() if name in shared
    } | {"summary": _SCHEMA["$defs"]["summary"]}
    change = dict(_SCHEMA["$defs"]["gapChange"]["properties"])
    del change["change"]
    assert change == _REPORT["$defs"]["gap"]["properties"]


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_snapshot(name: str) -> None:
    check(f"diff-{name}.json", render(name))


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_every_comparison_is_valid(name: str) -> None:
    _VALIDATOR.validate(json.loads(render(name).encode()))


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_nothing_is_left_out_and_the_numbers_are_right(name: str) -> None:
    comparison, read = COMPARISONS[name], json.loads(render(name))
    assert [one["finding"]["fingerprint"] for one in read["findings"]] == [
        one.finding.fingerprint for one in comparison.differences
    ]
    counted = Counter((one["outcome"], one["finding"]["severity"]) for one in read["findings"])
    told = {(outcome, level): n for outcome, row in read["summary"]["findings"].items() for level, n in row.items()}
    assert {key: number for key, number in told.items() if number} == dict(counted)
    for key in ("gaps", "objects"):
        changes = Counter(one["change"] for one in read[key])
        assert changes == {word: n for word, n in read["summary"][key].items() if n and word != "same"}


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_the_text_can_be_printed_to_a_terminal(name: str) -> None:
    assert not re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", render(name)
    )


def test_a_large_comparison_is_written_in_parts_with_a_line_for_each_finding() -> None:
    texts = list(parts(crowds()))
    lines = "".join(texts).splitlines()
    assert sum(line.startswith('  {"outcome":') for line in lines) == 10_000
    assert max(map(len, texts)) < sum(map(len, texts)) / 10
