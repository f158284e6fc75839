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

TOOLS: Final[Mapping[str, frozenset[str]]] = {**KUBEADM}
"""All such kinds."""
