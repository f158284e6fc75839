"""A fact and evidence paths in, the fields they name out: where each lies in the input and what stands there."""

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.model.facts import Fact, Subject
from auditor.model.refs import ObjectRef, Origin, Path

MOST = 8
"""So many fields does one evidence path show at most, where `[*]` names more."""


class EvidencePath(NamedTuple):
    """A parsed evidence path: the owner it is on (empty for the fact itself), and its steps, `*` for any item."""

    owner: str
    steps: tuple[str, ...]


class Seen(NamedTuple):
    """One field that evidence names: where it lies, and its value if it is there."""

    origin: Origin
    ref: ObjectRef
    path: Path
    value: Any
    present: bool


class EvidencePlan(NamedTuple):
    """The evidence of one rule: as written, and spread out to the fields that exist in the input."""

    written: tuple[EvidencePath, ...]
    sources: tuple[EvidencePath, ...]


_STEP = re.compile(r"\[([^\]]+)\]|([^.\[\]]+)")


def parse(text: str) -> tuple[str, ...]:
    """`env[*].valueFrom` in, `("env", "*", "valueFrom")` out; a key with dots stands in brackets."""
    return tuple(inner or plain for inner, plain in _STEP.findall(text))


def plan(texts: tuple[str, ...], subject: Subject, subjects: Mapping[str, Subject]) -> EvidencePlan:
    """Parsed evidence; derived fields are replaced by what they are derived from."""
    written: list[EvidencePath] = []
    sources: dict[EvidencePath, None] = {}
    for text in texts:
        path = _split_owner(text, subject, subjects)
        written.append(path)
        for source in _sources(path, subject, subjects, 0):
            sources[source] = None
    return EvidencePlan(tuple(written), tuple(sources))


def _split_owner(text: str, subject: Subject, subjects: Mapping[str, Subject]) -> EvidencePath:
    steps = parse(text)
    owner = next((name for name in subject.owners if subjects[name].variable == steps[0]), "")
    return EvidencePath(owner, steps[1:] if owner else steps)


def _sources(
    path: EvidencePath, subject: Subject, subjects: Mapping[str, Subject], depth: int
) -> Iterator[EvidencePath]:
    home = subjects[path.owner] if path.owner else subject
    for length in range(len(path.steps), 0, -1):
        known = home.fields.get(".".join(path.steps[:length]))
        if known is not None and known.sources and depth < 4:
            for text in known.sources:
                source = _split_owner(text, home, subjects)
                owned = EvidencePath(source.owner or path.owner, source.steps)
                yield from _sources(owned, subject, subjects, depth + 1)
            return
    yield path


def resolve(fact: Fact, path: EvidencePath) -> list[Seen]:
    """The fields that a path names on a fact; the path itself, as absent, where there are none."""
    owner, steps = path
    home = fact.owners[owner] if owner else fact
    if _is_plain(steps):
        return [_seen(home, steps, *_at(home.value, steps))]
    found = [_seen(home, at, value, True) for at, value in _walk(home.value, steps, ())]
    if not found:
        plain = tuple(itertools.takewhile(lambda step: not step.endswith("*"), steps))
        return [_seen(home, plain, None, False)]
    return found[:MOST]


@lru_cache(maxsize=4096)
def _is_plain(steps: tuple[str, ...]) -> bool:
    """Whether no step stands for several."""
    return not any(step.endswith("*") for step in steps)


def _at(node: Any, steps: tuple[str, ...]) -> tuple[Any, bool]:
    """What stands at a path of keys, and whether anything does."""
    for step in steps:
        if not isinstance(node, dict) or step not in node:
            return None, False
        node = node[step]
    return node, True


def _walk(node: Any, steps: tuple[str, ...], done: Path) -> Iterator[tuple[Path, Any]]:
    if not steps:
        yield done, node
        return
    first, rest = steps[0], steps[1:]
    if first == "*" and isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(item, rest, (*done, index))
    elif isinstance(node, dict):
        for key in _keys(node, first):
            yield from _walk(node[key], rest, (*done, key))


