"""Plain data in, JSON text out that is compact, made by the C encoder, and still readable line by line."""

import json
import math
from collections.abc import Iterator
from typing import Any

from auditor.renderers.safe import safe_json


def layout(document: dict[str, Any], depth: int) -> str:
    """The outer `depth` levels have a line for each key; an iterator is a list with a line for each item.

    Items of iterators are made and written one by one, so that thousands are never held as mappings. The text is safe
    to print to a terminal and always valid UTF-8. The standard library's own indentation is several times slower.
    """
    return safe_json("".join(_lines(document, depth, "\n")))


def _lines(value: Any, depth: int, indent: str) -> list[str]:
    inner = indent + " "
    if depth and value and isinstance(value, dict):
        parts = []
        for key, item in value.items():
            parts += [",", inner, _compact(key), ": ", *_lines(item, depth - 1, inner)]
        return ["{", *parts[1:], indent, "}"]
    if depth and value and isinstance(value, list) and isinstance(value[0], dict):
        parts = [part for item in value for part in (",", inner, *_lines(item, depth - 1, inner))]
        return ["[", *parts[1:], indent, "]"]
    if isinstance(value, Iterator):
        items = f",{inner}".join(map(_compact, value))
        return ["[", inner, items, indent, "]"] if items else ["[]"]
    return [_compact(value)]


_compact = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "), allow_nan=False, check_circular=False).encode


def plain(value: Any) -> Any:
    """A value out of a manifest as JSON can hold it: numbers that are none become text, as do keys."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | int) else str(value)
