"""A pod spec and a container in, the security context that the container really runs with out.

Source: pkg/securitycontext/util.go of kubernetes (container over pod, field by field for Windows options), the
kubelet's defaults for what neither sets, and KEP-127 for user namespaces.
"""

from collections.abc import Mapping
from typing import Any

Mapped = Mapping[str, Any]
_EMPTY: Mapped = {}

APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
"""Prefix of the annotation that the `appArmorProfile` field replaced in 1.30."""
SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
"""Annotations that the kubelet stopped reading in 1.27."""


def pod_os(spec: Mapped) -> str:
    """`windows` where the pod says so, by `os.name`, its node selector or its Windows options; else `linux`."""
    name = (spec.get("os") or _EMPTY).get("name")
    if not name:
        selector = spec.get("nodeSelector") or _EMPTY
        name = selector.get("kubernetes.io/os") or selector.get("beta.kubernetes.io/os")
    if not name and (spec.get("securityContext") or _EMPTY).get("windowsOptions"):
        name = "windows"
    return "windows" if name == "windows" else "linux"


def effective(spec: Mapped, container: Mapped, annotations: Mapped) -> dict[str, Any]:
    """The effective security context; a key is absent where only the image or the node decides."""
    pod = spec.get("securityContext") or _EMPTY
    own = container.get("securityContext") or _EMPTY
    result: dict[str, Any] = {
        "privileged": own.get("privileged", False),
        "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem", False),
        "runAsNonRoot": own.get("runAsNonRoot", pod.get("runAsNonRoot", False)),
        "procMount": own.get("procMount", "Default"),
        "hostUsers": spec.get("hostUsers", True),
        "hostProcess": _windows(pod, own).get("hostProcess", False),
    }
    for key in ("runAsUser", "runAsGroup", "seLinuxOptions"):
        value = own.get(key, pod.get(key))
        if value is not None:
            result[key] = value
    capabilities = own.get("capabilities") or _EMPTY
    added = [str(name).upper() for name in capabilities.get("add") or ()]
    result["capabilities"] = {
        "add": added,
        "drop": [str(name).upper() for name in capabilities.get("drop") or ()],
    }
    escalation = own.get("allowPrivilegeEscalation", True)
    result["allowPrivilegeEscalation"] = escalation or result["privileged"] or "SYS_ADMIN" in added
    _profiles(result, pod, own, annotations, str(container.get("name", "")))
    return result


def _windows(pod: Mapped, own: Mapped) -> Mapped:
    return {**(pod.get("windowsOptions") or _EMPTY), **(own.get("windowsOptions") or _EMPTY)}


def _profiles(result: dict[str, Any], pod: Mapped, own: Mapped, annotations: Mapped, name: str) -> None:
    """Seccomp and AppArmor profiles as type names.

    A privileged container runs without seccomp (pkg/kubelet/kuberuntime) and without the runtime's default AppArmor
    profile (containerd, internal/cri/server/container_create_linux.go); a Localhost profile still applies to it.
    """
    seccomp = (own.get("seccompProfile") or pod.get("seccompProfile") or _EMPTY).get("type")
    field = own.get("appArmorProfile") or pod.get("appArmorProfile")
    annotated = _from_annotation(annotations.get(APPARMOR_ANNOTATION + name))
    apparmor = field.get("type") if field else annotated
    if result["privileged"]:
        seccomp = "Unconfined"
        apparmor = apparmor if apparmor == "Localhost" else "Unconfined"
    if seccomp:
        result["seccompProfile"] = seccomp
    if apparmor:
        result["appArmorProfile"] = apparmor


def _from_annotation(value: Any) -> str | None:
    """The profile type that an AppArmor annotation stands for."""
    if value == "runtime/default":
        return "RuntimeDefault"
    if value == "unconfined":
        return "Unconfined"
    if isinstance(value, str) and value.startswith("localhost/"):
        return "Localhost"
    return None
