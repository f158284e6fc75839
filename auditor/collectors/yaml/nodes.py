"""A document's text in, its tree of nodes with tags, anchors and positions out, parsed as go-yaml v2 parses it.

libyaml does the parsing: go-yaml v2 is a translation of it and differs from its version 0.2.5 in a few places, each
of which is dealt with below. Where libyaml refuses what go-yaml accepts, characters are replaced by stand-ins of the
same length, so that positions stay true, and put back in the values.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import yaml
from yaml._yaml import CParser, Mark

from auditor.collectors.yaml.text import forbidden_character

_BOM: Final = "\ufeff"
# Each repair parses the text anew: no more than a hundred, and no more than so many characters in all.
_MAX_REPAIRS: Final = 100
_MAX_REPAIRED: Final = 10_000_000
_MAX_NODES: Final = 3_000_000
_TAG = re.compile(r"(?:&[0-9A-Za-z_-]+[ \t]+)?(![^\s{}]*)")
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


class _StandIns(NamedTuple):
    """Characters that the text does not use: for one to be dropped, for a colon, and for a byte order mark."""

    dropped: str
    colon: str
    mark: str


class Node(NamedTuple):
    """One node as written: `text` of a scalar, `children` of a collection (key, value, key, ... in a mapping)."""

    kind: str
    start: int
    text: str = ""
    tag: str = ""
    plain: bool = False
    children: "list[Node]" = []  # noqa: RUF012  never shared: every collection is given its own
    target: "Node | None" = None


class Composed(NamedTuple):
    """The first document of a text (None if there is none), and where text begins that the server does not read."""

    root: Node | None
    ignored: int | None


class Refused(Exception):
    """A document that cannot be read: a problem's code, the reason, and the index of the character in the text."""

    def __init__(self, code: str, reason: str, index: int) -> None:
        self.code, self.reason, self.index = code, reason, index


class _Repair(Exception):
    """No error: the parse starts again with this text."""

    def __init__(self, text: str) -> None:
        self.text = text


