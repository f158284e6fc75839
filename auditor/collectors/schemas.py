"""A CustomResourceDefinition in, whether its resources embed pod templates out: by the shape of its schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

_MAX_DEPTH = 16


def embeds_template(definition: Mapping[str, Any]) -> bool:
    """Whether a served version has a field that holds a pod's spec, or a template that holds anything."""
    spec = definition.get("spec")
    return isinstance(spec, dict) and any(_holds_template(schema, 0, "") for schema in _schemas(spec))


def _schemas(spec: Mapping[str, Any]) -> Iterator[Any]:
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        schema = version.get("schema") if isinstance(version, dict) and version.get("served") else None
        yield schema.get("openAPIV3Schema") if isinstance(schema, dict) else None
    validation = spec.get("validation")  # of v1beta1, for all versions
    yield validation.get("openAPIV3Schema") if isinstance(validation, dict) else None


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
    for step in ("properties", "containers", "items", "properties"):
        spec = spec.get(step) if isinstance(spec, dict) else None
    return isinstance(spec, dict) and "image" in spec
