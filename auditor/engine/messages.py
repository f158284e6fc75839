"""A message expression and the variables it speaks of in, the message out, where it only joins texts.

Most messages join texts and fields that are texts, and doing that here saves a program and the conversion of a fact.
Expressions have been compiled when the rule was checked; what is not surely a text, and every error, is left to CEL.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

# 'a text', a.field, or a.?field.orValue('a text'), and what follows it: a plus, or nothing.
_PART: Final = re.compile(
    r"\s*(?:'([^'\\\r\n]*)'|(\w+(?:\.\w+)*)(?:\.\?(\w+)\.orValue\('([^'\\\r\n]*)'\))?)\s*(\+|\Z)", re.ASCII
)


class _Part(NamedTuple):
    """A text, or the steps to a field; the last step may lead nowhere if there is a text instead of the field."""

    text: str | None
    steps: tuple[str, ...]


def joined(expression: str, data: Mapping[str, Any]) -> str | None:
    """The text that an expression makes of the variables in `data`, or None where CEL has to say."""
    parts = _parts(expression)
    if parts is None:
        return None
    found = []
    for text, steps in parts:
        value = _value(data, steps, text) if steps else text
        if type(value) is not str:
            return None
        found.append(value)
    message = "".join(found)
    return message if message.isascii() or _is_unicode(message) else None


def _value(data: Mapping[str, Any], steps: tuple[str, ...], otherwise: str | None) -> Any:
    """The field at the end of the steps; None where one of those before leads nowhere, or is no step into a map."""
    *path, last = steps
    home: Any = data
    for step in path:
        home = home.get(step) if type(home) is dict else None
    return home.get(last, otherwise) if type(home) is dict else None


@cache
def _parts(expression: str) -> tuple[_Part, ...] | None:
    """The parts that an expression joins, or None where it does something else."""
    parts, at, more = [], 0, "+"
    while more:
        found = _PART.match(expression, at)
        if found is None:
            return None
        text, path, last, otherwise, more = found.groups()
        steps = tuple(path.split(".")) if path else ()
        parts.append(_Part(otherwise, (*steps, last)) if last else _Part(text, steps))
        at = found.end()
    return tuple(parts)


def _is_unicode(text: str) -> bool:
    """Whether CEL can hold the text: it takes no lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
