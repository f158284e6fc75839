"""In: a condition; out: nothing, once it holds."""

import time
from collections.abc import Callable


def until(what: str, holds: Callable[[], bool], seconds: float = 30) -> None:
    """Waits until something holds; TimeoutError says what did not."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)
