"""Documents that are merged one over the other in, the values of the merged one and where each stands out."""

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.facts.workloads.templates import at
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource


class Layers:
    """A configuration of which every part may be missing or of a wrong type; the latter is noted in `wrong`.

    Documents are merged by RFC 7386, so that lists replace each other.
    """

    def __init__(self, *layers: tuple[Anchor, Any]) -> None:
        self._layers = layers
        self.wrong: list[str] = []
        """What a strict reader refuses, in words."""
        self.value: Mapping[str, Any] = {}
        for anchor, value in layers:
            if isinstance(value, Mapping):
                self.value = merged(self.value, value)
            elif value is not None:
                self._refuse(anchor.path, "object")

    def below(self, *path: str) -> "Layers":
        """The part at a path, as layers of its own; what is wrong in it is wrong here too."""
        part = Layers(
            *((Anchor(origin, ref, (*base, *path)), at(value, path)) for (origin, ref, base), value in self._layers)
        )
        self.wrong += part.wrong
        part.wrong = self.wrong
        return part

    def place(self, *path: str | int) -> Anchor:
        """Where something stands at a path: in the last layer that has it, else where the last one could have it."""
        there = (anchor for anchor, value in reversed(self._layers) if at(value, path) is not None)
        origin, ref, base = next(there, self._layers[-1][0])
        return Anchor(origin, ref, (*base, *path))

    def raw(self, *path: str) -> Any:
        """Whatever is at a path, None if nothing."""
        for depth in range(1, len(path)):
            node = at(self.value, path[:depth])
            if node is not None and not isinstance(node, Mapping):
                self._refuse(path[:depth], "object")
        return at(self.value, path)

    def map(self, *path: str) -> Mapping[str, Any]:
        """The object at a path, empty if there is none."""
        found = self.raw(*path)
        if found is not None and not isinstance(found, Mapping):
            self._refuse(path, "object")
        return found if isinstance(found, Mapping) else {}

    def list(self, *path: str) -> Sequence[Any]:
        """The list at a path, empty if there is none."""
        found = self.raw(*path)
        if found is not None and not isinstance(found, list):
            self._refuse(path, "list")
        return found if isinstance(found, list) else ()

    def text(self, *path: str, default: str = "") -> str:
        """The text at a path, or the default where it is empty or missing."""
        found = self.raw(*path)
        if found is not None and not isinstance(found, str):
            self._refuse(path, "text")
        return found if isinstance(found, str) and found else default

    def number(self, *path: str, default: int) -> int:
        """The integer at a path, or the default where it is zero or missing."""
        found = self.raw(*path)
        if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
            self._refuse(path, "integer")
            return default
        return found or default

    def _refuse(self, path: Sequence[Any], wanted: str) -> None:
        self.wrong.append(f"{'.'.join(map(str, path)) or 'the document'} is not of type {wanted}, so it is refused")


def merged(one: Any, other: Any) -> Any:
    """A document with another one merged over it, as a JSON merge patch (RFC 7386) is."""
    if not isinstance(other, Mapping):
        return other
    result = dict(one) if isinstance(one, Mapping) else {}
    for key, value in other.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def layer(resource: Resource, *path: str | int) -> tuple[Anchor, Any]:
    """A part of a resource as a layer."""
    return Anchor(resource.origin, resource.ref, path), at(resource.manifest, path)
