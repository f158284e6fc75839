"""What workers and joins yielded in, the sorted report out."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from auditor.collectors.read import FRAGMENT, KUBERNETES, NODE_BUNDLE
from auditor.collectors.walk import Walk
from auditor.engine.fingerprint import salted
from auditor.engine.judge import Tally
from auditor.engine.select import resolve_id
from auditor.engine.waivers import apply
from auditor.model.findings import SEVERITIES, VERDICTS, Finding, Report, RuleResult, Run, WaiverUse
from auditor.model.inventory import Coverage, Gap, ObjectEntry
from auditor.pipeline.scope import namespace_in_scope
from auditor.pipeline.settings import Settings
from auditor.pipeline.worker import Yield


def assemble(
    settings: Settings,
    run: Run,
    found: Walk,
    fragments: Counter[str],
    yields: Sequence[Yield],
    findings: list[Finding],
    tally: Tally,
) -> Report:
    """The report of a run; applies waivers."""
    _separate(findings)
    objects = sorted(
        (entry.object for result in yields for entry in result.entries),
        key=lambda item: (item.ref, item.world, item.file, item.line),
    )
    uses = _waivers(settings, yields, findings, objects, found)
    for finding in findings:
        if finding.verdict == "waived":
            tally.counts[finding.rule, settings.known_rules[finding.rule].on_false] -= 1
            tally.counts[finding.rule, "waived"] += 1
    gaps = [*found.gaps, *(gap for result in yields for gap in result.gaps), *_chart_gaps(yields)]
    findings.sort(key=order)
    return Report(
        run,
        _coverage(found, fragments, yields, objects),
        _rule_results(settings, tally),
        findings,
        sorted(gaps, key=lambda gap: (gap.file, gap.line, gap.column, gap.code, gap.reason)),
        sorted(uses, key=lambda use: (use.waiver.place, use.waiver.rule, use.waiver.ref or ())),
        objects,
    )


def order(finding: Finding) -> tuple[object, ...]:
    """The key by which findings are sorted in every report."""
    return (
        SEVERITIES.index(finding.severity),
        finding.world,
        finding.ref,
        finding.rule,
        finding.container,
        finding.place,
        finding.message,
    )


def _separate(findings: list[Finding]) -> None:
    """Gives findings that would share a fingerprint one with their file, then with their order, in it."""
    counts = Counter(finding.fingerprint for finding in findings)
    for finding in findings:
        if counts[finding.fingerprint] > 1:
            finding.fingerprint = salted(finding.fingerprint, finding.place.file)
    again = Counter(finding.fingerprint for finding in findings)
    number: Counter[str] = Counter()
    for finding in sorted((one for one in findings if again[one.fingerprint] > 1), key=order):
        number[finding.fingerprint] += 1
        if number[finding.fingerprint] > 1:
            finding.fingerprint = salted(finding.fingerprint, str(number[finding.fingerprint]))


def _waivers(
    settings: Settings, yields: Sequence[Yield], findings: list[Finding], objects: list[ObjectEntry], found: Walk
) -> list[WaiverUse]:
    if not settings.use_waivers:
        return []
    selected = {compiled.rule.id for rules in settings.rules.values() for compiled in rules}

    def choose(name: str) -> str:
        rule = resolve_id(settings.known_rules, name)
        if rule is None:
            raise KeyError(name)
        return rule if rule in selected else ""

    uses = [WaiverUse(waiver, "unmatched") for waiver in settings.waivers]
    uses += [use for result in yields for use in result.waivers]
    judged = [entry for entry in objects if namespace_in_scope(entry.ref, settings)]
    narrowed = bool(settings.namespaces or settings.excluded_namespaces)
    return apply(findings, uses, judged, settings.today, choose, settings.covers_config and not narrowed)


def _chart_gaps(yields: Sequence[Yield]) -> Iterator[Gap]:
    """One gap for each chart that was not rendered, however many templates it has."""
    charts = Counter(
        what.removeprefix("chart:") for result in yields for _, _, what, _ in result.files if what.startswith("chart:")
    )
    for chart, count in sorted(charts.items()):
        reason = f"Helm template: render the chart ({count} templates not read)"
        yield Gap("helm-template", reason, os.path.join(chart, "Chart.yaml"))


def _coverage(found: Walk, fragments: Counter[str], yields: Sequence[Yield], objects: list[ObjectEntry]) -> Coverage:
    other: Counter[str] = Counter()
    coverage = Coverage(files=len(found.targets), objects=len(objects), fragments=dict(sorted(fragments.items())))
    for result in yields:
        for _, _, what, documents in result.files:
            coverage.documents += documents
            if what in (KUBERNETES, NODE_BUNDLE):
                coverage.kubernetes_files += 1
            elif what.startswith("chart:"):
                other["Helm template"] += 1
            elif what != FRAGMENT:
                other[what or "unreadable file"] += 1
    coverage.other = dict(sorted(other.items()))
    return coverage


def _rule_results(settings: Settings, tally: Tally) -> list[RuleResult]:
    rules = sorted((compiled.rule for group in settings.rules.values() for compiled in group), key=lambda rule: rule.id)
    return [
        RuleResult(
            rule.id,
            rule.title,
            rule.subject,
            settings.severity(rule),
            rule.rationale,
            rule.remediation,
            rule.references,
            {verdict: tally.counts[rule.id, verdict] for verdict in VERDICTS},
            tally.reasons.get(rule.id, ""),
        )
        for rule in rules
    ]
