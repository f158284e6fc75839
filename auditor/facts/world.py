"""Decoded resources of one world in, the indexes that joined facts need out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, NamedTuple, TypeVar

from auditor.facts.components.starts import Start
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin, Path
from auditor.tables.components import every_config_kind
from auditor.tables.tools import TOOLS

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

CONFIG_KINDS = (
    "EncryptionConfiguration",
    "EncryptionConfig",
    "AuthenticationConfiguration",
    "AuthorizationConfiguration",
    "AdmissionConfiguration",
    "PodSecurityConfiguration",
    "Configuration",
    "WebhookAdmissionConfiguration",
    "ValidatingAdmissionPolicyConfiguration",
    "MutatingAdmissionPolicyConfiguration",
    "EgressSelectorConfiguration",
    "Policy",
)
"""Kinds of the API server's configuration files (`rules/data/config-documents.json`)."""

_BESIDE = frozenset({"ServerVersion", "Probe", "NodeProbe", "Certificate"})
"""What is observed of every cluster, and shows no component: what its addresses answer, and the certificates there."""

_T = TypeVar("_T")

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
        *CONFIG_KINDS,
        *(f"{kind}.config.openshift.io" for kind in ("APIServer", "OAuth", "FeatureGate", "Image")),
    }
)


def is_joined(ref: ObjectRef) -> bool:
    """Whether a world keeps an object, such as all that was observed; of others it keeps what a workload's summary
    says.
    """
    return ref.api_version == OBSERVED or ref.kind_name in _joined_kinds()


@cache
def _joined_kinds() -> frozenset[str]:
    """Kinds of which a world keeps the objects, custom ones with their group."""
    return _JOINED | _telling_kinds()


@cache
def _telling_kinds() -> frozenset[str]:
    named = (name.rpartition("/") for name in (*every_config_kind(), *TOOLS))
    return frozenset(ObjectRef(f"{group}/v1", kind, "", "").kind_name for group, _, kind in named)


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
    """Objects that `is_joined` keeps, decoded, by kind, in the order of the input."""
    workloads: list[WorkloadSummary] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    """How pods start components of Kubernetes."""
    conflicts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Kind, namespace and name of objects that stand in the input twice with different content, and where."""
    unknown: dict[Origin, tuple[tuple[Origin, Path, str], ...]] = field(default_factory=dict)
    """Fields of resources that could not be decoded."""
    answers: dict[Callable[["World"], Any], Any] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out of it and may be asked for again: see `once`."""

    def of(self, *kinds: str) -> Iterable[Resource]:
        """All objects of some kinds."""
        for kind in kinds:
            yield from self.resources.get(kind, ())

    def may_show_components(self) -> bool:
        """Whether anything in it may start or configure a component: pods, what was observed, configuration."""
        kinds = {name.partition(".")[0] for name in _telling_kinds()}
        return bool(self.starts) or any(
            kind in kinds or (some[0].ref.api_version == OBSERVED and kind not in _BESIDE)
            for kind, some in self.resources.items()
            if some
        )

    def conflict(self, ref: ObjectRef) -> str:
        """Why a join on this object cannot be decided, or empty."""
        return self.conflicts.get((ref.kind, ref.namespace, ref.name), "")


def once(work_out: Callable[[World], _T]) -> Callable[[World], _T]:
    """A function whose answer a world keeps, since several subjects ask the same.

    It may be asked once everything is in the world; nobody may change what it answers.
    """

    @wraps(work_out)
    def answer(world: World) -> _T:
        if work_out not in world.answers:
            world.answers[work_out] = work_out(world)
        kept: _T = world.answers[work_out]
        return kept

    return answer


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
