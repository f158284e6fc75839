"""A CustomResourceDefinition in, whether its resources embed pod templates out: by the shape of its schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

_MAX_DEPTH = 16


def embeds_template(definition: Mapping[str, Any]) -> bool:
    """Whether a served version has a field that holds a pod's spec, or a template that holds anything."""
    spec = definition.get("spec")
    return isinstance(spec, dict) and any(_holds_template(schema, 0, "") for schema in _schemas(spec))


def _schemas(spec: Mapping[str, Any]) -> Iterator[Any]:
    for version in spec.get("versions") or ():
        if isinstance(version, dict) and version.get("served"):
            yield (version.get("schema") or {}).get("openAPIV3Schema")


def _holds_template(schema: Any, depth: int, name: str) -> bool:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return False
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        anything = bool(schema.get("x-kubernetes-preserve-unknown-fields")) and "template" in name.lower()
        return anything or _holds_template(schema.get("items"), depth + 1, name)
    if _is_pod_template(properties):
        return True
    return any(_holds_template(inner, depth + 1, key) for key, inner in properties.items())


def _is_pod_template(properties: Mapping[str, Any]) -> bool:
    """Whether these are the fields of something with a pod's spec: `spec.containers`, of which each has an image."""
    spec = properties.get("spec")
    containers = (spec.get("properties") or {}).get("containers") if isinstance(spec, dict) else None
    items = containers.get("items") if isinstance(containers, dict) else None
    return isinstance(items, dict) and "image" in (items.get("properties") or {})
