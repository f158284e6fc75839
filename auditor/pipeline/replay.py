"""A snapshot or a dump in, the report out, judged as the live cluster was: at the day of its collection."""

import os
from dataclasses import replace
from datetime import date
from fnmatch import filter as filter_names

from auditor.collectors.snapshots import opened
from auditor.facts.objects.redaction import redacted
from auditor.facts.workloads.ownership import Owners
from auditor.model.errors import NothingRead, UsageError
from auditor.model.findings import Report, Run
from auditor.model.inventory import Provenance, Resource
from auditor.pipeline.cluster import Collected, replay
from auditor.pipeline.inventories import audit_inventory
from auditor.pipeline.needs import kinds_needed
from auditor.pipeline.prepare import Prepared
from auditor.pipeline.settings import Settings
from auditor.tables.deprecations import ENDING


def audit_collected(prepared: Prepared, found: Collected, *, today_given: bool) -> Report:
    """The report on what a snapshot holds, as of the day of its collection unless another one is given."""
    settings, run = prepared.settings, prepared.run
    collected = found.inventory.provenance.collected[:10]
    if not today_given and collected:
        try:
            settings = replace(settings, today=date.fromisoformat(collected))
        except ValueError as error:
            raise NothingRead(
                f"the snapshot says that it was collected at {collected!r}", "The file is damaged."
            ) from error
        run = run._replace(today=collected)
    settings, run = _limited(settings, run, found.inventory.provenance)
    return audit_inventory(settings, run, found.inventory, found.owners)


def _limited(settings: Settings, run: Run, about: Provenance) -> tuple[Settings, Run]:
    """A snapshot of some namespaces is judged as they were; raises `UsageError` where others are asked for."""
    beyond = [glob for glob in settings.namespaces if about.namespaces and not filter_names(about.namespaces, glob)]
    if beyond:
        held = ", ".join(about.namespaces)
        raise UsageError(f"the snapshot has nothing of namespace {beyond[0]}", f"It was limited to: {held}.")
    words = []
    if about.namespaces and not settings.namespaces:
        words.append(f"only namespaces {', '.join(about.namespaces)}")
    excluded = tuple(glob for glob in about.excluded if glob not in settings.excluded_namespaces)
    if excluded:
        words.append(f"namespaces excluded: {', '.join(excluded)}")
    limited = replace(
        settings,
        namespaces=settings.namespaces or about.namespaces,
        excluded_namespaces=(*settings.excluded_namespaces, *excluded),
    )
    return limited, run._replace(switched_off=(*run.switched_off, *words))


def load(path: str) -> Collected:
    """What a snapshot holds; `-` is standard input."""
    with opened(path) as handle:
        return replay(handle, "stdin" if path == "-" else os.path.basename(path))


def load_dump(path: str, settings: Settings) -> Collected:
    """What a dump of another tool holds, redacted as it comes; raises `NothingRead`."""
    from auditor.collectors.dumps import read_dump

    owners = Owners()

    def keep(resource: Resource) -> Resource | None:
        made = redacted(resource)
        return made if owners.own_word(made) else None

    inventory = read_dump(path, keep, [kind for kind in kinds_needed(settings.rules) if kind != ENDING])
    inventory.resources = owners.settled(inventory.resources)
    return Collected(inventory, owners)