def _keys(node: dict[str, Any], step: str) -> list[str]:
    """The keys a step names: itself, or for one such as `example.com/*` all that begin so."""
    if step in node:
        return [step]
    return [key for key in node if key.startswith(step[:-1])] if step.endswith("*") and len(step) > 1 else []


def _seen(home: Fact, steps: Path, value: Any, present: bool) -> Seen:
    anchors, rest = home.anchors, steps
    if len(anchors) == 1:
        anchor = anchors[""]
    else:
        first, exact = key_words(steps[:2])
        if exact in anchors:
            anchor, rest = anchors[exact], ()
        elif f"{exact}?" in anchors:
            anchor, rest, present = anchors[f"{exact}?"], (), False
        elif f"{first}.*" in anchors:
            anchor, rest, present = anchors[f"{first}.*"], steps[1:2], False
        elif first in anchors:
            anchor, rest = anchors[first], steps[1:]
        else:
            anchor = anchors[""]
    return Seen(anchor.origin, anchor.ref, anchor.path + rest, value, present)


@lru_cache(maxsize=4096)
def key_words(steps: Path) -> tuple[str, str]:
    """The keys of a fact's `anchors` and `undecided` that a path falls under: its first word, and its first two."""
    words = [str(step) for step in steps[:2]]
    return (words[0] if words else ""), ".".join(words)


def item_paths(fact: Fact, path: EvidencePath, source: EvidencePath, items: list[Any]) -> list[tuple[Any, Seen]]:
    """Each offending item of a list with the field it stands for; equal items keep their order.

    `path` names the list that a rule's `each` filters, or the map of which it names keys. An item that carries an
    `index` (of a derived list) stands for that element of `source`, the list it was derived from.
    """
    home = fact.owners[path.owner] if path.owner else fact
    head, tail = _at_star(path.steps)
    rows = [value for _, value in _walk(home.value, head, ())]
    elements = rows[0] if rows and isinstance(rows[0], list) else []
    taken: set[int] = set()
    result: list[tuple[Any, Seen]] = []
    for item in items:
        if source != path and isinstance(item, dict) and isinstance(item.get("index"), int):
            result.append((item, _derived_from(fact, source, item)))
            continue
        if rows and isinstance(rows[0], dict) and isinstance(item, str) and item in rows[0]:
            result.append((item, _seen(home, (*head, item), rows[0][item], True)))
            continue
        index = next((i for i, element in enumerate(elements) if i not in taken and element == item), None)
        if index is None:
            result.append((item, _seen(home, head, item, bool(rows))))
            continue
        taken.add(index)
        deeper = next(iter(_walk(item, tail, ())), None) if tail else ((), item)
        steps, value = deeper if deeper else ((), item)
        result.append((item, _seen(home, (*head, index, *steps), value, True)))
    return result


def _derived_from(fact: Fact, source: EvidencePath, item: dict[str, Any]) -> Seen:
    """The element of the source list that an item of a derived list stands for, or what the source names inside it.

    Where the fact does not hold the list itself, the item speaks for the element.
    """
    home = fact.owners[source.owner] if source.owner else fact
    head, tail = _at_star(source.steps)
    elements = next((value for _, value in _walk(home.value, head, ())), None)
    index = item["index"]
    if not isinstance(elements, list) or index >= len(elements):
        return _seen(home, (*head, index), item, True)
    value = next((value for _, value in _walk(elements[index], tail, ())), None)
    return _seen(home, (*head, index, *tail), value, value is not None)


def _at_star(steps: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if "*" not in steps:
        return steps, ()
    at = steps.index("*")
    return steps[:at], steps[at + 1 :]


def overlaps(seen: Seen, origin: Origin, path: Path) -> bool:
    """Whether an unknown field is the seen one, contains it, or lies inside it."""
    shorter = min(len(seen.path), len(path))
    return seen.origin == origin and seen.path[:shorter] == path[:shorter]
