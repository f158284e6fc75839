"""A Report in, what the HTML page says in the order it says it out: groups, counts and notices, no markup."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from auditor.model.findings import SEVERITIES, VERDICTS, Finding, Report, RuleResult, Severity, Verdict, WaiverUse
from auditor.model.inventory import Gap
from auditor.model.refs import ObjectRef
from auditor.renderers.html_notices import Notice, notices_of

OPEN_BELOW = 300
"""With more findings than this, the objects start folded, so that the page opens quickly and can be surveyed."""
WORST_OBJECTS = 10
SOON = 30
"""A waiver that expires within so many days is marked."""
FINGERPRINT = 16
"""Characters of a fingerprint that are printed, and that name the finding's anchor: the same in every run."""
_WAIVER_ORDER = ("malformed", "expired", "unmatched", "used", "ignored", "out-of-scope")


class Entry(NamedTuple):
    """One finding and the anchor under which it can be linked."""

    anchor: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Hit:
    """What one rule says about one object, or about many for one reason; the verdict is the same throughout."""

    rule: str
    title: str
    severity: Severity
    verdict: Verdict
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """One object with all that was found on it."""

    anchor: str
    ref: ObjectRef
    world: str
    hits: list[Hit]
    failures: dict[Severity, int]
    """Failures by severity, loudest first, without zeros."""
    others: dict[Verdict, int]
    """What is no failure, by verdict, without zeros."""
    platform: str
    """Why it is the platform's own, which comes last, or empty."""


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """One reason why rules were not evaluated, and for which rules and objects it holds."""

    reason: str
    count: int
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A waiver and how many days it still holds: negative when over, None without an end."""

    use: WaiverUse
    days: int | None

    @property
    def soon(self) -> bool:
        """Whether it ends within `SOON` days."""
        return self.days is not None and 0 <= self.days <= SOON


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the bar of failures, in thousandths of its width."""

    severity: Severity
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class View:
    """All that the templates need beside the report itself."""

    matrix: dict[Severity, dict[Verdict, int]]
    totals: dict[Verdict, int]
    bars: list[Bar]
    objects: list[ObjectGroup]
    worst: list[ObjectGroup]
    unevaluated: list[Unevaluated]
    gaps: dict[str, list[Gap]]
    rules: list[RuleResult]
    waivers: list[WaiverRow]
    notices: list[Notice]
    listed: int
    """Findings listed under their object."""
    shown: int
    """All findings on the page: those, and what was not evaluated."""
    namespaces: list[str]
    found_rules: list[str]
    found_severities: list[Severity]
    found_verdicts: list[Verdict]
    several_worlds: bool
    unfolded: bool


def view_of(report: Report) -> View:
    """Arrange a report for the page."""
    titles = {rule.id: rule.title for rule in report.rules}
    entries = _entries(report.findings)
    judged = [entry for entry in entries if entry.finding.verdict != "not-evaluated"]
    undecided = [entry for entry in entries if entry.finding.verdict == "not-evaluated"]
    objects = _objects(judged, titles)
    matrix = _matrix(report.rules)
    worlds = {finding.world for finding in report.findings} | {entry.world for entry in report.objects}
    severities = {finding.severity for finding in report.findings}
    verdicts = {finding.verdict for finding in report.findings}
    return View(
        matrix=matrix,
        totals={verdict: sum(row[verdict] for row in matrix.values()) for verdict in VERDICTS},
        bars=_bars({severity: row["fail"] for severity, row in matrix.items()}),
        objects=objects,
        worst=[group for group in objects if group.failures][:WORST_OBJECTS],
        unevaluated=_unevaluated(undecided, titles),
        gaps=_by_code(report.gaps),
        rules=sorted(report.rules, key=_rule_order),
        waivers=_waivers(report.waivers, report.run.today),
        notices=notices_of(report),
        listed=len(judged),
        shown=len(entries),
        namespaces=sorted({finding.ref.namespace for finding in report.findings}),
        found_rules=sorted({finding.rule for finding in report.findings}),
        found_severities=[severity for severity in SEVERITIES if severity in severities],
        found_verdicts=[verdict for verdict in VERDICTS if verdict in verdicts],
        several_worlds=len(worlds) > 1,
        unfolded=len(entries) <= OPEN_BELOW,
    )


