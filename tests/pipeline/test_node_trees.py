"""Trees that look like a node's file system: what of them is read, and where each finding points."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Kubeplumb

TOKEN = "Zx81kDl2pQ9s7Vb3"

KUBEADM = {
    "usr/lib/systemd/system/kubelet.service": "[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet\n",
    "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": """\
# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
""",
    "var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1"\n',
    "etc/default/kubelet": "# extra\nKUBELET_EXTRA_ARGS=--read-only-port=10255\n",
    "var/lib/kubelet/config.yaml": """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
readOnlyPort: 0
protectKernelDefaults: true
""",
    "etc/kubernetes/kubelet.conf": f"""\
apiVersion: v1
kind: Config
clusters: [{{name: a, cluster: {{server: "https://10.0.0.1:6443"}}}}]
users: [{{name: u, user: {{token: {TOKEN}}}}}]
""",
    "etc/systemd/system/nginx.service": "[Service]\nExecStart=/usr/sbin/nginx\n",
    "etc/nginx/nginx.conf": "server { listen 80; }\n",
}

ETCD = {
    "etc/systemd/system/etcd.service": """\
[Service]
Type=notify
EnvironmentFile=/etc/etcd/etcd.conf
ExecStart=/usr/bin/etcd \\
  --cert-file=/etc/etcd/pki/server.crt \\
  --key-file=/etc/etcd/pki/server.key \\
  --trusted-ca-file=/etc/etcd/pki/ca.crt
