"""kOps' objects: its fields as flags, what it sets itself, and what of it nobody can tell."""

import pytest

from tests.facts.worlds import line_of, scanned, value

CLUSTER = """\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: k.example.com}
spec:
  kubernetesVersion: 1.31.3
  authorization:
    alwaysAllow: {}
  encryptionConfig: true
  kubeAPIServer:
    anonymousAuth: true
    auditLogMaxAge: 10
    auditLogPath: /var/log/audit.log
    appendAdmissionPlugins: [AlwaysPullImages]
    featureGates: {A: "true", B: "false"}
    oidcIssuerURL: https://issuer
    tlsMinVersion: VersionTLS10
  kubeControllerManager:
    enableProfiling: false
    leaderElection: {leaderElect: false}
  kubelet:
    anonymousAuth: false
    readOnlyPort: 10255
  masterKubelet:
    readOnlyPort: 0
  kubeProxy: {enabled: false}
  etcdClusters:
  - name: main
    manager:
      env:
      - {name: ETCD_LISTEN_METRICS_URLS, value: "http://0.0.0.0:8081"}
  - name: events
  fileAssets:
  - name: sched
    path: /etc/sched.yaml
    content: |
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: KubeSchedulerConfiguration
      enableProfiling: true
  kubeScheduler:
    config: /etc/sched.yaml
"""
GROUP = """\
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  name: nodes
  labels: {kops.k8s.io/cluster: k.example.com}
spec:
  role: Node
  kubelet:
    anonymousAuth: true # in the group
"""


def test_fields_are_flags() -> None:
    made = scanned(CLUSTER)
    server, manager = made.fact("kube-apiserver"), made.fact("kube-controller-manager")
    assert server.value["version"] == "1.31.3"
    for name, wanted, part in (
        ("audit-log-maxage", 10, "auditLogMaxAge"),
        ("tls-min-version", "VersionTLS10", "tlsMinVersion"),
        ("oidc-issuer-url", "https://issuer", "oidcIssuerURL"),
        ("feature-gates", {"A": True, "B": False}, "featureGates"),
    ):
        assert value(server, name) == (wanted, "flag")
        assert made.place(server, name) == line_of(CLUSTER, part)
    assert value(server, "authorization-mode") == (["AlwaysAllow"], "kops")
    assert made.place(server, "authorization-mode") == line_of(CLUSTER, "alwaysAllow")
    assert "AlwaysPullImages" in value(server, "enable-admission-plugins")[0]
    assert "NodeRestriction" in value(server, "enable-admission-plugins")[0]
    assert made.place(server, "enable-admission-plugins") == line_of(CLUSTER, "appendAdmission")
    assert value(server, "encryption-provider-config")[1] == "kops"
    assert value(manager, "profiling") == (False, "flag")
    assert value(manager, "leader-elect") == (False, "flag")


def test_what_kops_may_have_set_is_undecided() -> None:
    server = scanned(CLUSTER).fact("kube-apiserver")
    assert value(server, "client-ca-file") == (None, "undecided")
    assert "kOps may set it" in server.undecided["settings.profiling"]


def test_what_kops_sets_in_any_case_no_field_changes() -> None:
    assert value(scanned(CLUSTER).fact("kube-apiserver"), "anonymous-auth") == (False, "kops")


@pytest.mark.parametrize(
    ("version", "authorization", "modes", "part"),
    [
        ("1.31.3", "{rbac: {}}", ["Node", "RBAC"], "rbac"),
        ("1.18.3", "{rbac: {}}", ["RBAC"], "rbac"),
        ("1.31.3", "{}", ["AlwaysAllow"], "authorization"),
        ("1.31.3", "", ["AlwaysAllow"], "authorization"),
    ],
)
def test_authorization_is_what_its_own_section_says(
    version: str, authorization: str, modes: list[str], part: str
) -> None:
    text = CLUSTER.replace("1.31.3", version).replace("\n    alwaysAllow: {}", f" {authorization}")
    text = text.replace("kubeAPIServer:\n", "kubeAPIServer:\n    authorizationMode: Webhook\n")
    made = scanned(text)
    server = made.fact("kube-apiserver")
    assert value(server, "authorization-mode") == (modes, "kops")
    assert made.place(server, "authorization-mode") == line_of(text, f"{part}:")


def test_kubelets_of_nodes_control_plane_and_groups() -> None:
    made = scanned(CLUSTER + GROUP)
    kubelets = [fact for fact in made.facts if fact.value["component"] == "kubelet"]
    assert [value(fact, "read-only-port")[0] for fact in kubelets] == [10255, 0, 10255]
    assert [value(fact, "anonymous-auth")[0] for fact in kubelets] == [False, False, True]
    assert made.place(kubelets[2], "anonymous-auth") == line_of(CLUSTER + GROUP, "in the group")
    assert made.place(kubelets[2], "read-only-port") == line_of(CLUSTER, "readOnlyPort: 10255")
    assert scanned(GROUP.removeprefix("---\n")).fact("kubelet").ref.kind == "InstanceGroup"


def test_etcd_is_known_by_its_environment_alone() -> None:
    made = scanned(CLUSTER)
    (fact,) = (fact for fact in made.facts if fact.value["component"] == "etcd")
    assert value(fact, "listen-metrics-urls") == (["http://0.0.0.0:8081"], "env")
    assert made.place(fact, "listen-metrics-urls") == line_of(CLUSTER, ":8081")
    assert value(fact, "client-cert-auth") == (None, "undecided")


def test_a_file_of_the_cluster_is_the_one_that_a_flag_names() -> None:
    made = scanned(CLUSTER)
    scheduler = made.fact("kube-scheduler")
    assert value(scheduler, "profiling") == (True, "file")
    assert made.place(scheduler, "profiling") == "f.yaml:38"
    assert "kube-proxy" not in {fact.value["component"] for fact in made.facts}


@pytest.mark.parametrize("hostile", ["5", "[]", "[null, {a: 1}]", "{a: {b: 1}, featureGates: [[1]]}", "null", "x"])
@pytest.mark.parametrize(
    "field", ["kubeAPIServer", "kubelet", "etcdClusters", "fileAssets", "authorization", "kubernetesVersion"]
)
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    head = "apiVersion: kops.k8s.io/v1alpha3\nkind: "
    assert scanned(f"{head}Cluster\nspec: {{{field}: {hostile}}}\n").facts
    scanned(f"{head}Cluster\nspec: {hostile}\n")
    scanned(f"{head}InstanceGroup\nmetadata: {hostile}\nspec: {{role: {hostile}, {field}: {hostile}}}\n")


def test_a_group_of_the_control_plane_has_its_section_beneath() -> None:
    text = CLUSTER + GROUP.replace("role: Node", "role: Master")
    kubelets = [fact for fact in scanned(text).facts if fact.value["component"] == "kubelet"]
    assert [value(fact, "read-only-port")[0] for fact in kubelets] == [10255, 0, 0]
