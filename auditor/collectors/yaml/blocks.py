"""The text of a plainly written document in, where a field stands in it out, told by indentation alone.

Most manifests are mappings and lists in block style, whose lines tell by their first words and their indentation what
lies where (YAML 1.2.2, sections 6.1 and 8.2; only what stands in quotes or brackets may go on in lines that are
indented less, in libyaml, whose yaml_parser_scan_flow_scalar does not look). This reads only the lines that a path
leads past, where a parser reads all. Of a document or a field that is written in any other way it says None:
`positions` then asks a parser.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from auditor.collectors.yaml.scalars import key_name
from auditor.model.refs import Path

# What may begin an anchor, alias, tag or complex key, being no further word in a line; a directive, merge key or mark.
_SPECIAL: Final = re.compile(
    r"""[*&!?](?<![^\s,\[{:?].)(?<![\w#][ ].)(?:(?<=[*&])[\w-]|(?<=!)|(?<=\?)\s)
    |%(?<=^.)|<<["']?\s*:|\ufeff""",
    re.MULTILINE | re.VERBOSE,
)
_SIGNS: Final = ("*", "&", "!", "?", "%", "<", "\ufeff")
_LINE_ENDS: Final = frozenset("\x85\u2028\u2029")  # of YAML, beside the line feed and the carriage return
_FIRST: Final = re.compile(r"(?:--- *\n)?(?: *(?:#.*)?\n)*(?=[A-Za-z]|- )")
# A quote or bracket after a space, and as a group what it opens, if that ends in the same line as the last thing there.
_OPENER: Final = re.compile(
    r"""["'\[{](?<=[ \n].)(?:
    ((?<=")(?:[^"\\\n]|\\.)*+" | (?<=')(?:[^'\n]|'')*+'
    | (?<=[\[{])(?:[^"'\[\]{}\n\#]|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')*+[\]}])
    \ *+(?:\#.*|$))?+""",
    re.MULTILINE | re.VERBOSE,
)
_DEEPER: Final = frozenset("[{|")  # what a path may lead into and this does not read
_TEXT: Final = frozenset("\"'>")
_BLANK: Final = re.compile(r"(?: *(?:#.*)?\n)*( *)")
_KEY: Final = r"([^:\n]*+(?::(?=[^ \n])[^:\n]*+)*+):(?![^ \n])"
_DASH: Final = r"(-)(?![^ \n]) *"
_FIRST_KEY, _FIRST_DASH = re.compile(_KEY), re.compile(_DASH)


class _Block(NamedTuple):
    """A mapping or list: the column of its entries, their numbers by key, they, and where the line after it begins.

    The first group of an entry is its key or dash, and its value, or the blank before that, begins where it ends.
    """

    column: int
    numbers: dict[str | int, int]
    entries: list[re.Match[str]]
    end: int
    is_list: bool


_NOTHING: Final = _Block(0, {}, [], 0, is_list=False)


class Blocks:
    """The fields of one text, which has to be a valid YAML document: a broken one would be taken for something."""

    __slots__ = ("_blocks", "_start", "_text")

    def __init__(self, text: str) -> None:
        self._text = text = text.replace("\r\n", " \n")
        first = _FIRST.match(text)
        self._start = first.end() if first else 0
        root = _read(text, self._start, len(text), 0) if first and _is_plain(text) else None
        self._blocks: dict[Path, _Block | None] = {(): root}

    def find(self, path: Path) -> int | None:
        """The index of the key or item at path, or of its nearest existing parent; None where that is not sure."""
        while path:
            block = self._block(path[:-1])
            if block is None:
                return None
            number = block.numbers.get(path[-1])
            if number is not None:
                entry = block.entries[number]
                return entry.end() if block.is_list else entry.start(1)
            if type(path[-1]) is int and block.entries and not block.is_list:
                return None  # it may be the name of a key
            path = path[:-1]
        return self._start if self._blocks[()] else None

    def _block(self, path: Path) -> _Block | None:
        """The mapping or list at path, nothing if there is none."""
        if path in self._blocks:
            return self._blocks[path]
        block = self._block(path[:-1])
        if block is not None:
            number = block.numbers.get(path[-1])
            block = _inside(self._text, block, number) if number is not None else _NOTHING
        self._blocks[path] = block
        return block


def is_special(text: str) -> bool:
    """Whether there may be an anchor, alias, tag, complex key, directive, merge key or byte order mark in a text."""
    return any(sign in text for sign in _SIGNS) and _SPECIAL.search(text) is not None


def _is_plain(text: str) -> bool:
    """Whether every line begins with keys, dashes or a comment, or is further indented than the key or dash it is of.

    The first line begins with a word or dash.
    """
    if is_special(text) or "\t" in text or "\r" in text or "\n---" in text or "\n..." in text:
        return False
    if not (text.isascii() or _LINE_ENDS.isdisjoint(text)):
        return False
    return all(found[1] or not _begins_value(text, found.start()) for found in _OPENER.finditer(text))


def _begins_value(text: str, index: int) -> bool:
    """Whether what stands at an index, after a space, may begin a key or value and not just a further word of one."""
    before = index - 1
    while text[before] == " ":
        before -= 1
    return text[before] in "\n:-"


def _inside(text: str, block: _Block, number: int) -> _Block | None:
    """What lies in the value of an entry."""
    entry = block.entries[number]
    value = entry.end()
    end = block.entries[number + 1].start() + 1 if number + 1 < len(block.entries) else block.end
    if block.is_list:
        return _read(text, value, end, block.column + value - entry.start(1))
    blank = _BLANK.match(text, value, end)
    start = blank.end() if blank else end
    if start == end:
        return _NOTHING
    if blank and blank.start(1) > value:
        return _read(text, start, end, len(blank[1]))
    # The value stands in the line of its key.
    return None if text[start] in _DEEPER and not text.startswith(("{}", "[]"), start) else _NOTHING


def _read(text: str, start: int, end: int, column: int) -> _Block | None:
    """The mapping or list between two indices, nothing if that is a text; None if it is another style's."""
    sign = text[start]
    if sign in _DEEPER:
        return None
    is_list = sign == "-" and text[start + 1 : start + 2] in " \n"
    first = (_FIRST_DASH if is_list else _FIRST_KEY).match(text, start, end)
    if first is None or sign in _TEXT:
        return _NOTHING
    found = [first, *_entries(column, is_list=is_list).finditer(text, start, end)]
    if not is_list:
        return _Block(column, {_name(entry[1]): number for number, entry in enumerate(found)}, found, end, is_list)
    if any(text[entry.end() : entry.end() + 1] in "\n#" for entry in found):
        return None  # the item stands in a line below its dash, or nowhere
    return _Block(column, {number: number for number in range(len(found))}, found, end, is_list)


@lru_cache(256)
def _entries(column: int, *, is_list: bool) -> re.Pattern[str]:
    """All entries of a mapping or list but the first, whatever lies in them being further indented."""
    return re.compile(rf"\n {{{column}}}" + (_DASH if is_list else rf"(?![ \n#]|-[ \n]){_KEY}"))


@lru_cache(4096)
def _name(key: str) -> str:
    return key_name(key.rstrip(" "))