def compose(text: str, depth: int) -> Composed:
    """The first document in text, nested at most depth levels; raises Refused."""
    at = forbidden_character(text)
    if at is not None:
        raise Refused("yaml-syntax", f"control character U+{ord(text[at]):04X}", at)
    if text.startswith(_BOM):
        raise Refused("yaml-syntax", "a second byte order mark, for which the API server drops other characters", 0)
    # Further on go-yaml takes a mark for an ordinary character.
    stand_ins = _stand_ins(text)
    put_back = str.maketrans({stand_ins.dropped: None, stand_ins.colon: ":", stand_ins.mark: _BOM})
    text = text.replace(_BOM, stand_ins.mark)
    for _ in range(min(_MAX_REPAIRS, 1 + _MAX_REPAIRED // (len(text) + 1))):
        try:
            try:
                return _compose(text, depth, put_back)
            except yaml.MarkedYAMLError as error:
                text = _repaired(text, error, stand_ins)
        except _Repair as repair:
            text = repair.text
    raise Refused("yaml-syntax", "too many places that only the API server accepts", 0)


def _stand_ins(text: str) -> _StandIns:
    unused = list(itertools.islice((sign for sign in map(chr, range(0xE000, 0xF900)) if sign not in text), 3))
    if len(unused) < 3:
        raise Refused("yaml-syntax", "uses all private characters there are", 0)
    return _StandIns(*unused)


def _repaired(text: str, error: yaml.MarkedYAMLError, stand_ins: _StandIns) -> str:
    """The text made readable where only libyaml refuses it; otherwise raises the error as Refused."""
    index = _index(error.problem_mark or error.context_mark)
    if error.problem == "found unknown escape character" and text[index : index + 2] == "\\'":
        return text[:index] + stand_ins.dropped + text[index + 1 :]
    if error.problem == "found unexpected ':'" and text[index : index + 1] == ":":
        return text[:index] + stand_ins.colon + text[index + 1 :]
    if error.context in ("while scanning a tag", "while parsing a tag"):
        _check_tag(text, _index(error.context_mark))
    raise Refused("yaml-syntax", _reason(error), min(index, len(text)))


def _reason(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.problem, error.context) if part) or "no valid YAML"


def _compose(text: str, depth: int, put_back: dict[int, str | None]) -> Composed:
    top: list[Node] = []
    open_nodes: list[Node] = []
    flow: list[bool] = []
    anchors: dict[str, Node] = {}
    parser = CParser(text)
    for event in _events(parser):
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(text, event, bool(flow and flow[-1]), put_back)
        elif isinstance(event, yaml.AliasEvent):
            node = _alias(event, anchors)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
            flow.pop()
            continue
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.tag and flow and flow[-1]:
                _check_tag(text, _start(event))
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            node = Node(kind, _start(event), children=[])
        else:
            continue
        (open_nodes[-1].children if open_nodes else top).append(node)
        if node.kind != "alias" and event.anchor:
            anchors[event.anchor] = node
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(node)
            flow.append(bool(event.flow_style))
            if len(open_nodes) > depth:
                raise Refused("nesting", f"nested more than {depth} levels deep", node.start)
    return Composed(top[0] if top else None, _ignored(parser))


def _events(parser: CParser) -> Iterator[yaml.Event]:
    """Events of the first document."""
    for count in itertools.count():
        event = parser.get_event()
        if event is None or isinstance(event, yaml.StreamEndEvent | yaml.DocumentEndEvent):
            return
        if count > _MAX_NODES:
            raise Refused("document-too-large", f"more than {_MAX_NODES} values", _start(event))
        if isinstance(event, yaml.DocumentStartEvent) and event.version and event.version != (1, 1):
            # go.yaml.in/yaml/v2 parserc.go, yaml_parser_process_directives
            raise Refused("yaml-syntax", "a %YAML directive other than 1.1", _start(event))
        yield event


def _ignored(parser: CParser) -> int | None:
    """Where a further document or rubbish begins after the first; the server stops at the end of that."""
    try:
        event = parser.get_event()
    except yaml.MarkedYAMLError as error:
        return _index(error.problem_mark)
    return None if event is None or isinstance(event, yaml.StreamEndEvent) else _start(event)


def _scalar(text: str, event: yaml.ScalarEvent, in_flow: bool, put_back: dict[int, str | None]) -> Node:
    index = _start(event)
    value = event.value
    if event.style == '"' and _ESCAPED_SLASH.search(text, index, _index(event.end_mark)):
        raise Refused("yaml-syntax", "found unknown escape character \\/", index)
    if in_flow and not event.style and "?" in value:
        # go-yaml takes every question mark in flow context for the key indicator
        raise Refused("yaml-syntax", "a plain scalar in flow context holds a question mark", index)
    if event.tag and in_flow:
        _check_tag(text, index)
    if not value.isascii():
        value = value.translate(put_back)
    return Node("scalar", index, value, event.tag or "", event.implicit[0])


def _start(event: yaml.Event) -> int:
    return _index(event.start_mark)


def _index(mark: Mark | yaml.Mark | None) -> int:
    return mark.index if mark else 0


def _check_tag(text: str, index: int) -> None:
    """go-yaml counts the flow indicators , [ ] among the characters of a tag, libyaml does not."""
    found = _TAG.match(text, index)
    if found and not found[1].startswith("!<") and re.search(r"[,\[\]]", found[1]):
        start, end = found.span(1)
        raise _Repair(text[:start] + re.sub(r"[,\[\]]", "-", found[1]) + text[end:])


def _alias(event: yaml.AliasEvent, anchors: dict[str, Node]) -> Node:
    name = event.anchor or ""
    if name not in anchors:
        raise Refused("yaml-syntax", f"unknown anchor '{name}'", _start(event))
    return Node("alias", _start(event), name, target=anchors[name])
