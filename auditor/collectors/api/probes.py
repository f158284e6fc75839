"""A connection in, what its API server gives to a client without credentials out, as a `Probe` document.

No request carries a client certificate, an Authorization header or an impersonation header, and of an answer no more
than its beginning is read.
"""

import re
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from auditor.collectors.api.cluster import observed
from auditor.collectors.api.requests import Client, get_bare, new_pool, why
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
_FIRST_BYTES = 2048
"""Enough for a Status object; the OpenAPI documents have megabytes."""
_LONGEST = 200
_SECONDS = 20.0
"""For all requests together."""
_TIMEOUT = 5.0
_USER = re.compile(r'User "([^"]*)"')
"""How the API server names who it refuses (apiserver pkg/endpoints/handlers/responsewriters/errors.go)."""


def probe_anonymous(client: Client, inventory: Inventory) -> Resource:
    """Asks for each of `PATHS` once; one that fails is an entry with status 0 and words."""
    connection = client.connection
    pool = new_pool(connection, connection.anonymous_tls)
    until = time.monotonic() + min(_SECONDS, client.left())
    requests = []
    for path in PATHS:
        if time.monotonic() < until:
            client.sent += 1
            requests.append(_entry(path, *_ask(pool, connection.server + path)))
        else:
            requests.append(_entry(path, 0, "not asked: the time for the probe was used up", ""))
    pool.clear()
    content = {"target": connection.server, "requests": requests}
    return observed(inventory, "Probe", "anonymous", content, f"{connection.server} (without credentials)")


def _entry(path: str, status: int, reason: str, user: str) -> dict[str, Any]:
    return {"path": path, "status": status, "reason": reason[:_LONGEST], "user": user[:_LONGEST]}


def _ask(pool: Any, url: str) -> tuple[int, str, str]:
    """Status, reason, and the user that a refusal names."""
    import urllib3

    try:
        answer = get_bare(pool, url, _TIMEOUT, _TIMEOUT, "application/json")
        data = answer.read(_FIRST_BYTES, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        return 0, why(error), ""
    if len(data) == _FIRST_BYTES:  # else it was read to its end, and the connection serves the next request
        answer.close()
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
