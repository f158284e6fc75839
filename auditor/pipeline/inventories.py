"""Settings and an inventory of a cluster in, a report out: live or replayed, the same objects give the same report."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from auditor.collectors.cluster import TEMPLATES
from auditor.collectors.walk import Walk
from auditor.engine.fingerprint import fingerprint
from auditor.facts.ownership import Owners
from auditor.kube.versions import parse_version
from auditor.model.findings import Finding, Report, Run
from auditor.model.inventory import Completeness, Inventory, Resource
from auditor.model.refs import ObjectRef, Place
from auditor.pipeline import workers
from auditor.pipeline.audit import judge_worlds
from auditor.pipeline.needs import kinds_of_rule, not_looked_for
from auditor.pipeline.report import assemble
from auditor.pipeline.settings import Settings
from auditor.pipeline.worker import Yield, judge_resources

_WORTH_A_PROCESS = 300
"""Objects from which a second process pays for its start."""
_BYTES = 10_000
"""What an object counts for where the number of processes goes by bytes."""


def audit_inventory(settings: Settings, run: Run, inventory: Inventory, owners: Owners) -> Report:
    """Judges what was collected; `owners` saw the objects as they came, and knows which pods differ."""
    world = inventory.provenance.cluster
    inventory.missing = {**not_looked_for(settings.rules, inventory.kinds), **inventory.missing}
    settings = for_inventory(settings, inventory)

    def work(share: Sequence[Resource]) -> Yield:
        return judge_resources(share, settings)

    count = workers.processes(settings.jobs, len(inventory.resources) * _BYTES)
    yields = workers.run(_shares(inventory.resources, count), work)
    findings, tally, interrupted = judge_worlds(settings, [world], yields, _no_text)
    blinded = list(_blinded(settings, inventory))
    for finding in blinded:
        tally.add(finding.rule, "not-evaluated")
    run = run._replace(
        kubernetes_version=str(settings.version),
        kubernetes_version_source=settings.version_source,
        targets=(world,),
        provenance=inventory.provenance,
        interrupted=interrupted or inventory.provenance.interrupted,
    )
    found = Walk(gaps=list(inventory.gaps))
    report = assemble(settings, run, found, Counter(), yields, [*findings, *blinded], tally)
    report.coverage.objects = inventory.objects
    report.coverage.differing = {
        name: (difference.owner, "; ".join(difference.parts), owners.alike.get(name, 0))
        for name, difference in sorted(owners.differences.items())
    }
    return report


def for_inventory(settings: Settings, inventory: Inventory) -> Settings:
    """The settings with what the cluster itself says: its version, and how complete the picture is."""
    version, source = settings.version, settings.version_source
    if source == "assumed":
        with suppress(ValueError):  # none was given, or one that nobody knows: the report says that it is assumed
            version, source = parse_version(inventory.provenance.version), "seen"
    complete = Completeness(all=True, missing=inventory.missing)
    return replace(settings, version=version, version_source=source, complete=complete)


def _shares(resources: Sequence[Resource], count: int) -> list[list[Resource]]:
    """Resources dealt out one by one, since those that are alike come together; one share at least."""
    count = max(1, min(count, len(resources) // _WORTH_A_PROCESS))
    return [list(resources[start::count]) for start in range(count)]


def _no_text(name: str) -> str:
    """The text of a file that is none."""
    return ""


def _blinded(settings: Settings, inventory: Inventory) -> Iterator[Finding]:
    """What rules could not judge since objects could not be listed: one for each rule, kind and scope."""
    rules = [compiled for some in settings.rules.values() for compiled in some]
    for (kind, namespace), reason in sorted(inventory.missing.items()):
        for compiled in rules:
            rule = compiled.rule
            if kind not in kinds_of_rule(compiled):
                continue
            ref = ObjectRef("", "CustomResource" if kind == TEMPLATES else kind, namespace, "*")
            yield Finding(
                rule.id,
                settings.severity(rule),
                "not-evaluated",
                rule.subject,
                ref,
                inventory.provenance.cluster,
                "",
                rule.title,
                Place(""),
                (),
                rule.want,
                fingerprint(rule.id, ref, "", ""),
                reason,
            )
