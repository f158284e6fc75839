"""An object in, the component configuration files that it carries as text out."""

import re
from collections.abc import Iterator
from typing import Final

from auditor.collectors.documents import Limits, read_documents
from auditor.collectors.recognise import is_object
from auditor.model.inventory import Gap, Resource
from auditor.model.refs import ObjectRef
from auditor.tables.components import every_config_kind
from auditor.tables.tools import KUBEADM

_KIND: Final = re.compile(r"^\s{0,8}\"?kind\"?\s*:\s*[\"']?([A-Za-z]{1,60})", re.MULTILINE)


def embedded(resource: Resource, limits: Limits) -> Iterator[Resource | Gap]:
    """The documents in a ConfigMap's `data` that configure a component; a gap for each that cannot be read.

    Each bears the ConfigMap's name, and lies at the ConfigMap's key.
    """
    data = resource.manifest.get("data")
    if resource.ref.kind != "ConfigMap" or resource.ref.group or not isinstance(data, dict):
        return
    for key, text in data.items():
        if isinstance(key, str) and isinstance(text, str) and _configures(text):
            yield from documents_of(resource, text, ("data", key), limits)


def documents_of(
    resource: Resource, text: str, path: tuple[str | int, ...], limits: Limits
) -> Iterator[Resource | Gap]:
    """The objects in a text that stands at a path of an object."""
    origin = resource.origin._replace(base=(*resource.origin.base, *path))
    where = ".".join(str(step) for step in path)
    for document in read_documents(text, limits):
        fatal = next((problem for problem in document.problems if problem.fatal), None)
        if fatal is not None:
            reason = f"{resource.ref} {where} line {fatal.line}: {fatal.reason}"
            yield Gap(fatal.code, reason, origin.file, origin.line, 0, resource.ref, where)
        elif is_object(document.value):
            ref = ObjectRef(
                document.value["apiVersion"], document.value["kind"], resource.ref.namespace, resource.ref.name
            )
            yield Resource(ref, document.value, origin, resource.world)


def _configures(text: str) -> bool:
    """Whether a text has a document that configures a component, by its look."""
    return not _kinds().isdisjoint(_KIND.findall(text))


def _kinds() -> frozenset[str]:
    return frozenset(name.rpartition("/")[2] for name in (*every_config_kind(), *KUBEADM))
