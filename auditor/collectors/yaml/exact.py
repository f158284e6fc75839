"""A document's text in, its value and problems out, exactly as the API server reads it (the slow path).

Source: go.yaml.in/yaml/v2 decode.go through sigs.k8s.io/yaml v1.6.0 YAMLToJSON, which every API server and kubectl use.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from auditor.collectors.yaml import scalars
from auditor.collectors.yaml.nodes import Node, Refused, compose

# decode.go, allowedAliasRatio: the share of decoding that aliases may cause, by how much has been decoded.
_RATIO_LOW: Final = 400_000
_RATIO_HIGH: Final = 4_000_000


_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
# Keys set so far, as go-yaml compares them (1 and "1" differ), and whether a merge set them.
_Seen = dict[tuple[type, Any], bool]


_REASONS: Final = {
    "duplicate-key": 'key "{}" stands twice, the last one counts',
    "ambiguous-key": 'several keys become "{}", and which one counts is left to chance',
    "merge-override": 'key "{}" is replaced by the merge key after it',
    "merge-default": "",
}


class Duplicate(NamedTuple):
    """A key that its mapping already has, and where it stands.

    Strict validation refuses all of them but ambiguous-key. A merge-default, where a key replaces one that was merged
    before it, is what merge keys are for.
    """

    code: str
    key: str
    start: int

    @property
    def reason(self) -> str:
        """What is wrong, in words; empty if nothing is."""
        return _REASONS[self.code].format(self.key)


class Reading(NamedTuple):
    """What the server reads: the value of the first document, its duplicate keys, and where ignored text begins."""

    value: Any
    duplicates: tuple[Duplicate, ...]
    ignored: int | None


def read_exact(text: str, depth: int) -> Reading:
    """Reads the first document in text, nested at most depth levels; raises Refused where the server would."""
    composed = compose(text, depth)
    if composed.root is None:
        return Reading(None, (), composed.ignored)
    construction = _Construction(depth)
    value = construction.value(composed.root, 0)
    return Reading(value, tuple(construction.duplicates), composed.ignored)


class _Construction:
    """One run of the decoder: its counters against alias bombs, and what it found."""

    __slots__ = ("aliased", "decoded", "depth", "duplicates", "open_aliases")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.duplicates: list[Duplicate] = []
        self.decoded = self.aliased = 0
        self.open_aliases: set[int] = set()

    def value(self, node: Node, level: int) -> Any:
        """The JSON value of a node that lies inside `level` collections."""
        self._count(node)
        if node.kind == "scalar":
            return _checked(scalars.as_json, _resolved(node), node.start)
        if node.kind == "alias":
            return self._through(node, lambda target: self.value(target, level))
        if level >= self.depth:
            raise Refused("nesting", f"nested more than {self.depth} levels deep", node.start)
        if node.kind == "sequence":
            return [self.value(child, level + 1) for child in node.children]
        into: dict[str, Any] = {}
        self._fill(node, into, {}, level, merged=False)
        return into

    def _count(self, node: Node) -> None:
        self.decoded += 1
        self.aliased += bool(self.open_aliases)
        if self.aliased > 100 and self.decoded > 1000 and self.aliased / self.decoded > _allowed(self.decoded):
            raise Refused("alias-bomb", "aliases make up too much of the document", node.start)

    def _through(self, alias: Node, read: Callable[[Node], Any]) -> Any:
        if alias.start in self.open_aliases or alias.target is None:
            raise Refused("yaml-syntax", f"anchor '{alias.text}' contains itself", alias.start)
        self.open_aliases.add(alias.start)
        try:
            return read(alias.target)
        finally:
            self.open_aliases.discard(alias.start)

    def _fill(self, node: Node, into: dict[str, Any], seen: _Seen, level: int, merged: bool) -> None:
        """Sets the entries of a mapping node: its own, or (merged) those it gives to another."""
        for key, value in zip(node.children[::2], node.children[1::2], strict=True):
            if _is_merge(key):
                self._merge(value, into, seen, level)
                continue
            typed_key, name = self._key(key)
            item = self.value(value, level + 1)
            if typed_key in seen:
                self.duplicates.append(Duplicate(_code(merged, seen[typed_key]), name, key.start))
            elif name in into:
                self.duplicates.append(Duplicate("ambiguous-key", name, key.start))
            seen[typed_key] = merged
            into[name] = item

    def _key(self, node: Node) -> tuple[tuple[type, Any], str]:
        content = _content(node)
        if content.kind != "scalar":
            raise Refused("yaml-syntax", "a list or a mapping cannot be a mapping key", node.start)
        self._count(node)
        value = _resolved(content)
        return (type(value), value), _checked(scalars.as_key, value, node.start)

    def _merge(self, node: Node, into: dict[str, Any], seen: _Seen, level: int) -> None:
        """Merge keys as go-yaml v2 has them: what stands later wins, be it merged or written out."""
        if level >= self.depth:
            raise Refused("nesting", f"merged through more than {self.depth} levels", node.start)
        # Of a list of mappings the earlier take precedence, so they are merged last.
        for part in node.children[::-1] if node.kind == "sequence" else [node]:
            if _content(part).kind != "mapping":
                raise Refused(
                    "yaml-syntax",
                    "a merge key needs a mapping or a list of mappings",
                    part.start,
                )
            self._count(part)
            if part.kind == "alias":
                self._through(
                    part,
                    lambda target: self._fill(target, into, seen, level + 1, merged=True),
                )
            else:
                self._fill(part, into, seen, level + 1, merged=True)


def _allowed(decoded: int) -> float:
    if decoded <= _RATIO_LOW:
        return 0.99
    if decoded >= _RATIO_HIGH:
        return 0.10
    return 0.99 - 0.89 * (decoded - _RATIO_LOW) / (_RATIO_HIGH - _RATIO_LOW)


def _code(merged: bool, merged_before: bool) -> str:
    if merged_before:
        return "merge-default"
    return "merge-override" if merged else "duplicate-key"


def _content(node: Node) -> Node:
    return node.target if node.kind == "alias" and node.target else node


def _is_merge(node: Node) -> bool:
    return node.kind == "scalar" and node.text == "<<" and (node.plain or node.tag == scalars.MERGE)


def _resolved(node: Node) -> scalars.Scalar:
    if not node.tag and not node.plain:
        return node.text
    tag = node.tag
    return _checked(lambda text: scalars.resolve(tag, text)[1], node.text, node.start)


def _checked(convert: Callable[[_Given], _Made], value: _Given, index: int) -> _Made:
    try:
        return convert(value)
    except scalars.ScalarError as error:
        raise Refused("yaml-tag", str(error), index) from None
