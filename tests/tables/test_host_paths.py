"""How sensitive a path of the node is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.tables.host_paths import normalise, sensitivity

ORDER = ("root", "runtime-socket", "kubernetes", "credentials", "kernel", "system", "logs", "other")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "root"),
        ("//", "root"),
        ("/var/..", "root"),
        ("C:\\", "root"),
        ("c:", "root"),
        ("/var", "runtime-socket"),
        ("/var/run", "runtime-socket"),
        ("/run/", "runtime-socket"),
        ("/var/run/docker.sock", "runtime-socket"),
        ("/run/docker.sock", "runtime-socket"),
        ("/run/k3s/containerd/containerd.sock", "runtime-socket"),
        ("/var/snap/microk8s/common/run/containerd.sock", "runtime-socket"),
        ("/run/user/1000/podman/podman.sock", "runtime-socket"),
        ("\\\\.\\pipe\\docker_engine", "runtime-socket"),
        ("npipe:////./pipe/docker_engine", "runtime-socket"),
        ("/etc", "kubernetes"),
        ("/etc/../etc//", "kubernetes"),
        ("/etc/kubernetes/pki", "kubernetes"),
        ("/var/lib", "kubernetes"),
        ("/var/lib/kubelet/pods", "kubernetes"),
        ("/var/lib/etcd", "kubernetes"),
        ("C:\\var\\lib\\kubelet", "kubernetes"),
        ("/root/.kube/config", "kubernetes"),
        ("/home/someone/.kube", "kubernetes"),
        ("/root/.ssh", "credentials"),
        ("/home/someone", "runtime-socket"),
        ("/home/someone/.ssh", "credentials"),
        ("/etc/shadow", "credentials"),
        ("C:\\Users\\x", "credentials"),
        ("/proc", "kernel"),
        ("/sys/fs/cgroup", "kernel"),
        ("/dev/kvm", "kernel"),
        ("/lib/modules", "kernel"),
        ("/etc/passwd", "system"),
        ("/usr/bin", "system"),
        ("/var/lib/docker", "system"),
        ("C:\\Windows", "system"),
        ("/var/log/pods", "logs"),
        ("/var/lib/docker/containers", "logs"),
        ("/etc/localtime", "other"),
        ("/etc/ssl/certs", "other"),
        ("/etcetera", "other"),
        ("/rooted", "other"),
        ("/data", "other"),
        ("/var/run/app", "other"),
        ("D:\\data", "other"),
        ("", "root"),
    ],
)
def test_sensitivity_is_decided_by_containment(path: str, expected: str) -> None:
    assert sensitivity(path) == expected


def test_paths_are_normalised() -> None:
    assert normalise("/var/../etc//") == "/etc"
    assert normalise("//etc") == "/etc"
    assert normalise("etc") == "/etc"
    assert normalise("C:\\Windows\\..\\Users\\") == "c:/users"


WORDS = [
    "var",
    "run",
    "lib",
    "etc",
    "ssl",
    "certs",
    "docker.sock",
    "docker",
    "containers",
    "kubelet",
    "log",
    "home",
    "x",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
def test_a_directory_is_at_least_as_sensitive_as_what_is_in_it(parts: list[str]) -> None:
    inner, outer = "/" + "/".join(parts), "/" + "/".join(parts[:-1])
    assert ORDER.index(sensitivity(outer)) <= ORDER.index(sensitivity(inner))


@given(st.text(max_size=30))
def test_any_text_has_an_answer(path: str) -> None:
    assert sensitivity(path) in ORDER
