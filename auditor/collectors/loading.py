"""A file to read in, its bytes out."""

import os
import sys

from auditor.collectors.beginnings import begins_as_bundle
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import Limits
from auditor.collectors.yaml.text import Unreadable

_HEAD = 64
_BINARY = getattr(os, "O_BINARY", 0)  # Windows has it, and would end lines its own way
_MAPPED_MOST = 31 << 20


def reuse_memory() -> None:
    """Makes glibc keep the memory of one file for the next, up to 62 MiB of it; elsewhere nothing happens.

    By itself it hands back what is free at the end of the heap from 128 kB on, and the kernel clears the same pages for
    each large file anew. The size of the largest mapping freed so far, which counts up to 32 MiB, is the bound below
    which it makes no mappings, and twice that the one from which it hands back (mallopt(3), M_MMAP_THRESHOLD).
    """
    bytes(_MAPPED_MOST)  # no page of it is touched


def load_bytes(target: Target, limits: Limits) -> bytes:
    """The file's bytes, one more than the limit at most; raises `Unreadable`."""
    if target.data is not None:
        return target.data
    try:
        if target.path == "-":
            return sys.stdin.buffer.read(limits.file_bytes + 1)
        return _file_bytes(target, limits.file_bytes)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}", None) from error


def _file_bytes(target: Target, most: int) -> bytes:
    """Without a file object, which costs more than reading most manifests."""
    descriptor = os.open(target.path, os.O_RDONLY | _BINARY)
    try:
        # As much as there should be: asking for the limit would set aside that much memory for every file.
        data = os.read(descriptor, min(target.size, most) + 1)
        if len(data) == target.size:
            return data
        with open(descriptor, "rb", closefd=False) as handle:  # a pipe, or a file that changed
            return data + handle.read(most + 1 - len(data))
    finally:
        os.close(descriptor)


def is_bundle(target: Target, stdin: bytes) -> bool:
    """Whether a named file begins as a node bundle; `stdin` is what was read of standard input."""
    if not target.named:
        return False
    if target.path == "-":
        return begins_as_bundle(stdin)
    try:
        with open(target.path, "rb") as handle:
            # What comes through a pipe cannot be looked at twice.
            return handle.seekable() and begins_as_bundle(handle.read(_HEAD))
    except OSError:
        return False
