"""A client in, what its API server serves out: group, version, plural, kind and verbs of every resource."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.collectors.api.requests import Client, Failure

_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)
"""KEP-3352: all of discovery in two answers, from 1.27 on; older servers give what they always gave."""


class ApiResource(NamedTuple):
    """One resource of the API in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]

    @property
    def api_version(self) -> str:
        """Such as `v1` or `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def kind_name(self) -> str:
        """The kind, with its group for a custom one, as `ObjectRef.kind_name` has it."""
        custom = "." in self.group and not self.group.endswith(".k8s.io")
        return f"{self.kind}.{self.group}" if custom else self.kind

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of its list, of its list in a namespace, or of one object."""
        parts = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        parts += ["namespaces", namespace] if namespace and self.namespaced else []
        return "/".join([*parts, self.plural, *([name] if name else [])])


@dataclass(slots=True)
class Discovery:
    """All resources that can be listed, each in the version that the server prefers, and what it could not tell."""

    resources: list[ApiResource] = field(default_factory=list)
    others: list[ApiResource] = field(default_factory=list)
    """The same resources in the other versions that are served."""
    groups: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    """Group and version of which the server could not tell its resources, and why."""

    def find(self, kind_name: str) -> ApiResource | None:
        """The resource of a kind; a kind alone means Kubernetes' own, in the newest of the groups that serve it."""
        found = [resource for resource in self.resources if resource.kind_name == kind_name]
        return min(found, key=lambda resource: _LEGACY.get(resource.group, 0), default=None)


_LEGACY: Mapping[str, int] = {"extensions": 2, "policy": 1, "events.k8s.io": 1}
"""Groups that once served kinds of others; of two that serve a kind, the other one is its home."""


def discover(client: Client) -> Discovery:
    """Everything that the server says it serves; raises `Failure` where it says nothing at all."""
    found = Discovery()
    core = client.get("/api", accept=_AGGREGATED)
    named = client.get("/apis", accept=_AGGREGATED)
    try:
        for answer in (core, named):
            _read(client, answer, found, core=answer is core)
    except (AttributeError, KeyError, TypeError) as error:
        raise Failure(200, "BadAnswer", "what answers there speaks JSON, and is no API server of Kubernetes") from error
    return found


def _read(client: Client, answer: Mapping[str, Any], found: Discovery, *, core: bool) -> None:
    if answer["kind"] == "APIGroupDiscoveryList":
        _read_aggregated(answer, found)
    elif core:
        _ask_versions(client, "", [str(version) for version in answer.get("versions") or ()], found)
    else:
        for group in answer.get("groups") or ():
            name = str(group.get("name", ""))
            found.groups.append(name)
            versions = [str(item.get("version", "")) for item in group.get("versions") or ()]
            preferred = str((group.get("preferredVersion") or {}).get("version", ""))
            _ask_versions(client, name, sorted(versions, key=lambda version: version != preferred), found)


def _read_aggregated(answer: Mapping[str, Any], found: Discovery) -> None:
    """The first version of a group is the one that the server prefers; a stale one belongs to a server that is down."""
    for group in answer.get("items") or ():
        name = str((group.get("metadata") or {}).get("name", ""))
        if name:
            found.groups.append(name)
        known: set[str] = set()
        for version in group.get("versions") or ():
            label = str(version.get("version", ""))
            if version.get("freshness") == "Stale":
                found.broken[f"{name}/{label}"] = "the aggregated API server behind it does not answer"
            for resource in version.get("resources") or ():
                kind = str((resource.get("responseKind") or {}).get("kind", ""))
                plural, verbs = str(resource.get("resource", "")), tuple(map(str, resource.get("verbs") or ()))
                if plural and "list" in verbs:
                    namespaced = resource.get("scope") == "Namespaced"
                    _note(ApiResource(name, label, plural, kind, namespaced, verbs), known, found)


def _ask_versions(client: Client, group: str, versions: Sequence[str], found: Discovery) -> None:
    known: set[str] = set()
    for version in versions:
        try:
            answer = client.get(f"/apis/{group}/{version}" if group else f"/api/{version}")
        except Failure as failure:
            found.broken[f"{group}/{version}" if group else version] = str(failure)
            continue
        for resource in _listable(group, version, answer):
            _note(resource, known, found)


def _note(resource: ApiResource, known: set[str], found: Discovery) -> None:
    """Adds a resource; `known` are those of its group that a version which is preferred to its own has."""
    (found.others if resource.plural in known else found.resources).append(resource)
    known.add(resource.plural)


def _listable(group: str, version: str, answer: Mapping[str, Any]) -> Iterator[ApiResource]:
    for item in answer.get("resources") or ():
        name, verbs = str(item.get("name", "")), tuple(map(str, item.get("verbs") or ()))
        if "/" not in name and "list" in verbs:
            yield ApiResource(group, version, name, str(item.get("kind", "")), bool(item.get("namespaced")), verbs)
