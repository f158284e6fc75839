"""Kinds of documents that tell a tool how to start components of Kubernetes; which components each is about."""

from collections.abc import Mapping
from typing import Final

_CONTROL_PLANE: Final = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"})
_KUBELET: Final = frozenset({"kubelet"})

KUBEADM: Final[Mapping[str, frozenset[str]]] = {
    "kubeadm.k8s.io/ClusterConfiguration": _CONTROL_PLANE,
    "kubeadm.k8s.io/InitConfiguration": _KUBELET,
    "kubeadm.k8s.io/JoinConfiguration": _KUBELET,
}
"""The kinds that kubeadm reads, also from a ConfigMap; group and kind with a slash between them."""

CLUSTER_API: Final[Mapping[str, tuple[str, ...]]] = {
    "controlplane.cluster.x-k8s.io/KubeadmControlPlane": ("spec", "kubeadmConfigSpec"),
    "controlplane.cluster.x-k8s.io/KubeadmControlPlaneTemplate": ("spec", "template", "spec", "kubeadmConfigSpec"),
    "bootstrap.cluster.x-k8s.io/KubeadmConfig": ("spec",),
    "bootstrap.cluster.x-k8s.io/KubeadmConfigTemplate": ("spec", "template", "spec"),
}
"""Kinds of Cluster API, and where each holds what kubeadm is told."""

KIND: Final = "kind.x-k8s.io/Cluster"
KOPS_GROUP: Final = "kops.k8s.io"
KOPS_CLUSTER: Final = f"{KOPS_GROUP}/Cluster"
TALOS: Final = "observed.kubeplumb.dev/TalosConfig"

K0S: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "k0s.k0sproject.io/ClusterConfig": ((), ()),
    "k0sctl.k0sproject.io/Cluster": (("spec", "k0s", "config"), ("spec", "k0s", "version")),
    "controlplane.cluster.x-k8s.io/K0sControlPlane": (("spec", "k0sConfigSpec", "k0s"), ("spec", "version")),
}
"""Kinds that are or hold a ClusterConfig of k0s: where it is, and where the version."""

TOOLS: Final[Mapping[str, frozenset[str]]] = {
    **KUBEADM,
    **{name: _KUBELET if "Config" in name.rpartition("/")[2] else _CONTROL_PLANE | _KUBELET for name in CLUSTER_API},
    KIND: _CONTROL_PLANE | _KUBELET,
    KOPS_CLUSTER: (_CONTROL_PLANE - {"etcd"}) | _KUBELET | {"kube-proxy"},
    f"{KOPS_GROUP}/InstanceGroup": _KUBELET,
    TALOS: _CONTROL_PLANE | _KUBELET | {"kube-proxy"},
    **dict.fromkeys(K0S, _CONTROL_PLANE | _KUBELET),
}
"""All such kinds."""

FILES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    **{name: ((*path, "files", "*"),) for name, path in CLUSTER_API.items()},
    KOPS_CLUSTER: (("spec", "fileAssets", "*"),),
}
"""Where an object holds files for the machines, `*` being each item of a list: items have a `path` and a `content`."""

PATCHES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    KIND: (("kubeadmConfigPatches", "*"), ("nodes", "*", "kubeadmConfigPatches", "*")),
}
"""Where an object holds patches of kubeadm's documents as texts."""

VERSIONS: Final[Mapping[str, tuple[str | int, ...]]] = {
    "kubeadm.k8s.io/ClusterConfiguration": ("kubernetesVersion",),
    KIND: ("nodes", 0, "image"),
    KOPS_CLUSTER: ("spec", "kubernetesVersion"),
    TALOS: ("cluster", "apiServer", "image"),
    "k0sctl.k0sproject.io/Cluster": ("spec", "k0s", "version"),
}
"""Where such an object tells the version of its cluster, itself or by an image's tag. Objects of Cluster API are about
other clusters than the one that they are in."""
