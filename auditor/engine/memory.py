"""What the rules of a batch read of a fact in, what they made of an earlier fact that looks the same to them out.

Rules read little of a fact, so in a cluster most facts look like one that was judged before. What they read is told by
the texts of their expressions: each path that starts with a variable's name, or all of the variable where it stands
alone. That may be more than they read, and is never less.
"""

import marshal
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from auditor.engine.rule import Rule

Steps = tuple[str, ...]
Views = tuple[tuple[str, tuple[Steps, ...]], ...]
"""The variables that a batch reads, each with the paths below it; an empty path is all of it."""
Outcomes = tuple[int, ...]

_TRIAL: Final = 64
"""Facts after which a memory has to have paid."""
_WORTH: Final = 8
"""A memory pays if one fact in so many was met before."""
_LARGEST: Final = 4 << 20
"""Bytes of facts that are remembered; beyond them what is known is still looked up."""
_PLAIN: Final = 2
"""The newest format of `marshal` in which equal values have equal bytes, whoever else holds them."""
_STEP: Final = re.compile(r"\w+")


@dataclass(slots=True)
class Memory:
    """What a batch made of facts, by what it read of them."""

    views: Views
    _known: dict[bytes, Outcomes] = field(default_factory=dict)
    _bytes: int = 0
    _asked: int = 0
    _met: int = 0

    def look(self, data: Mapping[str, Any]) -> bytes:
        """What the rules see of a fact, as bytes; empty where that cannot be told, or looking does not pay."""
        if self._asked >= _TRIAL and self._met * _WORTH < self._asked:
            self._known.clear()
            return b""
        try:
            return marshal.dumps([at(data[name], path) for name, paths in self.views for path in paths], _PLAIN)
        except ValueError:  # a value that is no plain data, or nests too deep
            return b""

    def recall(self, look: bytes) -> Outcomes | None:
        """What was made of a fact that looks so, if there was one."""
        found = self._known.get(look)
        self._asked += 1
        self._met += found is not None
        return found

    def keep(self, look: bytes, outcomes: Outcomes) -> None:
        """Remembers what was made of a fact that looks so."""
        if look and self._bytes < _LARGEST:
            self._known[look] = outcomes
            self._bytes += len(look)


def at(value: Any, path: Steps) -> Any:
    """What stands at a path; where it ends early, in what and how far down, as no plain data."""
    for depth, step in enumerate(path):
        if type(value) is not dict:
            return (..., depth, value)
        value = value.get(step, ...)
        if value is ...:
            return (..., depth)
    return value


def views(rules: Iterable[Rule], variables: Iterable[str]) -> Views:
    """What these rules read of these variables to decide."""
    texts = [
        text
        for rule in rules
        for text in (rule.expression, rule.each, *(item.expression for item in rule.conditions))
        if text
    ]
    return tuple((name, _outermost({path for text in texts for path in _paths(text, name)})) for name in variables)


def _paths(text: str, variable: str) -> Iterable[Steps]:
    """The paths that start with a variable; the name of a function that is called on one is no step of it."""
    for found in _reads(variable).finditer(text):
        steps = tuple(_STEP.findall(found[1]))
        yield steps[:-1] if found[2] else steps


@lru_cache(maxsize=64)
def _reads(variable: str) -> re.Pattern[str]:
    """A variable, unless it surely is a field of something else, and the fields after it; and whether one is called."""
    return re.compile(rf"(?<![\w)\]]\.)(?<!\.\?)\b{variable}\b((?:\s*\.\s*\??\w+)*)(\s*\()?")


def _outermost(paths: set[Steps]) -> tuple[Steps, ...]:
    """The paths without those that lie below another one."""
    return tuple(sorted(path for path in paths if not any(path[:end] in paths for end in range(len(path)))))
