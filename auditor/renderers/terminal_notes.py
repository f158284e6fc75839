"""A Report in, out what follows the failures: what was not decided, waivers, gaps, and where to learn more."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from auditor.model.findings import SEVERITIES, Report, WaiverUse
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.safe import safe_line
from auditor.renderers.terminal_findings import entries
from auditor.renderers.terminal_page import BAD, FAINT, LONGEST, STRONG, Page, count

_FEW, _MOST, _MOST_RULES = 3, 15, 12
"""Entries of a section shown without `--verbose`; the rest is counted."""


def rule_errors(page: Page, report: Report, verbose: bool) -> None:
    """Rules that are defective: before everything else, since a report with one is not to be trusted."""
    found = [one for one in report.findings if one.verdict == "rule-error"]
    if found:
        _section(page, count(len(found), "rule error"), BAD)
        entries(page, found, verbose)


def manual(page: Page, report: Report, verbose: bool) -> None:
    """What a person must look at, with what to look at."""
    found = [one for one in report.findings if one.verdict == "manual"]
    if found:
        _section(page, f"{len(found):,} to check by hand")
        entries(page, found, verbose)


def waived(page: Page, report: Report, verbose: bool) -> None:
    """Exceptions that somebody granted, with their reasons."""
    found = [one for one in report.findings if one.verdict == "waived"]
    if found:
        _section(page, f"{len(found):,} waived")
        entries(page, found, verbose)


def waivers(page: Page, report: Report, verbose: bool) -> None:
    """Waivers that do not do what somebody meant them to."""
    order = ("expired", "malformed", "unmatched")
    found = sorted((use for use in report.waivers if use.state in order), key=lambda use: order.index(use.state))
    if not found:
        return
    _section(page, f"{count(len(found), 'waiver')} without effect")
    for use in found[: None if verbose else _MOST]:
        _waiver(page, use)
    _more(page, len(found), verbose, "waiver")


def _waiver(page: Page, use: WaiverUse) -> None:
    waiver = use.waiver
    target = str(waiver.ref) if waiver.ref else "/".join((waiver.kind, waiver.namespace, waiver.name))
    words = f"{waiver.rule} on {target}" if waiver.source != "comment" else f"{waiver.rule} on line {waiver.line}"
    effect = f"; {count(use.findings, 'finding counts', 'findings count')} again" if use.state == "expired" else ""
    page.wrap(words, f": {use.note}{effect}" if use.note else "", label=f"  {use.state}", indent=14)
    reason = f"  “{waiver.reason}”" if waiver.reason else ""
    page.whole(str(waiver.place), (reason, FAINT), indent=14)


def not_evaluated(page: Page, report: Report, verbose: bool) -> None:
    """What was not decided: for each reason how often and for which rules; reasons of the same rules stand together."""
    reasons: defaultdict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    for one in report.findings:
        if one.verdict == "not-evaluated":
            reasons[one.reason][SEVERITIES.index(one.severity), one.rule] += 1
    if not reasons:
        return
    blocks: defaultdict[tuple[tuple[int, str], ...], list[str]] = defaultdict(list)
    for reason, rules in sorted(reasons.items(), key=lambda item: (-item[1].total(), item[0])):
        blocks[tuple(sorted(rules))].append(reason)
    _section(page, f"{sum(rules.total() for rules in reasons.values()):,} not evaluated")
    ranked = sorted(blocks.items(), key=lambda item: -sum(reasons[reason].total() for reason in item[1]))
    shown = ranked[: None if verbose else _MOST]
    for rules_of_block, members in shown:
        listed = members[: None if verbose else _FEW]
        for reason in listed:
            page.wrap(reason, label=f"{reasons[reason].total():>9,}", indent=12)
        if more := members[len(listed) :]:
            number = sum(reasons[reason].total() for reason in more)
            page.wrap(f"{count(len(more), 'more reason')} for the same rules", label=f"{number:>9,}", indent=12)
        _rules(page, [rule for _, rule in rules_of_block], verbose)
    if rest := ranked[len(shown) :]:
        page.line((f"{count(sum(len(members) for _, members in rest), 'more reason')}: --verbose", FAINT), indent=2)


def _rules(page: Page, rules: Sequence[str], verbose: bool) -> None:
    """Their names, the loudest first; without `verbose` only so many."""
    shown = rules[: None if verbose else _MOST_RULES]
    more = f" and {len(rules) - len(shown)} more" if len(rules) > len(shown) else ""
    words = [(f"{rule}, ", FAINT) for rule in shown[:-1]]
    lead = [(f"{len(rules):,} rules: ", FAINT)] if len(rules) > 1 else []
    page.wrap(*lead, *words, (f"{shown[-1]}{more}", FAINT), indent=12)


def gaps(page: Page, report: Report, verbose: bool) -> None:
    """Every gap, by code; without `verbose` only so many of a code."""
    if not report.gaps:
        return
    _section(page, f"{count(len(report.gaps), 'gap')}: not read or not decided", BAD)
    codes: defaultdict[str, list[Gap]] = defaultdict(list)
    for gap in report.gaps:
        codes[gap.code].append(gap)
    for code, members in sorted(codes.items(), key=lambda item: (-len(item[1]), item[0])):
        page.line((code, STRONG), (f" ({len(members):,})", FAINT), indent=2)
        for gap in members[: None if verbose else _MOST]:
            _gap(page, gap)
        _more(page, len(members), verbose, "gap")


def _gap(page: Page, gap: Gap) -> None:
    """On one line where that fits: people read hundreds of these."""
    place = safe_line(str(Place(gap.file, gap.line, gap.column)), LONGEST)
    about = "".join(f"{part}: " for part in (str(gap.ref or ""), gap.path) if part and part not in gap.reason)
    blinds = f" (blinds: {', '.join(gap.blinds)})" if gap.blinds else ""
    if len(place) + len(about) + len(gap.reason) + len(blinds) + 6 <= page.width:
        page.whole(place, "  ", about, gap.reason, (blinds, FAINT), indent=4)
        return
    page.whole(place, indent=4)
    page.wrap(about, gap.reason, (blinds, FAINT), indent=12)


def differing(page: Page, report: Report, verbose: bool) -> None:
    """Pods of a cluster that run otherwise than their template says; without `verbose` only so many."""
    pods = sorted(report.coverage.differing.items())
    if not pods:
        return
    _section(page, f"{count(len(pods), 'pod')} judged as they run: other than the template says")
    for pod, (owner, parts, alike) in pods[: None if verbose else _MOST]:
        more = f", and {count(alike, 'pod')} more alike" if alike else ""
        page.line(safe_line(pod), indent=2)
        page.wrap(safe_line(f"{owner}: {parts}{more}"), indent=6)
    _more(page, len(pods), verbose, "pod")


_STRICTNESS = ("privileged", "baseline", "restricted")


def levels(page: Page, report: Report, verbose: bool) -> None:
    """Namespaces that could enforce a stricter Pod Security level today, without refusing a pod that they have."""
    could = [
        level
        for level in report.levels
        if level.enforced in _STRICTNESS and _STRICTNESS.index(level.possible) > _STRICTNESS.index(level.enforced)
    ]
    if not could:
        return
    _section(page, f"{count(len(could), 'namespace')} could enforce a stricter Pod Security level today")
    for level in could[: None if verbose else _MOST]:
        against = f"; not yet {level.against[0][0]} ({level.against[0][1]})" if level.against else ""
        words = f"{level.possible} instead of {level.enforced}{against}"
        page.line(safe_line(level.namespace), indent=2)
        page.wrap(safe_line(words), indent=6)
    _more(page, len(could), verbose, "namespace")


def footer(page: Page, report: Report, verbose: bool) -> None:
    """How to learn more, and what the configuration and options left out."""
    page.blank()
    failed = next((one.rule for one in report.findings if one.verdict == "fail"), "")
    if failed:
        page.wrap(f"kubeplumb explain {failed}", label=("learn more", STRONG), indent=14)
    if report.hidden:
        parts = ", ".join(f"{number:,} {severity}" for severity, number in report.hidden.items() if number)
        below = f"{parts}, below --severity {report.run.min_severity}; they count for --fail-on"
        page.wrap(below, label=("hidden", STRONG), indent=14)
    if report.run.config_file:
        page.wrap(report.run.config_file, label=("configuration", STRONG), indent=14)
    for number, words in enumerate(report.run.switched_off):
        page.wrap(words, label=("switched off", STRONG) if not number else "", indent=14)
    _fragments(page, report.coverage.fragments, verbose)
    for number, file in enumerate(sorted(report.coverage.listed)):
        page.wrap(f"{file}: read when named", label=("only listed", STRONG) if not number else "", indent=14)


def _fragments(page: Page, fragments: dict[str, int], verbose: bool) -> None:
    """Patches that were counted, not judged, and the kustomizations to render instead."""
    if not fragments:
        return
    number = count(sum(fragments.values()), "patch or input", "patches or inputs")
    files = count(len(fragments), "kustomization")
    page.wrap(f"{number} of {files} not judged: render them", label=("fragments", STRONG), indent=14)
    shown = sorted(fragments)[: None if verbose else _FEW]
    for file in shown:
        page.whole(file, indent=14)
    if rest := len(fragments) - len(shown):
        page.line((f"and {rest:,} more: --verbose", FAINT), indent=14)


def _section(page: Page, title: str, style: str = STRONG) -> None:
    page.blank()
    page.line((title, style))


def _more(page: Page, number: int, verbose: bool, noun: str) -> None:
    if number > _MOST and not verbose:
        page.line((f"{count(number - _MOST, 'more ' + noun)}: --verbose", FAINT), indent=2)
