"""The text of a document in, the index of a field out as libyaml's tree has it: what faster ways are held against."""

from collections.abc import Iterator

import yaml

from auditor.collectors.yaml.scalars import key_name
from auditor.model.refs import Path


def paths_and_places(text: str) -> Iterator[tuple[Path, int]]:
    """Every path in a text without aliases and paths beside it, with the index of the key or item, or of the nearest
    parent of what is not there. Raises YAMLError.
    """
    root = yaml.compose(text, yaml.CSafeLoader)
    if root is not None:
        yield from _below(root, (), root.start_mark.index)


def _below(node: yaml.Node, path: Path, index: int) -> Iterator[tuple[Path, int]]:
    yield path, index
    found: dict[str | int, tuple[int, yaml.Node]] = {}
    if isinstance(node, yaml.SequenceNode):
        found = {number: (item.start_mark.index, item) for number, item in enumerate(node.value)}
    elif isinstance(node, yaml.MappingNode):
        found = {
            key_name(key.value, plain=not key.style): (key.start_mark.index, value)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        }
    for step, (place, child) in found.items():
        yield from _below(child, (*path, step), place)
    for step in ("image", "k", "true", 0, 1, 7):
        known = found.get(str(step)) if isinstance(node, yaml.MappingNode) else found.get(step)
        if known is None:
            yield (*path, step), index
            yield (*path, step, "k"), index
        elif step not in found:
            yield (*path, step), known[0]
