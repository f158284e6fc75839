"""A list of pods as text in, each pod's text and what it looks like out, unbuilt until somebody wants it.

Pods are most of what a cluster says, and most of them are what their template says. Two pods of one controller that
look the same differ in nothing but their names, their node and the name of their token's volume, so that what is known
of one is known of the other, without building it. msgspec cuts a list at a ninth of the cost of building it.
"""

import re
from functools import cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from auditor.kube.pod_annotations import MIRROR, PROFILES

_NODE: Final = re.compile(rb'"nodeName": ?"([^"\\]*)"')
_NOTHING: Final = b"\0"
"""Stands in no JSON."""
_TOKEN: Final = re.compile(
    rb'\{"name": ?"(kube-api-access-[a-z0-9]+)", ?(?:"projected"'
    rb'|"readOnly": ?true, ?"mountPath": ?"/var/run/secrets/kubernetes.io/serviceaccount"\}\])'
)
"""The volume of the account's token, and its mount as the last one of a container: added by the server to every pod
(plugin/pkg/admission/serviceaccount/admission.go), and nothing that a template says."""


class PodText(NamedTuple):
    """One pod: its identity, what it looks like (empty where only building it tells), and its text."""

    namespace: str
    name: str
    look: bytes
    text: Any

    def built(self) -> dict[str, Any]:
        """The pod as the server gave it."""
        pod: dict[str, Any] = orjson.loads(bytes(self.text))
        return pod


def read_pods(data: bytes) -> Any:
    """An answer to a list of pods, its items as `PodText`; as it stands where it is none.

    ValueError if it is no JSON.
    """
    import msgspec  # only lists of pods need it

    try:
        of_list, of_pod, of_spec = _decoders()
        listed = of_list.decode(data)
        pods = [(text, of_pod.decode(text)) for text in listed.items or ()]
        items = [_pod(text, pod, of_spec.decode(pod.spec).nodeName) for text, pod in pods]
    except (msgspec.MsgspecError, RecursionError):
        return orjson.loads(data)  # whoever reads all of it says what is wrong
    return {"kind": listed.kind, "metadata": {"continue": listed.metadata.continues}, "items": items}


@cache
def _decoders() -> tuple[Any, Any, Any]:
    """For a list of pods, a pod and its spec: what is read of them. Made when the first is read, with msgspec."""
    from msgspec import Raw, defstruct, field
    from msgspec.json import Decoder

    meta = defstruct("ListMeta", [("continues", str, field(name="continue", default=""))])
    listed = defstruct("PodList", [("metadata", meta), ("items", list[Raw] | None), ("kind", str, "")])
    owner = defstruct("OwnerReference", [("uid", str, ""), ("controller", bool, False)])
    metadata = defstruct(
        "ObjectMeta",
        [
            ("name", str),
            ("namespace", str),
            ("ownerReferences", list[owner], ()),  # type: ignore[valid-type]  # made above
            ("annotations", dict[str, str], field(default_factory=dict)),
        ],
    )
    pod = defstruct("Pod", [("metadata", metadata), ("spec", Raw)])
    return Decoder(listed), Decoder(pod), Decoder(defstruct("PodSpec", [("nodeName", str, "")]))


def _pod(text: Any, pod: Any, node: str) -> PodText:
    metadata = pod.metadata
    spec = _without_names(bytes(pod.spec), node) if MIRROR not in metadata.annotations else b""
    if not spec:
        return PodText(metadata.namespace, metadata.name, b"", text)
    controller = next((owner.uid for owner in metadata.ownerReferences if owner.controller), "")
    settings = sorted(item for item in metadata.annotations.items() if item[0].startswith(PROFILES))
    look = sha256(orjson.dumps([controller, settings]) + spec).digest()
    return PodText(metadata.namespace, metadata.name, look, text)


def _without_names(spec: bytes, node: str) -> bytes:
    """A pod's spec without the names of its node and its token; empty where they stand elsewhere as well."""
    if node:
        if _NODE.findall(spec) != [node.encode()]:
            return b""
        spec = _NODE.sub(_NOTHING, spec)
    tokens = _TOKEN.findall(spec)
    for name in set(tokens):
        if spec.count(name) != tokens.count(name):
            return b""
        spec = spec.replace(name, _NOTHING)
    return spec
