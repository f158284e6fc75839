"""A document in; the same with credentials hidden wherever they lie in it, and the texts that were hidden, out."""

from collections.abc import Collection, Mapping
from typing import Any

from auditor.facts.workloads.workload import HIDDEN
from auditor.kube.credentials import PLACEHOLDER, looks_like_credential

_ANY_LINE = ":"
"""Of a number nobody knows how it was written: too short to be masked, this hides each line that sets a field."""


def masked(manifest: Mapping[str, Any], names: Collection[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Hides what lies below fields of some names, and every text that looks like a credential.

    What a tool is to fill in is no credential, and stays.
    """
    found: dict[str, None] = {}
    shown = {key: _masked(str(key), value, names, found) for key, value in manifest.items()}
    return shown, tuple(found)


def _masked(name: str, value: Any, names: Collection[str], found: dict[str, None]) -> Any:
    if isinstance(value, Mapping):
        inner = {key: name if name in names else str(key) for key in value}
        return {key: _masked(inner[key], one, names, found) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(name, one, names, found) for one in value]
    if isinstance(value, str):
        named = name in names and value not in ("", HIDDEN) and not PLACEHOLDER.search(value)
        if not named and not looks_like_credential(name, value):
            return value
        found[value] = None
        return HIDDEN
    if name in names and isinstance(value, int | float) and not isinstance(value, bool):
        found[_ANY_LINE] = None
        return HIDDEN
    return value
