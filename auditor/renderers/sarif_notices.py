"""A Report in, out what is no result in SARIF: notifications, and the properties of the run."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.model.findings import Finding, Report, WaiverUse
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.safe import safe_line
from auditor.renderers.sarif_places import ArtifactOf, logical, physical
from auditor.renderers.sarif_tool import gap_id


def invocation(report: Report, numbers: Mapping[str, int], artifact: ArtifactOf) -> dict[str, Any]:
    """How the run went: not successful when it was interrupted, read nothing, or met a defective rule."""
    broken = any(rule.verdicts.get("rule-error") for rule in report.rules)
    return {
        "executionSuccessful": not (broken or report.run.interrupted or not report.coverage.objects),
        # SARIF 3.9 knows UTC only as `Z`.
        "startTimeUtc": report.run.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": _notifications(report, numbers, artifact),
    }


def _notifications(report: Report, numbers: Mapping[str, int], artifact: ArtifactOf) -> Iterator[dict[str, Any]]:
    yield from (_gap(gap, artifact) for gap in report.gaps)
    for finding in report.findings:
        if finding.verdict == "rule-error":
            yield {
                "descriptor": {"id": "rule-error"},
                "level": "error",
                "message": {"text": safe_line(f"{finding.ref}: {finding.reason}", 1000)},
                "associatedRule": _rule(finding.rule, numbers),
                "locations": [physical(artifact, finding.place)],
            }
    for group in unevaluated(report):
        text = f"not evaluated ({group['count']:,}): {group['reason']}"
        yield {
            "descriptor": {"id": "not-evaluated"},
            "level": "note",
            "message": {"text": text},
            "associatedRule": _rule(group["rule"], numbers),
        }


def _gap(gap: Gap, artifact: ArtifactOf) -> dict[str, Any]:
    where = physical(artifact, Place(gap.file, gap.line, gap.column))
    if gap.ref:
        where["logicalLocations"] = [logical(gap.ref)]
    return {
        "descriptor": {"id": gap_id(gap.code)},
        "level": "warning",
        "message": {"text": safe_line(gap.reason, 1000)},
        "locations": [where],
    }


def _rule(rule: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {"id": rule, "index": numbers[rule]} if rule in numbers else {"id": rule}


def properties(report: Report) -> dict[str, Any]:
    """What the run has to say beside its results."""
    return {
        "targets": [safe_line(target) for target in report.run.targets],
        "kubernetesVersion": report.run.kubernetes_version,
        "objects": report.coverage.objects,
        "files": report.coverage.files,
        "gaps": len(report.gaps),
        "hidden": {severity: count for severity, count in report.hidden.items() if count},
        "waived": map(_listed, (one for one in report.findings if one.verdict == "waived")),
        "manual": map(_listed, (one for one in report.findings if one.verdict == "manual")),
        "notEvaluated": unevaluated(report),
        "waivers": map(_waiver, (use for use in report.waivers if use.state != "used")),
    }


def unevaluated(report: Report) -> Iterator[dict[str, Any]]:
    """What was not evaluated, by rule and reason."""
    counts = Counter((one.rule, one.reason) for one in report.findings if one.verdict == "not-evaluated")
    for (rule, reason), count in sorted(counts.items()):
        yield {"rule": rule, "count": count, "reason": safe_line(reason, 1000)}


def _listed(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "object": safe_line(str(finding.ref)),
        "place": safe_line(str(finding.place)),
        "message": safe_line(finding.message, 1000),
        "reason": safe_line(finding.waiver.reason if finding.waiver else finding.reason, 1000),
        "expires": finding.waiver.expires if finding.waiver else "",
        "fingerprint": finding.fingerprint,
    }


def _waiver(use: WaiverUse) -> dict[str, Any]:
    return {
        "rule": safe_line(use.waiver.rule),
        "state": use.state,
        "place": safe_line(str(use.waiver.place)),
        "note": safe_line(use.note),
    }
