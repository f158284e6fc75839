"""Which lists a dump holds, in which namespaces, in; what it is missing of the kinds that somebody needs out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from auditor.collectors.dumps import kinds
from auditor.collectors.dumps.kinds import is_namespaced, key_of_kind
from auditor.kube.definitions import DEFINITION, TEMPLATES

OTHERS: Final = "*"
"""Stands for the namespaces of which a dump does not tell that they exist."""
NAMESPACES: Final = "namespaces"
DEFINITIONS: Final = "customresourcedefinitions"


@dataclass(slots=True)
class Held:
    """What a dump says of its own completeness. Resources go by their plural, custom ones with their group."""

    listed: dict[str, set[str]] = field(default_factory=dict)
    """The namespaces in which a resource was listed; empty for a list of all of them."""
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Resource and namespace of lists that are not there, or not whole, and why."""
    namespaces: set[str] = field(default_factory=set)
    """All of which the dump says that they exist."""
    groups: set[str] = field(default_factory=set)
    """The API groups that the server serves, if the dump tells them."""
    served: set[str] = field(default_factory=set)
    """The resources that it serves, if the dump tells them."""
    definitions: set[str] = field(default_factory=set)
    """Names of CustomResourceDefinitions."""
    templates: set[str] = field(default_factory=set)
    """Custom kinds that embed pod templates."""
    limit: str = ""
    """Why nothing at all is complete."""

    def add(self, resource: str, namespace: str) -> None:
        """Notes a list."""
        self.listed.setdefault(resource, set()).add(namespace)
        if namespace:
            self.namespaces.add(namespace)

    def fail(self, resource: str, namespace: str, reason: str) -> None:
        """Notes a list that is not there, or not whole."""
        self.failed.setdefault((resource, namespace), reason)
        if namespace:
            self.namespaces.add(namespace)

    def limited_to(self) -> tuple[str, ...]:
        """The namespaces that the dump holds, where it does not say that there are no others."""
        return () if self._all_known() else tuple(sorted(self.namespaces))

    def missing(self, wanted: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """Kind, namespace (empty: all of them) and reason of what is not there, of some kinds as rules name them."""
        named = {DEFINITION if kind == TEMPLATES else kind for kind in wanted}
        if TEMPLATES in wanted:
            named |= self.templates
        for kind in sorted(named):
            key = key_of_kind(kind)
            if key and not self._not_served(kind, key):
                for namespace, reason in self._lacking(key, kind):
                    yield kind, namespace, reason

    def _lacking(self, key: str, kind: str) -> Iterator[tuple[str, str]]:
        scopes = self._scopes(key)
        if self.limit:
            yield "", self.limit
        elif ("" in scopes or not is_namespaced(key)) and self._reason(key, ""):
            yield "", self._reason(key, "")
        elif not scopes:
            reason = next((why for (resource, _), why in sorted(self.failed.items()) if resource == key), "")
            yield "", reason or f"the dump has no list of {kind}"
        elif "" in scopes:
            yield from ((name, why) for (resource, name), why in sorted(self.failed.items()) if resource == key)
        else:
            for name in sorted(self.namespaces):
                if name not in scopes or (key, name) in self.failed:
                    yield name, self._reason(key, name) or f"the dump has no list of {kind} in namespace {name}"
            if not self._all_known():
                yield OTHERS, f"the dump holds {kind} of some namespaces, and does not say that there are no others"

    def _scopes(self, key: str) -> set[str]:
        """Sonobuoy notes its queries without the group, and queries one group of those that share a plural."""
        plural = key.partition(".")[0]
        bare = self.listed.get(plural, set()) if plural != key and not kinds.kind_of(plural)[1] else set()
        return self.listed.get(key, set()) | bare

    def _reason(self, key: str, namespace: str) -> str:
        return self.failed.get((key, namespace), "") or self.failed.get((key, ""), "")

    def _all_known(self) -> bool:
        return "" in self.listed.get(NAMESPACES, ()) and (NAMESPACES, "") not in self.failed

    def _not_served(self, kind: str, key: str) -> bool:
        """Whether the server does not have a kind, so that there is none of it."""
        if self.served:
            return key not in self.served
        group = kinds.group_of(kind)
        if self.groups and group:
            return group not in self.groups
        defined = "." in key or group == "policy.networking.k8s.io"
        whole = "" in self.listed.get(DEFINITIONS, ()) and (DEFINITIONS, "") not in self.failed
        return defined and whole and f"{key.partition('.')[0]}.{group}" not in self.definitions


def spanned(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Resources and namespaces of the objects that `kubectl get` printed in, in which namespace each is complete out.

    It lists one namespace or all of them, so that objects of two show that it was all (empty). A selector shows
    nowhere.
    """
    pairs = set(found)
    namespaces = {namespace for _, namespace in pairs if namespace}
    only = next(iter(namespaces)) if len(namespaces) == 1 else ""
    return {resource: only if namespace else "" for resource, namespace in pairs}
