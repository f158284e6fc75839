"""A Report in, out what follows the failures: what was not decided, waivers, gaps, and where to learn more."""

from collections import defaultdict
from itertools import islice

from auditor.model.findings import Report, WaiverUse
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.terminal_findings import entries
from auditor.renderers.terminal_page import BAD, FAINT, STRONG, Page, count

_MOST = 15
"""Entries of a section shown without `--verbose`; the rest is counted."""
_ALL = 1_000_000_000


def rule_errors(page: Page, report: Report, verbose: bool) -> None:
    """Rules that are defective: before everything else, since a report with one is not to be trusted."""
    found = [one for one in report.findings if one.verdict == "rule-error"]
    if found:
        _section(page, count(len(found), "rule error"), BAD)
        entries(page, found, limit=_ALL if verbose else _MOST)


def manual(page: Page, report: Report, verbose: bool) -> None:
    """What a person must look at, with what to look at."""
    found = [one for one in report.findings if one.verdict == "manual"]
    if found:
        _section(page, f"{len(found):,} to check by hand")
        entries(page, found, limit=_ALL if verbose else _MOST)


def waived(page: Page, report: Report, verbose: bool) -> None:
    """Exceptions that somebody granted, with their reasons."""
    found = [one for one in report.findings if one.verdict == "waived"]
    if found:
        _section(page, f"{len(found):,} waived")
        entries(page, found, limit=_ALL if verbose else _MOST)


def waivers(page: Page, report: Report, verbose: bool) -> None:
    """Waivers that do not do what somebody meant them to."""
    order = ("expired", "malformed", "unmatched")
    found = sorted((use for use in report.waivers if use.state in order), key=lambda use: order.index(use.state))
    if not found:
        return
    _section(page, f"{count(len(found), 'waiver')} without effect")
    for use in found[: _ALL if verbose else _MOST]:
        _waiver(page, use)
    _more(page, len(found), _ALL if verbose else _MOST, "waiver")


def _waiver(page: Page, use: WaiverUse) -> None:
    waiver = use.waiver
    target = str(waiver.ref) if waiver.ref else "/".join((waiver.kind, waiver.namespace, waiver.name))
    words = f"{waiver.rule} on {target}" if waiver.source != "comment" else f"{waiver.rule} on line {waiver.line}"
    effect = f"; {count(use.findings, 'finding')} count again" if use.state == "expired" else ""
    page.wrap(words, f": {use.note}{effect}" if use.note else "", label=f"  {use.state}", indent=14)
    reason = f"  “{waiver.reason}”" if waiver.reason else ""
    page.whole(str(waiver.place), (reason, FAINT), indent=14)


def not_evaluated(page: Page, report: Report, verbose: bool) -> None:
    """What was not decided, by reason, with the rules that it left open."""
    reasons: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for finding in report.findings:
        if finding.verdict == "not-evaluated":
            reasons[finding.reason][finding.rule] += 1
    if not reasons:
        return
    ranked = sorted(reasons.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    _section(page, f"{sum(sum(rules.values()) for rules in reasons.values()):,} not evaluated")
    for reason, rules in ranked[: _ALL if verbose else _MOST]:
        page.wrap(reason, label=f"{sum(rules.values()):>9,}", indent=12)
        page.wrap((", ".join(f"{rule} ({number:,})" for rule, number in sorted(rules.items())), FAINT), indent=12)
    _more(page, len(ranked), _ALL if verbose else _MOST, "reason")


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
        for gap in islice(members, _ALL if verbose else _MOST):
            page.whole(str(Place(gap.file, gap.line, gap.column)), indent=4)
            about = "".join(f"{part}: " for part in (str(gap.ref or ""), gap.path) if part)
            blinds = f" (blinds: {', '.join(gap.blinds)})" if gap.blinds else ""
            page.wrap(about, gap.reason, (blinds, FAINT), indent=12)
        _more(page, len(members), _ALL if verbose else _MOST, "gap")


def footer(page: Page, report: Report) -> None:
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
    for number, (file, fragments) in enumerate(sorted(report.coverage.fragments.items())):
        words = f"{file} names {count(fragments, 'patch or input', 'patches or inputs')}: render it to judge the result"
        page.wrap(words, label=("fragments", STRONG) if not number else "", indent=14)
    for number, file in enumerate(sorted(report.coverage.listed)):
        page.wrap(f"{file}: read when named", label=("only listed", STRONG) if not number else "", indent=14)


def _section(page: Page, title: str, style: str = STRONG) -> None:
    page.blank()
    page.line((title, style))


def _more(page: Page, number: int, limit: int, noun: str) -> None:
    if number > limit:
        page.line((f"{count(number - limit, 'more ' + noun)}: --verbose", FAINT), indent=2)