def _entries(findings: Iterable[Finding]) -> list[Entry]:
    """Name each finding's anchor after its fingerprint; a number tells apart the same object in two worlds."""
    seen: Counter[str] = Counter()
    entries = []
    for finding in findings:
        anchor = f"f-{finding.fingerprint[:FINGERPRINT]}"
        seen[anchor] += 1
        entries.append(Entry(anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}", finding))
    return entries


def _hits(entries: Iterable[Entry], titles: Mapping[str, str]) -> list[Hit]:
    grouped: defaultdict[tuple[int, int, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        finding = entry.finding
        key = SEVERITIES.index(finding.severity), VERDICTS.index(finding.verdict), finding.rule
        grouped[key].append(entry)
    return [
        Hit(rule, titles.get(rule, rule), SEVERITIES[severity], VERDICTS[verdict], members)
        for (severity, verdict, rule), members in sorted(grouped.items())
    ]


def _objects(entries: Iterable[Entry], titles: Mapping[str, str]) -> list[ObjectGroup]:
    """The objects, the one with most of the loudest failures first; what the platform owns comes last."""
    grouped: defaultdict[tuple[ObjectRef, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.finding.ref, entry.finding.world, entry.finding.platform].append(entry)
    ranked = []
    for (ref, world, platform), members in grouped.items():
        failures = Counter(entry.finding.severity for entry in members if entry.finding.verdict == "fail")
        others: Counter[Verdict] = Counter(entry.finding.verdict for entry in members)
        del others["fail"]
        rank = (bool(platform), *(-failures[severity] for severity in SEVERITIES))
        ranked.append((rank, ref, world, platform, failures, others, members))
    ranked.sort(key=lambda row: row[:4])
    return [
        ObjectGroup(
            anchor=f"object-{number}",
            ref=ref,
            world=world,
            hits=_hits(members, titles),
            failures={severity: failures[severity] for severity in SEVERITIES if failures[severity]},
            others={verdict: others[verdict] for verdict in VERDICTS if others[verdict]},
            platform=platform,
        )
        for number, (_, ref, world, platform, failures, others, members) in enumerate(ranked, start=1)
    ]


def _unevaluated(entries: Iterable[Entry], titles: Mapping[str, str]) -> list[Unevaluated]:
    """The reasons, the one that blinds most first."""
    grouped: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.finding.reason].append(entry)
    ranked = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Unevaluated(reason, len(members), _hits(members, titles)) for reason, members in ranked]


def _matrix(rules: Iterable[RuleResult]) -> dict[Severity, dict[Verdict, int]]:
    """Verdicts by severity, from the rules' own counts: what `--severity` hides is counted here."""
    matrix = {severity: dict.fromkeys(VERDICTS, 0) for severity in SEVERITIES}
    for rule in rules:
        for verdict, count in rule.verdicts.items():
            matrix[rule.severity][verdict] += count
    return matrix


def _bars(failures: Mapping[Severity, int]) -> list[Bar]:
    total = sum(failures.values())
    bars, before = [], 0
    for severity, count in failures.items():
        if count:
            start, end = 1000 * before // total, 1000 * (before + count) // total
            bars.append(Bar(severity, start, max(end - start, 2)))
        before += count
    return bars


def _by_code(gaps: Iterable[Gap]) -> dict[str, list[Gap]]:
    grouped: defaultdict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        grouped[gap.code].append(gap)
    return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))


def _rule_order(rule: RuleResult) -> tuple[bool, int, str]:
    """Rules with something to read first, then the loudest."""
    quiet = not any(count for verdict, count in rule.verdicts.items() if verdict not in ("pass", "not-applicable"))
    return quiet, SEVERITIES.index(rule.severity), rule.id


def _waivers(uses: Iterable[WaiverUse], today: str) -> list[WaiverRow]:
    """The waivers, those that somebody has to look after first."""
    rows = [WaiverRow(use, _days(use.waiver.expires, today)) for use in uses]
    return sorted(rows, key=lambda row: _WAIVER_ORDER.index(row.use.state))


def _days(expires: str, today: str) -> int | None:
    """Days from today to the last day; None for no date and for a malformed waiver's."""
    try:
        return (date.fromisoformat(expires) - date.fromisoformat(today[:10])).days
    except ValueError:
        return None
