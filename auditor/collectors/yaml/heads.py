"""A large CustomResourceDefinition's text in, its head out, once the rest is known to be well-formed YAML.

Of a definition nothing but `apiVersion`, `kind` and `metadata` is judged, and definitions are most of the bytes of many
repositories; one whose conversion webhook has a CA bundle is read as a whole. rapidyaml tells whether the text is
well-formed at a quarter of the cost of building it. It is laxer than the server about which sign may begin a plain
scalar, about tabs and about what stands in flow collections: a text with one of those outside a block scalar is read as
a whole, by the readers that decide.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final, NamedTuple

from auditor.collectors.yaml import fast as yaml_fast
from auditor.collectors.yaml.text import forbidden_character

_KIND: Final = re.compile(r"^kind: *+CustomResourceDefinition *+$", re.MULTILINE)
_SPEC: Final = "\nspec:\n"
_ROOT: Final = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
# Every text is looked at as a second one, of the same length, where signs of one sort are one sign: control characters
# and the tab a NUL, signs to doubt at the start of a token "!". Expressions that start with one sign are the fastest.
_SORTS: Final = bytes.maketrans(
    bytes([*range(10), 11, 12, *range(14, 32), 127]) + b"]}@`*&!%:?[{|>", bytes(31) + b"!" * 14
)
# Where a token may begin: in a line of its own, after a key, after a dash.
_DOUBTFUL: Final = re.compile(rb"!(?<=[ \n]!)(?<![^\n !-] !)")
_BLOCKS: Final = (b": |-\n", b": |\n", b": >-\n")  # nearly all that is found, and surely block scalars
_SURE_ITEM: Final = re.compile(rb"(?:\[\]|\{\}|[|>]2?[-+]?)\n")
_SURE_VALUE: Final = re.compile(rb"(?:\[(?:[\w.-]++(?:, ?[\w.-]++)*+)?\]|\{\}|[|>]2?[-+]?)\n")
_ASCII: Final = bytes(range(128))
_BUNDLE: Final = (b"spec", b"conversion", b"webhook", b"clientConfig", b"caBundle")
_NODE: Final = 40
"""Characters of a definition for each node of its tree, or fewer: a tree that has to grow is copied."""
# What makes all deeper lines below it text: the start of a block scalar, or of a plain or quoted one that goes on.
_BLOCK_SCALAR: Final = re.compile(rb"(?:^|[:-]) ++[|>][-+0-9]*+ *+$")
_SCALAR: Final = re.compile(rb" *+(?:- ++)*+[\w./$-]++: ++[^\s\[{|>&*!#%@`\]}?:,-][^\n]*+$")


class Head(NamedTuple):
    """What was built of a definition, and SHA-256 in hex over the text of its spec."""

    value: dict[str, Any]
    rest: str


def read_head(text: str, depth: int) -> Head | None:
    """The head of a definition whose rest is surely well-formed; None for anything else, which says nothing of it."""
    start = text.find(_SPEC) + 1
    if not start or not _KIND.search(text):
        return None
    data = text.encode("utf-8", "surrogatepass")
    if _is_unusual(text, data):
        return None
    keys = _root_keys(data)
    if not keys or not _ROOT.issuperset(keys) or len(keys) != len(set(keys)) or keys[-1] not in ("spec", "status"):
        return None
    end = text.rfind("\nstatus:") + 1 if keys[-1] == "status" else len(text)
    head = text[:start] + text[end:]
    try:
        value = yaml_fast.read_fast(head) if yaml_fast.may_be_fast(head) else None
    except ValueError:
        return None
    if not isinstance(value, dict) or [*value] != [key for key in keys if key != "spec"]:
        return None
    if value["kind"] != "CustomResourceDefinition" or not yaml_fast.agrees(value, head, depth):
        return None
    # A letter beyond ASCII is several bytes: places in the text are none in the data.
    first, last = data.find(_SPEC.encode()) + 1, data.rfind(b"\nstatus:") + 1 if end < len(text) else len(data)
    return Head(value, sha256(memoryview(data)[first:last]).hexdigest())


def _root_keys(data: bytes) -> list[str]:
    """The keys of the mapping that the text is, or none where it is no mapping, not well-formed, or has a CA bundle."""
    import ryml  # 15 ms, for those who have definitions

    buffer, tree = bytearray(data.removeprefix(b"---\n")), ryml.Tree()  # the tree points into the buffer
    tree.reserve(len(buffer) // _NODE)
    try:
        with _silence():
            ryml.parse_in_place(buffer, tree)
    except (ryml.ExceptionBasic, ryml.ExceptionParse, ryml.ExceptionVisit):
        return []
    root = tree.root_id()
    return [] if _leads_somewhere(tree, root, _BUNDLE) else [key.decode() for key, _ in _entries(tree, root)]


def _leads_somewhere(tree: Any, node: int, path: tuple[bytes, ...]) -> bool:
    """Whether something may lie at a path below a node: also where a key stands twice, or something is merged."""
    return not path or any(
        key == b"<<" or (key == path[0] and _leads_somewhere(tree, child, path[1:]))
        for key, child in _entries(tree, node)
    )


def _entries(tree: Any, node: int) -> Iterator[tuple[bytes, int]]:
    """Keys and values of a node, if it is a mapping."""
    import ryml

    if tree.is_map(node):
        for child in ryml.children(tree, node):
            yield bytes(tree.key(child)), child


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps standard error from what rapidyaml prints there, in C, of a text that it refuses."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _is_unusual(text: str, data: bytes) -> bool:
    """Whether there is anything that rapidyaml may read otherwise than the server does, or refuse."""
    sorts = data.translate(_SORTS)
    return _has_odd_sign(text, data, sorts) or _is_doubtful(data, sorts)


def _has_odd_sign(text: str, data: bytes, sorts: bytes) -> bool:
    """Whether a character is there that no stream may hold, or a tab or escape that needs a closer look."""
    if b"\0" in sorts or _holds(data, b"\\", b"/"):
        return True
    beyond = "" if text.isascii() else data.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return "\ufeff" in beyond or forbidden_character(beyond) is not None


def _holds(data: bytes, sign: bytes, rest: bytes) -> bool:
    """Whether a rare sign has the rest behind it somewhere; nothing finds a single sign as fast as `find`."""
    at = data.find(sign)
    while at >= 0:
        if data.startswith(rest, at + 1):
            return True
        at = data.find(sign, at + 1)
    return False


def _is_doubtful(data: bytes, sorts: bytes) -> bool:
    """Whether a sign that rapidyaml is lax about may be the start of a token, and not of a line of text."""
    for found in _DOUBTFUL.finditer(sorts):
        at = found.start()
        if not data.startswith(_BLOCKS, at - 2) and _may_begin_token(data, at) and not _is_text(data, at + 1):
            return True
    return False


def _may_begin_token(data: bytes, at: int) -> bool:
    """Whether the sign is the first of its line, or follows a key or a dash and is not surely what it seems."""
    start = at
    while data[start - 1 : start] == b" ":
        start -= 1
    lead = data[start - 1 : start]
    if lead == b":":
        return not _SURE_VALUE.match(data, at)
    if lead == b"-":
        return not _SURE_ITEM.match(data, at)
    return lead == b"\n"


def _is_text(data: bytes, at: int) -> bool:
    """Whether a line belongs to a scalar that begins further up: in the first line above that is less indented, or,
    for a block scalar, in any line above that is less indented than all between.
    """
    start = data.rfind(b"\n", 0, at) + 1
    indent = _indent(data[start:at])
    begins = start + indent == at - 1  # the sign is the first of its line
    while start > 0 and indent > 0:
        end = start - 1
        start = data.rfind(b"\n", 0, end) + 1
        line = data[start:end]
        outer = _indent(line)
        if outer < indent and line and not line.isspace():
            if _BLOCK_SCALAR.search(data, start, end) or (begins and _SCALAR.match(data, start, end)):
                return True
            indent, begins = outer, False
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" "))
