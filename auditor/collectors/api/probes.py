"""A connection in, what its API server gives to a client without credentials out, as a `Probe` document.

Of an answer no more than its beginning is read.
"""

import re
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson

from auditor.collectors.api.bare import Way, ask_bare, beginning
from auditor.collectors.api.cluster import observed
from auditor.collectors.api.requests import PASSING, TRIES, Client, Failure, new_pool
from auditor.model.inventory import Inventory, Resource

PATHS: Final = (
    "/",
    "/api",
    "/apis",
    "/version",
    "/healthz",
    "/livez",
    "/readyz",
    "/openapi/v2",
    "/openapi/v3",
    "/api/v1/namespaces",
)
"""What is asked for: the documents of discovery and health, and one resource."""
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})
_UNHEALTHY = 500
"""What these answer where a check fails (apiserver pkg/server/healthz/healthz.go): no try is needed to know more."""
_FIRST_BYTES = 2048
"""Enough for a Status object; the OpenAPI documents have megabytes."""
_LONGEST = 200
_SECONDS = 20.0
"""For all requests together."""
_TIMEOUT = 5.0
_USER = re.compile(r'User "([^"]*)"')
"""How the API server names who it refuses (apiserver pkg/endpoints/handlers/responsewriters/errors.go)."""


def probe_anonymous(client: Client, inventory: Inventory) -> Resource:
    """Asks for each of `PATHS`; one that is not answered, however often it is asked, has status 0 and words."""
    connection = client.connection
    pool = new_pool(connection, connection.anonymous_tls)
    until = time.monotonic() + min(_SECONDS, client.left())
    requests, tries = [], TRIES
    for path in PATHS:
        again = PASSING - {_UNHEALTHY} if path in _HEALTH else PASSING
        way = Way(_TIMEOUT, _TIMEOUT, "application/json", tries, until, again)
        if time.monotonic() >= until:
            requests.append(_entry(path, 0, "not asked: the time for the probe was used up", ""))
            continue
        try:
            requests.append(_entry(path, *ask_bare(client, pool, connection.server + path, way, partial(_told, until))))
        except Failure as failure:
            requests.append(_entry(path, 0, str(failure), ""))
            tries = 1  # the server was given its time
    pool.clear()
    content = {"target": connection.server, "requests": requests}
    return observed(inventory, "Probe", "anonymous", content, f"{connection.server} (without credentials)")


def _entry(path: str, status: int, reason: str, user: str) -> dict[str, Any]:
    return {"path": path, "status": status, "reason": reason[:_LONGEST], "user": user[:_LONGEST]}


def _told(until: float, answer: Any) -> tuple[int, str, str]:
    """Status, reason, and the user that a refusal names."""
    data = beginning(answer, _FIRST_BYTES, until)
    return (int(answer.status), *_said(data)) if answer.status >= 400 else (int(answer.status), "", "")


def _said(data: bytes) -> tuple[str, str]:
    """The reason of a Status object, and the user it names; nothing where it is none."""
    try:
        said = orjson.loads(data)
    except ValueError:
        return "", ""
    if not isinstance(said, Mapping):
        return "", ""
    user = _USER.search(str(said.get("message") or ""))
    return str(said.get("reason") or ""), user[1] if user else ""
