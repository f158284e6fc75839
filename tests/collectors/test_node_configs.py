"""Documents that configure a node and are no objects of a cluster."""

from typing import Any

import pytest

from auditor.collectors.nodes.configs import configuration


@pytest.mark.parametrize(
    ("value", "name", "kind"),
    [
        ({"listen-client-urls": "a", "data-dir": "b"}, "etcd.yaml", "EtcdConfig"),
        ({"client-transport-security": {}, "initial-cluster": "x"}, "x.yaml", "EtcdConfig"),
        ({"data-dir": "/x", "name": "y"}, "x.yaml", None),
        ({"listen-client-urls": "a"}, "x.yaml", None),
        ({"token": "a"}, "etc/rancher/k3s/config.yaml", "K3sConfig"),
        ({"token": "a"}, "n1.json!/etc/rancher/rke2/config.yaml.d/1.yaml", "Rke2Config"),
        ({"token": "a"}, "config.yaml", None),
        ({"kubelet-arg": ["a"]}, "config.yaml", "K3sConfig"),
        ({"kubelet-arg": ["a"], "other": 1}, "config.yaml", None),
        ({"tls-san": ["a"], "cluster-init": True, "other": 1}, "config.yaml", "K3sConfig"),
        ({"tls-san": ["a"], "node-taint": [], "profile": "cis"}, "config.yaml", "Rke2Config"),
        ({"tls-san": ["a"], "node-taint": []}, "rke2/files/config.yaml", "Rke2Config"),
        ({"kind": "Config", "apiVersion": "v1", "clusters": []}, "x.yaml", "Kubeconfig"),
        ({"kind": "Config", "apiVersion": "v1", "spec": {}}, "x.yaml", None),
        ({"kind": "Config", "apiVersion": "operator.openshift.io/v1", "clusters": []}, "x.yaml", None),
        ({"kind": "Pod", "apiVersion": "v1", "listen-client-urls": 1, "listen-peer-urls": 2}, "x.yaml", None),
        ([{"listen-client-urls": "a", "data-dir": "b"}], "etcd.yaml", None),
        ("text", "x.yaml", None),
    ],
)
def test_what_is_recognised(value: Any, name: str, kind: str | None) -> None:
    found = configuration(value, name)
    assert (found.ref.kind if found else None) == kind


SECRET = "Zx81kDl2pQ9s7Vb3"


@pytest.mark.parametrize(
    "user",
    [
        {"token": SECRET},
        {"username": "a", "password": SECRET},
        {"client-key-data": SECRET},
        {"auth-provider": {"name": "gcp", "config": {"access-token": SECRET}}},
        {"exec": {"command": "aws", "args": ["--x", SECRET], "env": [{"name": "A", "value": SECRET}]}},
    ],
)
def test_a_kubeconfig_without_its_credentials(user: dict[str, Any]) -> None:
    cluster = {"server": "http://a:8080", "insecure-skip-tls-verify": True}
    value = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "a", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    found = configuration(value, "admin.conf")
    assert found is not None
    assert SECRET not in str(found.manifest)
    assert SECRET in found.secrets
    assert found.manifest["clusters"][0]["cluster"] == cluster
    assert found.manifest["users"][0]["user"].keys() == user.keys()


def test_a_user_in_a_url_is_withheld_and_its_scheme_is_not() -> None:
    cluster = {"name": "a", "cluster": {"server": f"http://u:{SECRET}@h:80/x"}}
    found = configuration({"apiVersion": "v1", "kind": "Config", "clusters": [cluster]}, "x")
    assert found is not None
    assert found.manifest["clusters"][0]["cluster"]["server"] == "http://(withheld)@h:80/x"
    assert f"u:{SECRET}" in found.secrets


def test_a_kubeconfig_of_the_wrong_shape() -> None:
    value = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [1, {"name": 2, "cluster": {"server": [], "insecure-skip-tls-verify": "true"}}],
        "users": ["x", {"user": 3}, {"user": {"token": 1}}],
        "contexts": {},
    }
    found = configuration(value, "x")
    assert found is not None
    empty = {"name": "", "cluster": {}}
    assert found.manifest["clusters"] == [empty, empty]
    assert found.manifest["users"] == [{"name": "", "user": {}}] * 3


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("token", SECRET),
        ("agent-token", SECRET),
        ("etcd-s3-secret-key", SECRET),
        ("datastore-endpoint", f"mysql://u:{SECRET}@tcp(h)/d"),
        ("kube-apiserver-arg", f"some-token={SECRET}"),
        ("vpn-auth", f"name=tailscale,joinKey={SECRET}"),
    ],
)
def test_options_without_their_credentials(key: str, text: str) -> None:
    for value in (text, [text]):
        found = configuration({key: value}, "etc/rancher/k3s/config.yaml")
        assert found is not None
        assert SECRET not in str(found.manifest)
        assert any(SECRET in hidden for hidden in found.secrets)


def test_passwords_in_etcds_file() -> None:
    value = {"listen-client-urls": "a", "listen-peer-urls": "b", "discovery-config": {"auth": {"password": SECRET}}}
    found = configuration(value, "etcd.yaml")
    assert found is not None
    assert SECRET not in str(found.manifest)
