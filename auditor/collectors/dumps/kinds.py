"""The words by which dumps name what they hold in, kinds out; plurals as Kubernetes has them."""

from functools import cache

from auditor.model.refs import ObjectRef
from auditor.tables.folder import load_table
from auditor.tables.rbac import cluster_scoped
from auditor.tables.resources import group_resource, plural

_WORDS = {
    "ingress": "ingresses",
    "networkpolicy": "networkpolicies",
    "resourcequota": "resourcequotas",
    "priorityclass": "priorityclasses",
    "namespace": "namespaces",
    "storage": "storageclasses",
    "pvs": "persistentvolumes",
    "pvcs": "persistentvolumeclaims",
}
"""troubleshoot's own words (pkg/constants/constants.go, CLUSTER_RESOURCES_*) that are no plural of the API."""


def resource_of(word: str) -> str:
    """`replication-controllers`, `Nodes` or `pvcs` in, the plural of the API out."""
    lower = word.lower()
    return lower if "." in lower else _WORDS.get(lower.replace("-", ""), lower.replace("-", ""))


@cache
def _known() -> dict[str, tuple[str, str]]:
    """The stable API version and the kind of Kubernetes' own resources, by their plural."""
    found: dict[str, tuple[str, str]] = {}
    for entry in load_table("api-types")["kinds"]:
        version, _, kind = str(entry).partition(" ")
        group = version.rpartition("/")[0]
        if group == group_resource(kind).group and (version.endswith("v1") or plural(kind) not in found):
            found[plural(kind)] = (version, kind)
    return found


def kind_of(resource: str) -> tuple[str, str]:
    """The API version and the kind of one of Kubernetes' own plurals, or two empty words.

    A typed list of client-go leaves both out of its items, and Sonobuoy before 0.14 printed such items alone.
    """
    return _known().get(resource, ("", ""))


def key_of(api_version: str, kind: str) -> str:
    """The plural by which lists are counted; a custom one ends in its group, as its definition is named."""
    ref = ObjectRef(api_version, kind, "", "")
    name = plural(kind) if len(kind) > 1 else kind.lower()
    return f"{name}.{ref.group}" if "." in ref.group and not ref.group.endswith(".k8s.io") else name


def key_of_kind(kind_name: str) -> str:
    """The same of a kind as rules name it; empty for what is no kind of an API."""
    try:
        named = group_resource(kind_name)
    except KeyError:
        return ""
    return f"{named.resource}.{named.group}" if "." in kind_name else named.resource


def group_of(kind_name: str) -> str:
    """The API group of a kind as rules name it."""
    return group_resource(kind_name).group


def is_namespaced(key: str) -> bool:
    """Whether one of Kubernetes' own resources lies in namespaces; of a custom one nobody knows, so that it may."""
    return all(resource != key for _, resource in cluster_scoped())
