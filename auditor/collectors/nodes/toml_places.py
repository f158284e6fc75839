"""The text of a TOML file in, what it holds and where its tables and keys begin out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from auditor.collectors.nodes.text_files import Broken
from auditor.model.refs import Path

LONGEST: Final = 64 << 10
"""Characters of a file that are read."""
_MOST_DOTS: Final = 200
"""Dots in a line: tomllib takes time that grows with the square of a key's parts."""

_HEADER: Final = re.compile(r"[ \t]*(\[\[?)([^\n]{1,1000}?)\]\]?[ \t]*(?:#.*)?\r?$")
_KEY: Final = re.compile(r"[ \t]*([A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*=")


class Toml(NamedTuple):
    """A document, and the index in its text at which each table and key that has a line of its own begins."""

    value: Mapping[str, Any]
    places: Mapping[Path, int]

    def place(self, path: Path) -> int:
        """Where a path begins, or else its nearest parent."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, 0)


def read_toml(text: str) -> Toml:
    """A TOML document with positions; raises `Broken`."""
    import tomllib

    if len(text) > LONGEST:
        raise Broken(f"larger than {LONGEST >> 10} KiB")
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise Broken("a line has too many dots")
    try:
        value = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise Broken(str(error)) from error
    except RecursionError as error:
        raise Broken("it nests too deep") from error
    return Toml(value, dict(reversed(list(_places(text)))))


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """Lines that begin a table or a key. A text of several lines may hold some that only look so: the first counts."""
    table: Path = ()
    numbers: dict[Path, int] = {}
    at = 0
    for line in text.split("\n"):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            table = _path(header[2], numbers, listed=header[1] == "[[")
            yield table, at + header.start(1)
        elif key:
            yield (*table, key[1].strip("\"'")), at + key.start(1)
        at += len(line) + 1


def _path(text: str, numbers: dict[Path, int], *, listed: bool) -> Path:
    """The path of a table by its header; of a list of tables with the number of the one at hand."""
    import tomllib

    try:
        node: Any = tomllib.loads(f"[{text}]")
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    path: Path = ()
    names: Path = ()
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        names, path = (*names, name), (*path, name)
        if listed and not node:
            numbers[names] = numbers.get(names, -1) + 1
        if names in numbers:
            path = (*path, numbers[names])
    return path
