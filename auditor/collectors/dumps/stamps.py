"""An object of a dump in, the newest moment of which it tells out: the dump was collected no earlier."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", re.ASCII)


def this_second() -> str:
    """The moment, as stamps of Kubernetes have it, without the letter for UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def newest(manifest: Mapping[str, Any], latest: str) -> str:
    """ISO 8601 in UTC, or empty. What lies after `latest` is a wrong clock or a lie, and counts for nothing."""
    found = (_STAMP.fullmatch(text) for text in _stamps(manifest) if isinstance(text, str))
    past = [match[1] for match in found if match and match[1] <= latest and _exists(match[1])]
    return f"{max(past)}+00:00" if past else ""


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _stamps(manifest: Mapping[str, Any]) -> Iterator[Any]:
    """What the server, the kubelets (heartbeats) and the holders of leases write."""
    metadata, status, spec = (_mapping(manifest.get(key)) for key in ("metadata", "status", "spec"))
    yield metadata.get("creationTimestamp")
    yield from (entry.get("time") for entry in _mappings(metadata.get("managedFields")))
    for condition in _mappings(status.get("conditions")):
        yield condition.get("lastHeartbeatTime")
        yield condition.get("lastTransitionTime")
    yield spec.get("renewTime")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
