"""What a component says at `/flagz` in, flags and their effective values out; and our own values spelt alike."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.tables.components import flags
from tests.facts.go_spelling import ours, theirs
from tests.live.apiserver import NEWEST, Server

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


def asked_for(server: Server) -> tuple[str, ...]:
    """What a component of the server's version needs to tell its flags (component-base zpages/features)."""
    return () if server.minor >= 36 else ("--feature-gates=ComponentFlagz=true",)


def known(said: Mapping[str, str], component: str, server: Server) -> dict[str, str]:
    """Flag to kind, as the table has them for the server's version: a component says that it has all of them.

    What else an older one has, the table need not know, which tells of the past only what rules read.
    """
    kinds = {flag.name: flag.kind for flag in flags(component, server.minor).values()}
    assert kinds.keys() <= said.keys(), kinds.keys() - said.keys()
    assert server.release != NEWEST or said.keys() - kinds.keys() == {"help"}
    return kinds


def unlike(
    told: Mapping[str, str], settings: Mapping[str, Any], kinds: Mapping[str, str]
) -> dict[str, tuple[Any, str]]:
    """The flags of which our value is not the one that the component tells, with both."""
    found = {}
    for name, kind in kinds.items():
        value = settings[name].get("value")
        said = _EMPTY.get((name, told.get(name, "")), told.get(name, ""))
        if name in told and ours(kind, value) != theirs(kind, said):
            found[name] = (value, told[name])
    return found
