"""A comparison in, the words and numbers that its terminal and its HTML form share out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from auditor.model.comparison import OBJECT_OUTCOMES, OUTCOMES, Cause, Comparison, Difference, Outcome, Side
from auditor.model.findings import SEVERITIES, Severity, Verdict

TITLES: Mapping[Outcome, str] = {
    "new": "new",
    "fixed": "fixed",
    "not-evaluated": "not evaluated any more",
    "gone": "gone with the object",
    "unchanged": "unchanged",
}

_NEW: Mapping[Cause, str] = {
    "object-absent": "the object is new",
    "object-unread": "the object could not be read before",
    "out-of-scope": "it was left out before",
    "rule-absent": "the rule did not run before",
    "not-evaluated": "it was not evaluated before",
    "rule-error": "the rule failed before",
    "hidden": "it may have been hidden before",
    "interrupted": "the run before was interrupted",
    "object-changed": "the object changed",
    "elsewhere": "the object itself did not change",
}
_LOST: Mapping[Cause, str] = {
    "object-absent": "the object is gone",
    "object-unread": "the object could not be read",
    "out-of-scope": "it was left out",
    "rule-absent": "the rule did not run",
    "not-evaluated": "it was not evaluated",
    "rule-error": "the rule failed",
    "hidden": "it may be hidden",
    "interrupted": "the run was interrupted",
    "object-changed": "the object changed",
    "elsewhere": "the object itself did not change",
}


def why(one: Difference) -> str:
    """Why only one report has a finding, or what changed about it, in words; empty where nothing did."""
    cause = (_NEW if one.outcome == "new" else _LOST).get(one.cause, "")
    return ": ".join(filter(None, (cause, one.note)))


def matrix(comparison: Comparison) -> dict[Outcome, dict[Severity, int]]:
    """Findings by outcome and severity, with zeros."""
    counted = Counter((one.outcome, one.finding.severity) for one in comparison.differences)
    return {outcome: {severity: counted[outcome, severity] for severity in SEVERITIES} for outcome in OUTCOMES}


def by_reason(differences: Iterable[Difference]) -> list[tuple[str, list[Difference]]]:
    """Differences by what `why` says of them, the most frequent first."""
    grouped: dict[str, list[Difference]] = {}
    for one in differences:
        grouped.setdefault(why(one), []).append(one)
    return sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))


class Count(NamedTuple):
    """A number that both reports have."""

    title: str
    before: int
    after: int
    note: str = ""


def counts(comparison: Comparison) -> list[Count]:
    """Objects, gaps and what has no answer, before and after."""
    before, after = comparison.before, comparison.after
    kinds = Counter(one.change for one in comparison.objects)
    moved = ", ".join(f"{kinds[kind]:,} {kind}" for kind in OBJECT_OUTCOMES if kinds[kind])
    gaps = [
        f"{len(found):,} {word}" for found, word in ((comparison.new_gaps, "new"), (comparison.closed_gaps, "closed"))
    ]
    return [
        Count("objects", len(before.report.objects), len(after.report.objects), moved or "all the same"),
        Count("gaps", len(before.report.gaps), len(after.report.gaps), ", ".join(gaps)),
        Count("not evaluated", verdicts(before, "not-evaluated"), verdicts(after, "not-evaluated")),
        Count("rule errors", verdicts(before, "rule-error"), verdicts(after, "rule-error")),
    ]


def verdicts(side: Side, verdict: Verdict) -> int:
    """How often all rules gave a verdict, hidden or not."""
    return sum(rule.verdicts.get(verdict, 0) for rule in side.report.rules)
