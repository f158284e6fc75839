"""SARIF: whole outputs, the standard's own model of the format, and what GitHub code scanning asks for beyond it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifModel

from auditor.model.findings import Report
from auditor.model.refs import Place
from auditor.renderers.sarif import render
from auditor.renderers.sarif_places import BASE, artifact_of
from auditor.renderers.sarif_tool import LEVELS, SECURITY_SEVERITY
from tests.renderers.reports import REPORTS
from tests.renderers.snapshot import check

SHOP = REPORTS["shop"]


def run_of(report: Report, *, suppressed: bool = False) -> dict[str, Any]:
    """The one run of a report's SARIF."""
    (run,) = json.loads(render(report, suppressed=suppressed))["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_snapshot(name: str) -> None:
    check(f"{name}.sarif", render(REPORTS[name]))


def test_snapshot_with_suppressed_results() -> None:
    check("shop-suppressed.sarif", render(SHOP, suppressed=True))


@pytest.mark.parametrize("suppressed", [False, True])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_is_valid(name: str, suppressed: bool) -> None:
    SarifModel.model_validate_json(render(REPORTS[name], suppressed=suppressed))


def test_only_failures_are_results_since_github_alerts_on_all_of_them() -> None:
    run = run_of(SHOP)
    failures = [one for one in SHOP.findings if one.verdict == "fail"]
    assert [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]] == [
        one.fingerprint for one in failures
    ]
    assert [one["rule"] for one in run["properties"]["waived"]] == ["host-path-writable", "run-as-root"]
    assert [one["rule"] for one in run["properties"]["manual"]] == ["audit-log-policy"]
    assert {one["rule"] for one in run["properties"]["notEvaluated"]} == {"namespace-without-policy", "run-as-root"}


def test_suppressed_results_say_who_suppressed_them_and_why() -> None:
    results = run_of(SHOP, suppressed=True)["results"]
    found = [one["suppressions"] for one in results]
    assert [one for one in found if one] == [
        [{"kind": "inSource", "justification": "reads and rotates the node's logs"}],
        [{"kind": "external", "justification": "needs to chown its data once"}],
    ]


def test_rules_are_complete_and_pointed_to() -> None:
    run = run_of(SHOP)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] == result["level"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10


def test_severities_fall_into_the_bounds_that_github_names() -> None:
    names = {"critical": (9.0, 10.0), "high": (7.0, 8.9), "medium": (4.0, 6.9), "low": (0.1, 3.9), "info": (0.1, 3.9)}
    for severity, (low, high) in names.items():
        assert low <= float(SECURITY_SEVERITY[severity]) <= high  # type: ignore[index]
    assert list(LEVELS.values()) == ["error", "error", "warning", "note", "note"]


def test_each_gap_is_a_notification_with_its_place() -> None:
    (invocation,) = run_of(SHOP)["invocations"]
    notes = [one for one in invocation["toolExecutionNotifications"] if one["descriptor"]["id"].startswith("gap/")]
    assert [one["message"]["text"] for one in notes] == [gap.reason for gap in SHOP.gaps]
    broken = next(one for one in notes if one["descriptor"]["id"] == "gap/yaml-syntax")
    assert broken["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 14}


@pytest.mark.parametrize(
    ("name", "successful"), [("shop", True), ("clean", True), ("empty", False), ("rule-error", False)]
)
def test_a_run_that_read_nothing_or_broke_is_not_successful(name: str, successful: bool) -> None:
    assert run_of(REPORTS[name])["invocations"][0]["executionSuccessful"] is successful


def test_a_place_without_a_line_has_no_region() -> None:
    finding = replace(SHOP.findings[0], place=Place("a.yaml"))
    (result,) = run_of(replace(SHOP, findings=[finding]))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_text_cannot_become_a_link_or_a_placeholder() -> None:
    finding = replace(SHOP.findings[0], message="[press](https://evil.example) {0} \x1b[31m\u202e")
    (result,) = run_of(replace(SHOP, findings=[finding]))["results"]
    assert "](" not in result["message"]["text"]
    assert "{0}" not in result["message"]["text"]
    assert "\\x1b[31m\\u202e" in result["message"]["text"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("deploy/web.yaml", "deploy/web.yaml"),
        ("./deploy//web.yaml", "deploy/web.yaml"),
        ("/repo/deploy/web.yaml", "deploy/web.yaml"),
        ("a b/100%/#1?.yaml", "a%20b/100%25/%231%3F.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("größe.yaml", "gr%C3%B6%C3%9Fe.yaml"),
        ("caf\udce9.yaml", "caf%E9.yaml"),
        ("\ud800.yaml", "%ED%A0%80.yaml"),
        ("../other/web.yaml", "../other/web.yaml"),
    ],
)
def test_uris_are_relative_and_escaped(file: str, uri: str) -> None:
    assert artifact_of("/repo")(file) == {"uri": uri, "uriBaseId": BASE}


def test_what_lies_elsewhere_has_a_whole_uri_and_standard_input_a_name() -> None:
    assert artifact_of("/repo")("/repository/a b.yaml") == {"uri": "file:///repository/a%20b.yaml"}
    assert artifact_of("/repo")("-") == {"uri": "stdin"}
    assert unquote(artifact_of("/")("/etc/x.yaml")["uri"]) == "etc/x.yaml"
