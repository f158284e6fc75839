"""k0s' ClusterConfig: its own flags, those of its user, and the kubelets of its worker profiles."""

import pytest

from tests.facts.worlds import line_of, scanned, value

CONFIG = """\
apiVersion: k0s.k0sproject.io/v1beta1
kind: ClusterConfig
metadata: {name: k0s}
spec:
  api:
    extraArgs:
      anonymous-auth: "true"
    rawArgs: [--profiling=true]
  controllerManager:
    extraArgs: {bind-address: 0.0.0.0}
  storage:
    type: etcd
    etcd:
      extraArgs:
        listen-metrics-urls: http://0.0.0.0:2381
  featureGates:
  - {name: A, enabled: true, components: [kube-apiserver]}
  - {name: B, enabled: false}
  workerProfiles:
  - name: open
    values:
      readOnlyPort: 10255
      authentication: {anonymous: {enabled: true}}
"""


def indented(text: str, by: int) -> str:
    return "".join(" " * by + line for line in text.splitlines(keepends=True))


def test_the_control_plane() -> None:
    made = scanned(CONFIG)
    server = made.fact("kube-apiserver")
    assert value(server, "anonymous-auth") == (True, "flag")
    assert made.place(server, "anonymous-auth") == line_of(CONFIG, "anonymous-auth")
    assert value(server, "profiling") == (True, "flag")
    assert value(server, "kubelet-certificate-authority") == ("/var/lib/k0s/pki/ca.crt", "k0s")
    assert value(server, "etcd-servers") == (["https://127.0.0.1:2379"], "k0s")
    assert value(server, "tls-cipher-suites") == (None, "undecided")
    assert value(server, "feature-gates") == ({"A": True, "B": False}, "flag")
    assert value(made.fact("kube-scheduler"), "feature-gates")[0] == {"B": False}
    assert value(made.fact("kube-controller-manager"), "bind-address") == ("0.0.0.0", "flag")
    assert made.place(made.fact("etcd"), "listen-metrics-urls") == line_of(CONFIG, ":2381")


def test_each_worker_profile_is_a_kubelet() -> None:
    made = scanned(CONFIG)
    kubelets = [fact for fact in made.facts if fact.value["component"] == "kubelet"]
    assert [value(fact, "read-only-port")[0] for fact in kubelets] == [0, 10255]
    assert [value(fact, "anonymous-auth")[0] for fact in kubelets] == [False, True]
    assert {value(fact, "rotate-certificates")[0] for fact in kubelets} == {True}
    assert made.place(kubelets[1], "read-only-port") == line_of(CONFIG, "readOnlyPort")
    assert value(kubelets[0], "client-ca-file") == ("/var/lib/k0s/pki/ca.crt", "k0s")


@pytest.mark.parametrize("storage", ["{type: kine}", "{type: etcd, etcd: {externalCluster: {endpoints: [a]}}}"])
def test_without_an_etcd_of_its_own(storage: str) -> None:
    made = scanned(f"apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec: {{storage: {storage}}}\n")
    assert "etcd" not in {fact.value["component"] for fact in made.facts}
    assert value(made.fact("kube-apiserver"), "etcd-certfile") == (None, "undecided")


@pytest.mark.parametrize(
    ("head", "by"),
    [
        (
            "apiVersion: k0sctl.k0sproject.io/v1beta1\nkind: Cluster\n"
            "spec:\n  k0s:\n    version: v1.30.2+k0s.0\n    config:\n",
            6,
        ),
        (
            "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: K0sControlPlane\nmetadata: {name: c}\n"
            "spec:\n  version: v1.30.2+k0s.0\n  k0sConfigSpec:\n    k0s:\n",
            6,
        ),
    ],
)
def test_a_config_inside_of_another_tools_object(head: str, by: int) -> None:
    text = head + indented(CONFIG, by)
    made = scanned(text)
    server = made.fact("kube-apiserver")
    assert server.value["version"] == "1.30.2"
    assert made.place(server, "anonymous-auth") == line_of(text, "anonymous-auth")


@pytest.mark.parametrize("hostile", ["5", "[]", "[null, {a: 1, name: 5}]", "{extraArgs: 5, rawArgs: 5}", "x"])
@pytest.mark.parametrize("field", ["api", "storage", "featureGates", "workerProfiles", "scheduler"])
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    head = "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\n"
    assert scanned(f"{head}spec: {{{field}: {hostile}}}\n").facts
    assert scanned(f"{head}spec: {hostile}\n").facts
    scanned("apiVersion: k0sctl.k0sproject.io/v1beta1\nkind: Cluster\n" + f"spec: {{k0s: {hostile}}}\n")
