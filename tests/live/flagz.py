"""What a component says at `/flagz` in, flags and their effective values out; and our own values spelt alike."""

import re
from collections.abc import Mapping
from typing import Any

from tests.facts.kubelet_configz import nanoseconds
from tests.live.apiserver import Server

_LINE = re.compile(r"([\w-]+)(?:: |[:= ])(.*)")

_EMPTY = {
    ("allow-metric-labels", "[]"): "",
    ("register-with-taints", ""): "[]",
    ("reserved-memory", ""): "[]",
    ("tls-min-version", ""): "VersionTLS12",
}
"""How some flags spell that nothing is set; without a version Go's own counts."""


def told(server: Server, path: str = "/flagz") -> dict[str, str]:
    """What a server says; `path` may be that of another component behind it."""
    return read(server.text(path))


def read(text: str) -> dict[str, str]:
    """Flag to value, as Go prints it: a heading, a warning, then a flag a line.

    What stands between them is drawn by lot when the component starts (`delimiters` in component-base zpages/flagz).
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("Warning:")]
    found = map(_LINE.fullmatch, lines[1:])
    return {match[1]: match[2] for match in found if match}


def unlike(
    told: Mapping[str, str], settings: Mapping[str, Any], kinds: Mapping[str, str]
) -> dict[str, tuple[Any, str]]:
    """The flags of which our value is not the one that the component tells, with both."""
    found = {}
    for name, kind in kinds.items():
        value = settings[name].get("value")
        said = _EMPTY.get((name, told.get(name, "")), told.get(name, ""))
        if name in told and _ours(kind, value) != _theirs(kind, said):
            found[name] = (value, told[name])
    return found


def _ours(kind: str, value: Any) -> Any:
    if kind == "duration":
        return nanoseconds(value)
    if kind in ("list", "strings"):
        return f"[{','.join(value)}]"
    if kind == "urls":
        return ",".join(value)
    if kind == "map":
        return ",".join(f"{key}={one}" for key, one in sorted(value.items()))
    if kind == "gates":
        return ",".join(f"{key}={str(one).lower()}" for key, one in sorted(value.items()))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _theirs(kind: str, text: str) -> Any:
    if kind == "duration":
        return nanoseconds(text)
    if kind == "float":
        return str(float(text))
    return text
