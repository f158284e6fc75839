"""The text of a plainly written document in, where a field stands in it out, told by indentation alone.

Most manifests are mappings and lists in block style, whose lines tell by their first words and their indentation what
lies where (YAML 1.2.2, sections 6.1 and 8.2; only what stands in quotes or brackets may go on in lines that are
indented less, in libyaml, whose yaml_parser_scan_flow_scalar does not look). Of the keys that a path leads through this
finds each as a text, where a parser reads all. Of a document or a field that is written in any other way it says None:
`positions` then asks a parser.
"""

import re
from functools import lru_cache
from typing import Final

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
_KEY: Final = re.compile(r"[^:\n]*+(?::(?=[^ \n])[^:\n]*+)*+:(?![^ \n])")
_WORD: Final = re.compile(r"[^\W\d_][^\s#]*")
_SEARCHES: Final = 200
"""How often a text is searched before a parser, which reads all of it once, would have been faster."""


class _Unsure(Exception):
    """What a path leads to may be written in another way."""


class _Block:
    """A mapping, or a list with its dashes: where it begins, and the line after it; what stands before an entry.

    What is neither has no entries, as a list without dashes. `fields` are those that were asked for, and may be None.
    """

    __slots__ = ("dashes", "end", "fields", "indent", "start")

    def __init__(self, start: int, end: int, indent: str, dashes: list[int] | None) -> None:
        self.start, self.end, self.indent, self.dashes = start, end, indent, dashes
        self.fields: dict[str | int, _Field | None] = {}


class _Field:
    """A key or item: where it begins, its value or the blank before that does, and that ends at the latest.

    Beside are the column of a key, -1 for an item, and what lies in it, once that is read.
    """

    __slots__ = ("column", "end", "index", "inner", "value")

    def __init__(self, index: int, value: int, end: int, column: int, inner: _Block | None = None) -> None:
        self.index, self.value, self.end, self.column, self.inner = index, value, end, column, inner


class Blocks:
    """The fields of one text, which has to be a valid YAML document: a broken one would be taken for something."""

    __slots__ = ("_left", "_root", "_text")

    def __init__(self, text: str) -> None:
        self._text = text = text.replace("\r\n", " \n")
        self._left = _SEARCHES * len(text)
        self._root: _Field | None = None
        first = _FIRST.match(text)
        if first and _is_plain(text):
            start, end = first.end(), len(text)
            self._root = _Field(start, start, end, -1, _read(text, start, end))

    def find(self, path: Path) -> int | None:
        """The index of the key or item at path, or of its nearest existing parent; None where that is not sure."""
        field = self._root
        if field is None:
            return None
        try:
            for step in path:
                block = field.inner = field.inner or _inside(self._text, field)
                if step not in block.fields:
                    block.fields[step] = self._field(block, step)
                found = block.fields[step]
                if found is None:
                    break
                field = found
        except _Unsure:
            return None
        return field.index

    def _field(self, block: _Block, step: str | int) -> _Field | None:
        """An entry of a mapping or list, None if there is none such."""
        text, dashes = self._text, block.dashes
        if dashes is not None:
            return _item(text, block, dashes, step) if type(step) is int and step < len(dashes) else None
        self._left -= block.end - block.start
        if self._left < 0 or type(step) is int or not _has_one_spelling(step):
            raise _Unsure
        key = f"{step}:"
        index = text.rfind(block.indent + key, block.start, block.end)  # of two, the last counts
        if index >= 0:
            index += len(block.indent)
        elif text.startswith(key, block.start):
            index = block.start
        else:
            return None
        value = index + len(key)
        if text[value : value + 1] not in " \n":
            raise _Unsure  # it is the beginning of a longer key
        return _Field(index, value, block.end, len(block.indent) - 1)


@lru_cache(4096)
def _has_one_spelling(key: str) -> bool:
    """Whether a key is written as it is called, and nothing else is: "true" and "16" may be called so."""
    return _WORD.fullmatch(key) is not None and key_name(key) == key and key not in ("true", "false")


def _item(text: str, block: _Block, dashes: list[int], number: int) -> _Field:
    """The item behind a dash."""
    index = dashes[number] + 1
    while text.startswith(" ", index):
        index += 1
    if text[index : index + 1] in "\n#":
        raise _Unsure  # it stands in a line below the dash, or nowhere
    end = dashes[number + 1] - len(block.indent) + 1 if number + 1 < len(dashes) else block.end
    return _Field(index, index, end, -1)


def is_special(text: str) -> bool:
    """Whether there may be an anchor, alias, tag, complex key, directive, merge key or byte order mark in a text."""
    return any(sign in text for sign in _SIGNS) and _SPECIAL.search(text) is not None


def _is_plain(text: str) -> bool:
    """Whether every line begins with keys, dashes or a comment, or is further indented than the key or dash it is of.

    The first line begins with a word or dash.
    """
    if is_special(text) or " :" in text or "\t" in text or "\r" in text or "\n---" in text or "\n..." in text:
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


def _inside(text: str, field: _Field) -> _Block:
    """What lies in the value of a field."""
    value, end = field.value, field.end
    if field.column < 0:
        return _read(text, value, end)
    following = _following(field.column).search(text, value, end)
    end = following.start() + 1 if following else end
    blank = _BLANK.match(text, value, end)
    start = blank.end() if blank else end
    if start == end:
        return _Block(start, end, "", [])
    if blank and blank.start(1) > value:
        return _read(text, start, end)
    # The value stands in the line of its key.
    if text[start] in _DEEPER and not text.startswith(("{}", "[]"), start):
        raise _Unsure
    return _Block(start, end, "", [])


def _read(text: str, start: int, end: int) -> _Block:
    """The mapping or list between two indices."""
    sign = text[start]
    if sign in _DEEPER:
        raise _Unsure
    column = start - text.rfind("\n", 0, start) - 1
    indent = "\n" + " " * column
    if sign == "-" and text[start + 1 : start + 2] in " \n":
        dashes = [start, *(found.end() - 1 for found in _dashes(column).finditer(text, start, end))]
        return _Block(start, end, indent, dashes)
    is_text = sign in _TEXT or _KEY.match(text, start, end) is None
    return _Block(start, end, indent, [] if is_text else None)


@lru_cache(256)
def _following(column: int) -> re.Pattern[str]:
    """The next key of a mapping, whatever lies in the one before being further indented."""
    return re.compile(rf"\n {{{column}}}(?![ \n#]|-[ \n])")


@lru_cache(256)
def _dashes(column: int) -> re.Pattern[str]:
    """The dashes of a list but the first, whatever lies in its items being further indented."""
    return re.compile(rf"\n {{{column}}}-(?![^ \n])")
