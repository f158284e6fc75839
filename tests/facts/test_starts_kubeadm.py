"""kubeadm's configuration files: which settings they make, where each stands, and what of them cannot be told."""

import pytest

from tests.facts.worlds import line_of, scanned, value

V4 = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.33.2
apiServer:
  extraArgs:
  - name: profiling
    value: "false"
  - name: service-account-issuer
    value: https://a
  - name: service-account-issuer
    value: https://b
  extraVolumes:
  - {name: audit, hostPath: /etc/audit, mountPath: /audit}
etcd:
  local:
    imageTag: 3.5.21-0
    extraEnvs:
    - name: ETCD_MAX_WALS
      value: "7"
    extraArgs:
    - name: listen-metrics-urls
      value: http://0.0.0.0:2381
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs:
  - name: read-only-port
    value: "10255"
"""
V3 = """\
apiVersion: kubeadm.k8s.io/{version}
kind: ClusterConfiguration
apiServer:
  extraArgs:
    authorization-mode: AlwaysAllow
    profiling: "false"
"""
KUBELET = """\
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 10250
authentication:
  anonymous:
    enabled: true
"""


def test_every_flag_is_where_its_field_is() -> None:
    made = scanned(V4)
    server, etcd, kubelet = (made.fact(name) for name in ("kube-apiserver", "etcd", "kubelet"))
    assert value(server, "profiling") == (False, "flag")
    assert made.place(server, "profiling") == line_of(V4, 'value: "false"')
    assert value(server, "service-account-issuer") == (["https://a", "https://b"], "flag")
    assert value(server, "client-ca-file") == ("/etc/kubernetes/pki/ca.crt", "kubeadm")
    assert made.place(server, "client-ca-file") == line_of(V4, "apiServer:")
    assert value(server, "audit-log-path") == ("", "default")
    assert made.place(etcd, "listen-metrics-urls") == line_of(V4, "0.0.0.0:2381")
    assert value(etcd, "max-wals") == (7, "env")
    assert made.place(etcd, "max-wals") == line_of(V4, "ETCD_MAX_WALS")
    assert (etcd.value["version"], server.value["version"], server.value["minor"]) == ("3.5.21", "1.33.2", 33)
    assert value(kubelet, "read-only-port") == (10255, "flag")
    assert made.place(kubelet, "read-only-port") == line_of(V4, '"10255"')
    assert value(kubelet, "rotate-certificates") == (True, "kubeadm")
    assert made.seen >= {"kube-apiserver", "etcd", "kubelet", "kube-scheduler", "kube-controller-manager"}


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2", "v1beta3"])
def test_flags_as_a_map(version: str) -> None:
    text = V3.format(version=version)
    made = scanned(text)
    fact = made.fact("kube-apiserver")
    assert value(fact, "authorization-mode") == (["AlwaysAllow"], "flag")
    assert made.place(fact, "authorization-mode") == line_of(text, "AlwaysAllow")
    assert value(fact, "service-account-issuer")[1] == "kubeadm"


@pytest.mark.parametrize(("minor", "port", "issuer"), [("1.19", 0, None), ("1.24", None, "kubeadm")])
def test_flags_of_old_versions(minor: str, port: int | None, issuer: str | None) -> None:
    settings = scanned(V3.format(version="v1beta2"), minor).fact("kube-apiserver").value["settings"]
    assert settings.get("insecure-port", {}).get("value") == port
    assert settings["service-account-issuer"]["origin"] == (issuer or "default")


def test_a_kubelet_configuration_in_the_same_file_is_the_kubelets() -> None:
    text = V4 + KUBELET
    made = scanned(text)
    (fact,) = (fact for fact in made.facts if fact.value["component"] == "kubelet")
    assert value(fact, "anonymous-auth") == (True, "file")
    assert made.place(fact, "anonymous-auth") == line_of(text, "enabled: true")
    assert value(fact, "read-only-port") == (10255, "flag")
    assert value(fact, "authorization-mode") == ("Webhook", "kubeadm")
    assert value(fact, "rotate-certificates") == (True, "kubeadm")


def test_a_kubelet_configuration_beside_a_cluster_alone() -> None:
    text = V3.format(version="v1beta3") + KUBELET
    (fact,) = (fact for fact in scanned(text).facts if fact.value["component"] == "kubelet")
    assert (fact.ref.kind, fact.value["source"]) == ("KubeletConfiguration", "configuration")
    assert value(fact, "client-ca-file") == ("/etc/kubernetes/pki/ca.crt", "kubeadm")


JOIN = """\
apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
nodeRegistration:
  kubeletExtraArgs:
    anonymous-auth: "true"
