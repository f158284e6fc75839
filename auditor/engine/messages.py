"""A message expression and the variables it speaks of in, the message out, where it only joins texts and numbers.

Most messages do, and joining them here saves a program and the conversion of a fact.
Expressions have been compiled when the rule was checked; what is not surely that, and every error, is left to CEL.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

_WORDS: Final = r"'([^'\\\r\n]*)'"
_PATH: Final = r"(\w+(?:\.\w+)*)"
# 'a text', a.field, a.?field.orValue('a text'), string(a.field), or ('field' in a ? 'a text' : 'another'); and what
# follows it: a plus, or nothing.
_PART: Final = re.compile(
    rf"\s*(?:{_WORDS}|{_PATH}(?:\.\?(\w+)\.orValue\({_WORDS}\))?|string\({_PATH}\)"
    rf"|\('(\w+)' in {_PATH} \? {_WORDS} : {_WORDS}\))\s*(\+|\Z)",
    re.ASCII,
)
_INT64: Final = 1 << 63


class _Part(NamedTuple):
    """A text, or the steps to a field, of which the last may lead nowhere if there is something instead."""

    steps: tuple[str, ...] = ()
    otherwise: Any = None
    """The text, or what stands for the field."""
    number: bool = False
    """Whether the field may be an integer."""
    choice: tuple[str, ...] = ()
    """The texts that stand for a field that is there, and for one that is not."""


_ABSENT: Final = object()


def joined(expression: str, data: Mapping[str, Any]) -> str | None:
    """The text that an expression makes of the variables in `data`, or None where CEL has to say."""
    parts = _parts(expression)
    if parts is None:
        return None
    found = []
    for steps, otherwise, number, choice in parts:
        value = _value(data, steps, otherwise) if steps else otherwise
        if choice and value is not None:
            value = choice[value is _ABSENT]
        elif number and type(value) is int and -_INT64 <= value < _INT64:
            value = str(value)
        if type(value) is not str:
            return None
        found.append(value)
    message = "".join(found)
    return message if message.isascii() or _is_unicode(message) else None


def _value(data: Mapping[str, Any], steps: tuple[str, ...], otherwise: Any) -> Any:
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
        text, path, last, otherwise, shown, key, home, *choice, more = found.groups()
        if key:
            parts.append(_Part((*home.split("."), key), _ABSENT, choice=tuple(choice)))
        elif shown:
            parts.append(_Part(tuple(shown.split(".")), number=True))
        elif path:
            parts.append(_Part((*path.split("."), last) if last else tuple(path.split(".")), otherwise))
        else:
            parts.append(_Part(otherwise=text))
        at = found.end()
    return tuple(parts)


def _is_unicode(text: str) -> bool:
    """Whether CEL can hold the text: it takes no lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
