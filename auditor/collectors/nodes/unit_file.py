"""The text of a systemd unit or of a drop-in to one in, what it says about starting the service out.

The grammar is config_parse in src/shared/conf-parser.c of systemd (man systemd.syntax); what `ExecStart=` means is
config_parse_exec in src/core/load-fragment.c (man systemd.service, COMMAND LINES).
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.collectors.nodes.text_files import TextFile
from auditor.kube.systemd import WHITESPACE, Unbalanced, split_line
from auditor.kube.withheld import shown_variable, shown_words
from auditor.model.refs import Path

_COMMENTS = "#;"
WORDS = ("ExecStart", "Environment", "PassEnvironment", "UnsetEnvironment")
"""Keys whose values are words; each may stand several times, and an empty value takes back all before it."""
TEXTS = ("EnvironmentFile", "Type", "User", "RootDirectory", "RootImage")
_SECTION = "Service"


class _Line(NamedTuple):
    """One line after continuations are joined, and for parts of it where they stand in the text."""

    text: str
    offsets: list[int]
    indexes: list[int]

    def place(self, at: int) -> int:
        part = bisect_right(self.offsets, at) - 1
        return self.indexes[part] + at - self.offsets[part]


def read_unit(text: str) -> TextFile | None:
    """The `[Service]` section of a unit, None if it has none.

    `ExecStart` is a list of commands, each a list of words; `Environment` and the like are lists of lists of words; an
    empty list is the empty assignment. A line that systemd ignores, such as one with a quotation that does not end, is
    left out. Words that look like credentials are withheld.
    """
    manifest: dict[str, list[Any]] = {}
    places: dict[Path, int] = {}
    secrets: list[str] = []
    section, found = "", False
    for line in _lines(text):
        start, end = _stripped(line.text, 0, len(line.text))
        if start == end or line.text[start] in _COMMENTS:
            continue
        if line.text[start] == "[":
            section = line.text[start:end].strip("[]")
            if section == _SECTION and not found:
                found = True
                places[(_SECTION,)] = line.place(start)
            continue
        equals = line.text.find("=", start, end)
        if section != _SECTION or equals < 0:
            continue
        key = line.text[start:equals].rstrip(WHITESPACE)
        value_start, value_end = _stripped(line.text, equals + 1, end)
        if key in WORDS:
            _add_words(key, line, value_start, value_end, manifest, places, secrets)
        elif key in TEXTS:
            entries = manifest.setdefault(key, [])
            places.setdefault((_SECTION, key), line.place(start))
            places[_SECTION, key, len(entries)] = line.place(start)
            entries.append(line.text[value_start:value_end])
    return TextFile({_SECTION: manifest}, places, tuple(secrets)) if found else None


def _add_words(
    key: str,
    line: _Line,
    start: int,
    end: int,
    manifest: dict[str, list[Any]],
    places: dict[Path, int],
    secrets: list[str],
) -> None:
    """Adds a value's words; a list for each command of `ExecStart`, of which there may be several with `;` between."""
    try:
        tokens = split_line(line.text[start:end])
    except Unbalanced:
        return
    entries = manifest.setdefault(key, [])
    places.setdefault((_SECTION, key), line.place(_stripped(line.text, 0, end)[0]))
    texts = [token.text for token in tokens]
    shown = [_assignment(text) for text in texts] if key == "Environment" else shown_words(texts)
    words: list[str] = []
    places[_SECTION, key, len(entries)] = line.place(_stripped(line.text, 0, end)[0])
    for token, text in zip(tokens, shown, strict=True):
        raw = line.text[start + token.start : start + token.end]
        if key == "ExecStart" and raw == ";" and words:
            entries.append(words)
            words = []
            places[_SECTION, key, len(entries)] = line.place(start + token.end)
            continue
        if text != token.text:
            secrets += raw.partition("=")[2].split() or raw.split()
        places[_SECTION, key, len(entries), len(words)] = line.place(start + token.start)
        words.append(";" if key == "ExecStart" and raw == "\\;" else text)
    entries.append(words)


def _assignment(text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{name}={shown_variable(name, value)}" if equals else text


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in WHITESPACE:
        start += 1
    while end > start and text[end - 1] in WHITESPACE:
        end -= 1
    return start, end


def _lines(text: str) -> Iterator[_Line]:
    """Lines without comments, joined where a backslash ends one; comments in between do not end the joining."""
    parts: list[str] = []
    offsets: list[int] = []
    indexes: list[int] = []
    length = at = 0
    while at < len(text):
        after = text.find("\n", at)
        after = len(text) if after < 0 else after
        start = at
        while start < after and text[start] in WHITESPACE:
            start += 1
        piece, at = text[start:after], after + 1
        if piece[:1] and piece[0] in _COMMENTS:
            continue
        goes_on = _escaped_end(piece)
        parts.append(f"{piece[:-1]} " if goes_on else piece)
        offsets.append(length)
        indexes.append(start)
        length += len(piece)
        if not goes_on:
            yield _Line("".join(parts), offsets, indexes)
            parts, offsets, indexes, length = [], [], [], 0
    if parts:
        yield _Line("".join(parts), offsets, indexes)


def _escaped_end(piece: str) -> bool:
    """Whether an odd number of backslashes ends a line."""
    return (len(piece) - len(piece.rstrip("\\"))) % 2 == 1
