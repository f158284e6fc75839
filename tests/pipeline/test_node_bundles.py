"""Bundles of nodes beside the inventory of their cluster: who is whose, and what comes back from a snapshot."""

from pathlib import Path

import pytest

from auditor.collectors.api.cluster import OBSERVED
from auditor.collectors.snapshots import opened, read_snapshot, writing
from auditor.collectors.yaml.documents import DEFAULT
from auditor.model.errors import UsageError
from auditor.model.inventory import Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.pipeline.node_bundles import join_bundles
from tests.collectors.fake_node import Node, node

KUBELET = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 0\n"
POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nmetadata: {name: mine}\nrules: []\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n"


@pytest.fixture
def fake(tmp_path: Path) -> Node:
    made = node(tmp_path / "node")
    made.file("/var/lib/kubelet/config.yaml", KUBELET)
    made.file("/etc/kubernetes/audit.yaml", POLICY)
    made.file("/etc/kubernetes/manifests/p.yaml", POD)
    made.process(10, ["/usr/bin/containerd"])
    return made


def cluster(*nodes: str) -> Inventory:
    inventory = Inventory(Provenance("test", "2026-11-21T10:00:00+00:00"), kinds=("Node",))
    for name in nodes:
        manifest = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        place = Origin(f"/api/v1/nodes/{name}", 0, 0)
        inventory.resources.append(Resource(ObjectRef("v1", "Node", "", name), manifest, place, "test"))
    return inventory


def written(folder: Path, **files: bytes) -> str:
    folder.mkdir()
    for name, data in files.items():
        (folder / f"{name}.json").write_bytes(data)
    return str(folder)


def test_nodes_and_bundles_are_matched_by_name(fake: Node, tmp_path: Path) -> None:
    files = {"a": fake.run(), "b": fake.run(KUBEPLUMB_NODE="other"), "c": fake.run(), "d": b'{"kind": "List"}'}
    inventory = cluster("worker-1", "worker-2")
    found = join_bundles(written(tmp_path / "nodes", **files), inventory, DEFAULT)
    states = [one.ref.name for one in found if one.ref.kind == "HostState"]
    assert states == ["worker-1", "other"]
    gaps = sorted((gap.code, Path(gap.file).name) for gap in inventory.gaps)
    assert gaps == [
        ("node-bundle", "c.json"), ("node-bundle", "d.json"), ("node-unknown", "b.json"), ("node-unseen", "worker-2"),
    ]  # fmt: skip


def test_nothing_is_said_of_nodes_that_nobody_listed(fake: Node, tmp_path: Path) -> None:
    inventory = cluster()
    inventory.missing["Node", ""] = "forbidden"
    join_bundles(written(tmp_path / "nodes", a=fake.run()), inventory, DEFAULT)
    assert inventory.gaps == []


def test_configuration_joins_and_objects_do_not(fake: Node, tmp_path: Path) -> None:
    inventory = cluster("worker-1")
    found = join_bundles(written(tmp_path / "nodes", a=fake.run()), inventory, DEFAULT)
    assert {one.ref.kind for one in found if one.ref.api_version != OBSERVED} == {"KubeletConfiguration", "Policy"}
    assert all(one.world == "test" and not one.origin.line for one in found)
    assert inventory.objects == 2


def test_a_folder_without_bundles_is_a_mistake(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError):
            join_bundles(str(folder), cluster(), DEFAULT)


def test_a_snapshot_gives_back_names_that_the_objects_do_not_say(fake: Node, tmp_path: Path) -> None:
    inventory = cluster("worker-1")
    inventory.resources += join_bundles(written(tmp_path / "nodes", a=fake.run()), inventory, DEFAULT)
    (kubelet,) = (one for one in inventory.resources if one.ref.kind == "KubeletConfiguration")
    inventory.resources[inventory.resources.index(kubelet)] = kubelet._replace(ref=kubelet.ref._replace(name="by-file"))
    path = str(tmp_path / "saved.json.zst")
    with writing(path, "test") as writer:
        for resource in inventory.resources:
            writer.add(resource)
        writer.finish(inventory)
    with opened(path) as handle:
        again = read_snapshot(handle, path, lambda resource: resource)
    assert [one.ref for one in again.resources] == [one.ref for one in inventory.resources]
    assert [one.manifest for one in again.resources] == [one.manifest for one in inventory.resources]
    assert again.objects == inventory.objects + 1  # the Node, which no collection counted here
