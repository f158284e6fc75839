"""A kubelet's configuration in; the same without credentials, and the texts that were hidden, out."""

from collections.abc import Mapping
from typing import Any

from auditor.facts.objects.masking import masked
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
    return masked(manifest, _HEADERS)
