"""Plain data in, JSON text out that is compact, made by the C encoder, and still readable line by line."""

import json
import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from auditor.renderers.safe import safe_json


def layout(document: dict[str, Any], depth: int) -> str:
    """The outer `depth` levels have a line for each key; an iterator is a list with a line for each item.

    The text is safe to print to a terminal and always valid UTF-8. The standard library's own indentation is several
    times slower.
    """
    return "".join(parts(document, depth))


def parts(document: dict[str, Any], depth: int) -> Iterator[str]:
    """The same text in parts: items of iterators are made and written a few at a time, however many there are."""
    return _lines(document, depth, "\n")


def _lines(value: Any, depth: int, indent: str) -> Iterator[str]:
    inner = indent + " "
    if depth and value and isinstance(value, dict):
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{inner}{_compact(key)}: "
            yield from _lines(item, depth - 1, inner)
        yield indent + "}"
    elif depth and value and isinstance(value, list) and isinstance(value[0], dict):
        for number, item in enumerate(value):
            yield f"{',' if number else '['}{inner}"
            yield from _lines(item, depth - 1, inner)
        yield indent + "]"
    elif isinstance(value, Iterator):
        start = "["
        while texts := [_compact(item) for item in islice(value, _AT_ONCE)]:
            yield start + inner + f",{inner}".join(texts)
            start = ","
        yield "[]" if start == "[" else indent + "]"
    else:
        yield _compact(value)


_AT_ONCE = 500
"""Items of an iterator that are written together."""


def _compact(value: Any) -> str:
    # Made safe piece by piece: most are ASCII, and need no second look.
    try:
        return safe_json(orjson.dumps(value).decode())
    except TypeError:  # a lone surrogate or an integer beyond 64 bits, which only Python's own encoder writes
        return safe_json(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def plain(value: Any) -> Any:
    """A value out of a manifest as JSON can hold it: numbers that are none become text, as do keys."""
    if value is None or isinstance(value, str | int):  # as most are
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)
