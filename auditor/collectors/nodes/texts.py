"""A file's name and text in, the units and environment files of a node out, as documents and resources."""

import os
from collections.abc import Callable, Mapping

from auditor.collectors.nodes.names import is_candidate, sort_of
from auditor.collectors.nodes.text_files import LONGEST, Broken, TextFile
from auditor.collectors.yaml.documents import Document, unread_documents
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin


def _nothing(name: str, text: str) -> None:
    """What a text of no known sort holds."""


# What reads them is loaded for the first: most runs meet none.
def _read_unit(name: str, text: str) -> TextFile | None:
    from auditor.collectors.nodes.unit_file import read_unit

    return read_unit(text)


def _read_environment(name: str, text: str) -> TextFile | None:
    from auditor.collectors.nodes.environment_file import read_environment

    return read_environment(text)


def _read_toml(name: str, text: str) -> TextFile | None:
    from auditor.collectors.nodes.runtime_config import read_runtime_config

    return read_runtime_config(name, text)


_READERS: Mapping[str, tuple[str, Callable[[str, str], TextFile | None]]] = {
    "unit": ("SystemdUnit", _read_unit),
    "environment": ("EnvironmentFile", _read_environment),
    "toml": ("RuntimeConfig", _read_toml),
}


def read_text(name: str, text: str, world: str) -> tuple[Document, Resource] | None:
    """The document and resource of a unit, an environment file or a runtime's configuration; None if it is none of
    them, or too long to be one. Raises `Broken`.
    """
    if len(text) > LONGEST or not is_candidate(name):
        return None
    sort = sort_of(name, text)
    kind, read = _READERS.get(sort, ("", _nothing))
    found = read(name, text)
    if found is None:
        return None
    document = Document(0, 1, text, None, places=found.places)
    return document, _resource(kind, name, found, world)


def placed_documents(name: str, text: str) -> dict[int, Document]:
    """The documents of a file by their first line, as far as positions need them."""
    try:
        read = read_text(name, text, "")
    except Broken:
        return {}
    return {1: read[0]} if read is not None else unread_documents(text)


def _resource(kind: str, name: str, found: TextFile, world: str) -> Resource:
    folder, base = os.path.split(name.rpartition("!")[2])
    shown = f"{os.path.basename(folder)}/{base}" if folder.endswith(".d") or kind == "EnvironmentFile" else base
    manifest = {"apiVersion": OBSERVED, "kind": kind, **found.manifest}
    return Resource(ObjectRef(OBSERVED, kind, "", shown), manifest, Origin(name), world, secrets=found.secrets)
