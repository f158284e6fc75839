"""In: the audit log of an API server; out: who asked for what and was told what.

The log is audit.k8s.io/v1 Events as JSON lines: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

# RequestReceived stays in: it is written before a request is served, so that whoever has an answer finds it in the log
# and can wait for the rest, which is written after the answer.
POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


class Entry(NamedTuple):
    """One request; path is with its query, user is empty where authentication failed, status 0 where none was sent."""

    verb: str
    path: str
    user: str
    status: int
    agent: str = ""
    impersonated: str = ""


def flags(folder: Path) -> tuple[str, ...]:
    """Writes the policy and returns the API server's flags; the log is audit.jsonl in folder."""
    policy = folder / "audit-policy.json"
    policy.write_text(json.dumps(POLICY))
    return (
        "--audit-policy-file", str(policy), "--audit-log-path", str(folder / "audit.jsonl"),
        "--audit-log-maxsize", "10000",
    )  # fmt: skip


@contextmanager
def audited(log: Path, user: str = "", seconds: float = 10) -> Iterator[list[Entry]]:
    """A list that holds, once the block has ended, the requests sent in it: all, or those of one user.

    Raises TimeoutError where a request of that user has no answer in the log after so many seconds.
    """
    start = log.stat().st_size
    found: list[Entry] = []
    yield found
    until = time.monotonic() + seconds
    while True:
        found[:] = (one for one in read(log, start) if not user or one.user == user)
        if all(one.status for one in found):
            return
        if time.monotonic() > until:
            raise TimeoutError(f"no answer in the audit log: {[one for one in found if not one.status]}")
        time.sleep(0.02)


def read(log: Path, start: int = 0) -> list[Entry]:
    """The requests in the order of their arrival, from a byte offset on."""
    with log.open("rb") as file:
        file.seek(start)
        data = file.read()
    latest: dict[str, dict[str, Any]] = {}
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        event = json.loads(line)
        latest[event["auditID"]] = event
    return [_entry(event) for event in latest.values()]


def _entry(event: dict[str, Any]) -> Entry:
    status = (event.get("responseStatus") or {}).get("code", 0)
    user = event.get("user", {}).get("username", "")
    impersonated = (event.get("impersonatedUser") or {}).get("username", "")
    return Entry(event["verb"], event["requestURI"], user, status, event.get("userAgent", ""), impersonated)
