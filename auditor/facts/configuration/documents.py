"""Configuration files of the API server in a world in, the beginnings of their facts out."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.objects.decode import api_types, type_of
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path
from auditor.tables.documents import unserved

Places = Mapping[str, Path]
"""Where parts of a fact's mapping stand in the file, by their first words."""


def documents(world: World, *types: str) -> Iterator[tuple[str, Resource]]:
    """The documents of a world that are decoded as one of these types (`rules/data/config-documents.json`)."""
    for kind in kinds_of(*types):
        for resource in world.of(kind):
            name = type_of(resource.ref.api_version, kind)
            if name in types:
                yield name, resource


def kinds_of(*types: str) -> dict[str, None]:
    """The kinds that are decoded as one of these types, in some version of their API."""
    return dict.fromkeys(name.rpartition(" ")[2] for name, of in api_types()["kinds"].items() if of in types)


def document_fact(
    subject: Subject,
    resource: Resource,
    world: World,
    value: dict[str, Any],
    places: Places,
    *,
    secrets: tuple[str, ...] = (),
    undecided: str = "",
) -> Fact:
    """The fact of one document; all of it is undecided where the API server would refuse the document.

    The server decodes such a file as a whole, and strictly: one field that it does not know, and it does not start.
    """
    origin, ref = resource.origin, resource.ref
    anchors = {"": Anchor(origin, ref, ())}
    anchors |= {name: Anchor(origin, ref, path) for name, path in places.items()}
    fact = Fact(subject.name, ref, value, anchors, world.name, {"cluster": world.cluster}, secrets=secrets)
    unknown = world.unknown.get(origin, ())
    reason = f"{unknown[0][2]}, so it does not start" if unknown else undecided
    reason = reason or unserved(ref.api_version, ref.kind, world.cluster.value["minor"])
    if reason:
        fact.undecided = dict.fromkeys((name.partition(".")[0] for name in subject.fields), reason)
    return fact


def numbered(name: str, paths: list[Path]) -> dict[str, Path]:
    """The places of the items of a list, which lie apart in the document."""
    return {f"{name}.{index}": path for index, path in enumerate(paths)}


def unknown_fields(name: str, value: Any, path: Path = ()) -> Iterator[Path]:
    """The fields of a decoded value that its type lacks."""
    if name.startswith("[]") and isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(name[2:], item, (*path, index))
    fields = api_types()["types"].get(name)
    if fields is not None and isinstance(value, dict):
        for key, child in value.items():
            if key in fields:
                yield from unknown_fields(fields[key], child, (*path, key))
            else:
                yield (*path, key)
