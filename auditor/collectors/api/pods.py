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

STATIC: Final = "kubernetes.io/config.mirror"
"""Annotation of the mirror of a static pod (k8s.io/api core/v1 annotation_key_constants.go MirrorPodAnnotationKey)."""
PROFILES: Final = ("container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/")
"""Annotations that are settings of a pod begin so."""
_NODE: Final = re.compile(rb'"nodeName": ?"[^"\\]*"')
_TOKEN: Final = re.compile(rb'"name": ?"(kube-api-access-[a-z0-9]+)"')
"""The volume of the account's token (plugin/pkg/admission/serviceaccount/admission.go)."""


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
        listed = _answer().decode(data)
        items = [_pod(text, msgspec.json.decode(text, type=_types()[1])) for text in listed.items or ()]
    except (msgspec.MsgspecError, RecursionError):
        return orjson.loads(data)  # whoever reads all of it says what is wrong
    return {"kind": listed.kind, "metadata": {"continue": listed.metadata.continues}, "items": items}


@cache
def _answer() -> Any:
    import msgspec

    return msgspec.json.Decoder(_types()[0])


@cache
def _types() -> tuple[Any, Any]:
    """Of a list of pods, and of a pod, what is read of it; defined when the first is read, as msgspec is loaded."""
    from msgspec import Raw, defstruct, field

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
    return listed, defstruct("Pod", [("metadata", metadata), ("spec", Raw)])


def _pod(text: Any, pod: Any) -> PodText:
    metadata = pod.metadata
    look = b"" if STATIC in metadata.annotations else _look(metadata, bytes(pod.spec))
    return PodText(metadata.namespace, metadata.name, look, text)


def _look(metadata: Any, spec: bytes) -> bytes:
    controller = next((owner.uid for owner in metadata.ownerReferences if owner.controller), "")
    token = _TOKEN.search(spec)
    if token is not None:
        name = token[1]
        if spec.count(name) != spec.count(token[0]):
            return b""  # it stands where a name of somebody's own may stand
        spec = spec.replace(name, b"kube-api-access")
    settings = sorted(item for item in metadata.annotations.items() if item[0].startswith(PROFILES))
    return sha256(orjson.dumps([controller, settings]) + _NODE.sub(b"", spec, 1)).digest()
