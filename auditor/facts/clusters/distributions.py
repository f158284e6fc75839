"""The server's answer, API groups and Nodes in; which distribution that is, by which signs, and its support out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from auditor.kube.versions import Version
from auditor.model.inventory import Resource
from auditor.tables.distributions import Distribution, Sign, distributions, showing
from auditor.tables.releases import managed_end, openshift_cycle

CONTROL_PLANE_LABELS = (
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node.kubernetes.io/microk8s-controlplane",
)
"""Labels of a Node that runs a control plane: kubeadm's (cmd/kubeadm/app/constants), its old one, MicroK8s' own."""


class Recognised(NamedTuple):
    """The distribution, None if nothing is a sign of one, and the texts that say why."""

    distribution: Distribution | None
    evidence: tuple[str, ...]


class _Seen(NamedTuple):
    sign: Sign
    text: str
    shown: str


def recognise(git_version: str, groups: Iterable[str], nodes: Iterable[Resource]) -> Recognised:
    """The first distribution of the table that anything is a sign of.

    The control plane of a managed one has no Nodes: where there are some, it is another that looks like it.
    """
    nodes = list(nodes)
    found: dict[str, dict[Sign, str]] = {}
    for seen in _signs(git_version, groups, nodes):
        for name in showing(seen.sign, seen.text):
            found.setdefault(name, {}).setdefault(seen.sign, seen.shown)
    own_control_plane = any(is_control_plane(node) for node in nodes)
    for name, distribution in distributions().items():
        if name in found and not (distribution.managed and own_control_plane):
            return Recognised(distribution, tuple(found[name].values()))
    return Recognised(None, ())


def is_control_plane(node: Resource) -> bool:
    """Whether a Node's labels say that it runs a control plane."""
    labels = (node.manifest.get("metadata") or {}).get("labels") or {}
    return any(label in labels for label in CONTROL_PLANE_LABELS)


def _signs(git_version: str, groups: Iterable[str], nodes: Iterable[Resource]) -> Iterator[_Seen]:
    if git_version:
        yield _Seen("versions", git_version, f"server version {git_version}")
    for group in groups:
        yield _Seen("groups", group, f"API group {group}")
    for node in nodes:
        name = f"node {node.ref.name}"
        info = (node.manifest.get("status") or {}).get("nodeInfo") or {}
        kubelet, image = info.get("kubeletVersion", ""), info.get("osImage", "")
        provider = (node.manifest.get("spec") or {}).get("providerID", "")
        yield _Seen("versions", kubelet, f"{name}: kubelet {kubelet}")
        yield _Seen("osImages", image, f"{name}: OS image {image}")
        yield _Seen("providerIDs", provider, f"{name}: provider id {provider}")
        for key, value in ((node.manifest.get("metadata") or {}).get("labels") or {}).items():
            yield _Seen("labels", f"{key}={value}", f"{name}: label {key}")


def vendor_support(distribution: Distribution | None, version: Version, today: date) -> Mapping[str, Any] | None:
    """The vendor's own support of a Kubernetes minor on a day, None where the table has no dates of his.

    `state` is `standard`, `extended` (which mostly costs extra), `ended`, or `unknown` where the extension cannot be
    seen; `daysToEnd` counts to the end of the state that it is in, negative once all has ended.
    """
    if distribution is None or not distribution.offering:
        return None
    openshift = distribution.offering == "openshift"
    cycle = openshift_cycle(version) if openshift else str(version.without_patch)
    dates = managed_end(distribution.offering, cycle)
    if dates is None:
        return None
    standard, extended = dates
    end = standard if today <= standard else extended or standard
    state = "standard" if today <= standard else "ended" if today > end else "extended"
    return {
        "offering": distribution.name,
        "cycle": cycle,
        "state": "unknown" if state == "ended" and distribution.extension else state,
        "standardEnd": standard.isoformat(),
        "extendedEnd": extended.isoformat() if extended else "",
        "daysToEnd": (end - today).days,
    }
