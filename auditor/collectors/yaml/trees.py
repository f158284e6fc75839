"""A document's text in, where a field stands in it out, told by a parser: for what `blocks` does not read."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml
from yaml._yaml import CParser

from auditor.collectors.yaml import scalars
from auditor.collectors.yaml.blocks import is_special
from auditor.collectors.yaml.documents import DEFAULT
from auditor.collectors.yaml.nodes import Node, Refused, compose

# JSON's escapes that YAML refuses (and the escaped backslash, to keep in step).
_JSON_ESCAPE: Final = re.compile(r"\\(?:\\|/|u[dD][89a-fA-F][0-9a-fA-F]{2})")


class Tree:
    """The fields of one text, parsed once; a broken one has none."""

    __slots__ = ("_plain", "_plain_tables", "_root", "_tables", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain = _plain_root(text)
        self._root = None if self._plain is not None else _root(text)
        self._plain_tables: dict[int, dict[str, tuple[Any, Any]]] = {}
        self._tables: dict[int, dict[str, tuple[Node, Node]]] = {}

    def find(self, path: Sequence[str | int]) -> int:
        """The index of the key or item at path, or of its nearest existing parent."""
        return self._index(path) if self._plain is None else self._plain_index(path)

    def _index(self, path: Sequence[str | int]) -> int:
        if self._root is None:
            return 0
        node, index = self._root, self._root.start
        for depth, step in enumerate(path):
            node = _content(node)
            if node.kind == "scalar":
                return self._inside(node.start, path[depth:], index)
            if node.kind == "mapping":
                entry = self._table(node).get(str(step))
                if entry is None:
                    break
                index, node = entry[0].start, entry[1]
            elif node.kind == "sequence" and isinstance(step, int) and 0 <= step < len(node.children):
                node = node.children[step]
                index = node.start
            else:
                break
        return index

    def _plain_index(self, path: Sequence[str | int]) -> int:
        node, index = self._plain, self._plain.start_mark.index
        for depth, step in enumerate(path):
            if isinstance(node, yaml.ScalarNode):
                return self._inside(node.start_mark.index, path[depth:], index)
            if isinstance(node, yaml.MappingNode):
                entry = self._plain_table(node).get(str(step))
                if entry is None:
                    break
                index, node = entry[0].start_mark.index, entry[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
                node = node.value[step]
                index = node.start_mark.index
            else:
                break
        return int(index)

    def _inside(self, start: int, path: Sequence[str | int], parent: int) -> int:
        """Where a field of a document stands that is itself the text of a literal block; `parent` if it is not."""
        block = _block(self._text, start)
        if block is None:
            return parent
        begins, text = block
        inner = Tree(text)
        content = inner._plain or inner._root
        if content is None or isinstance(content, yaml.ScalarNode) or (inner._root and inner._root.kind == "scalar"):
            return parent
        return begins + inner.find(path)

    def _plain_table(self, node: yaml.MappingNode) -> dict[str, tuple[Any, Any]]:
        known = self._plain_tables.get(id(node))
        if known is None:
            known = self._plain_tables[id(node)] = {
                scalars.key_name(key.value, plain=not key.style): (key, value)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode)
            }
        return known

    def _table(self, node: Node) -> dict[str, tuple[Node, Node]]:
        """Key and value nodes of a mapping by the key's name, merged ones included; the last one counts."""
        known = self._tables.get(id(node))
        if known is None:
            known = self._tables[id(node)] = {}  # set first: a mapping may merge itself
            for key, value in _entries(node):
                if key.text == "<<" and key.plain:
                    for part in reversed(value.children) if value.kind == "sequence" else [value]:
                        if _content(part).kind == "mapping":
                            known.update(self._table(_content(part)))
                else:
                    known[_name(_content(key))] = (key, value)
        return known


_HEADER: Final = re.compile(r"\|[-+0-9]{0,2}[ \t]*(?:#[^\n]*)?\n")


def _block(text: str, start: int) -> tuple[int, str] | None:
    """Where the content of a literal block begins, and its lines as they are indented: a document may be indented.

    None if there is no such block at `start`, or it holds several documents.
    """
    header = _HEADER.match(text, start)
    if header is None:
        return None
    end = header.end()
    lines: list[str] = []
    depth = -1
    for line in io.StringIO(text[end:], newline="\n"):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip():
            depth = indent if depth < 0 else depth
            if indent < depth or not depth:
                break
        lines.append(line)
    marks = [number for number, line in enumerate(lines) if line.strip() in ("---", "...")]
    if marks[1:] or any("".join(lines[:mark]).strip() for mark in marks):
        return None
    return end, "".join(line.replace("-", " ") if number in marks else line for number, line in enumerate(lines))


_FLOW: Final = re.compile(r"\s*[\[{]")


class _Parser(CParser):
    """libyaml's parser as a composer of nodes whose tags nobody looks at.

    It asks these three about every node: a function in C that takes anything and gives "" saves a third of its time.
    """

    resolve = descend_resolver = ascend_resolver = "".format


def _plain_root(text: str) -> Any:
    """libyaml's own tree, ten times as fast as ours; None where it may not be what the server reads."""
    if _FLOW.match(text) or is_special(text):
        return None
    try:
        return _Parser(text).get_single_node()
    except yaml.YAMLError:
        return None


def _root(text: str) -> Node | None:
    if text.lstrip()[:1] in ("{", "["):
        # The values do not matter here, the lengths do.
        text = _JSON_ESCAPE.sub(lambda found: found[0] if found[0] == "\\\\" else "x" * len(found[0]), text)
    try:
        return compose(text, DEFAULT.depth).root
    except Refused:
        return None


def _entries(node: Node) -> Iterator[tuple[Node, Node]]:
    return zip(node.children[::2], node.children[1::2], strict=True)


def _content(node: Node) -> Node:
    return node.target if node.kind == "alias" and node.target else node


def _name(key: Node) -> str:
    return scalars.key_name(key.text, plain=key.plain, tag=key.tag)
