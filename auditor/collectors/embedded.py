"""An object in, the component configuration files that it carries as text out."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.collectors.nodes.configs import configuration
from auditor.collectors.recognise import is_object
from auditor.collectors.yaml.documents import Limits, read_documents
from auditor.model.inventory import Gap, Resource
from auditor.model.refs import OBSERVED, ObjectRef, Path
from auditor.tables.documents import file_kinds
from auditor.tables.tools import FILES, KUBEADM, PATCHES

_KIND: Final = r"(?m)^\s{0,8}\"?kind\"?\s*:\s*[\"']?([A-Za-z]{1,60})"


def embedded(resource: Resource, limits: Limits) -> Iterator[Resource | Gap]:
    """The documents in an object's texts that configure a component; a gap for each that cannot be read.

    Texts are the `data` of a ConfigMap, and the files that a tool's object brings to the machines. Each document bears
    the object's name, and lies at the text.
    """
    if resource.ref.kind == "ConfigMap" and not resource.ref.group:
        data = resource.manifest.get("data")
        for key, text in data.items() if isinstance(data, dict) else ():
            if isinstance(key, str) and isinstance(text, str):
                yield from _in_config_map(resource, key, text, limits)
        return
    name = f"{resource.ref.group}/{resource.ref.kind}"
    for path in FILES.get(name, ()):
        for text, where in _files(resource.manifest, path):
            if _configures(text):
                yield from documents_of(resource, text, where, limits)
    for path in PATCHES.get(name, ()):
        for text, where in _texts(resource.manifest, path):
            yield from documents_of(resource, text, where, limits, _VERSIONS)


def _in_config_map(resource: Resource, key: str, text: str, limits: Limits) -> Iterator[Resource | Gap]:
    """What one entry of a ConfigMap configures: components of Kubernetes, CoreDNS, or the network of pods."""
    if _configures(text):
        yield from documents_of(resource, text, ("data", key), limits)
        return
    if key == "Corefile":
        manifest = {"apiVersion": OBSERVED, "kind": "Corefile", "Corefile": text}
        yield _inside(resource, manifest, ("data",))
    elif '"type"' in text and ('"plugins"' in text or '"cniVersion"' in text):
        for document in read_documents(text, limits):
            found = configuration(document.value, key)
            if found is not None and found.ref.kind == "CniConfig":
                yield _inside(resource, dict(found.manifest), ("data", key))


def _inside(resource: Resource, manifest: dict[str, Any], path: Path) -> Resource:
    """A document of ours that lies in an object, under that object's name."""
    ref = ObjectRef(OBSERVED, manifest["kind"], resource.ref.namespace, resource.ref.name)
    origin = resource.origin._replace(base=(*resource.origin.base, *path))
    return Resource(ref, manifest, origin, resource.world)


_VERSIONS: Final[Mapping[str, str]] = {
    **{name.rpartition("/")[2]: "kubeadm.k8s.io/v1beta3" for name in KUBEADM},
    "KubeletConfiguration": "kubelet.config.k8s.io/v1beta1",
    "KubeProxyConfiguration": "kubeproxy.config.k8s.io/v1alpha1",
}
"""What a patch is for that leaves its apiVersion out."""


def documents_of(
    resource: Resource,
    text: str,
    path: tuple[str | int, ...],
    limits: Limits,
    versions: Mapping[str, str] | None = None,
) -> Iterator[Resource | Gap]:
    """The objects in a text that stands at a path of an object; `versions` are those of kinds that may lack theirs."""
    origin = resource.origin._replace(base=(*resource.origin.base, *path))
    where = ".".join(str(step) for step in path)
    for document in read_documents(text, limits):
        fatal = next((problem for problem in document.problems if problem.fatal), None)
        if fatal is not None:
            reason = f"{resource.ref} {where} line {fatal.line}: {fatal.reason}"
            yield Gap(fatal.code, reason, origin.file, origin.line, 0, resource.ref, where)
            continue
        value = document.value
        kind = value.get("kind") if isinstance(value, dict) else None
        if versions and isinstance(kind, str) and kind in versions:
            value = {"apiVersion": versions[kind], **value}
        if is_object(value):
            ref = ObjectRef(value["apiVersion"], value["kind"], resource.ref.namespace, resource.ref.name)
            yield Resource(ref, value, origin, resource.world)


def _files(manifest: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    """The contents of a list of files, with the path of each."""
    for item, where in _reached(manifest, path, ()):
        content = item.get("content") if isinstance(item, dict) else None
        if not isinstance(content, str):
            continue
        if item.get("encoding") == "base64" or item.get("isBase64") is True:
            try:
                content = base64.b64decode(content, validate=False).decode("utf-8")
            except (binascii.Error, ValueError):
                continue
        yield content, (*where, "content")


def _texts(manifest: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    for text, where in _reached(manifest, path, ()):
        if isinstance(text, str):
            yield text, where


def _reached(node: Any, path: Path, base: Path) -> Iterator[tuple[Any, Path]]:
    """What a path leads to, `*` being each item of a list."""
    if not path:
        yield node, base
    elif path[0] == "*":
        for index, item in enumerate(node if isinstance(node, list) else ()):
            yield from _reached(item, path[1:], (*base, index))
    elif isinstance(node, dict) and path[0] in node:
        yield from _reached(node[path[0]], path[1:], (*base, path[0]))


def _configures(text: str) -> bool:
    """Whether a text has a document that configures a component, by its look."""
    # Most texts are long dashboards, which lack even the word.
    return "kind" in text and not file_kinds().isdisjoint(re.findall(_KIND, text))
