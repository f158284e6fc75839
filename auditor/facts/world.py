"""Decoded resources of one world in, the indexes that joined facts need out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from auditor.facts.starts import Start
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin, Path
from auditor.tables.components import every_config_kind

POLICY_KINDS = (
    "NetworkPolicy",
    "CiliumNetworkPolicy.cilium.io",
    "CiliumClusterwideNetworkPolicy.cilium.io",
    "GlobalNetworkPolicy.crd.projectcalico.org",
    "GlobalNetworkPolicy.projectcalico.org",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
)
"""Kinds that say what traffic of pods is let through."""

_OBSERVED = (
    "Probe",
    "NodeProbe",
    "Certificate",
    "ServerVersion",
    "KubeletConfigz",
    "HostFile",
    "HostProcess",
    "HostState",
    "SystemdUnit",
    "EnvironmentFile",
    "K3sConfig",
    "Rke2Config",
    "Kubeconfig",
)

_JOINED = frozenset(
    {
        "Namespace",
        "ServiceAccount",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ResourceQuota",
        "LimitRange",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "APIService",
        "Node",
        *POLICY_KINDS,
        *(f"{kind}.observed.kubeplumb.dev" for kind in _OBSERVED),
    }
)


@cache
def joined_kinds() -> frozenset[str]:
    """Kinds of which a world keeps the objects, custom ones with their group; of every other kind it keeps what a
    workload's summary says.
    """
    return _JOINED | {kind_name(name) for name in every_config_kind()}


def kind_name(name: str) -> str:
    """`kubelet.config.k8s.io/KubeletConfiguration` in, the kind as `ObjectRef.kind_name` has it out."""
    group, _, kind = name.rpartition("/")
    return ObjectRef(f"{group}/v1", kind, "", "").kind_name


class WorkloadSummary(NamedTuple):
    """What joins need to know of a workload after its manifest is gone."""

    ref: ObjectRef
    origin: Origin
    world: str
    template: Path
    labels: Mapping[str, str]
    """Of its pods."""
    service_account: str
    automount: bool | None
    """`automountServiceAccountToken` of the pod spec, None where it says nothing."""
    host_network: bool
    control_plane: str
    unknown: tuple[tuple[Origin, Path, str], ...] = ()


@dataclass(slots=True)
class World:
    """One cluster's worth of objects: joins never cross its border."""

    name: str
    cluster: Fact
    complete: Completeness
    resources: dict[str, list[Resource]] = field(default_factory=dict)
    """Objects of `joined_kinds`, decoded, by kind, in the order of the input."""
    workloads: list[WorkloadSummary] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    """How pods start components of Kubernetes."""
    conflicts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Kind, namespace and name of objects that stand in the input twice with different content, and where."""
    unknown: dict[Origin, tuple[tuple[Origin, Path, str], ...]] = field(default_factory=dict)
    """Fields of resources that could not be decoded."""

    def of(self, *kinds: str) -> Iterable[Resource]:
        """All objects of some kinds."""
        for kind in kinds:
            yield from self.resources.get(kind, ())

    def conflict(self, ref: ObjectRef) -> str:
        """Why a join on this object cannot be decided, or empty."""
        return self.conflicts.get((ref.kind, ref.namespace, ref.name), "")


def summary(workload: Fact) -> WorkloadSummary:
    """What a world keeps of a workload."""
    template = workload.value["template"]
    spec, metadata = template["spec"], template["metadata"]
    origin, ref, path = workload.anchors["template"]
    labels: Any = metadata.get("labels") or {}
    return WorkloadSummary(
        ref,
        origin,
        workload.world,
        path,
        labels,
        workload.value["serviceAccount"],
        spec.get("automountServiceAccountToken"),
        bool(spec.get("hostNetwork")),
        workload.value["controlPlane"],
        workload.unknown,
    )
