"""Shares of work in, what was made of each out: one process, or several forked ones."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

WORTH_A_PROCESS = 3_000_000
"""Bytes of input from which a second process pays for its start."""
_MOST = 8
_MOST_HEAPS = 64

Share = TypeVar("Share")
Result = TypeVar("Result")
Item = TypeVar("Item")


def processes(jobs: int, size: int) -> int:
    """How many processes to use: as many as asked for, or by the bytes of input; one where none can be forked.

    Work is a closure over rules and settings, which cannot be pickled: a worker has to be forked.
    """
    if not hasattr(os, "fork"):
        return 1
    return jobs or min(os.cpu_count() or 1, 1 + size // WORTH_A_PROCESS, _MOST)


def may_fork(jobs: int) -> bool:
    """Whether there may be a process beside this one: more than one job was asked for, or none said."""
    return jobs != 1 and processes(2, 0) > 1


def run(shares: Sequence[Share], work: Callable[[Share], Result]) -> list[Result]:
    """What `work` makes of each share; this process takes the first, a forked one each of the others."""
    others = [start(share, work) for share in shares[1:]]
    return [*(work(share) for share in shares[:1]), *(finish() for finish in others)]


def start(share: Share, work: Callable[[Share], Result]) -> Callable[[], Result]:
    """Starts work on a share in a forked process; what is returned waits for its result.

    Where the system gives no more processes, this one does the work then. `multiprocessing` would fork as well, and
    takes as long to load as a small file takes to scan.
    """
    reader, writer = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return lambda: work(share)
    if not process:
        os.close(reader)  # so that this process hears when nobody reads any more
        _child(work, share, writer)
    os.close(writer)

    def finish() -> Result:
        import pickle  # as below

        with os.fdopen(reader, "rb") as pipe:
            outcome = pickle.load(pipe)
        os.waitpid(process, 0)
        if isinstance(outcome, BaseException):
            raise outcome
        result: Result = outcome
        return result

    return finish


def dealt(items: Sequence[Item]) -> Iterator[Item]:
    """The items, each given once among this process and those that are forked from it, to whoever asks next.

    They are dealt in heaps, the first heaps first: those that are alike come together, and each heap has some of all.
    """
    count = min(_MOST_HEAPS, len(items))
    reader, writer = os.pipe()
    os.write(writer, bytes(range(count)))
    os.close(writer)
    numbers = iter(lambda: os.read(reader, 1), b"")
    return (item for number in numbers for item in items[number[0] :: count])


def _child(work: Callable[[Share], Result], share: Share, writer: int) -> NoReturn:
    """Runs in the forked process; an error travels back to be raised at the rim.

    An interrupt reaches all processes. One that does not end the work itself must not end the sending of its result,
    which may have to wait until the parent asks.
    """
    import pickle  # one process needs none
    import signal

    code = 1
    try:
        try:
            outcome: Result | BaseException = work(share)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again in the parent, which would wait for ever
            outcome = error
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Nobody may wait for it any more.
        with suppress(BrokenPipeError), os.fdopen(writer, "wb") as pipe:
            pickle.dump(outcome, pipe, pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        os._exit(code)  # whatever the parent does when it ends is not for this process to do