"""


def test_what_joins_is_configured_by_its_cluster() -> None:
    fact = scanned(JOIN).fact("kubelet")
    assert value(fact, "anonymous-auth") == (True, "flag")
    assert value(fact, "rotate-certificates") == (True, "kubeadm")
    assert value(fact, "read-only-port") == (None, "undecided")
    assert value(fact, "client-ca-file") == (None, "undecided")


def test_kubelets_that_are_started_alike_are_one() -> None:
    init = JOIN.replace("JoinConfiguration", "InitConfiguration")
    other = JOIN.replace('"true"', '"false"')
    assert [fact.value["component"] for fact in scanned(f"{init}---\n{JOIN}").facts] == ["kubelet"]
    assert len(scanned(f"{init}---\n{other}").facts) == 2


def test_an_etcd_of_somebody_elses_is_none_of_ours() -> None:
    external = "etcd: {external: {endpoints: ['http://e:2379'], caFile: '', certFile: '', keyFile: ''}}\n"
    text = V3.format(version="v1beta3") + external
    made = scanned(text)
    assert "etcd" not in {fact.value["component"] for fact in made.facts}
    assert value(made.fact("kube-apiserver"), "etcd-servers") == (["http://e:2379"], "kubeadm")


def test_patches_that_were_not_read_leave_everything_likely() -> None:
    patched = V4.replace("nodeRegistration:", "patches: {directory: /etc/patches}\nnodeRegistration:")
    for name in ("kube-apiserver", "kubelet"):
        assert {one["confidence"] for one in scanned(V4).fact(name).value["settings"].values()} == {"certain"}
        assert {one["confidence"] for one in scanned(patched).fact(name).value["settings"].values()} == {"likely"}


CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    apiServer:
      extraArgs:
      - {name: anonymous-auth, value: "false"}
"""
POD = """\
---
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-n1, namespace: kube-system}
spec:
  containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.34.0", command: [kube-apiserver]}]
"""


def test_a_configmap_counts_where_nothing_shows_the_component_as_it_runs() -> None:
    alone = scanned(CONFIG_MAP)
    assert {fact.value["component"] for fact in alone.facts} == {
        *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")
    }
    assert value(alone.fact("kube-apiserver"), "anonymous-auth") == (False, "flag")
    assert alone.place(alone.fact("kube-apiserver"), "anonymous-auth") == line_of(CONFIG_MAP, "anonymous-auth")
    (server,) = (one for one in scanned(CONFIG_MAP + POD).facts if one.value["component"] == "kube-apiserver")
    assert server.value["source"] == "pod"


@pytest.mark.parametrize(
    ("old", "new", "component", "reason"),
    [
        ('value: "false"', "value: false", "", "apiServer.extraArgs.0.value is not of type text"),
        ("kubernetesVersion: v1.33.2", "kubernetesVersion: 5", "kube-apiserver", "kubernetesVersion is not of type"),
        ("  - name: profiling\n", "  - nome: x\n", "kube-apiserver", "has an item without a name"),
        ("etcd:\n  local:", "etcd:\n  local: []\n  other:", "etcd", "etcd.local is not of type object"),
        ("apiServer:", "networking: [1]\napiServer:", "kube-scheduler", "networking is not of type object"),
        ("nodeRegistration:", "localAPIEndpoint: {bindPort: x}\nnodeRegistration:", "kubelet", "bindPort is not of"),
    ],
)
def test_what_kubeadm_refuses_is_undecided(old: str, new: str, component: str, reason: str) -> None:
    made = scanned(V4.replace(old, new, 1))
    if component:
        assert reason in made.fact(component).undecided["settings"]
    else:
        assert reason in made.fact("kube-apiserver").undecided["settings.profiling"]


