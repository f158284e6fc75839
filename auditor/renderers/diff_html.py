"""A comparison in, one self-contained HTML page out, under the policy and with the elements of a report's page."""

from dataclasses import replace

from auditor import __version__
from auditor.model.comparison import Comparison, Difference
from auditor.renderers.diff_words import TITLES, by_reason, counts, matrix, why
from auditor.renderers.html import environment, policy
from auditor.renderers.html_view import View, view_of
from auditor.tables.folder import bundle_root

MOST_UNCHANGED = 2000
"""Unchanged findings that the page lists: the rest is counted, and is in the second report anyhow."""


def render(comparison: Comparison) -> str:
    """The page; the same comparison yields the same bytes."""
    from markupsafe import Markup

    folder = bundle_root() / "reports" / "templates"
    style = "".join((folder / name).read_text(encoding="utf-8") for name in ("report.css", "diff.css"))
    script = (folder / "report.js").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("diff.html")
        .render(
            comparison=comparison,
            view=_new(comparison),
            version=__version__,
            sides=(("Before", comparison.before), ("After", comparison.after)),
            TITLES=TITLES,
            matrix=matrix(comparison),
            counts=counts(comparison),
            why=why,
            whys=_whys(comparison.of("new")),
            by_reason=by_reason,
            MOST_UNCHANGED=MOST_UNCHANGED,
            policy=policy(style, script),
            style=Markup(style),
            script=Markup(script),
        )
    )


def _new(comparison: Comparison) -> View:
    """The new findings, arranged as a report that has only them and their rules."""
    report = comparison.after.report
    findings = [one.finding for one in comparison.of("new")]
    named = {finding.rule for finding in findings}
    rules = [rule for rule in report.rules if rule.id in named]
    return view_of(replace(report, findings=findings, rules=rules))


def _whys(differences: list[Difference]) -> dict[str, str]:
    """Why a finding is new, by its fingerprint."""
    return {one.finding.fingerprint: why(one) for one in differences}
