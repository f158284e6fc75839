"""A path with list indices in, the same path with merge keys in their place out, so that it outlives a reordering."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.facts.objects.decode import api_types, type_of
from auditor.model.refs import Path, show_step

_BY_NAME: Mapping[str, str | None] = {"name": None}


def merge_key_path(api_version: str, kind: str, value: Any, path: Path) -> str:
    """A path of a decoded object as text, for fingerprints.

    An item of a list is told by its merge keys (`x-kubernetes-list-map-keys` of the API), as in
    `spec.containers[name=web].ports[containerPort=80,protocol=TCP].hostPort`, and an argument by its flag. Where the
    API does not say, as in custom resources, `name` is tried. The index stays in lists without keys, where a key is
    missing, and where two items have the same ones.
    """
    items, rest = _plan(api_version, kind, path)
    text, node = "", value
    for item in items:
        for step in item.steps:
            node = node.get(step) if isinstance(node, dict) else None
        text += f"{item.text}[{_label(node, item.number, item.keys)}]"
        node = node[item.number] if isinstance(node, list) and 0 <= item.number < len(node) else None
    return (text + rest).lstrip(".")


class _Item(NamedTuple):
    """An item in a path: the steps to its list from the item before, these as text, and the merge keys of the list."""

    steps: Path
    text: str
    number: int
    keys: Mapping[str, str | None] | None


@lru_cache(maxsize=4096)
def _plan(api_version: str, kind: str, path: Path) -> tuple[tuple[_Item, ...], str]:
    """The list items of a path and the text after them: objects of a kind have the same few paths."""
    expression = type_of(api_version, kind) or "CustomResource"
    items: list[_Item] = []
    keys: Mapping[str, str | None] | None = None
    after = 0
    for number, step in enumerate(path):
        if isinstance(step, int):
            steps = path[after:number]
            items.append(_Item(steps, "".join(map(show_step, steps)), step, keys))
            expression, after = expression.removeprefix("[]"), number + 1
        else:
            expression, keys = _member(expression, step)
    return tuple(items), "".join(map(show_step, path[after:]))


@lru_cache(maxsize=4096)
def _member(expression: str, field: str) -> tuple[str, Mapping[str, str | None] | None]:
    """The type of a field, and the merge keys if it is a list."""
    if expression.startswith("map "):
        return expression.removeprefix("map "), None
    table = api_types()
    inner = table["types"].get(expression, {}).get(field)
    if inner is None:
        return "any", _BY_NAME
    return inner, table["merge_keys"].get(f"{expression}.{field}")


def _label(items: Any, index: int, keys: Mapping[str, str | None] | None) -> str:
    if not isinstance(items, list) or not 0 <= index < len(items):
        return str(index)
    if isinstance(items[index], str):
        return _flag(items, index) or str(index)
    if keys is None:
        return str(index)
    label = _keyed(items[index], keys)
    return label if label and (len(items) == 1 or _unique(items, label, keys)) else str(index)


def _flag(items: Sequence[Any], index: int) -> str:
    """`--profiling` for an argument such as `--profiling=true`; empty where no flag, or the same one twice, stands."""
    names = [item.partition("=")[0] for item in items if isinstance(item, str)]
    name = str(items[index]).partition("=")[0]
    return name if name.startswith("-") and names.count(name) == 1 else ""


def _keyed(item: Any, keys: Mapping[str, str | None]) -> str:
    """`name=web`; empty if a key is missing that has no default."""
    if not isinstance(item, dict):
        return ""
    label = ""
    for key, default in keys.items():
        value = item.get(key, default)
        if not isinstance(value, str | int) or value == "":
            return ""
        label += f",{key}={value}"
    return label[1:]


def _unique(items: Sequence[Any], label: str, keys: Mapping[str, str | None]) -> bool:
    return sum(_keyed(item, keys) == label for item in items) == 1
