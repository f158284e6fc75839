"""A Report in, out what a person reads in a terminal: one screen that says how it stands, then the findings."""

from auditor.model.findings import Report
from auditor.renderers import terminal_notes as notes
from auditor.renderers.terminal_findings import objects
from auditor.renderers.terminal_groups import by_object
from auditor.renderers.terminal_page import Page
from auditor.renderers.terminal_summary import summary


def render(report: Report, *, width: int, color: bool, verbose: bool = False) -> str:
    """The report as text for a terminal of `width` columns (40 at least), with colour codes only if `color`.

    Findings of the worst objects come whole and the rest is counted, unless `verbose`; nothing is left out uncounted.
    """
    page = Page(width, color)
    groups = by_object(one for one in report.findings if one.verdict == "fail")
    worlds = len({entry.world for entry in report.objects}) > 1
    summary(page, report, groups, worlds=worlds)
    notes.rule_errors(page, report, verbose)
    objects(page, groups, worlds=worlds, verbose=verbose)
    for section in (
        notes.manual,
        notes.not_evaluated,
        notes.waived,
        notes.waivers,
        notes.gaps,
        notes.differing,
        notes.levels,
        notes.footer,
    ):
        section(page, report, verbose)
    return page.text()