""",
    "etc/etcd/etcd.conf": "ETCD_NAME=a\nETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379\nETCD_CLIENT_CERT_AUTH=true\n",
}


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def scan(kubeplumb: Kubeplumb, folder: Path, *more: str) -> Any:
    result = kubeplumb("scan", folder, "--no-config", "--profile", "all", "-o", "json", *more)
    assert result.code in (0, 1), result.err
    return json.loads(result.out)


def places(report: Any, folder: Path) -> dict[str, str]:
    """Where the failures lie, by rule."""
    failed = [(found["rule"], found["place"]) for found in report["findings"] if found["verdict"] == "fail"]
    return {
        rule: f"{place['file'].removeprefix(f'{folder}/')}:{place['line']}:{place['column']}" for rule, place in failed
    }


def test_a_kubelet_as_kubeadm_starts_it(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    report = scan(kubeplumb, tree(tmp_path, KUBEADM))
    found = places(report, tmp_path)
    assert found["kubelet-read-only-port"] == "etc/default/kubelet:2:1"
    assert "kubelet-client-ca-missing" not in found
    assert "kubelet-anonymous-auth" not in found
    assert report["gaps"] == []


def test_a_comment_in_an_environment_file_waives(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    text = "# kubeplumb:waive kubelet-read-only-port scraped by an agent\nKUBELET_EXTRA_ARGS=--read-only-port=10255\n"
    report = scan(kubeplumb, tree(tmp_path, {**KUBEADM, "etc/default/kubelet": text}))
    (found,) = [one for one in report["findings"] if one["rule"] == "kubelet-read-only-port"]
    assert (found["verdict"], found["place"]["line"]) == ("waived", 2)


def test_what_is_not_kubernetes_is_counted_and_not_read(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    report = scan(kubeplumb, tree(tmp_path, KUBEADM))
    assert report["coverage"]["other"] == {"other file of a node": 1}
    assert report["coverage"]["files"] == len(KUBEADM) - 1


def test_an_input_of_a_kustomization_is_no_file_of_a_node(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    files = {
        "kubernetes/kustomization.yaml": "configMapGenerator:\n- name: a\n  envs: [kube.env]\n",
        "kubernetes/kube.env": "KUBE_A=1\n",
        "kubernetes/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
    }
    report = scan(kubeplumb, tree(tmp_path, files))
    assert report["coverage"]["objects"] == 1
    assert report["gaps"] == []


def test_an_etcd_by_flags_and_environment(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    found = places(scan(kubeplumb, tree(tmp_path, ETCD)), tmp_path)
    assert found["etcd-plain-http-clients"] == "etc/etcd/etcd.conf:2:1"


def test_an_environment_file_that_is_missing_is_never_a_pass(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    files = {name: text for name, text in KUBEADM.items() if name != "etc/default/kubelet"}
    report = scan(kubeplumb, tree(tmp_path, files))
    unknown = {found["rule"] for found in report["findings"] if found["verdict"] == "not-evaluated"}
    assert {"kubelet-read-only-port", "kubelet-anonymous-auth"} <= unknown


@pytest.mark.parametrize("form", ["terminal", "json", "html", "sarif"])
def test_no_report_holds_a_credential_of_a_node(kubeplumb: Kubeplumb, tmp_path: Path, form: str) -> None:
    files = {
        **KUBEADM,
        "etc/default/kubelet": f"KUBELET_EXTRA_ARGS='--read-only-port=10255 --token={TOKEN}'\n",
        "etc/rancher/k3s/config.yaml": f"{{token: {TOKEN}, kubelet-arg: [read-only-port=10255]}}\n",
        "etc/systemd/system/kube-apiserver.service": f"[Service]\nEnvironment=K8S_TOKEN={TOKEN}\n"
        f"ExecStart=/usr/bin/kube-apiserver --anonymous-auth=true --authorization-mode=AlwaysAllow --token {TOKEN}\n",
    }
    folder = tree(tmp_path, files)
    result = kubeplumb("scan", folder, "--no-config", "--profile", "all", "-o", form, "--verbose")
    assert result.code == 1
    assert "read-only" in result.out
    assert TOKEN not in result.out


@pytest.mark.parametrize("subject", ["object", "component"])
def test_no_fact_holds_a_credential_of_a_node(kubeplumb: Kubeplumb, tmp_path: Path, subject: str) -> None:
    folder = tree(tmp_path, {**KUBEADM, "etc/rancher/k3s/config.yaml": f"token: {TOKEN}\nkubelet-arg: [v=2]\n"})
    result = kubeplumb("facts", subject, folder)
    assert result.out
    assert TOKEN not in result.out


HOSTILE = {
    "nul": "[Service]\nExecStart=/usr/bin/kubelet \0\n",
    "quote": "[Service]\nExecStart=/usr/bin/kubelet 'x\n",
    "long": f"[Service]\nExecStart=/usr/bin/kubelet --x={'y' * 900_000}\n",
    "too long": f"[Service]\nExecStart=/usr/bin/kubelet --x={'y' * 2_000_000}\n",
    "variables": f"[Service]\nEnvironment=A={'x' * 100_000}\nExecStart=/usr/bin/kubelet {'${A}' * 5_000}\n",
    "itself": "[Service]\nEnvironment=A=$A B=${A}\nExecStart=/usr/bin/kubelet $A ${B} $B\n",
    "breaks": "[Service]\nExecStart=/usr/bin/kubelet " + "\\\n" * 100_000,
    "keys": "[Service]\n" + "Environment=A=b\n" * 20_000 + "ExecStart=/usr/bin/kubelet\n",
    "escapes": "[Service]\nExecStart=/usr/bin/kubelet \x1b[31m\u202e --x\n",
}


UNREADABLE = ("nul", "too long")


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_units(kubeplumb: Kubeplumb, tmp_path: Path, name: str) -> None:
    started = time.process_time()
    folder = tree(tmp_path, {"etc/systemd/system/kubelet.service": HOSTILE[name]})
    result = kubeplumb("scan", folder, "--no-config", "--fail-on", "none")
    assert result.code == (3 if name in UNREADABLE else 0), result.err
    assert "\x1b[31m" not in result.out
    assert time.process_time() - started < 10


def test_many_units_and_drop_ins(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    started = time.process_time()
    files = {f"etc/systemd/system/kubelet-{i}.service": "[Service]\nExecStart=/usr/bin/kubelet\n" for i in range(300)}
    files |= {f"etc/systemd/system/kubelet-.service.d/{i}.conf": "[Service]\nEnvironment=A=b\n" for i in range(300)}
    scan(kubeplumb, tree(tmp_path, files), "--rule", "kubelet-read-only-port")
    assert time.process_time() - started < 20