@pytest.mark.parametrize("hostile", ["5", "[]", "{a: {b: []}}", "null", "[null, 5, {name: 5}]", "'%s{x}$(Y)'"])
@pytest.mark.parametrize(
    "field",
    ["apiServer", "etcd", "networking", "nodeRegistration", "certificatesDir", "kubernetesVersion", "patches"],
)
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    for kind in ("ClusterConfiguration", "InitConfiguration", "JoinConfiguration"):
        text = f"apiVersion: kubeadm.k8s.io/v1beta4\nkind: {kind}\n{field}: {hostile}\n"
        assert scanned(text).facts
        assert scanned(f"{text}---\n{text}{KUBELET}").facts
        inner = (
            f"apiVersion: kubeadm.k8s.io/v1beta4\nkind: {kind}\n{field}: {{extraArgs: {hostile}, local: {hostile}}}\n"
        )
        assert scanned(inner).facts


MERGED = """\
apiVersion: kubeadm.k8s.io/v1
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - {name: enable-admission-plugins, value: ",AlwaysPullImages", mergeMethod: Append}
  - {name: authorization-mode, value: "Webhook,", mergeMethod: Prepend}
  - {name: profiling, value: "false", mergeMethod: Append}
etcd:
  local:
    extraArgs:
    - {name: advertise-client-urls, value: ",https://e:2379", mergeMethod: Append}
"""


def test_flags_that_are_joined_with_kubeadms_own() -> None:
    """ArgumentsToCommand: there has to be one of kubeadm's to join; the API server's etcd follows what etcd says."""
    made = scanned(MERGED)
    server = made.fact("kube-apiserver")
    assert value(server, "enable-admission-plugins") == (["NodeRestriction", "AlwaysPullImages"], "flag")
    assert made.place(server, "enable-admission-plugins") == line_of(MERGED, "AlwaysPullImages")
    assert value(server, "authorization-mode")[0] == ["Webhook", "Node", "RBAC"]
    assert value(server, "profiling") == (True, "default")
    assert value(server, "etcd-servers")[0] == ["https://127.0.0.1:2379", "https://e:2379"]
    assert value(made.fact("etcd"), "advertise-client-urls")[0] == ["https://$(ADDRESS):2379", "https://e:2379"]


@pytest.mark.parametrize(("minor", "name"), [("1.33", "experimental-initial-corrupt-check"), ("1.34", "feature-gates")])
def test_etcds_flags_are_those_of_the_version_that_kubeadm_brings(minor: str, name: str) -> None:
    settings = scanned(V3.format(version="v1beta3"), minor).fact("etcd").value["settings"]
    assert settings[name]["origin"] == "kubeadm"
    other = {"experimental-initial-corrupt-check", "feature-gates"} - {name}
    assert settings.get(other.pop(), {}).get("origin") != "kubeadm"


@pytest.mark.parametrize(("minor", "origin"), [("1.21", "default"), ("1.22", "kubeadm")])
def test_the_cgroup_driver_by_version(minor: str, origin: str) -> None:
    text = V3.format(version="v1beta3") + KUBELET
    assert scanned(text, minor).fact("kubelet").value["settings"]["cgroup-driver"]["origin"] == origin


def test_a_certificate_for_etcd_needs_its_key() -> None:
    external = "etcd: {external: {endpoints: ['https://e:2379'], caFile: /ca, certFile: /cert, keyFile: ''}}\n"
    server = scanned(V3.format(version="v1beta3") + external).fact("kube-apiserver")
    assert [value(server, f"etcd-{name}")[0] for name in ("cafile", "certfile", "keyfile")] == ["/ca", "", ""]


def test_with_two_of_a_kind_in_a_file_each_stands_alone() -> None:
    cluster = V3.format(version="v1beta3")
    made = scanned(f"{cluster}---\n{cluster}{KUBELET}---\n{JOIN}")
    assert len([fact for fact in made.facts if fact.value["component"] == "kube-apiserver"]) == 2
    sources = [fact.value["source"] for fact in made.facts if fact.value["component"] == "kubelet"]
    assert sorted(sources) == ["configuration", "file"]
    two = scanned(f"{cluster}{KUBELET}{KUBELET}")
    assert {fact.value["source"] for fact in two.facts if fact.value["component"] == "kubelet"} == {"file"}
