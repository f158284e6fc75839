"""A path in, the Report that it holds or leads to out: told by content, whatever the file is called."""

import sys
from collections.abc import Callable, Sequence

from auditor.model.errors import NothingRead, UsageError
from auditor.model.findings import Report

Loader = Callable[[str, bytes], Report | None]
"""The name and bytes of a file in, the report they hold or lead to out; None for what the loader does not know."""


def load(path: str, others: Sequence[Loader] = ()) -> Report:
    """The report of a path, or of standard input for `-`; `others` are asked for what is no JSON report.

    Raises `NothingRead` for a file that cannot be read, `UsageError` for one that nobody knows.
    """
    from auditor.collectors.report_file import report_of

    data = _read(path)
    for loader in (report_of, *others):
        report = loader(path, data)
        if report is not None:
            return report
    raise UsageError(
        f"{path}: is no report of kubeplumb", "Make one first: kubeplumb scan PATH --fail-on none -o json=FILE."
    )


def _read(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read()
        with open(path, "rb") as handle:
            return handle.read()
    except OSError as error:
        raise NothingRead(f"{path}: cannot be read: {error.strerror}", "Name two JSON reports.") from error


def report_of_snapshot(name: str, data: bytes) -> Report | None:
    """The report on a snapshot by every rule of this version; None for what is no snapshot."""
    from auditor.collectors.beginnings import begins_as_snapshot

    if not begins_as_snapshot(data[:64]):
        return None
    import io

    from auditor.pipeline.cluster import replay
    from auditor.pipeline.prepare import prepare
    from auditor.pipeline.replay import audit_collected
    from auditor.pipeline.request import Request

    prepared = prepare(Request(paths=(), profile="all", no_config=True, command=f"kubeplumb diff {name}"))
    return audit_collected(prepared, replay(io.BytesIO(data), name), today_given=False)
