"""Named paths in, which of them is a snapshot out: by its first bytes, before anything heavy is imported."""

import io
import os
import stat
import sys
from collections.abc import Sequence
from typing import Final

from auditor.model.errors import UsageError

SCHEMA: Final = "kubeplumb.dev/snapshot/v1"
_FIRST: Final = b'{"schema":"kubeplumb.dev/snapshot/'
ZSTD: Final = b"\x28\xb5\x2f\xfd"
GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 64


def snapshot_among(paths: Sequence[str]) -> str:
    """The path that is a snapshot, or empty; raises `UsageError` where it is not the only one."""
    found = [path for path in paths if _is_snapshot(path)]
    if found and len(paths) > 1:
        raise UsageError(f"{found[0]} is a snapshot, and not the only path", "Scan a snapshot on its own.")
    return found[0] if found else ""


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


def begins_as_snapshot(head: bytes) -> bool:
    """Whether a file's first bytes are those of a snapshot, or of something compressed."""
    return head.startswith((_FIRST, ZSTD, GZIP))
