"""Many things to ask in, an answer to each out, some asked at the same time; an interrupt keeps what is known."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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


@contextmanager
def streams(
    ask: Callable[[Item], Iterable[Answer]], items: Sequence[Item], threads: int, at_hand: int
) -> Iterator[Iterator[Answer]]:
    """The answers to each item, of which there may be many, as they come; no more than `at_hand` wait to be taken.

    What one of the threads raises is raised by whoever takes the answers. Once nobody does, no item is begun.
    """
    pending: queue.SimpleQueue[Item] = queue.SimpleQueue()
    for item in items:
        pending.put(item)
    answers: queue.Queue[Answer | Exception | None] = queue.Queue(at_hand)
    stop = threading.Event()
    working = min(threads, len(items))
    for _ in range(working):
        threading.Thread(target=_ask_each, args=(ask, pending, answers, stop), daemon=True).start()
    try:
        yield _as_they_come(answers, working)
    finally:
        stop.set()


def _as_they_come(answers: "queue.Queue[Answer | Exception | None]", working: int) -> Iterator[Answer]:
    """The answers of so many threads, each of which ends with None."""
    while working:
        answer = answers.get()
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            working -= 1
        else:
            yield answer


def _ask_each(
    ask: Callable[[Item], Iterable[Answer]],
    pending: "queue.SimpleQueue[Item]",
    answers: "queue.Queue[Answer | Exception | None]",
    stop: threading.Event,
) -> None:
    """One thread's work: items until none is pending, or nobody takes the answers any more."""
    try:
        while not stop.is_set():
            for answer in ask(pending.get_nowait()):
                if stop.is_set():
                    return
                answers.put(answer)
    except queue.Empty:
        pass
    except Exception as error:  # noqa: BLE001 - raised again by whoever takes the answers
        answers.put(error)
    finally:
        answers.put(None)
