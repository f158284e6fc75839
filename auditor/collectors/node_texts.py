"""A file's name and text in, the units and environment files of a node out, as documents and resources."""

import os

from auditor.collectors.documents import Document, unread_documents
from auditor.collectors.environment_file import read_environment
from auditor.collectors.node_names import is_candidate, sort_of
from auditor.collectors.text_files import LONGEST, TextFile
from auditor.collectors.unit_file import read_unit
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin


def read_text(name: str, text: str, world: str) -> tuple[Document, Resource] | None:
    """The document and resource of a unit or environment file; None if it is neither, or too long to be one."""
    if len(text) > LONGEST or not is_candidate(name):
        return None
    sort = sort_of(name, text)
    found = read_unit(text) if sort == "unit" else read_environment(text) if sort == "environment" else None
    if found is None:
        return None
    kind = "SystemdUnit" if sort == "unit" else "EnvironmentFile"
    document = Document(0, 1, text, None, places=found.places)
    return document, _resource(kind, name, found, world)


def placed_documents(name: str, text: str) -> dict[int, Document]:
    """The documents of a file by their first line, as far as positions need them."""
    read = read_text(name, text, "")
    return {1: read[0]} if read is not None else unread_documents(text)


def _resource(kind: str, name: str, found: TextFile, world: str) -> Resource:
    folder, base = os.path.split(name.rpartition("!")[2])
    shown = f"{os.path.basename(folder)}/{base}" if folder.endswith(".d") or kind == "EnvironmentFile" else base
    manifest = {"apiVersion": OBSERVED, "kind": kind, **found.manifest}
    return Resource(ObjectRef(OBSERVED, kind, "", shown), manifest, Origin(name), world, secrets=found.secrets)
