"""Flags of a tool's own and those that its user adds in, the words of the command line out, each where it was set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers
from auditor.model.facts import Anchor


class Extra(NamedTuple):
    """A flag that a user adds, and what becomes of the tool's own one: replaced, or joined with `append`, `prepend`."""

    name: str
    text: str
    place: Anchor
    unknown: str = ""
    merge: str = ""


def extra_arguments(layers: Layers, *path: str, repeated: bool = False) -> tuple[Extra, ...]:
    """The flags in a field such as `extraArgs`: an object of texts, or a list of `name` and `value`.

    With `repeated`, a value of the object may also be a list of texts, each of which is given.
    """
    found = layers.raw(*path)
    if isinstance(found, list):
        return tuple(_of_list(layers, path, found))
    return tuple(_of_map(layers, path, layers.map(*path), repeated=repeated))


def _of_map(layers: Layers, path: tuple[str, ...], items: Mapping[str, Any], *, repeated: bool) -> Iterator[Extra]:
    for name, value in items.items():
        if repeated and isinstance(value, list):
            for index, one in enumerate(value):
                yield Extra(name, *_text(one, layers, (*path, name, index)))
        else:
            yield Extra(name, *_text(value, layers, (*path, name)))


def _of_list(layers: Layers, path: tuple[str, ...], items: Sequence[Any]) -> Iterator[Extra]:
    for index, item in enumerate(items):
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            layers.wrong.append(f"{'.'.join(path)} has an item without a name, so it is refused")
            continue
        text, _, unknown = _text(item.get("value", ""), layers, (*path, index, "value"))
        merge = str(item.get("mergeMethod") or "").lower()
        yield Extra(item["name"], text, layers.place(*path, index, "value"), unknown, merge)


def _text(value: Any, layers: Layers, path: tuple[str | int, ...]) -> tuple[str, Anchor, str]:
    if isinstance(value, str):
        return value, layers.place(*path), ""
    wanted = "is not of type text, so it is refused: put it in quotation marks"
    return "", layers.place(*path), f"{'.'.join(map(str, path))} {wanted}"


def words_of(own: Mapping[str, str], extra: Sequence[Extra], home: Anchor, tool: str) -> tuple[Word, ...]:
    """The tool's own flags in order of their names, but those that are replaced, and after them the user's.

    As kubeadm does it (ArgumentsToCommand of cmd/kubeadm/app/util/arguments.go); of several with one name the last says
    what becomes of the tool's own. What stands for a flag of the tool is `home`.
    """
    last = {one.name: one for one in extra}
    words = []
    for name in sorted(own):
        over = last.get(name)
        if over is None:
            words.append(Word(f"--{name}={own[name]}", home, "", tool))
        elif over.merge:
            text = own[name] + over.text if over.merge == "append" else over.text + own[name]
            words.append(Word(f"--{name}={text}", over.place, over.unknown))
    return (*words, *(Word(f"--{one.name}={one.text}", one.place, one.unknown) for one in extra if not one.merge))
