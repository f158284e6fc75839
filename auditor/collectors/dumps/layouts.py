"""Names of files in, which dump they are of and what each holds out.

Sources: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go; Sonobuoy pkg/discovery/{query,queries,nodes,discovery}.go and
its releases before them; troubleshoot pkg/collect/{cluster_resources,cluster_info}.go and pkg/constants/constants.go.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from auditor.collectors.dumps.kinds import resource_of

GET: Final = "kubectl get"
CLUSTER_INFO: Final = "kubectl cluster-info dump"
SONOBUOY: Final = "Sonobuoy results"
TROUBLESHOOT: Final = "troubleshoot support bundle"

_OWNED: Final = {"replicasets": 1, "jobs": 1, "pods": 2}
"""Whether something says anything of its own shows beside its owner, which therefore comes first."""
LAST: Final = 2


class Part(NamedTuple):
    """What a file of a dump holds.

    `role` is `objects`, `version`, `groups`, `resources`, `configz`, `queries`, `settings` or `errors`; all others are
    words for what is counted and not read.
    """

    role: str
    resource: str = ""
    """The plural, as far as the name tells it."""
    namespace: str = ""
    version: str = ""
    """The API version, if the name tells it."""
    name: str = ""
    """Of the node."""

    @property
    def read(self) -> bool:
        """Whether it holds anything to read."""
        return self.role in _ROLES

    @property
    def turn(self) -> int:
        """0 to `LAST`: when to read it."""
        return _OWNED.get(self.resource, 0) if self.role == "objects" else 0


_ROLES: Final = frozenset(("objects", "version", "groups", "resources", "configz", "queries", "settings", "errors"))
_MARKS: Final = (
    (
        SONOBUOY,
        re.compile(
            r"((?:[^/]+/)?)(?:resources/(?:ns/[^/]+|cluster|non-ns)/(?:[^/]+_v\d\w*_\w+|[A-Z][A-Za-z]+|results)"
            r"|hosts/[^/]+/configz)\.json"
        ),
    ),
    (
        TROUBLESHOOT,
        re.compile(
            r"((?:[^/]+/)?)(?:cluster-info/cluster_version|cluster-resources/(?:groups|resources|nodes|pods/[^/]+"
            r"|auth-cani-list/[^/]+))\.json"
        ),
    ),
    (CLUSTER_INFO, re.compile(r"((?:[^/]+/)?)[^/]+/replication-controllers\.(?:json|yaml)")),
)


def mark(name: str) -> tuple[str, str]:
    """The dump that a file with such a name belongs to, and the folder in which that dump lies; or two empty words."""
    for what, pattern in _MARKS:
        found = pattern.fullmatch(name)
        if found:
            return what, found[1]
    return "", ""


def part_of(what: str, root: str, name: str) -> Part:
    """What a file of a dump is."""
    if what == GET:
        return Part("objects")
    if not name.startswith(root):
        return Part("other file")
    steps = tuple(name[len(root) :].split("/"))
    if ".." in steps or "" in steps:
        return Part("file with a name that leads elsewhere")
    found = _PARTS[what](steps)
    if found.role == "objects" and found.resource == "events":
        return Part("events")
    if found.read:
        return found
    return Part("log") if name.endswith((".log", ".txt")) or "logs" in steps else found


def _sonobuoy(steps: tuple[str, ...]) -> Part:
    match steps:
        case ("resources", "ns", namespace, "results.json"):
            return Part("queries", namespace=namespace)
        case ("resources", "cluster" | "non-ns", "results.json") | ("meta", "query-time.json"):
            return Part("queries")
        case ("resources", "ns", namespace, file):
            return _sonobuoy_list(file, namespace)
        case ("resources", "cluster" | "non-ns", file):
            return _sonobuoy_list(file, "")
        case ("hosts", node, "configz.json"):
            return Part("configz", name=node)
        case ("serverversion.json",) | ("serverversion", "serverversion.json"):
            return Part("version")
        case ("servergroups.json",) | ("servergroups", "servergroups.json"):
            return Part("groups")
        case ("config.json",) | ("meta", "config.json"):
            return Part("settings")
        case ("plugins", *_):
            return Part("result of a plugin")
    return Part("other file")


def _sonobuoy_list(file: str, namespace: str) -> Part:
    """`apps_v1_deployments.json`, `core_v1_pods.json` or, in old releases, `Nodes.json`."""
    stem, dot, suffix = file.rpartition(".")
    if suffix != "json" or not dot:
        return Part("other file")
    group, *rest = stem.split("_")
    if len(rest) != 2:
        return Part("objects", resource_of(stem), namespace)
    version = rest[0] if group == "core" else f"{group}/{rest[0]}"
    custom = "." in group and not group.endswith(".k8s.io")
    return Part("objects", f"{rest[1]}.{group}" if custom else rest[1], namespace, version)


def _troubleshoot(steps: tuple[str, ...]) -> Part:
    match steps:
        case ("cluster-info", "cluster_version.json"):
            return Part("version")
        case ("cluster-resources", "auth-cani-list" | "auth-cani-list-errors.json", *_):
            return Part("rights of whoever collected it")
        case ("cluster-resources", "image-pull-secrets" | "image-pull-secrets-errors.json", *_):
            return Part("image pull secret")
        case ("cluster-resources", *rest, file):
            return _cluster_resources(tuple(rest), file)
    return Part("other file")


def _cluster_resources(folder: tuple[str, ...], file: str) -> Part:
    stem, _, suffix = file.rpartition(".")
    if file.endswith("-errors.json"):
        return Part("errors", resource_of(file.removesuffix("-errors.json")))
    match folder:
        case () if file in ("groups.json", "resources.json"):
            return Part(stem)
        case () if suffix == "json" or not stem:  # releases wrote `pvs` and others without a suffix
            return Part("objects", resource_of(stem or file))
        case ("custom-resources",) if suffix in ("json", "yaml"):
            return Part("objects", stem)
        case ("custom-resources", resource) if suffix in ("json", "yaml"):
            return Part("objects", resource, stem)
        case (word,) if suffix == "json":
            # A release wrote the ReplicaSets into a folder named statefulsets-errors.json.
            return Part("objects", "replicasets" if word.endswith(".json") else resource_of(word), stem)
    return Part("other file")


def _cluster_info(steps: tuple[str, ...]) -> Part:
    stem, _, suffix = steps[-1].rpartition(".")
    if suffix in ("json", "yaml"):
        match steps[:-1]:
            case ():
                return Part("objects", resource_of(stem))
            case (namespace,):
                return Part("objects", resource_of(stem), namespace)
    return Part("other file")


_PARTS: Final[dict[str, Callable[[tuple[str, ...]], Part]]] = {
    SONOBUOY: _sonobuoy,
    TROUBLESHOOT: _troubleshoot,
    CLUSTER_INFO: _cluster_info,
}
