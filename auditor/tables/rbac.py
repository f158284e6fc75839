"""Nothing in, the table of dangerous permissions and the bootstrap policy of a stock cluster out."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from auditor.tables.folder import load_table


class Pattern(NamedTuple):
    """Requests any one of which gives a capability: every verb on every resource of every group."""

    verbs: tuple[str, ...]
    groups: frozenset[str]
    resources: tuple[str, ...]
    """`x/y` is a subresource; `x/?` any subresource of x, whose names are free."""
    cluster: bool
    """Whether the resource lies outside of namespaces, so that no RoleBinding grants it."""
    named: bool
    """Whether a rule that is limited to some names gives the capability as well."""


@cache
def capabilities() -> Mapping[str, tuple[Pattern, ...]]:
    """The dangerous permissions by name, as the words in `allows` of facts name them."""
    return {
        name: tuple(
            Pattern(
                tuple(item["verbs"]),
                frozenset(item["groups"]),
                tuple(item["resources"]),
                item.get("cluster", False),
                item.get("named", False),
            )
            for item in items
        )
        for name, items in load_table("rbac-capabilities")["capabilities"].items()
    }


@cache
def cluster_scoped() -> frozenset[tuple[str, str]]:
    """API group and plural of Kubernetes' own resources that lie outside of namespaces."""
    table = load_table("rbac-capabilities")["clusterScoped"]
    return frozenset((group, resource) for group, resources in table.items() for resource in resources)


@cache
def bootstrap() -> Mapping[str, Mapping[str, Any]]:
    """Roles and bindings that kube-apiserver and kubeadm create, by kind and by name or namespace/name.

    A role has `rules`, and in `also` what it permitted in older releases or with a feature gate; a binding has
    `roleKind`, `roleRef` and `subjects` written as kind:namespace:name. Made by tools/bootstrap_rbac.py.
    """
    table = load_table("bootstrap-rbac")
    return {kind: objects for kind, objects in table.items() if kind != "source"}
