"""Ctrl-C in, an end of the reading out, and never of the report: only the second one ends everything."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Interrupts:
    """How Ctrl-C is answered: it raises KeyboardInterrupt wherever that comes, until `hold` is called."""

    def __init__(self, say: Callable[[], None] = lambda: None) -> None:
        self.asked = False
        """Whether somebody pressed Ctrl-C."""
        self._held = False
        self._say = say

    def hold(self) -> None:
        """From now on the first one is only remembered: nothing has to be waited for any more."""
        self._held = True

    def hear(self, number: int, frame: Any) -> None:
        """The signal's handler; forked processes have it as well."""
        first, self.asked = not self.asked, True
        if first:
            self._say()
        if not (first and self._held):
            raise KeyboardInterrupt


@contextmanager
def listening(say: Callable[[], None]) -> Iterator[Interrupts]:
    """Hears Ctrl-C until the end of the block; `say` is called at the first.

    Nothing is heard outside of the main thread, and where somebody else answers, or nobody shall (`nohup`).
    """
    interrupts = Interrupts(say)
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    signal.signal(signal.SIGINT, interrupts.hear)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
