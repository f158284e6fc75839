"""Which files of a repository or a node are looked at, and as what."""

import pytest

from auditor.collectors.nodes.names import concerns_kubernetes, configures_a_node, is_candidate, sort_of


@pytest.mark.parametrize(
    "name",
    [
        "etc/systemd/system/kubelet.service",
        "a/any.service",
        "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
        "etc/systemd/system/service.d/x.conf",
        "files/10-kubeadm.conf",
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/super-admin.conf",
        "admin.conf",
        "etc/kubernetes/kubelet.conf.d/90-x.conf",
        "var/lib/kubelet/kubeadm-flags.env",
        "etc/systemd/system/k3s.service.env",
        "etc/default/kubelet",
        "etc/sysconfig/kubelet",
        "etc/default/etcd",
        "etc/kubernetes/apiserver",
        "etc/kubernetes/kubelet/config",
        "var/lib/kubelet/kubeconfig",
        "etc/etcd/etcd.conf",
        "etc/etcd.env",
        "n1.json!/etc/default/kubelet",
        "n1.json!etcd:/etc/etcd.conf",
        "home/.kube/config",
        "x.kubeconfig",
        "etc/containerd/config.toml",
        "etc/containerd/certs.d/docker.io/hosts.toml",
        "var/lib/rancher/k3s/agent/etc/containerd/config.toml",
        "etc/crio/crio.conf",
        "etc/crio/crio.conf.d/10-x.conf",
        "etc/containers/registries.conf",
        "etc/containers/registries.conf.d/10-x.conf",
    ],
)
def test_files_that_are_looked_at(name: str) -> None:
    assert is_candidate(name)


@pytest.mark.parametrize(
    "name",
    [
        "nginx/nginx.conf",
        "etc/default/grub",
        ".env",
        "app/.env",
        "docker/prod.env",
        "README",
        "kubernetes/Makefile",
        "kubernetes/README",
        "src/config",
        "kubelet.yaml",
        "bin/kubelet",
        "postgresql.conf",
        "etc/ssh/ssh_config",
        "Cargo.toml",
        "pyproject.toml",
        "config/config.toml",
    ],
)
def test_files_that_are_not(name: str) -> None:
    assert not is_candidate(name)


@pytest.mark.parametrize(
    ("name", "text", "sort"),
    [
        ("a.service", "[Unit]\nX=1\n\n[Service]\nExecStart=/a\n", "unit"),
        ("10-kubeadm.conf", "# x\n[Service]\nEnvironment=A=b\n", "unit"),
        ("a.service", "<service name='http'/>\nKUBE=1\n", ""),
        ("kubelet.conf", "apiVersion: v1\nkind: Config\n", "yaml"),
        ("kubelet.conf", '{"kind": "Config", "apiVersion": "v1"}', "yaml"),
        ("etcd.conf", "listen-client-urls: https://a\n", "yaml"),
        ("etcd.conf", "#[Member]\nETCD_NAME=a\n", "environment"),
        ("kube-proxy.conf", "listen 80;\nserver_name = x\n", ""),
        ("kubelet", "# x\nKUBELET_EXTRA_ARGS=\n", "environment"),
        ("cloud-kube.env", "FOO=1\n", "environment"),
        ("kubelet", "binary", ""),
        ("config.toml", "version = 2\n", "toml"),
        ("crio.conf", "[crio.image]\n", "toml"),
        ("registries.conf", "[[registry]]\n", "toml"),
    ],
)
def test_what_a_text_is(name: str, text: str, sort: str) -> None:
    assert sort_of(name, text) == sort


def test_whether_a_file_speaks_of_kubernetes() -> None:
    assert concerns_kubernetes("x/app.service", b"[Service]\nExecStart=/usr/bin/kubelet\n")
    assert concerns_kubernetes("x/kubelet.conf", b"")
    assert not concerns_kubernetes("kubernetes/app.service", b"[Service]\nExecStart=/usr/bin/app\n")


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("/etc/systemd/system/kubelet.service", "[Service]\nExecStart=/a\n", True),
        ("/etc/rancher/k3s/config.yaml", "tls-san: a\n", True),
        ("/etc/etcd/etcd.yml", "listen-client-urls: a\n", True),
        ("/etc/hosts", "127.0.0.1 localhost\n", False),
        ("/etc/kubernetes/pki/ca.crt", "-----BEGIN CERTIFICATE-----\n", False),
    ],
)
def test_files_of_a_bundle(name: str, text: str, is_one: bool) -> None:
    assert configures_a_node(name, text) is is_one
