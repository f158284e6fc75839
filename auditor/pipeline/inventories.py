"""Settings and an inventory of a cluster in, a report out: live or replayed, the same objects give the same report."""

import signal
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from auditor.collectors.walk import Walk
from auditor.facts.clusters.cluster import CLUSTER, cluster_fact, observed
from auditor.facts.managed.fields import KINDS
from auditor.facts.workloads.ownership import Owners
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.facts.world import World, is_joined
from auditor.kube.versions import parse_version
from auditor.model.facts import Fact
from auditor.model.findings import Report, Run
from auditor.model.inventory import Completeness, Inventory, Resource
from auditor.pipeline import workers
from auditor.pipeline.audit import judge_worlds
from auditor.pipeline.levels import Levels, namespace_levels
from auditor.pipeline.needs import ending_later, not_looked_for
from auditor.pipeline.report import assemble
from auditor.pipeline.settings import Settings
from auditor.pipeline.unprovided import unprovided
from auditor.pipeline.unseen import unasked, unbundled, unlisted, unprobed, unseen_components
from auditor.pipeline.worker import Yield, judge_resources

_WORTH_A_PROCESS = 300
"""Objects from which a second process pays for its start."""
_SAY_WHOSE = frozenset({"Node", "ServerVersion", *KINDS})
_BYTES = 10_000
"""What an object counts for where the number of processes goes by bytes."""


class Ahead(NamedTuple):
    """Work that was started before everything was collected: on how many resources, and what waits for its result."""

    resources: int
    finish: Callable[[], Yield]
    left: Iterable[Resource]
    """Those of the resources that nobody has begun to judge yet, for whoever has time."""


def judge_ahead(settings: Settings, inventory: Inventory) -> Ahead | None:
    """Starts to judge what is there in a process of its own, if it is enough to pay for one."""
    resources = list(inventory.resources)
    if len(resources) < _WORTH_A_PROCESS or workers.processes(settings.jobs, _BYTES * len(resources)) < 2:
        return None
    settings = for_inventory(settings, inventory)
    cluster = cluster_of(settings, inventory)

    # What joins need travels back whole from the other process: it begins with all else, and this one with that.
    near = workers.dealt([resource for resource in resources if is_joined(resource.ref)])
    far = workers.dealt([resource for resource in resources if not is_joined(resource.ref)])

    def work(share: Iterable[Resource]) -> Yield:
        # Whoever ends the collection wants to know what was found until then.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return judge_resources(share, settings, cluster)

    return Ahead(len(resources), workers.start(chain(far, near), work), chain(near, far))


def audit_inventory(
    settings: Settings, run: Run, inventory: Inventory, owners: Owners, ahead: Ahead | None = None
) -> Report:
    """Judges what was collected; `owners` saw the objects as they came, and knows which pods differ.

    `ahead` has judged the first of the resources already, or is at it.
    """
    world = inventory.provenance.cluster
    inventory.missing = {**not_looked_for(settings.rules, inventory.kinds), **inventory.missing}
    settings = for_inventory(settings, inventory)
    inventory.missing |= ending_later(inventory, settings.version)
    cluster = cluster_of(settings, inventory)

    def work(share: Iterable[Resource]) -> Yield:
        return judge_resources(share, settings, cluster)

    rest = inventory.resources[ahead.resources :] if ahead else inventory.resources
    count = max(1, min(workers.processes(settings.jobs, len(rest) * _BYTES), len(rest) // _WORTH_A_PROCESS))
    undone = chain(workers.dealt(rest), ahead.left if ahead else ())
    yields = [*workers.run([undone] * count, work), *([ahead.finish()] if ahead else [])]
    findings, tally, interrupted = judge_worlds(settings, [world], yields, _no_text)
    seen = frozenset().union(*(result.components for result in yields))
    homes = {start.anchor.ref.namespace for result in yields for start in result.starts}
    unseen = [
        *unlisted(settings, inventory, homes),
        *unseen_components(settings, cluster, seen, tally),
        *unasked(settings, inventory),
        *unprobed(settings, inventory),
        *unprovided(settings, cluster, inventory, tally),
        *unbundled(settings, inventory),
    ]
    for finding in unseen:
        tally.add(finding.rule, finding.verdict)
    run = run._replace(
        kubernetes_version=str(settings.version),
        kubernetes_version_source=settings.version_source,
        targets=(world,),
        provenance=inventory.provenance,
        interrupted=interrupted or inventory.provenance.interrupted,
    )
    found = Walk(gaps=list(inventory.gaps))
    report = assemble(settings, run, found, Counter(), yields, [*findings, *unseen], tally)
    if not any(kind in WORKLOAD_KINDS for kind, _ in inventory.missing):
        levels = Levels()
        for result in yields:
            levels.add(result.levels or Levels())
        report.levels = list(namespace_levels(inventory.resources, levels))
    report.coverage.objects = inventory.objects
    report.coverage.unlisted = dict(sorted(inventory.missing.items()))
    report.coverage.kinds = inventory.looked_for()
    report.coverage.differing = {
        name: (difference.owner, "; ".join(difference.parts), owners.alike.get(name, 0))
        for name, difference in sorted(owners.differences.items())
    }
    return report


def cluster_of(settings: Settings, inventory: Inventory) -> Fact:
    """The cluster fact, with what the server and the Nodes say."""
    name = inventory.provenance.cluster
    bare = cluster_fact(name, settings.version, settings.version_source, settings.today, None)
    world = World(name, bare, settings.complete)
    for resource in inventory.resources:
        if resource.ref.kind in _SAY_WHOSE:
            world.resources.setdefault(resource.ref.kind, []).append(resource)
    fact = observed(world).fact
    for field_name, field in CLUSTER.fields.items():
        reason = settings.complete.why(field.rests_on)
        if reason:
            fact.undecided.setdefault(field_name, reason)
    return fact


def for_inventory(settings: Settings, inventory: Inventory) -> Settings:
    """The settings with what the cluster itself says: its version, and how complete the picture is."""
    version, source = settings.version, settings.version_source
    if source == "assumed":
        with suppress(ValueError):  # none was given, or one that nobody knows: the report says that it is assumed
            version, source = parse_version(inventory.provenance.version), "seen"
    complete = Completeness(all=True, missing=inventory.missing)
    return replace(settings, version=version, version_source=source, complete=complete)


def _no_text(name: str) -> str:
    """The text of a file that is none."""
    return ""
