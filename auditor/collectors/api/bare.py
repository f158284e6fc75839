"""A client and an address in, what a GET without credentials is answered out: as patient, and as slow, as lists are.

No request carries a client certificate, an Authorization header or an impersonation header.
"""

import math
import ssl
import time
from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar

from auditor.collectors.api.requests import PASSING, TRIES, USER_AGENT, Client, Failure, Passing, retry_after, why

T = TypeVar("T")


class Way(NamedTuple):
    """How an address is asked."""

    connect: float
    """Seconds."""
    read: float
    """Seconds without any byte."""
    accept: str = ""
    tries: int = TRIES
    until: float = math.inf
    """When to give up, as `time.monotonic` has it; the client's own time ends it as well."""
    again: Collection[int] = PASSING
    """Statuses that another try may cure; one that stays is the answer."""


def is_passing(error: BaseException) -> bool:
    """Whether another try may cure an error of urllib3: no wrong certificate, and nobody who waits for ever."""
    import urllib3

    if isinstance(error, urllib3.exceptions.SSLError):
        return isinstance(error.args[0], ssl.SSLEOFError)
    return not isinstance(error, urllib3.exceptions.TimeoutError)


def ask_bare(
    client: Client,
    pool: Any,
    url: str,
    way: Way,
    take: Callable[[Any], T],
    passing: Callable[[BaseException], bool] = is_passing,
) -> T:
    """What `take` makes of the answer, whatever its status; raises `Failure` where there is none, caused by urllib3's
    `HTTPError` if there was one. `passing` tells which of those another try may cure.
    """
    answers: list[T] = []

    def once() -> T:
        import urllib3

        try:
            answer = _get(client, pool, url, way)
            told = take(answer)
        except urllib3.exceptions.HTTPError as error:
            failure = Failure(0, "Unreachable", why(error))
            failure.__cause__ = error
            if passing(error):
                raise Passing(failure, 0) from error
            raise failure from error
        if answer.status in way.again:
            answers[:] = [told]
            raise Passing(Failure(answer.status, "", f"HTTP status {answer.status}"), retry_after(answer.headers))
        return told

    try:
        return client.patiently(once, way.tries, way.until)
    except Failure:
        if answers:
            return answers[0]
        raise


def _get(client: Client, pool: Any, url: str, way: Way) -> Any:
    import urllib3

    left = max(1.0, min(client.left(), way.until - time.monotonic()))
    return pool.request(
        "GET",
        url,
        headers={"User-Agent": USER_AGENT, **({"Accept": way.accept} if way.accept else {})},
        timeout=urllib3.Timeout(connect=min(way.connect, left), read=min(way.read, left)),
        retries=False,
        redirect=False,
        preload_content=False,
    )


def beginning(answer: Any, most: int, until: float) -> bytes:
    """The first bytes of a body, as far as they come in time; one that is not read to its end ends its connection."""
    data = b""
    while len(data) < most and time.monotonic() < until:
        piece = answer.read1(most - len(data), decode_content=False)
        if not piece:
            answer.release_conn()
            return data
        data += piece
    answer.close()
    return data
