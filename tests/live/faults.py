"""In: nothing; out: faults of a server as data, and scripts that say when one happens, for `proxy.proxied`."""

import base64
import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Request(NamedTuple):
    """A request as scripts see it; path is with its query.

    `seen` counts earlier requests of this method and path, `total` all earlier requests, both from 0.
    """

    method: str
    path: str
    seen: int
    total: int


class Reply(NamedTuple):
    """An answer of the proxy's own; the server is not asked."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Reset(NamedTuple):
    """A connection reset (TCP RST): before anything is sent, or after so many bytes of the server's body."""

    after: int | None = None


class Slow(NamedTuple):
    """The server's answer, its body in ten pieces over so many seconds."""

    seconds: float


class Truncated(NamedTuple):
    """The first part of the server's body with a Content-Length that agrees: correct HTTP, broken JSON."""

    share: float = 0.5


Fault = Reply | Reset | Slow | Truncated
Script = Callable[[Request], Fault | None]


def no_fault(request: Request) -> None:
    """The script of a proxy that only passes on."""


def status(code: int, reason: str, message: str, metadata: dict[str, str] | None = None) -> Reply:
    """A meta/v1 Status as an API server answers."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": metadata or {}, "status": "Failure"}
    whole = body | {"message": message, "reason": reason, "code": code}
    return Reply(code, json.dumps(whole).encode(), (("Content-Type", "application/json"),))


def too_many(seconds: int = 1) -> Reply:
    """429 as priority and fairness answers: plain text with Retry-After (k8s.io/apiserver pkg/server/filters)."""
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(seconds)))
    return Reply(429, b"Too many requests, please try again later.\n", headers)


def unavailable(code: int = 503) -> Reply:
    """500 or 503 with a Status, without Retry-After."""
    return status(code, "InternalError" if code == 500 else "ServiceUnavailable", "scripted")


def expired_list(request: Request | None = None) -> Reply:
    """410 for a `continue` that is too old; given the request, with a token to go on at the newest state.

    That is what a server answers without --watch-cache once etcd is compacted: the same token, its "rv" -1
    (k8s.io/apiserver pkg/storage/etcd3/errors.go). Without a token the list can only be started anew.
    """
    told = "The provided continue parameter is too old to display a consistent list result."
    if request is None:
        return status(410, "Expired", told)
    (given,) = parse_qs(urlsplit(request.path).query)["continue"]
    token = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))) | {"rv": -1}
    going_on = base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")
    return status(410, "Expired", told, {"continue": going_on})


def unauthorized() -> Reply:
    """401, as for a token that has expired."""
    return status(401, "Unauthorized", "Unauthorized")


def first(times: int, fault: Fault | Script, matches: Callable[[Request], bool] = lambda request: True) -> Script:
    """A script with a fault, or what a script says, for the first so many requests that match."""
    left = [times]

    def script(request: Request) -> Fault | None:
        if not left[0] or not matches(request):
            return None
        left[0] -= 1
        return fault(request) if callable(fault) else fault

    return script
