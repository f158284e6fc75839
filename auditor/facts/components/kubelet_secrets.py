"""A kubelet's configuration in; the same without credentials, and the texts that were hidden, out."""

from collections.abc import Mapping
from typing import Any

from auditor.facts.workloads.workload import HIDDEN
from auditor.kube.credentials import looks_like_credential
from auditor.model.refs import ObjectRef

_CONFIGURATIONS = frozenset(
    {("kubelet.config.k8s.io", "KubeletConfiguration"), ("observed.kubeplumb.dev", "KubeletConfigz")}
)
_HEADERS = frozenset({"staticPodURLHeader"})
"""What a kubelet sends to the server of its static pods, and masks in its log (`marshalKubeletConfigForLog`)."""


def is_configuration(ref: ObjectRef) -> bool:
    """Whether an object is a kubelet's configuration: a file, or what a kubelet served."""
    return (ref.group, ref.kind) in _CONFIGURATIONS


def without_headers(manifest: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Hides the headers, any of which may be a credential, and every text that looks like one."""
    found: list[str] = []
    shown = {key: _without(key, value, found) for key, value in manifest.items()}
    return shown, tuple(dict.fromkeys(found))


def _without(name: str, value: Any, found: list[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(name if name in _HEADERS else key, one, found) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(name, one, found) for one in value]
    if not isinstance(value, str) or not (name in _HEADERS or looks_like_credential(name, value)):
        return value
    found.append(value)
    return HIDDEN
