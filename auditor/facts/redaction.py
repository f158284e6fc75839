"""An object as a cluster gave it in, the object without secrets and without what no fact reads out.

Live audits and replayed snapshots judge what leaves here. Of a Secret only the head is left, of environment variables
and ConfigMap entries that look like credentials a marker with the detector's word, and of the copy that `kubectl apply`
keeps the API version alone.
"""

import json
from collections.abc import Mapping
from typing import Any

from auditor.facts.hiding import LAST_APPLIED, without_secrets
from auditor.model.inventory import Resource

_STATUS: Mapping[str, tuple[str, ...]] = {
    "Node": ("nodeInfo",),
    "Pod": ("phase",),
    "Namespace": ("phase",),
}
"""What of an object's status facts read."""
_METADATA = (
    "name",
    "generateName",
    "namespace",
    "uid",
    "labels",
    "annotations",
    "ownerReferences",
    "creationTimestamp",
    "deletionTimestamp",
)
_SECRET = ("apiVersion", "kind", "metadata", "type")


def redacted(resource: Resource) -> Resource:
    """The same resource with a manifest that may be kept and printed; parts that need no change are shared."""
    ref, manifest = resource.ref, dict(resource.manifest)
    if ref.kind == "Secret" and not ref.group:
        manifest = {key: manifest[key] for key in _SECRET if key in manifest}
        manifest.setdefault("type", _secret_type(manifest.get("metadata")))
    else:
        hidden, credentials, _ = without_secrets(resource)
        manifest = dict(hidden)
        if credentials:
            manifest["credentials"] = credentials
    metadata = manifest.get("metadata")
    if isinstance(metadata, dict):
        manifest["metadata"] = _metadata(resource.manifest.get("metadata"), metadata)
    status = manifest.pop("status", None)
    if isinstance(status, dict) and ref.kind in _STATUS and not ref.group:
        manifest["status"] = {key: status[key] for key in _STATUS[ref.kind] if key in status}
    return resource._replace(manifest=manifest)


def _secret_type(metadata: Any) -> str:
    """The type of a Secret of which only metadata was asked for: tokens alone have to name their account.

    ValidateSecret in pkg/apis/core/validation/validation.go.
    """
    annotations = (metadata if isinstance(metadata, dict) else {}).get("annotations")
    named = isinstance(annotations, dict) and "kubernetes.io/service-account.name" in annotations
    return "kubernetes.io/service-account-token" if named else "Opaque"


def _metadata(original: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: metadata[key] for key in _METADATA if metadata.get(key)}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        applied = ((original or {}).get("annotations") or {}).get(LAST_APPLIED)
        kept["annotations"] = {**annotations, LAST_APPLIED: _api_version(applied)}
    managers = metadata.get("managedFields")
    if isinstance(managers, list):
        kept["managedFields"] = _managers(managers)
    return kept


def _api_version(applied: Any) -> str:
    """Of an object as text, its apiVersion alone, as the text of an object again."""
    try:
        version = json.loads(applied).get("apiVersion")
    except (TypeError, ValueError, AttributeError, RecursionError):
        return "{}"
    return json.dumps({"apiVersion": version if isinstance(version, str) else ""})


def _managers(managers: list[Any]) -> list[dict[str, str]]:
    """Who wrote the object in which API version, once each; not which fields."""
    found = {
        (str(item.get("manager", "")), str(item.get("apiVersion", ""))): None
        for item in managers
        if isinstance(item, dict)
    }
    return [{"manager": manager, "apiVersion": version} for manager, version in sorted(found)]
