"""Whole scans of the files of tools that set up clusters: findings on the lines of the fields that make them."""

import json
from typing import Any

import pytest
import yaml

from tests.conftest import Kubeplumb

KUBEADM = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: abcdef.0123456789abcdef
nodeRegistration:
  kubeletExtraArgs:
  - name: read-only-port
    value: "10255" # kubelet-read-only-port
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - name: authorization-mode
    value: AlwaysAllow # apiserver-authorization-always-allow
controllerManager:
  extraArgs:
  - name: bind-address
    value: 0.0.0.0 # component-bind-address
etcd:
  local:
    extraArgs:
    - name: listen-metrics-urls
      value: http://0.0.0.0:2381 # etcd-metrics-exposed
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: true # kubelet-anonymous-auth
"""
CONTROL_PLANE = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  version: v1.31.4
  kubeadmConfigSpec:
    clusterConfiguration:
      apiServer:
        extraArgs:
          authorization-mode: AlwaysAllow # apiserver-authorization-always-allow
    joinConfiguration:
      nodeRegistration:
        kubeletExtraArgs:
          anonymous-auth: "true" # kubelet-anonymous-auth
"""
KIND = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
kubeadmConfigPatches:
- |
  kind: ClusterConfiguration
  apiServer:
    extraArgs:
      authorization-mode: AlwaysAllow # apiserver-authorization-always-allow
- |
  kind: KubeletConfiguration
  authentication: {anonymous: {enabled: true}} # kubelet-anonymous-auth
"""
KOPS = """\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: k.example.com}
spec:
  authorization:
    alwaysAllow: {} # apiserver-authorization-always-allow
  kubeAPIServer:
    auditLogPath: /var/log/audit.log
  kubelet:
    anonymousAuth: true # kubelet-anonymous-auth
    readOnlyPort: 10255 # kubelet-read-only-port
"""
K0S = """\
apiVersion: k0s.k0sproject.io/v1beta1
kind: ClusterConfig
metadata: {name: k0s}
spec:
  api:
    extraArgs:
      authorization-mode: AlwaysAllow # apiserver-authorization-always-allow
  workerProfiles:
  - name: open
    values:
      readOnlyPort: 10255 # kubelet-read-only-port
"""


def failed(kubeplumb: Kubeplumb, text: str) -> list[dict[str, Any]]:
    result = kubeplumb("scan", "-", "-o", "json", "--profile", "all", "--fail-on=none", stdin=text.encode())
    assert result.code == 0, result.err
    return [one for one in json.loads(result.out)["findings"] if one["verdict"] == "fail"]


@pytest.mark.parametrize("text", [KUBEADM, CONTROL_PLANE, KIND, KOPS, K0S])
def test_findings_are_on_the_lines_of_the_fields(kubeplumb: Kubeplumb, text: str) -> None:
    found = {(one["rule"], one["place"]["line"]) for one in failed(kubeplumb, text)}
    marked = {
        (line.rpartition("# ")[2].strip(), number) for number, line in enumerate(text.splitlines(), 1) if "# " in line
    }
    assert len(marked) > 1
    assert marked <= found


def test_no_finding_comes_twice(kubeplumb: Kubeplumb) -> None:
    for text in (KUBEADM, CONTROL_PLANE, KIND, KOPS, K0S):
        prints = [one["fingerprint"] for one in failed(kubeplumb, text)]
        assert len(prints) == len(set(prints))


SECRET = "abcdef.0123456789abcdef"
TALOS = {
    "version": "v1alpha1",
    "machine": {"type": "controlplane", "token": SECRET, "kubelet": {"extraConfig": {"readOnlyPort": 10255}}},
    "cluster": {"token": SECRET, "apiServer": {"extraArgs": {"authorization-mode": "AlwaysAllow"}}},
}
INIT = {
    "apiVersion": "kubeadm.k8s.io/v1beta3",
    "kind": "InitConfiguration",
    "bootstrapTokens": [{"token": SECRET}],
    "nodeRegistration": {"kubeletExtraArgs": {"anonymous-auth": "true"}},
}
PLANE = {
    "apiVersion": "controlplane.cluster.x-k8s.io/v1beta1",
    "kind": "KubeadmControlPlane",
    "metadata": {"name": "cp"},
    "spec": {
        "kubeadmConfigSpec": {
            "files": [{"path": "/x", "content": SECRET}],
            "clusterConfiguration": {"apiServer": {"extraArgs": {"authorization-mode": "AlwaysAllow"}}},
        }
    },
}


@pytest.mark.parametrize("document", [TALOS, INIT, PLANE])
@pytest.mark.parametrize("form", ["json", "flow", "block"])
def test_a_secret_in_the_same_line_is_not_printed(kubeplumb: Kubeplumb, document: dict[str, Any], form: str) -> None:
    flow = {"flow": True, "block": False}
    text = (
        json.dumps(document) if form == "json" else yaml.safe_dump(document, default_flow_style=flow[form], width=9999)
    )
    found = failed(kubeplumb, text)
    assert [one for one in found if one["rule"] in ("apiserver-authorization-always-allow", "kubelet-anonymous-auth")]
    assert SECRET not in json.dumps(found)
    assert any(one["source"] for one in found) == (form == "block")


@pytest.mark.parametrize("text", [KUBEADM, CONTROL_PLANE, KIND, KOPS, K0S])
def test_what_the_control_plane_is_told_shows_in_facts(kubeplumb: Kubeplumb, text: str) -> None:
    lines = kubeplumb("facts", "component", "-", "-o", "json", stdin=text.encode()).out.splitlines()
    servers = [one for line in lines if (one := json.loads(line)["fact"])["component"] == "kube-apiserver"]
    (server,) = servers
    assert server["source"] == "configuration"
    assert server["settings"]["authorization-mode"]["value"] == ["AlwaysAllow"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (KUBEADM.replace("apiServer:", "kubernetesVersion: v1.31.2\napiServer:"), "1.31.2"),
        (KUBEADM.replace("apiServer:", "kubernetesVersion: stable-1\napiServer:"), None),
        (KUBEADM.replace("apiServer:", "kubernetesVersion: v2.1.0\napiServer:"), None),
        (KIND + "nodes: [{role: control-plane, image: 'kindest/node:v1.30.4@sha256:abc'}]\n", "1.30.4"),
        (KOPS.replace("spec:", "spec:\n  kubernetesVersion: 1.29.1"), "1.29.1"),
        (CONTROL_PLANE, None),
    ],
)
def test_the_version_that_a_tool_is_to_set_up_is_the_clusters(
    kubeplumb: Kubeplumb, text: str, version: str | None
) -> None:
    """But not that of an object of Cluster API, which is about another cluster."""
    result = kubeplumb("scan", "-", "-o", "json", "--fail-on=none", stdin=text.encode())
    run = json.loads(result.out)["run"]
    assert (run["kubernetesVersion"], run["kubernetesVersionSource"]) == (
        (version, "seen") if version else (run["kubernetesVersion"], "assumed")
    )
