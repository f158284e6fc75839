"""A Report in, SARIF 2.1.0 out, made so that GitHub code scanning opens an alert for each failure and for nothing else.

GitHub opens an alert for every result, whatever its `kind` says, and for suppressed ones too. So only failures are
results. What is waived, manual or not evaluated is in the run's properties; gaps, rule errors and what was not
evaluated are notifications as well, which GitHub shows with the status of the tool.
"""

import re
from collections.abc import Mapping
from typing import Any

from auditor.model.findings import Finding, Report
from auditor.renderers.json_layout import layout
from auditor.renderers.safe import safe_line, safe_value
from auditor.renderers.sarif_notices import invocation, properties
from auditor.renderers.sarif_places import BASE, ArtifactOf, artifact_of, logical, physical
from auditor.renderers.sarif_tool import LEVELS, tool

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
OUR_FINGERPRINT = "kubeplumb/v1"
"""Beside `primaryLocationLineHash`, by which GitHub recognises an alert whose line has moved."""

# What a reader of SARIF would take for a link or a placeholder (SARIF 3.11.5 and 3.11.6).
_LINK = re.compile(r"\](?=\()")
_PLACEHOLDER = re.compile(r"\{(?=\d+\})")


def render(report: Report, *, suppressed: bool = False, root: str = "") -> str:
    """The report as SARIF text. `suppressed` puts waived findings among the results, with their suppressions.

    Paths are relative to `root` (an absolute path; the working directory if empty), for GitHub the repository's root.
    """
    artifact = artifact_of(root)
    numbers = {rule.id: number for number, rule in enumerate(report.rules)}
    shown = ("fail", "waived") if suppressed else ("fail",)
    run = {
        "tool": tool(report),
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The directory that the run was started in."}}},
        "invocations": [invocation(report, numbers, artifact)],
        "results": (_result(one, numbers, suppressed, artifact) for one in report.findings if one.verdict in shown),
        "properties": properties(report),
    }
    return layout({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, 6) + "\n"


def _result(finding: Finding, numbers: Mapping[str, int], suppressed: bool, artifact: ArtifactOf) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers.get(finding.rule, -1),
        "kind": "fail",
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, artifact)],
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint, OUR_FINGERPRINT: finding.fingerprint},
    }
    if finding.platform:
        result["properties"] = {"platform": safe_line(finding.platform)}
    if related := _related(finding, artifact):
        result["relatedLocations"] = related
    if suppressed:
        # An empty list says "not suppressed"; a missing one, "unknown" (SARIF 3.27.23).
        result["suppressions"] = _suppressions(finding)
    return result


def _location(finding: Finding, artifact: ArtifactOf) -> dict[str, Any]:
    where = physical(artifact, finding.place)
    region = where["physicalLocation"].get("region")
    if region and finding.source_line:
        region["snippet"] = {"text": safe_line(finding.source_line)}
    where["logicalLocations"] = [logical(finding.ref, finding.container)]
    return where


def _message(finding: Finding) -> str:
    """The object, what is wrong, the value seen and the value wanted: all that GitHub shows of a result."""
    parts = [f"{finding.ref}: {finding.message}."]
    if finding.evidence:
        seen = finding.evidence[0]
        parts.append(f"Seen: {seen.path} {safe_value(seen.value) if seen.present else 'is not set'}.")
    if finding.want:
        parts.append(f"Wanted: {finding.want}.")
    return _PLACEHOLDER.sub("{ ", _LINK.sub("] ", safe_line(" ".join(parts), 1000)))


def _related(finding: Finding, artifact: ArtifactOf) -> list[dict[str, Any]]:
    """The other fields that the verdict rests on, where they lie elsewhere."""
    others = {one.place: one.path for one in reversed(finding.evidence) if one.place != finding.place}
    return [
        {"id": number, **physical(artifact, place), "message": {"text": safe_line(path)}}
        for number, (place, path) in enumerate(sorted(others.items()), start=1)
    ]


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    waiver = finding.waiver
    if waiver is None:
        return []
    # Without a `status`, it counts as accepted (SARIF 3.27.23).
    kind = "external" if waiver.source == "configuration" else "inSource"
    return [{"kind": kind, "justification": safe_line(waiver.reason, 1000)}]
