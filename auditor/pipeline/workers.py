"""Files in, what the workers made of them out: one process, or several forked ones with shares of equal size."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from typing import Any

from auditor.collectors.walk import Target
from auditor.pipeline.worker import Yield

WORTH_A_PROCESS = 3_000_000
"""Bytes of input from which a second process pays for its start."""

Work = Callable[[Sequence[Target]], Yield]


def run(targets: Sequence[Target], jobs: int, work: Work) -> list[Yield]:
    """Runs `work` on all targets; this process takes the first share, forked ones the others.

    Compiled rules cannot be pickled, so workers are forked; where the platform cannot fork, one process does it all.
    """
    size = sum(target.size for target in targets)
    count = jobs or (min(os.cpu_count() or 1, 1 + size // WORTH_A_PROCESS, 8))
    if count <= 1 or len(targets) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [work(targets)]
    shares = split(targets, count)
    context = multiprocessing.get_context("fork")
    children: list[tuple[Any, Any]] = []
    for share in shares[1:]:
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_child, args=(work, share, sender))
        child.start()
        sender.close()
        children.append((child, receiver))
    results = [work(shares[0])]
    for child, receiver in children:
        outcome = receiver.recv()
        child.join()
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results


def _child(work: Work, share: Sequence[Target], sender: Any) -> None:
    """Runs in the forked process; an error travels back to be raised at the rim."""
    try:
        outcome: Yield | Exception = work(share)
    except Exception as error:  # noqa: BLE001 - raised again in the parent, which would otherwise wait for ever
        outcome = error
    sender.send(outcome)
    sender.close()


def split(targets: Sequence[Target], count: int) -> list[list[Target]]:
    """Shares of about the same number of bytes, the largest files dealt first; no share is empty."""
    shares: list[list[Target]] = [[] for _ in range(min(count, len(targets)))]
    loads = [0] * len(shares)
    for target in sorted(targets, key=lambda item: -item.size):
        lightest = loads.index(min(loads))
        shares[lightest].append(target)
        loads[lightest] += target.size + 2_000
    return [sorted(share, key=lambda item: item.name) for share in shares]
