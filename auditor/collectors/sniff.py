"""Named paths in, which of them is a snapshot, a dump of a cluster or a node bundle out, before heavy imports."""

import io
import os
import stat
import sys
from collections.abc import Sequence
from typing import Final

from auditor.collectors.beginnings import GZIP, begins_as_snapshot
from auditor.model.errors import UsageError

_HEAD: Final = 64
_LOOKED_AT: Final = 1 << 18
_DUMPED: Final = frozenset({"resources", "hosts", "cluster-resources", "cluster-info", "kube-system", "nodes.json"})
"""Names at the top of what Sonobuoy, troubleshoot and `kubectl cluster-info dump` write."""


def snapshot_among(paths: Sequence[str]) -> str:
    """The path that is a snapshot, or empty; raises `UsageError` where it is not the only one."""
    found = [path for path in paths if _is_snapshot(path)]
    if found and len(paths) > 1:
        raise UsageError(f"{found[0]} is a snapshot, and not the only path", "Scan a snapshot on its own.")
    return found[0] if found else ""


def dump_among(paths: Sequence[str]) -> str:
    """The path that is a dump of a cluster, if it is the only one: an object of kubectl among others is a manifest."""
    if len(paths) != 1 or paths[0] == "-" or not _may_be_dump(paths[0]):
        return ""
    from auditor.collectors.dumps import recognise

    return paths[0] if recognise(paths[0]) else ""


def _may_be_dump(path: str) -> bool:
    """Whether it pays to look closer: at a folder with a name that dumps have, a tarball, or what a server has set."""
    try:
        if os.path.isdir(path):
            names = set(os.listdir(path))
            return not _DUMPED.isdisjoint(names) or len(names) == 1
        with open(path, "rb") as handle:
            head = handle.read(_LOOKED_AT)
    except OSError:
        return False
    return head.startswith(GZIP) or head[257:262] == b"ustar" or b"resourceVersion" in head


def _is_snapshot(path: str) -> bool:
    """Whether a file begins as one, or is compressed and therefore no manifest; standard input keeps its bytes."""
    if path == "-":
        stream = sys.stdin.buffer
        return isinstance(stream, io.BufferedReader) and begins_as_snapshot(stream.peek(_HEAD))
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as handle:
            return begins_as_snapshot(handle.read(_HEAD))
    except OSError:
        return False  # whoever reads it says why it cannot be
