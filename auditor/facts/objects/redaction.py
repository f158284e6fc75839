"""An object as a cluster gave it in, the object without secrets and without what no fact reads out.

Live audits and replayed snapshots judge what leaves here. Of a Secret only the head is left, of environment variables
and ConfigMap entries that look like credentials a marker with the detector's word, and of the copy that `kubectl apply`
keeps the API version alone.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.facts.objects.hiding import LAST_APPLIED, without_secrets
from auditor.facts.workloads.workload import HIDDEN
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
_SAID = re.compile(r"([a-z0-9-]+\.)*(kubernetes\.io|k8s\.io|kubeplumb\.dev)/")
"""Annotations of a Secret that are kept; tools put a copy of the whole object into ones of their own."""
_SHORTEST = 4
"""Of a hidden text whose copies are looked for in annotations."""


def redacted(resource: Resource) -> Resource:
    """The same resource with a manifest that may be kept and printed; parts that need no change are shared."""
    ref, manifest = resource.ref, dict(resource.manifest)
    secrets: tuple[str, ...] = ()
    secret = ref.kind == "Secret" and not ref.group
    if secret:
        manifest = {key: manifest[key] for key in _SECRET if key in manifest}
        manifest.setdefault("type", _secret_type(manifest.get("metadata")))
    else:
        hidden, credentials, secrets = without_secrets(resource)
        manifest = dict(hidden)
        if credentials:
            manifest["credentials"] = credentials
    if "metadata" in manifest:
        manifest["metadata"] = _metadata(resource.manifest["metadata"], secrets, secret=secret)
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


def _metadata(metadata: Any, secrets: Sequence[str], *, secret: bool) -> dict[str, Any]:
    metadata = metadata if isinstance(metadata, dict) else {}
    kept = {key: metadata[key] for key in _METADATA if metadata.get(key)}
    if "annotations" in kept:
        kept["annotations"] = _annotations(kept["annotations"], secrets, secret=secret)
    managers = metadata.get("managedFields")
    if isinstance(managers, list):
        kept["managedFields"] = _managers(managers)
    return kept


def _annotations(annotations: Any, secrets: Sequence[str], *, secret: bool) -> dict[str, Any]:
    """Annotations without copies of what is hidden elsewhere in the object."""
    shown = dict(annotations) if isinstance(annotations, dict) else {}
    if LAST_APPLIED in shown:
        shown[LAST_APPLIED] = _api_version(shown[LAST_APPLIED])
    if secret:
        return {key: value if _SAID.match(key) else HIDDEN for key, value in shown.items()}
    long = [text for text in secrets if len(text) >= _SHORTEST]
    spelt = {spelling for text in long for spelling in (text, json.dumps(text)[1:-1])}
    for key, value in shown.items() if spelt else ():
        if isinstance(value, str) and any(text in value for text in spelt):
            shown[key] = HIDDEN
    return shown


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
