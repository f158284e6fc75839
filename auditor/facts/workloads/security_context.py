"""A pod spec and a container in, the security context that the container really runs with out.

Source: pkg/securitycontext/util.go of kubernetes (container over pod, field by field for Windows options), the
kubelet's defaults for what neither sets, and KEP-127 for user namespaces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Mapped = Mapping[str, Any]
_EMPTY: Mapped = {}

APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
"""Prefix of the annotation that the `appArmorProfile` field replaced in 1.30."""
SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
"""Annotations that were all there was before the `seccompProfile` field of 1.19, and count for nothing from 1.27 on."""
SECCOMP_FIELD_SINCE, SECCOMP_ANNOTATIONS_UNTIL = 19, 27

INHERITED = ("appArmorProfile", "runAsNonRoot", "runAsUser", "seLinuxOptions", "seccompProfile")
"""Fields of the pod's security context that a container's own field replaces as a whole."""


def pod_os(spec: Mapped) -> str:
    """`windows` where the pod says so, by `os.name`, its node selector or its Windows options; else `linux`."""
    name = (spec.get("os") or _EMPTY).get("name")
    if not name:
        selector = spec.get("nodeSelector") or _EMPTY
        name = selector.get("kubernetes.io/os") or selector.get("beta.kubernetes.io/os")
    if not name and (spec.get("securityContext") or _EMPTY).get("windowsOptions"):
        name = "windows"
    return "windows" if name == "windows" else "linux"


def overridden(spec: Mapped, containers: Sequence[Mapped], annotations: Mapped) -> list[str]:
    """Fields of the pod's security context that no container inherits; `hostProcess` is the one of `windowsOptions`."""
    pod = spec.get("securityContext") or _EMPTY
    if not pod:
        return []
    own = [
        {**_annotated(container, annotations), **(container.get("securityContext") or _EMPTY)}
        for container in containers
    ]
    found = [key for key in INHERITED if key in pod and all(key in context for context in own)]
    if "hostProcess" in _windows(pod) and all("hostProcess" in _windows(context) for context in own):
        found.append("hostProcess")
    return found


def _annotated(container: Mapped, annotations: Mapped) -> Mapped:
    """What a container's AppArmor annotation puts before the pod's field."""
    profile = (
        _profile_type(annotations.get(APPARMOR_ANNOTATION + str(container.get("name", "")))) if annotations else None
    )
    return {"appArmorProfile": profile} if profile else _EMPTY


def effective(spec: Mapped, container: Mapped, annotations: Mapped, minor: int) -> dict[str, Any]:
    """The effective security context at version 1.`minor`; a key is absent where only the image or the node decides."""
    pod = spec.get("securityContext") or _EMPTY
    own = container.get("securityContext") or _EMPTY
    result: dict[str, Any] = {
        "privileged": own.get("privileged", False),
        "readOnlyRootFilesystem": own.get("readOnlyRootFilesystem", False),
        "runAsNonRoot": own.get("runAsNonRoot", pod.get("runAsNonRoot", False)),
        "procMount": own.get("procMount", "Default"),
        "hostUsers": spec.get("hostUsers", True),
        "hostProcess": {**_windows(pod), **_windows(own)}.get("hostProcess", False),
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
    name = str(container.get("name", ""))
    _seccomp(result, pod, own, _seccomp_annotation(annotations, name, minor), minor)
    _apparmor(result, pod, own, _profile_type(annotations.get(APPARMOR_ANNOTATION + name)))
    return result


def _windows(context: Mapped) -> Mapped:
    options: Mapped = context.get("windowsOptions") or _EMPTY
    return options


def _seccomp(result: dict[str, Any], pod: Mapped, own: Mapped, annotated: str | None, minor: int) -> None:
    """The type of the seccomp profile.

    The API server of 1.19 to 1.26 copied annotations to fields that were not set. A privileged container runs without
    a profile, whatever the pod says (containerd, internal/cri/server/container_create_linux.go).
    """
    profile = own.get("seccompProfile", pod.get("seccompProfile")) if minor >= SECCOMP_FIELD_SINCE else None
    kind = annotated if profile is None else profile.get("type", "")
    if result["privileged"]:
        kind = "Unconfined"
    if kind is not None:
        result["seccompProfile"] = kind


def _seccomp_annotation(annotations: Mapped, name: str, minor: int) -> str | None:
    if minor >= SECCOMP_ANNOTATIONS_UNTIL or not annotations:
        return None
    value = annotations.get(SECCOMP_CONTAINER_ANNOTATION + name, annotations.get(SECCOMP_POD_ANNOTATION))
    fallback = None if minor >= SECCOMP_FIELD_SINCE else "Unconfined"
    return None if value is None else _profile_type(value) or fallback


def _apparmor(result: dict[str, Any], pod: Mapped, own: Mapped, annotated: str | None) -> None:
    """The type of the AppArmor profile: of the container, of its annotation, of the pod, in this order.

    Source: GetProfile in pkg/security/apparmor/helpers.go. A privileged container runs without the runtime's default
    profile (containerd, as above); a Localhost profile still applies to it.
    """
    profile = own.get("appArmorProfile")
    if profile is None:
        profile = {"type": annotated} if annotated else pod.get("appArmorProfile")
    kind = None if profile is None else profile.get("type", "")
    if result["privileged"] and kind != "Localhost":
        kind = "Unconfined"
    if kind is not None:
        result["appArmorProfile"] = kind


def _profile_type(value: Any) -> str | None:
    """The profile type that an AppArmor or seccomp annotation stands for, None where it stands for none."""
    if value in ("runtime/default", "docker/default"):
        return "RuntimeDefault"
    if value == "unconfined":
        return "Unconfined"
    if isinstance(value, str) and value.startswith("localhost/"):
        return "Localhost"
    return None
