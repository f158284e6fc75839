"""Bytes or objects done in, progress on standard error out, once a run takes more than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds before anything is shown."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A callback for bytes done and bytes in all; silent unless standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    start, last = time.monotonic(), 0.0

    def step(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - start > PATIENCE and now - last > 0.1 and total:
            last = now
            filled = min(30, 30 * done // total)
            sys.stderr.write(f"\rreading {'━' * filled}{'┄' * (30 - filled)} {min(100, 100 * done // total)}% ")
            sys.stderr.flush()

    try:
        yield step
    finally:
        if last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextmanager
def counting(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A callback for the number of objects read so far, of which nobody knows how many there are."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    start, last = time.monotonic(), 0.0

    def step(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - start > PATIENCE and now - last > 0.1:
            last = now
            sys.stderr.write(f"\rreading the cluster: {done:,} objects ")
            sys.stderr.flush()

    try:
        yield step
    finally:
        if last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
