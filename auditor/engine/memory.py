"""Expressions in, what they read of facts out; and what rules made of an earlier fact of which they read the same.

Rules read little of a fact, so in a cluster most facts look like one that was judged before. What they read is told by
the texts of their expressions: each path that starts with a variable's name, or all of the variable where it stands
alone. That may be more than they read, and is never less.
"""

import marshal
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Steps = tuple[str, ...]
Views = Mapping[str, "Views"]
"""The variables that a batch reads, each with the fields below it that it reads; none of them is all of it."""


class Said(NamedTuple):
    """What the rules of a batch make of facts that look alike."""

    outcomes: bytes
    """One for each rule, in their order."""
    failed: Mapping[int, list[Any] | None]
    """Which of them failed, by number; of those that list offending items, these."""


_TRIAL: Final = 64
"""Facts after which a memory has to have paid."""
_WORTH: Final = 8
"""A memory pays if one fact in so many was met before."""
_LARGEST: Final = 4 << 20
"""Bytes of facts that are remembered; beyond them what is known is still looked up."""
_PLAIN: Final = 2
"""The newest format of `marshal` in which equal values have equal bytes, whoever else holds them."""
_PATH: Final = re.compile(r"(?<![\w)\]]\.)(?<!\.\?)(?<!['\"])\b(?!in\b)\w+(?:\s*\.\s*\??\w+)*(\s*\()?")
"""A name and the fields after it, and whether one is called; not what surely is a field of something else.

Nor what follows a quote: it is part of a text, since no expression has a name right behind one.
"""
_STEP: Final = re.compile(r"\w+")
_TEXT: Final = re.compile("'[^']*'")
_MORE_THAN_TEXTS: Final = ('"', "\\", "'''", "//")
"""With one of these in an expression, a quote may mean something else than where a text starts or ends."""


@dataclass(slots=True)
class Memory:
    """What a batch made of facts, by what it read of them."""

    _known: dict[bytes, Said] = field(default_factory=dict)
    _bytes: int = 0
    _asked: int = 0
    _met: int = 0

    def look(self, read: dict[str, Any]) -> bytes:
        """What the rules read of a fact, as bytes; empty where that cannot be told, or looking does not pay."""
        if self._asked >= _TRIAL and self._met * _WORTH < self._asked:
            self._known.clear()
            return b""
        try:
            return marshal.dumps(read, _PLAIN)
        except ValueError:  # a value that is no plain data, or nests too deep
            return b""

    def recall(self, look: bytes) -> Said | None:
        """What was made of a fact that looks so, if there was one."""
        found = self._known.get(look)
        self._asked += 1
        self._met += found is not None
        return found

    def keep(self, look: bytes, said: Said) -> None:
        """Remembers what was made of a fact that looks so."""
        if look and self._bytes < _LARGEST:
            self._known[look] = said
            self._bytes += len(look)


def narrowed(value: Any, views: Views) -> Any:
    """What stands at the paths of a view, and the maps that lead there; all of a value that is no map."""
    if not views or type(value) is not dict:
        return value
    return {
        step: narrowed(value[step], below) if below else value[step] for step, below in views.items() if step in value
    }


def reads(expressions: Iterable[str], variables: Iterable[str]) -> frozenset[Steps]:
    """The paths, from a variable on, that these expressions read of these variables."""
    text = ";".join(map(_without_texts, expressions))  # which is no part of one, so that none goes on in the next
    return frozenset(_paths(text, frozenset(variables)))


def views(paths: Collection[Steps]) -> Views:
    """What has to be looked at to see what stands at these paths."""
    tree: dict[str, Any] = {}
    for path in _outermost(paths):
        below = tree
        for step in path:
            below = below.setdefault(step, {})
    return tree


def _without_texts(expression: str) -> str:
    """An expression without the texts in it, whose words are no variables, where it is plain what they are."""
    return expression if any(mark in expression for mark in _MORE_THAN_TEXTS) else _TEXT.sub("''", expression)


def _paths(text: str, variables: Collection[str]) -> Iterator[Steps]:
    """The paths that start with a variable; the name of a function that is called on one is no step of it."""
    for found in _PATH.finditer(text):
        steps = tuple(_STEP.findall(found[0]))
        if steps[0] in variables:
            yield steps[:-1] if found[1] and len(steps) > 1 else steps


def _outermost(paths: Collection[Steps]) -> list[Steps]:
    """The paths without those that lie below another one."""
    return sorted(path for path in paths if not any(path[:end] in paths for end in range(len(path))))
