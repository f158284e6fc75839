"""The script on a real node: an API server, etcd and a kubelet that run here, and what is said of them."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from auditor.collectors.nodes.bundle import Bundle, read_bundle
from auditor.collectors.nodes.documents import documents
from auditor.model.inventory import Resource
from tests.collectors.fake_node import SCRIPT, shells
from tests.conftest import Kubeplumb
from tests.live.apiserver import ADMIN_TOKEN, token_of
from tests.live.cluster import Cluster
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.node import Node, kubelet, missing
from tests.live.test_node import STATIC

NAME = f"bundled-{os.getpid()}"
"""Another session's kubelet on this machine has another name."""
RULES = ("manifest-mode-open", "kubelet-config-mode-open", "kubelet-kubeconfig-mode-open", "token-file-mode-open")
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


class Seen(NamedTuple):
    """A bundle of this machine, and the node that it was made for."""

    data: bytes
    bundle: Bundle
    node: Node
    folder: Path
    """The kubelet's own."""

    def processes(self, part: str) -> list[Resource]:
        """Those that have a text in their arguments: others' servers may run here as well."""
        found = documents(self.bundle, "node.json", "w")
        own = [one for one in found if one.ref.kind == "HostProcess"]
        return [one for one in own if part in " ".join(one.manifest["arguments"])]


@pytest.fixture(scope="module", params=shells())
def seen(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Seen]:
    with kubelet(cluster, NAME, static=[STATIC]) as node:
        (folder,) = (Path(path).parent for path in _configurations() if Path(path).exists())
        (folder / "manifests" / "kube-system-kube-scheduler.json").chmod(0o644)
        (folder / "kubeconfig").chmod(0o640)
        (folder / "kubelet.json").chmod(0o600)
        environment = {"PATH": os.environ["PATH"], "KUBEPLUMB_NODE": NAME}
        done = subprocess.run(
            request.param.split(), input=SCRIPT.read_bytes(), capture_output=True, env=environment, check=True
        )
        assert done.stderr == b""
        yield Seen(done.stdout, read_bundle(done.stdout), node, folder)


