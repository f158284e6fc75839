"""A parsed document in, the part of a Talos machine configuration out that tells how Kubernetes is started.

Such a document has no kind, and is full of keys and tokens: nothing is kept but the fields named here. Field names are
those of pkg/machinery/config/types/v1alpha1 of github.com/siderolabs/talos.
"""

from collections.abc import Mapping
from typing import Any, Final

KIND: Final = "TalosConfig"

_STATIC_POD: Final = {"image": True, "extraArgs": True, "extraVolumes": True}
_KEPT: Final[Mapping[str, Any]] = {
    "version": True,
    "cluster": {
        "clusterName": True,
        "network": {"dnsDomain": True, "podSubnets": True, "serviceSubnets": True},
        "apiServer": {**_STATIC_POD, "admissionControl": True, "auditPolicy": True, "authorizationConfig": True},
        "controllerManager": _STATIC_POD,
        "scheduler": {**_STATIC_POD, "disabled": True, "config": True},
        "proxy": {"disabled": True, "image": True, "mode": True, "extraArgs": True},
        "etcd": {"image": True, "extraArgs": True},
        "secretboxEncryptionSecret": False,
        "aescbcEncryptionSecret": False,
    },
    "machine": {
        "type": True,
        "install": {"image": True},
        "kubelet": {
            "image": True,
            "extraArgs": True,
            "extraConfig": True,
            "defaultRuntimeSeccompProfileEnabled": True,
            "disableManifestsDirectory": True,
            "skipNodeRegistration": True,
        },
        "sysctls": True,
    },
}
"""Fields that are kept: whole (true), or for their being there alone (false)."""


def talos_config(value: Any) -> dict[str, Any] | None:
    """What is kept of a machine configuration; None for any other document."""
    if not isinstance(value, dict) or value.get("version") != "v1alpha1" or "kind" in value:
        return None
    if not any(isinstance(value.get(key), dict) for key in ("machine", "cluster")):
        return None
    kept = _kept(value, _KEPT)
    return kept if isinstance(kept, dict) else None


def _kept(value: Any, wanted: Any) -> Any:
    if wanted is True:
        return value
    if wanted is False:
        return bool(value)
    if not isinstance(value, dict):
        return None if value is None else "not an object"
    return {key: _kept(value[key], wanted[key]) for key in value if key in wanted}
