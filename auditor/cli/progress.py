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
    with _line(quiet=quiet) as show:

        def step(done: int, total: int) -> None:
            if total:
                show(lambda: f"reading {_bar(done, total)} {min(100, 100 * done // total)}% ")

        yield step


@contextmanager
def counting(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A callback for the number of objects read so far, of which nobody knows how many there are."""
    with _line(quiet=quiet) as show:
        yield lambda done: show(lambda: f"reading the cluster: {done:,} objects ")


def _bar(done: int, total: int) -> str:
    filled = min(30, 30 * done // total)
    return f"{'━' * filled}{'┄' * (30 - filled)}"


@contextmanager
def _line(*, quiet: bool) -> Iterator[Callable[[Callable[[], str]], None]]:
    """A line of a terminal that is written ten times a second at most, and gone at the end."""
    if quiet or not sys.stderr.isatty():
        yield lambda text: None
        return
    start, last = time.monotonic(), 0.0

    def show(text: Callable[[], str]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - start > PATIENCE and now - last > 0.1:
            last = now
            sys.stderr.write(f"\r{text()}")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
