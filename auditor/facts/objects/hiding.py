"""A decoded object in; the same without what must never be printed, and what that was, out."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.components.kubelet_secrets import is_configuration, without_headers
from auditor.facts.configuration.encryption_checks import without_keys
from auditor.facts.managed.fields import DOCUMENTS
from auditor.facts.managed.secrets import without_credentials
from auditor.facts.objects.masking import masked
from auditor.facts.workloads.templates import at, replaced, templates
from auditor.facts.workloads.workload import HIDDEN, hide_credentials
from auditor.kube.credentials import PLACEHOLDER, encryption_keys, looks_like_credential
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef
from auditor.tables.tools import TOOLS

_KINDS = frozenset({"ConfigMap", "Secret"})
_ENCRYPTION = frozenset({"EncryptionConfiguration", "EncryptionConfig"})
_KUBEADM = "kubeadm.k8s.io"
_OF_TOOLS = frozenset({"token", "tlsBootstrapToken", "discoveryToken", "certificateKey", "passwd"})
"""Fields of kubeadm's documents that hold bootstrap tokens and the key of uploaded certificates: `bootstrapTokens`,
`discovery` and `controlPlane` in cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go and apis/bootstraptoken/v1/types.go, in
old versions at the root; and passwords of users in Cluster API's KubeadmConfigSpec, which embeds these documents."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation with which `kubectl apply` repeats the whole object (k8s.io/api core/v1 annotation_key_constants.go)."""

_FIELDS = ("data", "stringData")
_ONLY_VERSION = r'\{"apiVersion": "([\w./-]*)"\}'
_LONGEST_VERSION = 300
_ESCAPES = ("\\", "''")
"""A line with one of these may spell a text in other letters than its own; too short to mask, they hide the line."""


Hidden = tuple[Mapping[str, Any], list[dict[str, str]], tuple[str, ...]]
"""A manifest with secret values hidden; where credentials stand in it; and the texts that must not be printed."""


def without_secrets(resource: Resource) -> Hidden:
    """Any object: the environment of its pods, the data of a ConfigMap or Secret, and what `kubectl apply` kept.

    Of an EncryptionConfiguration the keys, of a kubelet's configuration, of what a provider's API said and of what
    kubeadm and its kin are told credentials.
    """
    if resource.ref.api_version == OBSERVED and resource.ref.kind in DOCUMENTS:
        shown, credentials = without_credentials(resource.manifest)
        return shown, [], credentials
    manifest = without_last_applied(resource.manifest)
    if resource.ref.kind in _KINDS and not resource.ref.group:
        return _without_data(resource.ref.kind, manifest)
    if is_configuration(resource.ref) or _is_of_a_tool(resource.ref):
        hide = without_headers if is_configuration(resource.ref) else _without_tokens
        shown, texts = hide(manifest)
        return shown, [], tuple(part for text in texts for part in spellings(text))
    secrets: tuple[str, ...] = ()
    if resource.ref.kind in _ENCRYPTION:
        keys: list[str] = []
        manifest = without_keys(manifest, keys)
        return manifest, [], tuple(dict.fromkeys(part for key in keys for part in spellings(key)))
    for path in templates(resource.ref.kind, resource.ref.group, manifest):
        spec = at(manifest, (*path, "spec"))
        if isinstance(spec, dict):
            hidden, found = hide_credentials(spec)
            if found:
                manifest, secrets = replaced(manifest, (*path, "spec"), hidden), (*secrets, *found)
    return manifest, [], secrets


def _is_of_a_tool(ref: ObjectRef) -> bool:
    """Whether an object tells kubeadm, or a tool that is built on it, how to set up nodes."""
    return ref.group == _KUBEADM or f"{ref.group}/{ref.kind}" in TOOLS


def _without_tokens(manifest: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    return masked(manifest, _OF_TOOLS)


def _without_data(kind: str, manifest: Mapping[str, Any]) -> Hidden:
    """A ConfigMap or Secret.

    Of a Secret every value is hidden, and every literal is a credential; references, templates and what SOPS encrypted
    are none. Of a ConfigMap only what looks like a credential is hidden, and in an EncryptionConfiguration its keys.
    """
    result = dict(manifest)
    credentials: list[dict[str, str]] = []
    secrets: dict[str, None] = {}
    for field in _FIELDS:
        entries = manifest.get(field)
        if not isinstance(entries, Mapping):
            continue
        shown = dict(entries)
        for key, value in entries.items():
            if not isinstance(value, str) or not value or value == HIDDEN:
                continue
            detector = _detector(kind, field, key, value)
            keys = encryption_keys(value) if kind == "ConfigMap" and not detector else []
            if detector or keys:
                credentials.append({"field": field, "key": key, "detector": detector or "encryption-key"})
            if detector or kind == "Secret":
                shown[key] = HIDDEN
                secrets.update(dict.fromkeys(spellings(value)))
            for one in keys:  # the rest of such a text is judged
                shown[key] = shown[key].replace(one, HIDDEN)
                secrets.update(dict.fromkeys(spellings(one)))
        result[field] = shown
    return result, credentials, tuple(secrets)


def without_last_applied(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """A manifest without the copy of it that `kubectl apply` left in an annotation."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return manifest
    annotations = metadata.get("annotations")
    if not isinstance(annotations, dict) or LAST_APPLIED not in annotations or applied_version(metadata):
        return manifest
    return {**manifest, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: HIDDEN}}}


def applied_version(metadata: Mapping[str, Any]) -> str:
    """The apiVersion that `kubectl apply` was last given, where nothing but that was kept of its copy; or empty."""
    text = (metadata.get("annotations") or {}).get(LAST_APPLIED)
    if not isinstance(text, str) or len(text) > _LONGEST_VERSION:
        return ""
    found = re.fullmatch(_ONLY_VERSION, text)
    return found[1] if found else ""


def _detector(kind: str, field: str, key: str, value: str) -> str:
    if kind == "ConfigMap":
        return looks_like_credential(key, value) or ""
    text = _decoded(value) if field == "data" else value
    return "" if not text.strip() or PLACEHOLDER.search(text) else "literal"


def _decoded(value: str) -> str:
    """What base64 of a Secret's `data` says; the value itself where it is no base64, as in a template."""
    try:
        return b64decode(value, validate=True).decode("utf-8", "replace")
    except ValueError:
        return value


def spellings(value: str) -> Iterator[str]:
    """The texts by which a line of source may show a value: as a whole, or a part of it where it spans lines."""
    yield value
    yield from value.split()
    yield from _ESCAPES
