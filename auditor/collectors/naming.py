"""An object's manifest in, its identity out."""

from collections.abc import Mapping
from typing import Any

from auditor.model.refs import ObjectRef


def reference(version: str, kind: str, manifest: Mapping[str, Any]) -> ObjectRef:
    """The name of an object as its manifest gives it; a generated name ends in `*`."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not name:
        generated = metadata.get("generateName")
        name = f"{generated}*" if isinstance(generated, str) and generated else ""
    return ObjectRef(version, kind, namespace if isinstance(namespace, str) else "", name)
