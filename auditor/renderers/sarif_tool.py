"""Rules in, the `tool` of a SARIF run out, with the words and numbers by which GitHub shows and sorts alerts."""

from typing import Any

from auditor.model.findings import Report, RuleResult, Severity
from auditor.renderers.safe import safe_line, safe_text

LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
SECURITY_SEVERITY: dict[Severity, str] = {
    "critical": "9.5",
    "high": "8.0",
    "medium": "5.5",
    "low": "2.5",
    "info": "0.5",
}
"""GitHub calls an alert critical from 9.0, high from 7.0, medium from 4.0, and low below."""
_LONGEST = 1000
"""GitHub cuts descriptions at 1,024 characters."""


def tool(report: Report) -> dict[str, Any]:
    """The tool, with every rule that ran: one without results tells GitHub that its old alerts are mended."""
    codes = sorted({gap.code for gap in report.gaps})
    driver: dict[str, Any] = {
        "name": "kubeplumb",
        "version": report.run.version,
        "rules": map(_rule, report.rules),
        "notifications": [{"id": code} for code in (*map(gap_id, codes), "rule-error", "not-evaluated")],
    }
    return {"driver": driver}


def gap_id(code: str) -> str:
    """The id of the notification about a gap."""
    return f"gap/{safe_line(code)}"


def _rule(rule: RuleResult) -> dict[str, Any]:
    links = [link for link in rule.references if link.startswith(("https://", "http://"))]
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": safe_line(rule.title, _LONGEST)},
        "fullDescription": {"text": safe_text(rule.rationale or rule.title, _LONGEST)},
        "help": {"text": _help(rule, "{}\n"), "markdown": _help(rule, "## {}\n\n")},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "security-severity": SECURITY_SEVERITY[rule.severity],
            "tags": ["security", "kubernetes", rule.subject],
        },
    }
    return {**described, "helpUri": links[0]} if links else described


def _help(rule: RuleResult, heading: str) -> str:
    parts = [rule.rationale.strip()]
    if rule.remediation:
        parts.append(heading.format("How to put it right") + rule.remediation.strip("\n"))
    if rule.references:
        parts.append(heading.format("References") + "\n".join(f"- {link}" for link in rule.references))
    return safe_text("\n\n".join(part for part in parts if part) or rule.title)
