"""Many things to ask in, an answer to each out, some asked at the same time; an interrupt keeps what is known."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def ask_all(
    ask: Callable[[Item], Answer], items: Iterable[Item], threads: int
) -> tuple[list[tuple[Item, Answer | None]], bool]:
    """Each item with its answer, or None where an interrupt came first; and whether one did."""
    pool, interrupted = ThreadPoolExecutor(threads), False
    asked = [(item, pool.submit(ask, item)) for item in items]
    try:
        for _, future in asked:
            future.result()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [(item, _known(future)) for item, future in asked], interrupted


def _known(future: Future[Answer]) -> Answer | None:
    return future.result() if future.done() and not future.cancelled() and not future.exception() else None
