"""A parsed document that is no Kubernetes object in, what in it is known all the same out, as resources of our own.

`SHAPES` says what is recognised and by which signs: the ids that only this service gives, never single words, so that
an ordinary file is not taken for one. The tools of providers wrap what they print in different ways, and list it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from auditor.kube.spelling import bare, spelt
from auditor.model.refs import OBSERVED, ObjectRef, Path

_LONGEST: Final = 4096
"""Characters of an id; the longest of Azure have some hundreds."""
_MOST_FIELDS: Final = 500
"""Of one object; the answers have less than a hundred."""
_TELLING: Final = ("arn", "Arn", "nodegroupArn", "NodegroupArn", "selfLink", "SelfLink", "self_link", "id", "Id", "ID")
_BEGINNINGS: Final = ("arn:", "http", "/subscriptions/", "ocid1.cluster.")
"""Every answer has one of these keys, and it begins so: lists of other things are passed over quickly."""
_LISTS: Final = ("clusters", "nodegroups", "nodePools", "data", "value")
"""Keys under which answers hold a list: of Google, Oracle and Azure's API."""


class Shape(NamedTuple):
    """How one kind of document is recognised: by its keys without case, dashes and underscores."""

    kind: str
    signs: Mapping[str, str]
    """Keys that hold a text, and the pattern that all of it matches."""
    name: tuple[str, ...]
    """Keys whose texts make up the name, joined by a slash."""
    wrapper: str = ""
    """The key under which a tool prints it; it may stand without as well."""
    objects: tuple[str, ...] = ()
    """Keys that hold an object, if they are there."""


class Foreign(NamedTuple):
    """A document of our own for what was recognised, and where it lies in the document that was read.

    Its fields are those that were read; `apiVersion`, `kind`, `metadata` and `listed` (whether it stood in a list,
    which often says less) take the place of the provider's own.
    """

    ref: ObjectRef
    manifest: Mapping[str, Any]
    base: Path


_AZURE: Final = r"(?i)/subscriptions/.+/providers/microsoft\.containerservice/managedclusters/[^/]+"

SHAPES: Final = (
    Shape(
        "EksCluster",
        {"arn": r"arn:[^:]+:eks:.*:cluster/.+", "name": ".+"},
        ("name",),
        "cluster",
        ("resourcesvpcconfig",),
    ),
    Shape(
        "EksNodegroup",
        {"nodegrouparn": r"arn:[^:]+:eks:.*:nodegroup/.+", "nodegroupname": ".+", "clustername": ".+"},
        ("clustername", "nodegroupname"),
        "nodegroup",
    ),
    Shape(
        "GkeCluster",
        {
            "selflink": r"https?://[^/]*container[^/]*/[^/]+/projects/.+",
            "currentmasterversion": ".+",
            "name": ".+",
        },
        ("name",),
    ),
    Shape(
        "AksCluster",
        {"id": _AZURE, "name": ".+", "type": r"(?i)microsoft\.containerservice/managedclusters"},
        ("name",),
    ),
    Shape(
        "AksDiagnosticSetting",
        {"id": _AZURE + r"/providers/microsoft\.insights/diagnosticsettings/[^/]+", "name": ".+"},
        ("name",),
    ),
    Shape(
        "OkeCluster",
        {"id": r"ocid1\.cluster\..+", "name": ".+", "kubernetesversion": ".+"},
        ("name",),
        "data",
    ),
)
"""Answers of: `aws eks describe-cluster` and `describe-nodegroup`, `gcloud container clusters describe` and `list`,
`az aks show` and `list`, `az monitor diagnostic-settings list`, `oci ce cluster get` and `list`."""


def recognised(value: Any) -> Iterator[Foreign]:
    """What a document holds that is known; nothing where it is anything else."""
    if isinstance(value, list):
        yield from _listed(value, ())
        return
    if not isinstance(value, dict):
        return
    for base, node in ((), value), *(((key,), value[key]) for key in _wrappers(value)):
        found = _one(node, base, listed=False)
        if found is not None:
            yield found
            return
    for key in _LISTS:
        if isinstance(value.get(key), list):
            yield from _listed(value[key], (key,))
            return


def _wrappers(value: Mapping[str, Any]) -> Iterator[str]:
    keys = (spelt(value, shape.wrapper) for shape in SHAPES if shape.wrapper)
    return (key for key in keys if key is not None and isinstance(value[key], dict))


def _listed(items: list[Any], base: Path) -> Iterator[Foreign]:
    for index, item in enumerate(items):
        found = _one(item, (*base, index), listed=True)
        if found is not None:
            yield found


def _one(node: Any, base: Path, *, listed: bool) -> Foreign | None:
    if not isinstance(node, dict) or len(node) > _MOST_FIELDS or not _may_be_one(node):
        return None
    fields = {bare(key): value for key, value in node.items() if isinstance(key, str)}
    shape = next((shape for shape in SHAPES if _has_shape(fields, shape)), None)
    if shape is None:
        return None
    name = "/".join(fields[key] for key in shape.name)
    head = {"apiVersion": OBSERVED, "kind": shape.kind, "metadata": {"name": name}, "listed": listed}
    return Foreign(ObjectRef(OBSERVED, shape.kind, "", name), {**node, **head}, base)


def _may_be_one(node: Mapping[str, Any]) -> bool:
    for key in _TELLING:
        text = node.get(key)
        if type(text) is str and text[:16].lower().startswith(_BEGINNINGS):
            return True
    return False


def _has_shape(fields: Mapping[str, Any], shape: Shape) -> bool:
    for key, pattern in shape.signs.items():
        text = fields.get(key)
        if not isinstance(text, str) or len(text) > _LONGEST or not re.fullmatch(pattern, text):
            return False
    return all(isinstance(fields.get(key, {}), dict) for key in shape.objects)
