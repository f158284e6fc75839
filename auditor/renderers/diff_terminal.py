"""A comparison in, out what a person reads in a terminal: how it stands, then what is new, then what is fixed."""

from collections.abc import Sequence

from auditor.model.comparison import Comparison, Difference, Side
from auditor.model.findings import SEVERITIES
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.diff_words import TITLES, by_reason, counts, matrix, why
from auditor.renderers.terminal_findings import entries, objects
from auditor.renderers.terminal_groups import by_object
from auditor.renderers.terminal_page import BAD, FAINT, GOOD, SEVERITY_STYLES, STRONG, Page, Part, count

_INDENT = 12
_MOST = 15
"""Lines of a section without `--verbose`; the rest is counted."""


def render(comparison: Comparison, *, width: int, color: bool, verbose: bool = False) -> str:
    """The comparison as text for a terminal of `width` columns (40 at least), with colour codes only if `color`."""
    page = Page(width, color)
    worlds = len({entry.world for entry in comparison.after.report.objects}) > 1
    _heading(page, comparison)
    _table(page, comparison)
    _new(page, comparison.of("new"), worlds, verbose)
    _listed(page, "fixed", comparison.of("fixed"), verbose)
    _listed(page, "changed, though the finding is the same", comparison.changed, verbose)
    _lost(page, comparison.of("not-evaluated"), verbose)
    if verbose:
        _listed(page, TITLES["gone"], comparison.of("gone"), verbose)
    _gaps(page, comparison.new_gaps, verbose)
    return page.text()


def _heading(page: Page, comparison: Comparison) -> None:
    for title, side in (("before", comparison.before), ("after", comparison.after)):
        page.wrap(side.name, (_about(side), FAINT), label=(title, STRONG), indent=_INDENT)
    for number, caution in enumerate(comparison.cautions):
        page.wrap(caution.text, label=("" if number else "caution", BAD), indent=_INDENT)
    page.blank()


def _about(side: Side) -> str:
    run = side.report.run
    facts = (run.today, " ".join(run.targets), f"kubeplumb {run.version}", f"Kubernetes {run.kubernetes_version}")
    return "".join(f" · {fact}" for fact in (*facts, f"profile {run.profile}"))


def _table(page: Page, comparison: Comparison) -> None:
    """Findings by outcome and severity, then objects, gaps, and what has no answer."""
    width = max(map(len, TITLES.values()))
    titles: list[Part] = [(f"{severity:>9}", FAINT) for severity in SEVERITIES]
    page.line(("findings".ljust(width), STRONG), (f"{'all':>8}", FAINT), *titles)
    for outcome, row in matrix(comparison).items():
        total = sum(row.values())
        style = {"new": BAD, "fixed": GOOD}.get(outcome, STRONG) if total else ""
        cells: list[Part] = [
            (f"{number:>9,}", SEVERITY_STYLES[severity].replace("reverse ", "") if outcome == "new" else "")
            if number
            else f"{'·':>9}"
            for severity, number in row.items()
        ]
        page.line(f"{TITLES[outcome]:<{width}}", (f"{total:>8,}", style), *cells)
    if changed := len(comparison.changed):
        page.line(f"  of them with another severity, verdict or waiver: {changed:,}")
    page.blank()
    for one in counts(comparison):
        if one.before or one.after:
            note = (f"  {one.note}" if one.note else "", FAINT)
            page.line((f"{one.title:<{width}}", STRONG), f"{one.before:>8,} → {one.after:,}", note)


def _new(page: Page, found: Sequence[Difference], worlds: bool, verbose: bool) -> None:
    """Why they are new; failures by object; what is waived, or to be checked by hand, after them."""
    if not found:
        return
    _section(page, count(len(found), "new finding"))
    _reasons(page, found, verbose)
    findings = [one.finding for one in found]
    objects(page, by_object(one for one in findings if one.verdict == "fail"), worlds=worlds, verbose=verbose)
    for verdict, words in (("manual", "new, to check by hand"), ("waived", "new and waived")):
        if others := [one for one in findings if one.verdict == verdict]:
            _section(page, f"{len(others):,} {words}")
            entries(page, others, verbose)


def _reasons(page: Page, found: Sequence[Difference], verbose: bool) -> None:
    """How often which reason holds."""
    reasons = by_reason(found)
    for reason, members in reasons[: None if verbose else _MOST]:
        page.wrap(reason, label=f"{len(members):>9,}", indent=_INDENT)
    _more(page, len(reasons), verbose, "reason")


def _listed(page: Page, title: str, found: Sequence[Difference], verbose: bool) -> None:
    if not found:
        return
    _section(page, f"{len(found):,} {title}")
    _findings(page, found[: None if verbose else _MOST])
    _more(page, len(found), verbose, "finding")


def _findings(page: Page, found: Sequence[Difference]) -> None:
    """Severity, object, rule, and what is to be said beside the obvious: that the object changed."""
    for one in found:
        finding = one.finding
        container = f" ({finding.container})" if finding.container else ""
        note = f"  {why(one)}" if one.cause not in ("object-changed", "object-absent") else ""
        label = (f"  {finding.severity}", SEVERITY_STYLES[finding.severity])
        parts: tuple[Part, ...] = (f"{finding.ref}{container}", (f"  [{finding.rule}]", FAINT), note)
        page.wrap(*parts, label=label, indent=_INDENT)


def _lost(page: Page, found: Sequence[Difference], verbose: bool) -> None:
    """What is unknown now, by reason: it may still be there."""
    if not found:
        return
    _section(page, f"{len(found):,} {TITLES['not-evaluated']}")
    _reasons(page, found, verbose)
    if verbose:
        _findings(page, found)


def _gaps(page: Page, gaps: Sequence[Gap], verbose: bool) -> None:
    """What could be read before, or was not there to be read."""
    if not gaps:
        return
    _section(page, f"{count(len(gaps), 'new gap')}: not read or not decided")
    for gap in gaps[: None if verbose else _MOST]:
        page.whole(str(Place(gap.file, gap.line, gap.column)), indent=2)
        page.wrap(f"{gap.ref}: " if gap.ref else "", gap.reason, indent=_INDENT)
    _more(page, len(gaps), verbose, "gap")


def _section(page: Page, title: str) -> None:
    page.blank()
    page.line((title, STRONG))


def _more(page: Page, number: int, verbose: bool, noun: str) -> None:
    if number > _MOST and not verbose:
        page.line((f"{count(number - _MOST, 'more ' + noun)}: --verbose", FAINT), indent=2)
