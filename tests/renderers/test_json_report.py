"""The JSON report: whole outputs, the published schema, and that no text of others harms its readers."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.renderers.json_report import SCHEMA, render
from tests.renderers.reports import REPORTS, crowd
from tests.renderers.snapshot import check

_SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "schemas" / "report-v1.json").read_text(encoding="utf-8")
)
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA, format_checker=jsonschema.FormatChecker())


def _strictly(text: str) -> Any:
    """As a parser reads it that refuses what JSON does not have."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text.encode("utf-8"), parse_constant=refuse)


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


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_snapshot(name: str) -> None:
    check(f"{name}.json", render(REPORTS[name]))


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_is_valid(name: str) -> None:
    _VALIDATOR.validate(_strictly(render(REPORTS[name])))


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_nothing_is_left_out(name: str) -> None:
    report, read = REPORTS[name], _strictly(render(REPORTS[name]))
    assert [one["fingerprint"] for one in read["findings"]] == [one.fingerprint for one in report.findings]
    for key in ("rules", "gaps", "waivers", "objects"):
        assert len(read[key]) == len(getattr(report, key))


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_text_can_be_printed_to_a_terminal(name: str) -> None:
    text = render(REPORTS[name])
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_hostile_text_is_read_as_it_was() -> None:
    finding = next(one for one in REPORTS["hostile"].findings if one.rule == "container-privileged")
    read = next(
        one for one in _strictly(render(REPORTS["hostile"]))["findings"] if one["rule"] == "container-privileged"
    )
    assert read["message"] == finding.message
    assert read["container"] == finding.container
    assert read["source"] == finding.source_line


def test_a_number_that_is_none_becomes_text() -> None:
    finding = next(one for one in REPORTS["hostile"].findings if one.rule == "run-as-root")
    report = replace(REPORTS["hostile"], findings=[finding])
    values = [one["value"] for one in _strictly(render(report))["findings"][0]["evidence"]]
    assert values == ["nan", 10**30]


def test_the_same_report_gives_the_same_bytes_with_a_line_for_each_finding() -> None:
    report = crowd(50)
    text = render(report)
    assert text == render(report)
    assert sum(line.startswith('  {"rule":') for line in text.splitlines()) == 250
