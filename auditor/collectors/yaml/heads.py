"""A large CustomResourceDefinition's text in, its head out, once the rest is known to be well-formed YAML.

Of a definition nothing but `apiVersion`, `kind` and `metadata` is judged, and definitions are most of the bytes of many
repositories; one whose conversion webhook may have a CA bundle is read as a whole. rapidyaml tells whether the text is
well-formed at a quarter of the cost of building it. It is laxer than
the server about which sign may begin a plain scalar, about tabs and about what stands in flow collections: a text with
one of those outside a block scalar is read as a whole, by the readers that decide.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final, NamedTuple

from auditor.collectors.yaml import fast as yaml_fast
from auditor.collectors.yaml.text import forbidden_character

WORTH: Final = 16_384
"""Characters from which looking first is cheaper than building all of it."""
_KIND: Final = re.compile(r"^kind: *+CustomResourceDefinition *+$", re.MULTILINE)
_SPEC: Final = "\nspec:\n"
_ROOT: Final = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
_ODD: Final = bytes([*range(10), 11, 12, *range(14, 32), 127])  # control characters, and the tab
# Where a token may begin: in a line of its own, after a key, after a dash. Each expression begins with one rare
# character and never goes back, so that it runs at the speed of memory.
_TOKEN: Final = rb"(?:[\]}@`*&!%:?]|[\[{](?!\]\n|\}\n|WORDS)|[|>](?!2?[-+]?\n))"
_WORDS: Final = rb"[\w.-]++(?:, ?[\w.-]++)*+\]\n"
_DOUBTFUL: Final = (
    re.compile(rb"\n *+[\]}@`*&!%:?\[{|>]"),
    re.compile(rb": ++" + _TOKEN.replace(b"WORDS", _WORDS)),
    re.compile(rb"- ++" + _TOKEN.replace(b"|WORDS", b"")),
)
# What makes all deeper lines below it text: the start of a block scalar, or of a plain or quoted one that goes on.
_SLASH: Final = re.compile(rb"\\/")
_BLOCK_SCALAR: Final = re.compile(rb"(?:^|[:-]) ++[|>][-+0-9]*+ *+$")
_SCALAR: Final = re.compile(rb" *+(?:- ++)*+[\w./$-]++: ++[^\s\[{|>&*!#%@`\]}?:,-][^\n]*+$")


class Head(NamedTuple):
    """What was built of a definition, and SHA-256 in hex over the text of its spec."""

    value: dict[str, Any]
    rest: str


def read_head(text: str, depth: int) -> Head | None:
    """The head of a definition whose rest is surely well-formed; None for anything else, which says nothing of it."""
    start = text.find(_SPEC) + 1
    if not start or not _KIND.search(text) or ("conversion:" in text and "caBundle:" in text):
        return None
    data = text.encode("utf-8", "replace")
    if _has_odd_sign(text, data) or _is_doubtful(data):
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
    return Head(value, sha256(data[start:end]).hexdigest())


def _root_keys(data: bytes) -> list[str]:
    """The keys of the mapping that the text is, or none where it is no mapping or not well-formed."""
    import ryml  # 15 ms, for those who have definitions

    try:
        with _silence():
            tree = ryml.parse_in_arena(data.removeprefix(b"---\n"))
    except (ryml.ExceptionBasic, ryml.ExceptionParse, ryml.ExceptionVisit):
        return []
    root = tree.root_id()
    return [bytes(tree.key(child)).decode() for child in ryml.children(tree, root)] if tree.is_map(root) else []


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


def _has_odd_sign(text: str, data: bytes) -> bool:
    """Whether a character is there that no stream may hold, or a tab or escape that needs a closer look."""
    if _SLASH.search(data):
        return True
    if text.isascii():
        return len(data.translate(None, _ODD)) != len(data)
    return "\t" in text or "\ufeff" in text or forbidden_character(text) is not None


def _is_doubtful(data: bytes) -> bool:
    """Whether a sign that rapidyaml is lax about may be the start of a token, and not of a line of text."""
    return any(not _is_text(data, found.end()) for sign in _DOUBTFUL for found in sign.finditer(data))


def _is_text(data: bytes, at: int) -> bool:
    """Whether a line belongs to a scalar that begins further up: in the first line above that is less indented, or,
    for a block scalar, in any line above that is less indented than all between.
    """
    start = data.rfind(b"\n", 0, at) + 1
    indent = _indent(data, start)
    begins = start + indent == at - 1  # the sign is the first of its line
    while start > 0 and indent > 0:
        end = start - 1
        start = data.rfind(b"\n", 0, end) + 1
        if start == end or data[start:end].isspace():
            continue
        outer = _indent(data, start)
        if outer < indent:
            if _BLOCK_SCALAR.search(data, start, end) or (begins and _SCALAR.match(data, start, end)):
                return True
            indent, begins = outer, False
    return False


def _indent(data: bytes, start: int) -> int:
    end = start
    while data[end : end + 1] == b" ":
        end += 1
    return end - start
