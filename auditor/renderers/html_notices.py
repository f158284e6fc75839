"""A Report in, out what its reader must know before trusting its numbers, the gravest first."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.model.findings import Report
from auditor.renderers.html_text import count


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that limits the report, and the section that says more."""

    title: str
    text: str
    anchor: str = ""
    grave: bool = True


def notices_of(report: Report) -> list[Notice]:
    """What limits this report; empty when nothing does."""
    return [*_incomplete(report), *_waivers(report), *_hidden(report)]


def _incomplete(report: Report) -> Iterator[Notice]:
    if report.run.interrupted:
        yield Notice("Interrupted.", "The run was ended before all was judged; this is what was known by then.")
    if not report.coverage.objects:
        yield Notice("Nothing was judged.", "No Kubernetes object was read: this is not a clean result.", "coverage")
    if errors := sum(rule.verdicts.get("rule-error", 0) for rule in report.rules):
        yield Notice(f"{count(errors, 'rule error')}.", "The rule is defective, so its answer is unknown.", "findings")
    if report.gaps:
        yield Notice(f"{count(len(report.gaps), 'gap')}.", "Not all of the input could be read or decided.", "gaps")
    if unknown := sum(rule.verdicts.get("not-evaluated", 0) for rule in report.rules):
        yield Notice(f"{unknown:,} not evaluated.", "The answer is unknown.", "not-evaluated", grave=False)


def _waivers(report: Report) -> Iterator[Notice]:
    states = [use.state for use in report.waivers]
    if malformed := states.count("malformed"):
        yield Notice(f"{count(malformed, 'malformed waiver')}.", "It waives nothing until it is mended.", "waivers")
    if expired := states.count("expired"):
        yield Notice(f"{count(expired, 'expired waiver')}.", "What it waived counts again.", "waivers")
    if unmatched := states.count("unmatched"):
        yield Notice(f"{count(unmatched, 'waiver')} matched nothing.", "It can go.", "waivers", grave=False)


def _hidden(report: Report) -> Iterator[Notice]:
    if total := sum(report.hidden.values()):
        parts = ", ".join(f"{number:,} {severity}" for severity, number in report.hidden.items() if number)
        yield Notice(f"{total:,} hidden.", f"Judged and counted, but not listed: {parts}.", "summary", grave=False)
