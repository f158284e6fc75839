"""The effective security context (pkg/securitycontext/util.go, pkg/security/apparmor/helpers.go) and host paths."""

from typing import Any

import pytest

from auditor.facts.workloads.host_paths import host_paths
from auditor.facts.workloads.security_context import effective, overridden, pod_os

APPARMOR = "container.apparmor.security.beta.kubernetes.io/web"
SECCOMP = "container.seccomp.security.alpha.kubernetes.io/web"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
DEFAULT = {"type": "RuntimeDefault"}
UNCONFINED = {"type": "Unconfined"}


def _effective(own: Any = None, pod: Any = None, annotations: Any = None, minor: int = 37) -> dict[str, Any]:
    container = {"name": "web", "securityContext": own or {}}
    return effective({"securityContext": pod or {}}, container, annotations or {}, minor)


def test_a_container_field_wins_over_the_pods() -> None:
    pod = {"runAsUser": 0, "runAsGroup": 5, "runAsNonRoot": True, "seLinuxOptions": {"type": "spc_t", "level": "s0"}}
    found = _effective({"runAsUser": 7, "runAsNonRoot": False, "seLinuxOptions": {"level": "s1"}}, pod)
    assert (found["runAsUser"], found["runAsGroup"], found["runAsNonRoot"]) == (7, 5, False)
    assert found["seLinuxOptions"] == {"level": "s1"}, "replaced as a whole"


def test_what_only_the_image_or_the_node_decides_is_absent() -> None:
    assert not {"runAsUser", "runAsGroup", "seccompProfile", "appArmorProfile", "seLinuxOptions"} & set(_effective())


def test_windows_options_are_joined_field_by_field() -> None:
    pod = {"windowsOptions": {"hostProcess": True}}
    assert _effective({"windowsOptions": {"runAsUserName": "x"}}, pod)["hostProcess"] is True
    assert _effective({"windowsOptions": {"hostProcess": False}}, pod)["hostProcess"] is False


@pytest.mark.parametrize(
    ("own", "pod", "annotation", "expected"),
    [
        (DEFAULT, UNCONFINED, "unconfined", "RuntimeDefault"),
        (None, DEFAULT, "unconfined", "Unconfined"),
        (None, UNCONFINED, "localhost/x", "Localhost"),
        (None, UNCONFINED, "bogus", "Unconfined"),
        (None, DEFAULT, "", "RuntimeDefault"),
        ({}, DEFAULT, None, ""),
    ],
)
def test_apparmor_of_container_then_annotation_then_pod(own: Any, pod: Any, annotation: Any, expected: str) -> None:
    annotations = {} if annotation is None else {APPARMOR: annotation}
    found = _effective({} if own is None else {"appArmorProfile": own}, {"appArmorProfile": pod}, annotations)
    assert found["appArmorProfile"] == expected


@pytest.mark.parametrize(
    ("minor", "field", "annotations", "expected"),
    [
        (18, DEFAULT, {}, None),
        (18, None, {SECCOMP: "unconfined", SECCOMP_POD: "runtime/default"}, "Unconfined"),
        (18, None, {SECCOMP_POD: "docker/default"}, "RuntimeDefault"),
        (18, None, {SECCOMP_POD: "bogus"}, "Unconfined"),
        (19, None, {SECCOMP_POD: "localhost/x"}, "Localhost"),
        (19, None, {SECCOMP_POD: "bogus"}, None),
        (26, UNCONFINED, {SECCOMP: "runtime/default"}, "Unconfined"),
        (27, None, {SECCOMP: "unconfined"}, None),
    ],
)
def test_seccomp_by_version(minor: int, field: Any, annotations: Any, expected: str | None) -> None:
    found = _effective({}, {"seccompProfile": field} if field else {}, annotations, minor)
    assert found.get("seccompProfile") == expected


def test_privileged_is_unconfined_but_for_a_named_apparmor_profile() -> None:
    local = {"type": "Localhost", "localhostProfile": "x"}
    found = _effective({"privileged": True, "seccompProfile": DEFAULT, "appArmorProfile": local})
    assert (found["seccompProfile"], found["appArmorProfile"]) == ("Unconfined", "Localhost")
    assert _effective({"privileged": True, "appArmorProfile": DEFAULT})["appArmorProfile"] == "Unconfined"
    assert found["allowPrivilegeEscalation"] is True


def test_capabilities_are_in_upper_case_and_sys_admin_implies_escalation() -> None:
    found = _effective({"allowPrivilegeEscalation": False, "capabilities": {"add": ["sys_admin"], "drop": ["all"]}})
    assert found["capabilities"] == {"add": ["SYS_ADMIN"], "drop": ["ALL"]}
    assert found["allowPrivilegeEscalation"] is True


def test_a_pod_field_is_overridden_only_by_all_containers() -> None:
    spec = {"securityContext": {"runAsUser": 0, "seccompProfile": UNCONFINED, "appArmorProfile": UNCONFINED}}
    one = {"name": "web", "securityContext": {"runAsUser": 1, "seccompProfile": DEFAULT}}
    other = {"name": "setup", "securityContext": {"runAsUser": 2}}
    assert overridden(spec, [one, other], {}) == ["runAsUser"]
    assert overridden(spec, [one], {APPARMOR: "runtime/default"}) == ["appArmorProfile", "runAsUser", "seccompProfile"]
    assert overridden({}, [one], {}) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "linux"),
        ({"os": {"name": "windows"}}, "windows"),
        ({"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "windows"}}, "linux"),
        ({"nodeSelector": {"kubernetes.io/os": "windows"}}, "windows"),
        ({"securityContext": {"windowsOptions": {"runAsUserName": "x"}}}, "windows"),
    ],
)
def test_the_operating_system(spec: Any, expected: str) -> None:
    assert pod_os(spec) == expected


def test_host_paths_tell_sensitivity_and_the_widest_access() -> None:
    volumes: list[dict[str, Any]] = [
        {"name": "tmp", "emptyDir": {}},
        {"name": "etc", "hostPath": {"path": "/etc"}},
        {"name": "logs", "hostPath": {"path": "/var/log"}},
        {"name": "unused", "hostPath": {}},
    ]
    containers: list[dict[str, Any]] = [
        {"volumeMounts": [{"name": "etc", "readOnly": True}, {"name": "logs"}]},
        {"volumeMounts": [{"name": "etc"}, {"name": "logs", "readOnly": True}, {"name": "tmp"}]},
        {"volumeMounts": [{"name": "etc", "readOnly": True}]},
    ]
    found = {item["name"]: item for item in host_paths({"volumes": volumes}, containers)}
    assert [(name, item["index"], item["access"]) for name, item in found.items()] == [
        ("etc", 1, "write"),
        ("logs", 2, "write"),
        ("unused", 3, "none"),
    ]
    assert (found["etc"]["path"], found["logs"]["sensitivity"]) == ("/etc", "logs")
    assert host_paths({"volumes": volumes[:1]}, containers) == []
