"""The bytes of a file of a dump in, the objects that it holds out, however they are wrapped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from auditor.collectors.yaml.documents import DEFAULT, Problem, read_documents
from auditor.collectors.yaml.json_text import JSONError, read_json
from auditor.collectors.yaml.lines import place
from auditor.collectors.yaml.text import Unreadable, decode_text
from auditor.model.refs import Path

_MOST_VALUES: Final = 16 << 20
"""In one file: a value takes a hundred bytes where its text has three. 20,000 pods have some six million."""
_NO_OBJECTS: Final = frozenset(("Table", "PartialObjectMetadata", "APIResourceList", "APIGroupList", "APIGroup"))
"""Kinds of answers of the API server that are no object, or only its head."""
_NESTED: Final = 8


class Hint(NamedTuple):
    """What is known of objects that do not say it themselves."""

    api_version: str = ""
    kind: str = ""


class Item(NamedTuple):
    """An object, what it is, and where in which document of the file it stands."""

    api_version: str
    kind: str
    manifest: dict[str, Any]
    document: int
    base: Path


@dataclass(slots=True)
class Found:
    """What a file holds."""

    items: list[Item] = field(default_factory=list)
    lists: set[Hint] = field(default_factory=set)
    """Of which API version and kind there are lists, whether or not anything is in them; empty where nobody says."""
    refused: list[str] = field(default_factory=list)
    """Why the server gave no list: the message of a Status."""
    problems: list[Problem] = field(default_factory=list)
    strange: int = 0
    """How many values are no objects."""


def objects(data: bytes, hint: Hint) -> Found:
    """All objects of a file in JSON or YAML. Raises `Unreadable`."""
    found = Found()
    for number, value in enumerate(values(data, found.problems)):
        _expand(found, value, hint, number, (), 0)
    return found


def values(data: bytes, problems: list[Problem]) -> Iterator[Any]:
    """The documents of a file, as far as they can be read. Raises `Unreadable`."""
    if sum(map(data.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise Unreadable(f"holds more than {_MOST_VALUES >> 20} million values")
    if not data.strip():
        raise Unreadable("is empty")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        yield from _other(decode_text(data), problems)
        return
    if _too_deep(value):
        raise Unreadable(f"is nested more than {DEFAULT.depth} levels deep")
    yield value


def _other(text: str, problems: list[Problem]) -> Iterator[Any]:
    """A stream of JSON values, or YAML: what does not begin as JSON does."""
    if text.lstrip()[:1] not in ("{", "["):
        for document in read_documents(text, DEFAULT._replace(document_bytes=DEFAULT.file_bytes)):
            problems += document.problems
            if not any(problem.fatal for problem in document.problems):
                yield document.value
        return
    position = 0
    try:
        while (found := read_json(text, position, DEFAULT.depth)) is not None:
            position = found.end
            if found.refused:
                problems.append(Problem("json-syntax", *place(text, 1, found.start), found.refused, True))
            else:
                yield found.value
    except JSONError as error:
        # What follows are logs, if kubectl cluster-info dump wrote to its output: they may hold anything.
        problems.append(
            Problem(error.code, *place(text, 1, error.index), f"{error.reason}; the rest is not read", True)
        )


def _too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEFAULT.depth):
        inner = (item for one in level for item in (one.values() if isinstance(one, dict) else one))
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _expand(found: Found, value: Any, hint: Hint, number: int, base: Path, depth: int) -> None:
    if isinstance(value, list):
        found.lists.add(hint)
        _each(found, value, hint, number, base, depth)
        return
    if not isinstance(value, dict):
        found.strange += 1
        return
    kind, version = _word(value, "kind"), _word(value, "apiVersion")
    items = value.get("items")
    if "items" in value and (items is None or isinstance(items, list)) and (kind.endswith("List") or not kind):
        inner = hint if kind in ("", "List") else Hint(version, kind.removesuffix("List"))
        found.lists.add(inner)
        _each(found, items or [], inner, number, (*base, "items"), depth)
        return
    if kind == "Status" and version in ("v1", ""):
        found.refused.append(_word(value, "message") or _word(value, "reason") or "the server gave no reason")
        return
    # A kind of its own brings its version along, or is the one that the hint means.
    version = version or (hint.api_version if kind in ("", hint.kind) else "")
    kind = kind or hint.kind
    if kind in _NO_OBJECTS or not kind or not version or not _named(value):
        found.strange += 1
    else:
        found.items.append(Item(version, kind, value, number, base))


def _each(found: Found, items: list[Any], hint: Hint, number: int, base: Path, depth: int) -> None:
    if depth >= _NESTED:
        found.strange += len(items)
        return
    for index, item in enumerate(items):
        _expand(found, item, hint, number, (*base, index), depth + 1)


def _named(value: dict[str, Any]) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and bool(_word(metadata, "name"))


def _word(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
