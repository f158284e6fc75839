"""A kind's name in, the API group and the plural by which permissions name it out."""

from typing import NamedTuple

from auditor.tables.folder import load_table

_LEGACY = frozenset({"extensions"})
_POLICIES = "policy.networking.k8s.io"
_BESIDE = dict.fromkeys(("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"), _POLICIES)
"""Kinds of Kubernetes' own groups that k8s.io/api does not have (sigs.k8s.io/network-policy-api)."""


class GroupResource(NamedTuple):
    """What a rule of a ClusterRole names: `group` is empty for the core group."""

    group: str
    resource: str


def group_resource(kind_name: str) -> GroupResource:
    """`Deployment` in, `apps` and `deployments` out; a custom kind carries its group. KeyError for an unknown kind.

    Where several groups have had a kind, the one that serves it in its newest version counts. Plurals follow the rule
    by which Kubernetes' own and kubebuilder's types are named (k8s.io/gengo namer.NewAllLowercasePluralNamer).
    """
    kind, dot, group = kind_name.partition(".")
    return GroupResource(group if dot else _group(kind), plural(kind))


def plural(kind: str) -> str:
    """`NetworkPolicy` in, `networkpolicies` out."""
    name = kind.lower()
    if name.endswith("endpoints"):
        return name
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"


def _group(kind: str) -> str:
    if kind in _BESIDE:
        return _BESIDE[kind]
    found = [str(entry).split(" ")[0] for entry in load_table("api-types")["kinds"] if entry.endswith(f" {kind}")]
    groups: dict[str, str] = {version.rpartition("/")[0]: version.rpartition("/")[2] for version in sorted(found)}
    if not groups:
        raise KeyError(kind)
    stable = [group for group, version in groups.items() if "alpha" not in version and "beta" not in version]
    return next((group for group in stable or groups if group not in _LEGACY), next(iter(groups)))
