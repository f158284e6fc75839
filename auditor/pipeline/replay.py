"""A snapshot in, the report out, judged as the live cluster was: at the day of its collection."""

import os
from dataclasses import replace
from datetime import date

from auditor.collectors.snapshots import opened
from auditor.model.errors import NothingRead
from auditor.model.findings import Report
from auditor.pipeline.cluster import Collected, replay
from auditor.pipeline.inventories import audit_inventory
from auditor.pipeline.prepare import Prepared


def audit_snapshot(prepared: Prepared, path: str, *, today_given: bool) -> Report:
    """The report on a snapshot; raises `NothingRead` for one that cannot be read."""
    return audit_collected(prepared, load(path), today_given=today_given)


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
    return audit_inventory(settings, run, found.inventory, found.owners)


def load(path: str) -> Collected:
    """What a snapshot holds; `-` is standard input."""
    with opened(path) as handle:
        return replay(handle, "stdin" if path == "-" else os.path.basename(path))
