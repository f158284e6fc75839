"""Two reports in, out what else than their subject lets them differ, the gravest first."""

from collections.abc import Iterable, Iterator

from auditor.model.comparison import Caution
from auditor.model.findings import Report

_NAMES = 8
"""Rules that are named before the rest is counted."""


def cautions(before: Report, after: Report, *, objects_in_both: bool) -> list[Caution]:
    """What a reader has to know before trusting a comparison; empty when nothing is to be said."""
    return [*_incomplete(before, after, objects_in_both), *_circumstances(before, after), *_rules(before, after)]


def _incomplete(before: Report, after: Report, objects_in_both: bool) -> Iterator[Caution]:
    for words, report in (("before", before), ("after", after)):
        if report.run.interrupted:
            yield Caution("interrupted", f"The run {words} was interrupted: its report says what was known by then.")
        if not report.objects:
            yield Caution("nothing-read", f"The run {words} read no Kubernetes object.")
        if hidden := sum(report.hidden.values()):
            level = report.run.min_severity
            verb = "finding is" if hidden == 1 else "findings are"
            yield Caution("hidden", f"{hidden:,} {verb} hidden by --severity {level} {words}, and not compared.")
    if before.objects and after.objects and not objects_in_both:
        yield Caution("nothing-in-common", "No object is in both reports: they may be about different things.")
    if before.run.started and after.run.started and before.run.started > after.run.started:
        yield Caution(
            "reversed", "The first report is younger than the second: what is new here may be what was fixed."
        )


def _circumstances(before: Report, after: Report) -> Iterator[Caution]:
    old, new = before.run, after.run
    pairs = (
        ("tool-version", "kubeplumb", old.version, new.version, "; a difference may come from newer rules"),
        ("kubernetes-version", "Kubernetes", old.kubernetes_version, new.kubernetes_version, ""),
        ("profile", "Profile", old.profile, new.profile, ""),
        ("severity", "--severity", old.min_severity, new.min_severity, ""),
        ("configuration", "Configuration", old.config_file or "none", new.config_file or "none", ""),
        ("targets", "Audited", " ".join(old.targets), " ".join(new.targets), ""),
    )
    for code, words, was, now, more in pairs:
        if was != now:
            yield Caution(code, f"{words} {was} before, {now} after{more}.")
    for words, gone in (
        ("before", set(old.switched_off) - set(new.switched_off)),
        ("after", set(new.switched_off) - set(old.switched_off)),
    ):
        if gone:
            yield Caution("selection", f"Only {words}: {'; '.join(sorted(gone))}.")


def _rules(before: Report, after: Report) -> Iterator[Caution]:
    old, new = ({rule.id: rule for rule in report.rules} for report in (before, after))
    if more := new.keys() - old.keys():
        yield Caution("rules", f"{_ran(more)} only after: {_names(more)}.")
    if fewer := old.keys() - new.keys():
        yield Caution("rules", f"{_ran(fewer)} only before: {_names(fewer)}.")
    other = {name for name in old.keys() & new.keys() if old[name].severity != new[name].severity}
    if other:
        yield Caution("rules", f"{len(other):,} of another severity: {_names(other)}.")


def _ran(rules: Iterable[str]) -> str:
    number = len(list(rules))
    return f"{number:,} {'rule' if number == 1 else 'rules'} ran"


def _names(rules: Iterable[str]) -> str:
    names = sorted(rules)
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
