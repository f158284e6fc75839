"""A value of a setting, or how Go prints that of a flag, in; one spelling for both out, so that they compare."""

from collections.abc import Sequence
from typing import Any

from tests.facts.kubelet_configz import nanoseconds


def ours(kind: str, value: Any) -> Any:
    """A value that facts have."""
    if kind == "duration":
        return nanoseconds(value)
    if kind in ("list", "strings"):
        return f"[{_line(value)}]"
    if kind == "urls":
        return ",".join(value)
    if kind == "map":
        return ",".join(f"{key}={one}" for key, one in sorted(value.items()))
    if kind == "gates":
        return ",".join(f"{key}={str(one).lower()}" for key, one in sorted(value.items()))
    return str(value).lower() if isinstance(value, bool) else str(value)


def theirs(kind: str, text: str) -> Any:
    """What a component prints."""
    if kind == "duration":
        return nanoseconds(text)
    if kind == "float":
        return str(float(text))
    if kind == "gates":
        # Each may have the name of a component before it; of one that was given twice the last counts.
        gates = dict(part.rpartition(":")[2].split("=") for part in text.split(",") if part)
        return ",".join(f"{key}={one}" for key, one in sorted(gates.items()))
    return text


def _line(items: Sequence[str]) -> str:
    """As encoding/csv writes them (`fieldNeedsQuotes`), with which stringSlice and stringArray print theirs."""
    return ",".join('"' + item.replace('"', '""') + '"' if _quoted(item) else item for item in items)


def _quoted(item: str) -> bool:
    return item[:1].isspace() or any(character in item for character in ',"\r\n')
