"""A file to read in, its bytes out."""

import sys

from auditor.collectors.beginnings import begins_as_bundle
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import Limits
from auditor.collectors.yaml.text import Unreadable

_HEAD = 64


def load_bytes(target: Target, limits: Limits) -> bytes:
    """The file's bytes, one more than the limit at most; raises `Unreadable`."""
    if target.data is not None:
        return target.data
    try:
        if target.path == "-":
            return sys.stdin.buffer.read(limits.file_bytes + 1)
        with open(target.path, "rb") as handle:
            # As much as there should be: asking for the limit would set aside that much memory for every file.
            data = handle.read(min(target.size, limits.file_bytes) + 1)
            return data if len(data) <= target.size else data + handle.read(limits.file_bytes + 1 - len(data))
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}", None) from error


def is_bundle(target: Target, stdin: bytes) -> bool:
    """Whether a named file begins as a node bundle; `stdin` is what was read of standard input."""
    if not target.named:
        return False
    if target.path == "-":
        return begins_as_bundle(stdin[:_HEAD])
    try:
        with open(target.path, "rb") as handle:
            # What comes through a pipe cannot be looked at twice.
            return handle.seekable() and begins_as_bundle(handle.read(_HEAD))
    except OSError:
        return False
