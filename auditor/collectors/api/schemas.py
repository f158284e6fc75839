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
        if isinstance(version, dict) and version.get("served"):
            yield _part(version, "schema").get("openAPIV3Schema")
    yield _part(spec, "validation").get("openAPIV3Schema")  # of v1beta1, for all versions


def _part(node: Any, key: str) -> Mapping[str, Any]:
    """What stands under a key if it is a mapping; nobody has checked a definition that comes from a dump."""
    found = node.get(key) if isinstance(node, dict) else None
    return found if isinstance(found, dict) else {}


def _holds_template(schema: Any, depth: int, name: str) -> bool:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return False
    properties = _part(schema, "properties")
    if not properties:
        anything = bool(schema.get("x-kubernetes-preserve-unknown-fields")) and "template" in name.lower()
        inner = (schema.get("items"), schema.get("additionalProperties"))
        return anything or any(_holds_template(one, depth + 1, name) for one in inner)
    if _is_pod_template(properties):
        return True
    return any(_holds_template(inner, depth + 1, key) for key, inner in properties.items())


def _is_pod_template(properties: Mapping[str, Any]) -> bool:
    """Whether these are the fields of something with a pod's spec: `spec.containers`, of which each has an image."""
    containers = _part(_part(_part(properties, "spec"), "properties"), "containers")
    return "image" in _part(_part(containers, "items"), "properties")
