"""A report in, the exit code and the shown part of it out (DESIGN sections 7 and 8)."""

from collections import Counter
from dataclasses import replace

from auditor.model.errors import UsageError
from auditor.model.findings import SEVERITIES, Report, Severity

INTERRUPTED, INVALID, NOTHING_READ, FINDINGS, GAPS = 130, 5, 3, 1, 4


def check_level(option: str, value: str, *, none: bool = False) -> None:
    """Raises `UsageError` for a severity that does not exist; `none` is one if allowed."""
    known = (*SEVERITIES, "none") if none else SEVERITIES
    if value and value not in known:
        raise UsageError(f"{option} {value}: no such severity", f"One of {', '.join(known)}.")


def at_least(severity: Severity, threshold: str) -> bool:
    """Whether a severity reaches a threshold; `none` is never reached."""
    return threshold in SEVERITIES and SEVERITIES.index(severity) <= [*SEVERITIES].index(threshold)


def _reaching(threshold: str) -> frozenset[Severity]:
    """The severities that reach a threshold."""
    return frozenset(severity for severity in SEVERITIES if at_least(severity, threshold))


def exit_code(report: Report, *, strict: bool, allow_empty: bool) -> int:
    """The exit code; if several hold, the first of 130, 5, 3, 1, 4."""
    verdicts = {finding.verdict for finding in report.findings}
    loud = _reaching(report.run.fail_on)
    failing = any(finding.verdict == "fail" and finding.severity in loud for finding in report.findings)
    if report.run.interrupted:
        return INTERRUPTED
    if "rule-error" in verdicts:
        return INVALID
    if not report.coverage.objects and not (allow_empty and not report.gaps):
        return NOTHING_READ
    if failing:
        return FINDINGS
    return GAPS if strict and report.gaps else 0


def hide(report: Report) -> Report:
    """The report without what is below its `--severity`; what is hidden is counted."""
    loud = _reaching(report.run.min_severity)
    kept = [one for one in report.findings if one.severity in loud]
    hidden = Counter(one.severity for one in report.findings if one.severity not in loud)
    return replace(report, findings=kept, hidden={level: hidden[level] for level in SEVERITIES if hidden[level]})
