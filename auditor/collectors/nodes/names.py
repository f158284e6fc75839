"""A file's name, and its text in, whether it may be part of a node's configuration out, and of which sort.

A repository has many files that end in `.conf` or `.service`. By its name alone a file is looked at, and read only if
its text speaks of Kubernetes.
"""

import os
import re
from typing import Final

OTHER: Final = "other file of a node"
TEXTS: Final = ("unit", "environment", "toml")
"""Sorts of texts that are neither YAML nor JSON."""
_SUFFIXES: Final = (".service", ".conf", ".conflist", ".env", ".kubeconfig", ".toml")
_OURS: Final = r"kube|etcd|k3s|rke2|super-admin|containerd|crio|cri-o"
_CONF_NAMES: Final = rf"{_OURS}|^(?:admin|controller-manager|scheduler|apiserver|registries)\.conf$"
_CONF_FOLDERS: Final = rf"{_OURS}|(?:^|[./])service\.d$|(?:^|/)registries\.conf\.d$"
_NEAR: Final = 2
"""Folders whose names count: drop-ins of a kubelet may lie in `kubelet/conf.d`."""
_BARE_FOLDERS: Final = frozenset({"default", "sysconfig", "kubernetes", "kubelet", "kube-proxy", ".kube", "etcd"})
_BARE_NAMES: Final = frozenset({"apiserver", "config", "controller-manager", "scheduler", "proxy"})
_HINT: Final = rb"kube|KUBE|etcd|ETCD|k3s|K3S|rke2|RKE2|containerd|crio|cniVersion"
_SERVICE: Final = r"(?m)^[ \t]*\[Service\]"
_VARIABLE: Final = r"(?m)^[ \t]*[A-Za-z_]\w*[ \t]*="
_OUR_VARIABLE: Final = r"(?m)^[ \t]*(?:ETCD|KUBE|K3S|RKE2)\w*[ \t]*="
_RUNTIME: Final = r"(?m)^[ \t]*\[\[?(?:crio|registry|registries)[.\]]"
_FIELD: Final = r"(?m)^[ \t{,]*\"?(?:kind|apiVersion|cniVersion|listen-client-urls|client-transport-security)\"?[ \t]*:"


def may_be(name: str, folder: str) -> bool:
    """Whether a file in a folder is worth a look, by its name alone; those of other suffixes are no question."""
    if name.endswith(_SUFFIXES):
        if name.endswith((".service", ".conflist", ".kubeconfig")):
            return True
        if name.endswith(".toml"):
            return name == "hosts.toml" or "containerd" in name or (name == "config.toml" and "containerd" in folder)
        near = "/".join(re.split(r"[/\\]", folder)[-_NEAR:])
        return bool(re.search(_CONF_NAMES, name) or re.search(_CONF_FOLDERS, near))
    if "." in name or name == "Makefile":
        return False
    where = os.path.basename(folder)
    return where in _BARE_FOLDERS and (name in _BARE_NAMES or bool(re.search(_CONF_NAMES, name)))


def is_candidate(name: str) -> bool:
    """Whether a printed name, perhaps of a file in a node bundle, is one that `may_be` picks."""
    if name.endswith((".yaml", ".yml", ".json")):
        return False  # as most are, and `may_be` would say
    folder, base = os.path.split(name.rpartition("!")[2])
    return may_be(base, folder)


def concerns_kubernetes(name: str, data: bytes) -> bool:
    """Whether a file speaks of Kubernetes at all, by its name or in its bytes."""
    base = os.path.basename(name)
    return bool(re.search(rf"{_OURS}|^registries\.conf$|^hosts\.toml$", base) or re.search(_HINT, data))


def sort_of(name: str, text: str) -> str:
    """What the text of a candidate is: `unit`, `environment`, `toml` of a runtime, `yaml` (or JSON), or empty."""
    if name.endswith(".toml") or re.search(_RUNTIME, text):
        return "toml"
    if re.search(_SERVICE, text):
        return "unit"
    if re.search(_FIELD, text) or name.endswith(".conflist"):
        return "yaml"
    if name.endswith((".service", ".kubeconfig")):
        return ""
    variable = _OUR_VARIABLE if name.endswith(".conf") else _VARIABLE
    return "environment" if re.search(variable, text) else ""


def configures_a_node(name: str, text: str) -> bool:
    """Whether a file that a node bundle holds is such a part; of YAML only a look can tell, so all that may be is."""
    if is_candidate(name):
        return bool(sort_of(name, text))
    return bool(text) and ("/etc/rancher/" in name or re.search(_FIELD, text) is not None)
