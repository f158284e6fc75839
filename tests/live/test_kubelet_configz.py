"""The configuration of a real kubelet: what it serves, what an audit reads of it, and what its files and flags say."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Kubeplumb
from tests.facts.kubelet_config_cases import Case
from tests.facts.kubelet_configz import comparable, fields, served
from tests.facts.record_kubelet_config_cases import effective
from tests.facts.test_kubelet_configuration import settings_of
from tests.live import handshakes
from tests.live.apiserver import built, token_of
from tests.live.cluster import Cluster, granted
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.node import OPEN, Node, ask, kubelet, missing
from tests.live.objects import Object

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SETTINGS: Object = {
    "maxPods": 42,
    "eventRecordQPS": 7,
    "featureGates": {"ComponentFlagz": True},
    "readOnlyPort": 10255,
    "tlsCipherSuites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"],
    "enforceNodeAllocatable": ["none"],  # an empty list is lost where there are drop-ins
}
DROP_INS: dict[str, Object] = {
    "10-first.conf": {"maxPods": 43, "eventRecordQPS": 0, "allowedUnsafeSysctls": ["net.core.*"]},
    "sub/20-second.conf": {"maxPods": 44, "readOnlyPort": None, "allowedUnsafeSysctls": ["kernel.msg*"]},
    "90-not-read.yaml": {"readOnlyPort": 10255, "maxPods": 45},
    ".hidden.conf": {"seccompDefault": True, "streamingConnectionIdleTimeout": "5m"},
}
FLAGS = ("--streaming-connection-idle-timeout=7m", "--feature-gates=ComponentStatusz=false", "--max-pods=46")
CONTAINER = {"name": "c", "image": "registry.k8s.io/kube-scheduler:v1.37.1", "command": ["kube-scheduler"]}
STATIC: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "scheduler", "namespace": "kube-system"},
    "spec": {"hostNetwork": True, "containers": [CONTAINER]},
}
LIST_NODES = {"apiGroups": [""], "resources": ["nodes", "namespaces"], "verbs": ["list"]}


@pytest.fixture(scope="module")
def merged(cluster: Cluster) -> Iterator[Node]:
    """A node whose file, drop-ins and flags are at odds."""
    with kubelet(cluster, "merged", SETTINGS, [STATIC], FLAGS, DROP_INS) as node:
        yield node


def configz(cluster: Cluster, node: Node) -> dict[str, Any]:
    told: dict[str, Any] = cluster.get(f"/api/v1/nodes/{node.name}/proxy/configz").body["kubeletconfig"]
    return told


def test_a_kubelet_serves_what_it_writes_to_its_log(cluster: Cluster, merged: Node, tmp_path: Path) -> None:
    """So that the cases of `record_kubelet_config_cases.py`, which are read from logs, tell what is served."""
    found = built("kubelet")
    assert not isinstance(found, str)
    command = [str(found[0]), *merged.words, f"--kubeconfig={tmp_path}/none"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    logged = effective(said.stderr)
    assert logged == configz(cluster, merged)
    assert logged["maxPods"] == 46


def test_file_drop_ins_and_flags_of_a_node_say_what_it_serves(cluster: Cluster, merged: Node) -> None:
    config = Path(merged.words[merged.words.index("--config") + 1])
    files = {"kubelet.yaml": config.read_text()}
    for name in DROP_INS:
        files[f"drop-ins/{name}"] = (config.parent / "drop-ins" / name).read_text()
    moved = {str(config): "/etc/kubernetes/kubelet.yaml", str(config.parent / "drop-ins"): "/etc/kubernetes/drop-ins"}
    words = [moved.get(word, word) for word in merged.words]
    told = configz(cluster, merged)
    settings = settings_of(Case("live", merged.name, words, files, "file", told, ""))
    assert not isinstance(settings, str)
    found = {one.setting: comparable(one, settings.value(one.setting)) for one in fields()}
    wanted = served(told)
    unlike = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
    unlike.pop("eviction-hard", None)
    assert unlike == {}


def test_an_audit_reads_it_and_judges_by_it(
    cluster: Cluster, merged: Node, tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    config, saved = kubeconfig(tmp_path / "kubeconfig", cluster, token_user("admin")), tmp_path / "s.json"
    kubelets = ("kubelet-anonymous-auth", "kubelet-authorization-always-allow", "kubelet-read-only-port")
    rules = (*kubelets, "component-profiling")
    options = ["--no-config", "-o", "json", *(part for rule in rules for part in ("--rule", rule))]
    anybody = {"authentication": {"anonymous": {"enabled": True}, "x509": {"clientCAFile": str(cluster.ca)}}}
    with kubelet(cluster, "wide", OPEN) as wide, kubelet(cluster, "half", anybody) as half:
        told = kubeplumb("cluster", "--kubeconfig", config, "--kubelet-configz", "--save", saved, *options)
        behaved = {
            node.name: (ask(f"https://{node.address}:10250/pods"), ask(f"http://{node.address}:10255/pods"))
            for node in (merged, wide, half)
        }
    report = json.loads(told.out)
    failed = {(one["rule"], one["object"]["name"]) for one in report["findings"] if one["verdict"] == "fail"}
    assert behaved == {"merged": (401, 0), "half": (403, 0), "wide": (200, 200)}
    # The scheduler is known by its mirror pod, with the default of a flag that its command does not name.
    known = {("kubelet-anonymous-auth", "half"), ("component-profiling", "scheduler-merged")}
    assert failed == {*((rule, "wide") for rule in kubelets), *known}
    kept = [one["object"] for one in json.loads(saved.read_text())["objects"]]
    documents = {one["node"]: one for one in kept if one["kind"] == "KubeletConfigz"}
    assert documents["merged"]["kubeletconfig"] == configz(cluster, merged)
    again = json.loads(kubeplumb("scan", saved, *options).out)
    assert again["findings"] == report["findings"]


def test_the_port_of_a_kubelet_speaks_as_its_settings_say(merged: Node) -> None:
    """Its key is of ECDSA, so that of two suites one can be used; without a version Go's own counts."""
    assert handshakes.suites(10250, merged.address) == {SETTINGS["tlsCipherSuites"][0]}
    assert handshakes.versions(10250, merged.address) == {"VersionTLS12", "VersionTLS13"}


def test_without_the_right_it_is_a_gap_for_each_node(
    cluster: Cluster, merged: Node, tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    config = kubeconfig(tmp_path / "kubeconfig", cluster, token_user("reader"))
    assert cluster.get(f"/api/v1/nodes/{merged.name}/proxy/configz", token=token_of("reader")).status == 403
    options = ("--no-config", "-o", "json", "--rule", "kubelet-anonymous-auth", "--kubelet-configz")
    with granted(cluster, "reader", [LIST_NODES]):
        report = json.loads(kubeplumb("cluster", "--kubeconfig", config, *options).out)
    refused = [one for one in report["gaps"] if "nodes/proxy" in one["reason"]]
    (gap,) = [one for one in refused if f"node {merged.name}:" in one["reason"]]
    assert gap["code"] == "forbidden"
    assert "reader could not get nodes/proxy of node merged: " in gap["reason"]
    verdicts = {one["object"]["name"]: one["verdict"] for one in report["findings"]}
    assert verdicts["merged"] == "not-evaluated"
