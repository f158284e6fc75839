"""A document's text in, its value out, read by ryaml where that provably reads as the API server does.

ryaml follows YAML 1.2, the server 1.1. What differs shows in the tree (a string that the server would take for a
boolean, a number or a merge key; a float; a key that is no string) or in the text (tags, directives, escapes).
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from ryaml import InvalidYamlError as InvalidYaml
from ryaml import loads

from auditor.collectors.yaml.scalars import MAX_INT64, WORDS, plain
from auditor.collectors.yaml.written import settle

__all__ = ["InvalidYaml", "agrees", "may_be_fast", "read_fast"]

_SUSPECTS: Final = frozenset(word for word in WORDS if word.lower() in ("y", "yes", "on", "n", "no", "off")) | {"<<"}
_LONGEST: Final = max(map(len, _SUSPECTS))
_NUMERIC: Final = frozenset("+-.0123456789")
# All of those sort before it: one comparison sets most strings aside.
_AFTER_NUMERIC: Final = ":"
# All of which no number has another, though spelt 0x1F, 0b1, 1_000.5e3 or -.inf: neither 10m nor 128Mi nor --flag.
_NUMERAL = re.compile(r"[-+.0-9a-fA-F_xXoOiInN]*")
# What ryaml would have made a number by itself; as a string it must have been quoted.
_QUOTED = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_TAG = re.compile(r"![!<]")  # a standard or verbatim one; others show as keys
# The start of a line that is a comment, or else text: of a block scalar, or of a quoted one that goes on behind it.
_COMMENT = re.compile(r"^ *#[^\n\r\x85\u2028\u2029\"']*", re.MULTILINE)
_DIRECTIVE = re.compile(r"%(?<=\n%)")
_MARK: Final = "\ufeff"
_FLOW_SIGNS = re.compile(r"[\[{\]}?]")
_LONGEST_FLOW: Final = 5000
_BEFORE_OPENER: Final = frozenset(" \t\n:-,?[{")
# libyaml's work grows with the square of the depth of flow collections, and ryaml parses all before it counts.
_MANY_BRACKETS: Final = 10_000
_MAX_NODES: Final = 400_000
_SURE_WHOLE: Final = 1 << 53
"""Whole floats below it have the digits of the integer; JSON of larger ones has the shortest that give the float."""


def may_be_fast(text: str) -> bool:
    """Whether the text holds nothing that ryaml reads otherwise without its tree showing it.

    That is tags, directives, an escape that the server refuses, and a mark that it takes for an ordinary character
    further on in the text. Each is looked for by its first character, at the speed of memory: most texts have none.
    """
    if "!" in text and _TAG.search(text) and _TAG.search(_COMMENT.sub("", text)):
        return False
    if "%" in text and (text.startswith("%") or _DIRECTIVE.search(text)):
        return False
    if _MARK in text or ("\\" in text and "\\/" in text):
        return False
    if len(text) > _MANY_BRACKETS and text.count("{") + text.count("[") > _MANY_BRACKETS:
        return False
    return "?" not in text or not _question_in_flow(text)


def _question_in_flow(text: str) -> bool:
    """Whether a question mark may stand in flow context, where the server always takes it for a key indicator."""
    for opener in "[{":
        at = text.find(opener)
        while at >= 0:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            opens = text[max(at - 1, 0)] in _BEFORE_OPENER and text[max(at - 2, 0)] in _BEFORE_OPENER
            if opens and ("?" in text[at:end] or _question_in_lines(text, at)):
                return True
            at = text.find(opener, end)
    return False


def _question_in_lines(text: str, at: int) -> bool:
    """The same for the bracket at `at` up to the one that seems to close it, quotes and comments not considered."""
    depth = 0
    for found in _FLOW_SIGNS.finditer(text, at, at + _LONGEST_FLOW):
        if found[0] == "?":
            return True
        depth += 1 if found[0] in "[{" else -1
        if not depth:
            return False
    return text.find("?", at + _LONGEST_FLOW) >= 0


def read_fast(text: str) -> Any:
    """What ryaml makes of one document; raises InvalidYaml, whose text tells the place, or ValueError."""
    return loads(text)


def agrees(tree: Any, text: str, depth: int) -> bool:  # noqa: C901 - a call for each value would cost a tenth of a scan
    """Whether the server would read the same tree from the text, at most `depth` levels deep, once its whole floats are
    the integers that the server makes of them, and its plain strings the booleans and numbers; they are replaced in it.

    Of a CustomResourceDefinition little but the head is ever judged, and in many repositories they are most of the
    bytes: what their `spec` holds is not looked at. A CA bundle that could be read otherwise is no base64 of PEM.
    """
    suspects: set[str] = set()
    copied = 0  # levels that are not the tree's own
    if type(tree) is dict and tree.get("kind") == "CustomResourceDefinition":
        tree = {key: value for key, value in tree.items() if key != "spec"}
        copied = 1
    level: list[Any] = [[tree]]
    levels = nodes = 0
    while level:
        deeper: list[Any] = []
        for collection in level:
            values = collection
            if type(collection) is dict:
                if not (_sure_keys.issuperset(collection) or _keys_agree(collection, suspects)):
                    return False
                values = collection.values()
            nodes += len(values)
            for value in values:
                kind = type(value)
                if kind is str:
                    if _suspect(value) if value < _AFTER_NUMERIC else len(value) <= _LONGEST and value in _SUSPECTS:
                        suspects.add(value)
                elif kind is dict or kind is list:
                    deeper.append(value)
                elif (
                    (kind is float or kind is int)
                    and not _number_agrees(value)
                    and (levels <= copied or not _make_whole(collection))
                ):
                    return False
        level = deeper
        levels += 1
    # More nodes than the text has room for come from aliases, which the server bounds.
    few = nodes < 1000 or (nodes < len(text) and nodes <= _MAX_NODES) or "*" not in text
    if levels > depth + 1 or not few:
        return False
    return not suspects or (not copied and settle(tree, suspects, text))


def _number_agrees(value: float) -> bool:
    """1.0 is to become an integer; infinities, NaN (whose remainder is NaN) and what exceeds 64 bits are refused."""
    return value % 1 > 0 if type(value) is float else value <= MAX_INT64


def _make_whole(collection: Any) -> bool:
    """Replaces whole floats, 1.0 by 1; False if a number is left that the server would read otherwise."""
    for key, value in collection.items() if type(collection) is dict else enumerate(collection):
        if (type(value) is float or type(value) is int) and not _number_agrees(value):
            if not -_SURE_WHOLE < value < _SURE_WHOLE:  # infinity and NaN as well
                return False
            collection[key] = int(value)
    return True


# The same few keys make up most of any input: those found to agree are not looked at again.
_sure_keys: set[str] = set()
_MAX_SURE_KEYS: Final = 20_000


def _keys_agree(keys: Iterable[Any], suspects: set[str]) -> bool:
    for key in keys:
        # ryaml gives a tag as the key of a mapping of one entry.
        if type(key) is not str or key.startswith("!"):
            return False
        if _suspect(key):
            suspects.add(key)
        elif len(key) < 64 and len(_sure_keys) < _MAX_SURE_KEYS:
            _sure_keys.add(key)
    return True


def _suspect(text: str) -> bool:
    """Whether a string that ryaml found might be none to the server: 0644, 1_000, yes or <<."""
    if text[:1] in _NUMERIC:
        return _NUMERAL.fullmatch(text) is not None and not _QUOTED.fullmatch(text) and type(plain(text)) is not str
    return text in _SUSPECTS