def _configurations() -> Iterator[str]:
    """The configuration file of the kubelet of this name."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if "--hostname-override" in words and words[words.index("--hostname-override") + 1] == NAME:
            yield words[words.index("--config") + 1]


def test_processes_as_they_were_started(cluster: Cluster, seen: Seen) -> None:
    (server,) = (one for one in seen.processes(str(cluster.folder)) if one.manifest["component"] == "kube-apiserver")
    started = Path(f"/proc/{server.manifest['pid']}/cmdline").read_bytes().decode().split("\0")[:-1]
    assert server.manifest["arguments"] == started
    port = int(cluster.base_url.rpartition(":")[2])
    assert {"address": "127.0.0.1", "port": port, "loopback": True, "everywhere": False} in server.manifest["listening"]
    (own,) = (one for one in seen.processes(str(seen.folder)) if one.manifest["component"] == "kubelet")
    assert (seen.node.address, 10250) in {(one["address"], one["port"]) for one in own.manifest["listening"]}
    assert own.manifest["unread"] == []
    assert {"etcd", "kube-controller-manager", "containerd"} <= {one.component for one in seen.bundle.processes}


def test_the_files_that_they_name(cluster: Cluster, seen: Seen) -> None:
    files = {file.name: file for file in seen.bundle.files}
    roles = {one.manifest["path"]: one.manifest["roles"] for one in documents(seen.bundle, "n", "w") if _file(one)}
    assert roles[f"{seen.folder}/kubelet.json"] == ["kubelet-config"]
    assert roles[f"{seen.folder}/kubeconfig"] == ["kubelet-kubeconfig"]
    assert roles[f"{seen.folder}/manifests/kube-system-kube-scheduler.json"] == ["static-manifest"]
    assert roles[f"{seen.folder}/containerd.sock"] == ["runtime-socket"]
    assert "client-ca" in roles[str(cluster.ca)]
    assert roles[str(cluster.folder / "service-account.key")] == ["pki-key"]
    assert roles[str(cluster.folder / "tokens.csv")] == ["static-tokens"]
    assert roles[str(cluster.folder / "etcd")] == ["etcd-data"]
    status = cluster.ca.stat()
    assert (files[str(cluster.ca)].mode, files[str(cluster.ca)].uid) == (f"{status.st_mode & 0o7777:o}", status.st_uid)
    assert files[str(cluster.ca)].content == cluster.ca.read_text()
    configuration = json.loads((seen.folder / "kubelet.json").read_text())
    assert json.loads(files[f"{seen.folder}/kubelet.json"].content or "") == configuration


def _file(resource: Resource) -> bool:
    return resource.ref.kind == "HostFile"


def test_no_key_and_no_token_leaves_the_node(cluster: Cluster, seen: Seen) -> None:
    """None of the keys and tokens that the servers of this cluster have, in any spelling that a bundle knows."""
    text = seen.bundle.model_dump_json()
    folders = (cluster.folder, seen.folder)
    keys = [key for folder in folders for key in folder.rglob("*.key") if "PRIVATE" in key.read_text()]
    assert len(keys) > 4
    secrets = [ADMIN_TOKEN, *(token_of(user) for user in ("nobody", "reader", "shop"))]
    for key in keys:
        lines = key.read_text().splitlines()
        secrets += [lines[1][:40], base64.b64encode(key.read_bytes()).decode()[60:120]]
    assert [secret for secret in secrets if secret in text or secret.encode() in seen.data] == []
    assert "PRIVATE KEY" not in text


def test_a_scan_finds_what_was_left_open(seen: Seen, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    options = ["--no-config", "-o", "json", *(part for rule in RULES for part in ("--rule", rule))]
    report = json.loads(kubeplumb("scan", "-", *options, stdin=seen.data).out)
    mine = {one.manifest["pid"] for one in seen.processes(str(seen.folder))}
    assert {gap["place"]["file"] for gap in report["gaps"]}.isdisjoint(f"-!/proc/{pid}" for pid in mine)
    assert not [
        gap for gap in report["gaps"] if str(seen.folder) in gap["place"]["file"] or gap["place"]["file"] == "-"
    ]
    failed = {(one["rule"], one["object"]["name"].partition(":")[2]) for one in _failed(report)}
    here = {(rule, name.removeprefix(f"{seen.folder}/")) for rule, name in failed if str(seen.folder) in name}
    assert here == {
        ("manifest-mode-open", "manifests/kube-system-kube-scheduler.json"),
        ("kubelet-kubeconfig-mode-open", "kubeconfig"),
    }


def test_a_cluster_and_its_node(cluster: Cluster, seen: Seen, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    config = kubeconfig(tmp_path / "kubeconfig", cluster, token_user("admin"))
    folder, saved = tmp_path / "nodes", tmp_path / "saved.json.zst"
    folder.mkdir()
    (folder / "bundled.json").write_bytes(seen.data)
    (folder / "stranger.json").write_bytes(seen.data.replace(f'"node":"{NAME}"'.encode(), b'"node":"stranger"'))
    (folder / "cut.json").write_bytes(seen.data[:2000])
    options = ["--no-config", "-o", "json", *(part for rule in RULES for part in ("--rule", rule))]
    live = kubeplumb(
        "cluster", "--kubeconfig", config, "--nodes", folder, "--save", saved, *options, "--rule", "kubelet-newer"
    )
    report = json.loads(live.out)
    own = [gap for gap in report["gaps"] if "!" not in gap["place"]["file"]]  # others' processes may end meanwhile
    gaps = {(gap["code"], gap["place"]["file"].rpartition("/")[2]) for gap in own}
    # The cluster may have nodes of other tests.
    others = {gap for gap in gaps if gap[0] == "node-unseen" and gap[1] != NAME}
    assert gaps - others == {("node-bundle", "cut.json"), ("node-unknown", "stranger.json")}
    failed = {one["object"]["name"].partition(":")[0] for one in _failed(report)}
    assert failed == {NAME, "stranger"}
    again = json.loads(kubeplumb("scan", saved, *options, "--rule", "kubelet-newer").out)
    assert again["findings"] == report["findings"]
    assert again["objects"] == report["objects"]
    without = json.loads(kubeplumb("cluster", "--kubeconfig", config, *options).out)
    reasons = {one["rule"]: one["reason"] for one in without["findings"]}
    assert set(reasons) == set(RULES)
    assert all("--nodes" in reason for reason in reasons.values())


AS_AGENT = """
mount --rbind / {root} && mount -o remount,bind,ro {root} &&
exec setpriv --bounding-set -all,+dac_read_search,+sys_ptrace --inh-caps -all --no-new-privs {shell}
"""


def test_the_node_agent_sees_what_root_sees(seen: Seen, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """As deploy/node-agent runs it: the node's files elsewhere, read-only, two capabilities, a network of its own."""
    shell = request.node.callspec.params["seen"]
    words = ["unshare", "-m", "-n", "--propagation", "private", "sh", "-c", AS_AGENT.format(root=tmp_path, shell=shell)]
    environment = {"PATH": os.environ["PATH"], "KUBEPLUMB_NODE": NAME, "KUBEPLUMB_ROOT": str(tmp_path)}
    done = subprocess.run(words, input=SCRIPT.read_bytes(), capture_output=True, env=environment, check=True)
    assert done.stderr == b""
    told = read_bundle(done.stdout)

    def files(bundle: Bundle) -> dict[str, Any]:
        here = [file for file in bundle.files if str(seen.folder) in file.name]
        return {file.name: file.model_dump() for file in here}

    def processes(bundle: Bundle) -> list[Any]:
        return [one.model_dump() for one in bundle.processes if str(seen.folder) in " ".join(one.arguments or ())]

    assert (files(told), processes(told)) == (files(seen.bundle), processes(seen.bundle))
    assert len(files(told)) > 5
    same = {name: value for name, value in seen.bundle.state.kernel.items() if not name.startswith("net.")}
    assert (told.state.kernel, told.state.unread) == (same, "net.*")


def _failed(report: Any) -> list[Any]:
    return [one for one in report["findings"] if one["verdict"] == "fail"]
