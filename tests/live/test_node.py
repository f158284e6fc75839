"""A real kubelet, locked and open: what audits of nodes are tested against."""

from collections.abc import Iterator

import pytest

from tests.live.apiserver import token_of
from tests.live.cluster import Cluster
from tests.live.node import OPEN, Node, ask, kubelet, missing
from tests.live.objects import Object

FLAGS = ["kube-scheduler", "--profiling=true"]
STATIC: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "kube-scheduler", "namespace": "kube-system", "labels": {"component": "kube-scheduler"}},
    "spec": {"hostNetwork": True, "containers": [{"name": "c", "image": "registry.example/s:1", "command": FLAGS}]},
}


@pytest.fixture(scope="module")
def locked(cluster: Cluster) -> Iterator[Node]:
    if reason := missing():
        pytest.skip(reason)
    with kubelet(cluster, "locked", {"maxPods": 42}, [STATIC]) as node:
        yield node


def test_a_static_pod_has_its_mirror(cluster: Cluster, locked: Node) -> None:
    pod = cluster.get("/api/v1/namespaces/kube-system/pods/kube-scheduler-locked").body
    assert pod["spec"]["containers"][0]["command"] == FLAGS
    assert pod["metadata"]["annotations"]["kubernetes.io/config.source"] == "file"
    assert "kubernetes.io/config.mirror" in pod["metadata"]["annotations"]
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "Node"


def test_the_configuration_is_read_through_the_api_server(cluster: Cluster, locked: Node) -> None:
    path = f"/api/v1/nodes/{locked.name}/proxy/configz"
    told = cluster.get(path).body["kubeletconfig"]
    assert (told["maxPods"], told["authorization"]["mode"]) == (42, "Webhook")
    assert cluster.get(path, token=token_of("nobody")).status == 403
    info = cluster.get(f"/api/v1/nodes/{locked.name}").body["status"]["nodeInfo"]
    assert info["kubeletVersion"] == cluster.version()


def test_a_locked_kubelet_and_an_open_one(cluster: Cluster, locked: Node) -> None:
    def read(node: Node) -> list[int]:
        return [ask(f"https://{node.address}:10250/pods"), ask(f"http://{node.address}:10255/pods")]

    assert read(locked) == [401, 0]
    assert ask(f"https://{locked.address}:10250/pods", token_of("nobody")) == 403
    with kubelet(cluster, "open", OPEN) as node:
        assert read(node) == [200, 200]
    assert cluster.get("/api/v1/nodes/open").status == 404
