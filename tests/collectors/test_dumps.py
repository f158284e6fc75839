"""Dumps of each format, as small as they may be, and hostile ones: what is read of them and what is missing."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.dumps import CLUSTER_INFO, GET, SONOBUOY, TROUBLESHOOT, read_dump, recognise, values
from auditor.collectors.dumps import files as packing
from auditor.model.errors import NothingRead
from auditor.model.inventory import Inventory, Resource
from auditor.model.refs import ObjectRef

UID = "9baf2047-d26b-4a81-902b-95bb1d352b2a"
KINDS = (
    "Pod",
    "ReplicaSet",
    "NetworkPolicy",
    "Node",
    "Namespace",
    "*/PodTemplateSpec",
    "ServerVersion",
    "Thing.a.example",
)
Files = Mapping[str, Any]


def stored(name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    """An object as a server gives it."""
    metadata = {"name": name, "uid": UID, "resourceVersion": "7", "creationTimestamp": "2026-01-02T03:04:05Z"}
    return {"metadata": {**metadata, **({"namespace": namespace} if namespace else {})}, **more}


def typed(version: str, kind: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A list as client-go writes it: items do not say what they are."""
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": list(items)}


def folder(root: Path, files: Files) -> str:
    for name, value in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(value))
    return str(root)


def tarball(root: Path, files: Files) -> str:
    path = root / "dump.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, value in files.items():
            data = encoded(value)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return str(path)


def encoded(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def read(path: str, kinds: tuple[str, ...] = KINDS, other: Counter[str] | None = None) -> Inventory:
    return read_dump(path, lambda resource: resource, kinds, other)


def refs(inventory: Inventory) -> list[str]:
    return [f"{item.ref.api_version} {item.ref}" for item in inventory.resources]


CLUSTER_INFO_FILES: Files = {
    "nodes.json": typed("v1", "Node", stored("n1")),
    "kube-system/pods.json": typed("v1", "Pod", stored("p", "kube-system")),
    "kube-system/replicasets.json": typed("apps/v1", "ReplicaSet", stored("rs", "kube-system")),
    "kube-system/replication-controllers.json": typed("v1", "ReplicationController"),
    "kube-system/events.json": typed("v1", "Event", stored("e", "kube-system")),
    "kube-system/p/logs.txt": b'{"kind": "Pod"}',
    "default/pods.json": typed("v1", "Pod", stored("q", "default")),
}

SONOBUOY_FILES: Files = {
    "serverversion.json": {"gitVersion": "v1.30.1", "major": "1"},
    "servergroups.json": {
        "kind": "APIGroupList",
        "groups": [{"name": ""}, {"name": "apps"}, {"name": "networking.k8s.io"}],
    },
    "meta/config.json": {"Filters": {"LabelSelector": "", "Namespaces": ".*"}},
    "meta/query-time.json": [
        {"queryobj": "Nodes", "time": "1ms", "error": {"ErrStatus": {"message": "proxy refused"}}},
        {"queryobj": "nodes", "time": "1ms"},
        {"queryobj": "namespaces", "time": "1ms"},
        {"queryobj": "customresourcedefinitions", "time": "1ms"},
        {"queryobj": "pods", "namespace": "a", "time": "1ms"},
        {"queryobj": "pods", "namespace": "b", "time": "1ms"},
        {"queryobj": "networkpolicies", "namespace": "a", "time": "1ms"},
        {"queryobj": "networkpolicies", "namespace": "b", "error": {}},
        {"queryobj": "replicasets", "namespace": "a", "error": {"ErrStatus": {"message": "replicasets is forbidden"}}},
    ],
    "hosts/n1/configz.json": {"kubeletconfig": {"readOnlyPort": 10255, "kind": "lie", "metadata": "lie"}},
    "hosts/n1/healthz.json": {"status": 200},
    "resources/cluster/core_v1_nodes.json": [stored("n1", apiVersion="v1", kind="Node")],
    "resources/cluster/core_v1_namespaces.json": [stored(name, apiVersion="v1", kind="Namespace") for name in "ab"],
    "resources/ns/a/core_v1_pods.json": [stored("p", "a", apiVersion="v1", kind="Pod")],
    "podlogs/a/p/logs/c.txt": b"hello",
    "plugins/e2e/results.json": [],
}

OLD_SONOBUOY_FILES: Files = {
    "serverversion/serverversion.json": {"gitVersion": "v1.7.2"},
    "config.json": {"Filters": {"LabelSelector": ""}},
    "hosts/n1/configz.json": {"componentconfig": {"readOnlyPort": 10255}},
    "resources/non-ns/Nodes.json": [stored("n1")],
    "resources/non-ns/results.json": [{"queryobj": "Nodes", "time": "1ms"}, {}],
    "resources/ns/a/Deployments.json": [stored("d", "a")],
    "resources/ns/a/results.json": [{"queryobj": "Pods", "time": "1ms"}],
}

TROUBLESHOOT_FILES: Files = {
    "version.yaml": b"apiVersion: troubleshoot.sh/v1beta2\n",
    "cluster-info/cluster_version.json": {"info": {"gitVersion": "v1.33.2"}, "string": "v1.33.2"},
    "cluster-resources/namespaces.json": typed("v1", "Namespace", stored("a"), stored("b")),
    "cluster-resources/nodes.json": typed("v1", "Node", stored("n1")),
    "cluster-resources/pods/a.json": typed("v1", "Pod", stored("p", "a")),
    "cluster-resources/pods-errors.json": {"b": 'pods is forbidden: User "x" cannot list resource "pods"'},
    "cluster-resources/pods/logs/a/p/c.log": b"hello",
    "cluster-resources/network-policy/a.json": typed("networking.k8s.io/v1", "NetworkPolicy"),
    "cluster-resources/network-policy/b.json": typed("networking.k8s.io/v1", "NetworkPolicy", stored("np", "b")),
    "cluster-resources/network-policy-errors.json": None,
    "cluster-resources/statefulsets-errors.json/a.json": typed("apps/v1", "ReplicaSet", stored("rs", "a")),
    "cluster-resources/pvs": typed("v1", "PersistentVolume", stored("pv")),
    "cluster-resources/custom-resource-definitions.json": typed("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    "cluster-resources/custom-resources/things.a.example/a.json": [
        stored("t", "a", apiVersion="a.example/v1", kind="Thing")
    ],
    "cluster-resources/custom-resources/things.a.example/a.yaml": b"- apiVersion: a.example/v1\n  kind: Thing\n",
    "cluster-resources/image-pull-secrets/a/s.json": {"registry": "user"},
    "cluster-resources/auth-cani-list/a.json": [{"verbs": ["*"]}],
    "cluster-resources/events/a.json": typed("v1", "Event", stored("e", "a")),
}


@pytest.mark.parametrize("pack", [folder, tarball])
@pytest.mark.parametrize(
    ("files", "what"),
    [
        (CLUSTER_INFO_FILES, CLUSTER_INFO),
        (SONOBUOY_FILES, SONOBUOY),
        (OLD_SONOBUOY_FILES, SONOBUOY),
        (TROUBLESHOOT_FILES, TROUBLESHOOT),
    ],
)
@pytest.mark.parametrize("inside", ["", "support-bundle-2026/"])
def test_a_dump_is_recognised_and_read_packed_or_not(
    files: Files, what: str, inside: str, pack: Callable[[Path, Files], str], tmp_path: Path
) -> None:
    path = pack(tmp_path, {f"{inside}{name}": value for name, value in files.items()})
    assert recognise(path) == what
    assert {"v1 Node/n1"} <= set(refs(read(path)))


def test_recognising_imports_nothing_heavy() -> None:
    code = "import sys, auditor.collectors.dumps; sys.exit(any(name in sys.modules for name in ('ssl', 'ryaml')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_dump_in_a_folder_of_a_repository_does_not_make_the_repository_a_dump(tmp_path: Path) -> None:
    path = folder(tmp_path, {"README.md": b"", **{f"testdata/{name}": value for name, value in SONOBUOY_FILES.items()}})
    assert recognise(path) == ""
    with pytest.raises(NothingRead):
        read(path)


def test_cluster_info(tmp_path: Path) -> None:
    other: Counter[str] = Counter()
    inventory = read(folder(tmp_path / "kind", CLUSTER_INFO_FILES), other=other)
    assert refs(inventory) == [
        "v1 Node/n1",
        "apps/v1 ReplicaSet/kube-system/rs",
        "v1 Pod/default/q",
        "v1 Pod/kube-system/p",
    ]
    assert inventory.resources[1].manifest["kind"] == "ReplicaSet"
    assert inventory.resources[1].origin.file == "kube-system/replicasets.json"
    assert inventory.provenance.cluster == "kind"
    assert inventory.provenance.namespaces == ("default", "kube-system")
    assert inventory.provenance.collected == "2026-01-02T03:04:05+00:00"
    assert inventory.gaps == []
    assert other == {"events": 1, "log": 1}
    assert inventory.missing.keys() == {
        ("CustomResourceDefinition", ""),
        ("Namespace", ""),
        ("NetworkPolicy", ""),
        ("Pod", "*"),
        ("ReplicaSet", "*"),
        ("ReplicaSet", "default"),
        ("Thing.a.example", ""),
    }


def test_cluster_info_in_yaml(tmp_path: Path) -> None:
    pod = f"apiVersion: v1\nitems:\n- metadata:\n    name: p\n    namespace: a\n    uid: {UID}\nkind: PodList\n"
    files = {"nodes.yaml": b"items: []\nkind: NodeList\napiVersion: v1\n", "a/pods.yaml": pod.encode()}
    path = folder(
        tmp_path, {**files, "a/replication-controllers.yaml": b"kind: ReplicationControllerList\nitems: []\n"}
    )
    assert recognise(path) == CLUSTER_INFO
    assert refs(read(path)) == ["v1 Pod/a/p"]


def test_sonobuoy(tmp_path: Path) -> None:
    other: Counter[str] = Counter()
    inventory = read(folder(tmp_path, SONOBUOY_FILES), other=other)
    assert sorted(refs(inventory)) == [
        "observed.kubeplumb.dev/v1 KubeletConfigz/n1",
        "observed.kubeplumb.dev/v1 ServerVersion/kube-apiserver",
        "v1 Namespace/a",
        "v1 Namespace/b",
        "v1 Node/n1",
        "v1 Pod/a/p",
    ]
    (kubelet,) = [item for item in inventory.resources if item.ref.kind == "KubeletConfigz"]
    assert kubelet.manifest == {
        "apiVersion": "observed.kubeplumb.dev/v1",
        "kind": "KubeletConfigz",
        "metadata": {"name": "n1"},
        "node": "n1",
        "kubeletconfig": {"readOnlyPort": 10255, "kind": "lie", "metadata": "lie"},
    }
    assert kubelet.origin.file == "hosts/n1/configz.json"
    assert inventory.provenance.version == "v1.30.1"
    assert inventory.provenance.namespaces == ()
    assert inventory.objects == 4
    assert other == {"log": 1, "other file": 1, "result of a plugin": 1}
    assert {(gap.code, gap.ref) for gap in inventory.gaps} == {
        ("forbidden", ObjectRef("apps/v1", "ReplicaSet", "a", "*")),
        ("unavailable", ObjectRef("networking.k8s.io/v1", "NetworkPolicy", "b", "*")),
        ("unavailable", None),
    }
    assert inventory.missing.keys() == {("NetworkPolicy", "b"), ("ReplicaSet", "")}
    assert "forbidden" in inventory.missing["ReplicaSet", ""]


def test_sonobuoy_that_looked_for_labels_has_no_whole_list(tmp_path: Path) -> None:
    settings = {"Filters": {"LabelSelector": "app=web"}}
    missing = read(folder(tmp_path, {**SONOBUOY_FILES, "meta/config.json": settings})).missing
    assert "app=web" in missing["Pod", ""]


def test_sonobuoy_of_old(tmp_path: Path) -> None:
    inventory = read(folder(tmp_path, OLD_SONOBUOY_FILES), ("Pod", "Node", "Deployment"))
    assert "apps/v1 Deployment/a/d" in refs(inventory)
    assert inventory.provenance.version == "v1.7.2"
    assert inventory.missing.keys() == {("Pod", "*"), ("Deployment", "*")}


def test_troubleshoot(tmp_path: Path) -> None:
    other: Counter[str] = Counter()
    inventory = read(folder(tmp_path, TROUBLESHOOT_FILES), (*KINDS, "Gone.b.example"), other)
    assert sorted(refs(inventory)) == [
        "a.example/v1 Thing.a.example/a/t",
        "apps/v1 ReplicaSet/a/rs",
        "networking.k8s.io/v1 NetworkPolicy/b/np",
        "observed.kubeplumb.dev/v1 ServerVersion/kube-apiserver",
        "v1 Namespace/a",
        "v1 Namespace/b",
        "v1 Node/n1",
        "v1 PersistentVolume/pv",
        "v1 Pod/a/p",
    ]
    assert inventory.provenance.version == "v1.33.2"
    assert [(gap.code, gap.ref, gap.file) for gap in inventory.gaps] == [
        ("forbidden", ObjectRef("v1", "Pod", "b", "*"), "cluster-resources/pods-errors.json")
    ]
    assert inventory.missing.keys() == {("Pod", "b"), ("ReplicaSet", "b")}
    assert other == {
        "other file": 1,
        "log": 1,
        "the same once more": 1,
        "image pull secret": 1,
        "rights of whoever collected it": 1,
        "events": 1,
    }


@pytest.mark.parametrize("namespaces", [stored("a", kind="Namespace", apiVersion="v1"), [stored("a")]])
def test_troubleshoot_that_was_asked_for_namespaces_does_not_know_the_others(namespaces: Any, tmp_path: Path) -> None:
    inventory = read(folder(tmp_path, {**TROUBLESHOOT_FILES, "cluster-resources/namespaces.json": namespaces}))
    assert "v1 Namespace/a" in refs(inventory)
    assert {("Namespace", ""), ("Pod", "*")} <= inventory.missing.keys()
    assert inventory.provenance.namespaces == ("a", "b")


def test_what_the_server_does_not_serve_is_not_missing(tmp_path: Path) -> None:
    served = [{"groupVersion": "v1", "resources": [{"kind": "Pod"}, {"kind": "Node"}, {"kind": "Namespace"}]}]
    files = {**TROUBLESHOOT_FILES, "cluster-resources/resources.json": served}
    assert read(folder(tmp_path, files)).missing.keys() == {("Pod", "b")}
    files["cluster-resources/groups-resources-errors.json"] = ["unable to retrieve the complete list of server APIs"]
    assert ("ReplicaSet", "b") in read(folder(tmp_path, files)).missing


def test_definitions_lose_their_schemas_and_name_what_embeds_templates(tmp_path: Path) -> None:
    template = {"properties": {"spec": {"properties": {"containers": {"items": {"properties": {"image": {}}}}}}}}
    schema = {"openAPIV3Schema": {"properties": {"spec": {"properties": {"template": template}}}}}
    names = {"kind": "Rollout", "plural": "rollouts"}
    spec = {"group": "b.example", "names": names, "versions": [{"name": "v1", "served": True, "schema": schema}]}
    definition = typed("apiextensions.k8s.io/v1", "CustomResourceDefinition", stored("rollouts.b.example", spec=spec))
    files = {**TROUBLESHOOT_FILES, "cluster-resources/custom-resource-definitions.json": definition}
    inventory = read(folder(tmp_path, files))
    (found,) = [item for item in inventory.resources if item.ref.kind == "CustomResourceDefinition"]
    assert "spec" not in found.manifest
    assert len(found.rest) == 64
    assert inventory.missing["Rollout.b.example", ""] == "the dump has no list of Rollout.b.example"


@pytest.mark.parametrize("spec", [None, 7, {"names": {}, "versions": [{"served": True, "schema": "x"}]}])
def test_a_definition_that_no_server_has_stored_is_handed_over_all_the_same(spec: Any, tmp_path: Path) -> None:
    definition = typed("apiextensions.k8s.io/v1", "CustomResourceDefinition", stored("rollouts.b.example", spec=spec))
    files = {**TROUBLESHOOT_FILES, "cluster-resources/custom-resource-definitions.json": definition}
    inventory = read(folder(tmp_path, files))
    assert "CustomResourceDefinition" in {item.ref.kind for item in inventory.resources}


GOTTEN = {
    "apiVersion": "v1",
    "items": [
        stored("p", "a", apiVersion="v1", kind="Pod"),
        stored("q", "b", apiVersion="v1", kind="Pod"),
        stored("rs", "a", apiVersion="apps/v1", kind="ReplicaSet"),
        stored("d", "a", apiVersion="apps/v1", kind="Deployment"),
    ],
    "kind": "List",
    "metadata": {"resourceVersion": ""},
}


@pytest.mark.parametrize("indent", [None, 4])
def test_kubectl_get(indent: int | None, tmp_path: Path) -> None:
    path = folder(tmp_path, {"prod.json": json.dumps(GOTTEN, indent=indent).encode()})
    file = os.path.join(path, "prod.json")
    assert recognise(file) == GET
    inventory = read(file)
    assert refs(inventory) == [
        "apps/v1 Deployment/a/d",
        "apps/v1 ReplicaSet/a/rs",
        "v1 Pod/b/q",
        "v1 Pod/a/p",
    ]
    assert inventory.resources[0].origin == ("prod.json", 0, 0, ("items", 3))
    assert inventory.provenance.cluster == "prod"
    # Objects of two namespaces show that all were listed, of these two kinds.
    assert inventory.missing.keys() == {
        (kind, "") for kind in ("NetworkPolicy", "Namespace", "Node", "Thing.a.example")
    } | {("CustomResourceDefinition", "")}


def test_compact_json_is_recognised(tmp_path: Path) -> None:
    compact = json.dumps(GOTTEN, separators=(",", ":")).encode()
    assert recognise(os.path.join(folder(tmp_path, {"a.json": compact}), "a.json")) == GET


def test_kubectl_get_of_one_namespace_says_nothing_of_the_others(tmp_path: Path) -> None:
    pods = {**GOTTEN, "items": GOTTEN["items"][:1]}  # type: ignore[index] # a list
    inventory = read(os.path.join(folder(tmp_path, {"a.json": pods}), "a.json"), ("Pod",))
    assert inventory.missing.keys() == {("Pod", "*")}
    assert inventory.provenance.namespaces == ("a",)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_kubectl_get_of_one_object_in_yaml(quote: str, tmp_path: Path) -> None:
    text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  creationTimestamp: "2026-01-02T03:04:05Z"\n  name: p\n'
    text += f'  namespace: a\n  resourceVersion: "7"\n  uid: {UID}\n'
    file = os.path.join(folder(tmp_path, {"p.yaml": text.replace('"', quote).encode()}), "p.yaml")
    assert recognise(file) == GET
    inventory = read(file, ("Pod", "Node"))
    assert refs(inventory) == ["v1 Pod/a/p"]
    assert inventory.missing.keys() == {("Pod", ""), ("Node", "")}


def test_a_list_of_manifests_is_no_dump(tmp_path: Path) -> None:
    bare = {"name": "p", "creationTimestamp": None, "annotations": {"note": f'"uid": "{UID}"'}}
    manifests = {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": bare}]}
    path = folder(
        tmp_path, {"list.json": manifests, "a.yaml": b"kind: Pod\n", "empty.json": b"", "x.tar": b"\0" * 2048}
    )
    for name in ("list.json", "a.yaml", "empty.json", "x.tar", "absent.json", ""):
        assert recognise(os.path.join(path, name)) == ""


def test_logs_after_what_kubectl_wrote_to_its_output_are_not_read(tmp_path: Path) -> None:
    forged = json.dumps(typed("v1", "Pod", stored("forged", "a"))).encode()
    data = encoded(CLUSTER_INFO_FILES["nodes.json"]) + b"\n" + encoded(CLUSTER_INFO_FILES["default/pods.json"])
    data += b"\n==== START logs for container c of pod a/p ====\n" + forged + b"\n==== END logs ====\n"
    file = os.path.join(folder(tmp_path, {"dump.json": data}), "dump.json")
    inventory = read(file)
    assert refs(inventory) == ["v1 Node/n1", "v1 Pod/default/q"]
    assert [(gap.code, gap.line) for gap in inventory.gaps] == [("json-syntax", 3)]


def pods_of(path: Path, value: Any) -> Inventory:
    """A dump in which the pods of a namespace are something else."""
    return read(folder(path, {**TROUBLESHOOT_FILES, "cluster-resources/pods/a.json": value}))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b'{"kind": "PodList", "items": [', "json-syntax"),
        (b"", "unreadable"),
        (b"\xff\xfe\xfd", "unreadable"),
        (b"[" * 300_000, "nesting"),
        (b"[" * 200 + b"]" * 200, "unreadable"),
        (typed("v1", "Pod", {"metadata": {"name": 7}}), "incomplete-object"),
        ({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": [1]}, "incomplete-object"),
        (typed("meta.k8s.io/v1", "PartialObjectMetadata", stored("p", "a")), "incomplete-object"),
        ([None, 3, "x", [[]], {"kind": ["Pod"], "metadata": {}}], "incomplete-object"),
        ({"kind": "Status", "apiVersion": "v1", "message": "pods is forbidden"}, "forbidden"),
        ({"kind": "y", "apiVersion": "v1", "metadata": {"name": "x"}}, None),
        (b'{"items": [{"metadata": {"name": "\\ud800"}}]}', None),
    ],
)
def test_what_is_no_list_of_pods_is_a_gap_and_pods_are_missing(value: Any, code: str | None, tmp_path: Path) -> None:
    inventory = pods_of(tmp_path, value)
    assert [gap.code for gap in inventory.gaps if gap.file == "cluster-resources/pods/a.json"] == (
        [code] if code else []
    )
    if code:
        assert ("Pod", "a") in inventory.missing or ("Pod", "") in inventory.missing
    assert "v1 Node/n1" in refs(inventory)
    json.dumps([item.manifest for item in inventory.resources]).encode()


def test_lists_in_lists_are_opened_and_not_without_end(tmp_path: Path) -> None:
    pod = stored("p", "a")
    assert "v1 Pod/a/p" in refs(pods_of(tmp_path, [typed("v1", "Pod", pod)]))
    deep: Any = [pod]
    for _ in range(20):
        deep = {"kind": "List", "items": [deep]}
    assert "incomplete-object" in {gap.code for gap in pods_of(tmp_path, deep).gaps}


@pytest.mark.parametrize(
    "value", [7, "x", [], {}, None, [[]], [{"queryobj": []}], {"info": 3}, {"kubeletconfig": []}, {"groups": {"a": 1}}]
)
@pytest.mark.parametrize("files", [SONOBUOY_FILES, OLD_SONOBUOY_FILES, TROUBLESHOOT_FILES, CLUSTER_INFO_FILES])
def test_no_file_of_another_shape_crashes(files: Files, value: Any, tmp_path: Path) -> None:
    read(folder(tmp_path, {**dict.fromkeys(files, value), "resources/ns/a/core_v1_pods.json": value}))


def test_what_is_too_large_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 150)
    for pack in (folder, tarball):
        inventory = read(pack(tmp_path, TROUBLESHOOT_FILES))
        assert ("unreadable", "cluster-resources/nodes.json") in {(gap.code, gap.file) for gap in inventory.gaps}
        assert "is larger than" in inventory.missing["Node", ""]


def test_too_many_values_are_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "_MOST_VALUES", 1_000)
    assert "unreadable" in {gap.code for gap in pods_of(tmp_path, b"[" + b"[]," * 2_000 + b"[]]").gaps}


def packed(path: Path, *infos: tuple[tarfile.TarInfo, bytes]) -> str:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return str(path)


def info(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def test_links_devices_and_ways_out_of_a_tarball_lead_nowhere(tmp_path: Path) -> None:
    secret = folder(tmp_path / "outside", {"pods.json": typed("v1", "Pod", stored("secret", "a"))})
    pods = encoded(typed("v1", "Pod", stored("forged", "a")))
    other: Counter[str] = Counter()
    path = packed(
        tmp_path / "bundle.tar.gz",
        (info("cluster-resources/nodes.json"), encoded(TROUBLESHOOT_FILES["cluster-resources/nodes.json"])),
        (info("cluster-resources/pods/a.json", tarfile.SYMTYPE, f"{secret}/pods.json"), b""),
        (info("cluster-resources/pods/b.json", tarfile.LNKTYPE, f"{secret}/pods.json"), b""),
        (info("cluster-resources/pods/c.json", tarfile.CHRTYPE), b""),
        (info("cluster-resources/pods/../../pods/d.json"), pods),
        (info("../cluster-resources/pods/e.json"), pods),
        (info("/cluster-resources/pods/f.json"), pods),
    )
    before = sorted(tmp_path.rglob("*"))
    inventory = read(path, ("Pod",), other)
    assert refs(inventory) == ["v1 Node/n1"]
    assert inventory.missing.keys() == {("Pod", "")}
    assert other["file with a name that leads elsewhere"] + other["other file"] == 3
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder(tmp_path / "outside", {"a.json": typed("v1", "Pod", stored("secret", "a"))})
    path = folder(tmp_path / "bundle", TROUBLESHOOT_FILES)
    (tmp_path / "bundle/cluster-resources/pods/b.json").symlink_to(tmp_path / "outside/a.json")
    (tmp_path / "bundle/cluster-resources/services").symlink_to(tmp_path / "outside")
    os.mkfifo(tmp_path / "bundle/cluster-resources/pods/c.json")
    assert [ref for ref in refs(read(path)) if "Pod" in ref] == ["v1 Pod/a/p"]


def test_of_two_files_with_one_name_the_first_counts(tmp_path: Path) -> None:
    nodes = info("cluster-resources/nodes.json"), encoded(TROUBLESHOOT_FILES["cluster-resources/nodes.json"])
    again = info("cluster-resources/nodes.json"), encoded(typed("v1", "Node", stored("n2")))
    other: Counter[str] = Counter()
    assert refs(read(packed(tmp_path / "a.tgz", nodes, again), other=other)) == ["v1 Node/n1"]
    assert other == {"the same once more": 1}


def test_a_name_that_is_no_text_is_read_and_can_be_printed(tmp_path: Path) -> None:
    pods = encoded(typed("v1", "Pod", stored("p", "a")))
    nodes = info("cluster-resources/nodes.json"), encoded(TROUBLESHOOT_FILES["cluster-resources/nodes.json"])
    path = packed(tmp_path / "a.tgz", nodes, (info("cluster-resources/pods/\udcff.json"), pods))
    (pod,) = [item for item in read(path).resources if item.ref.kind == "Pod"]
    assert pod.origin.file.encode() == b"cluster-resources/pods/?.json"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_tarball_that_was_cut_yields_what_is_there(share: float, tmp_path: Path) -> None:
    padded = {**SONOBUOY_FILES, "resources/ns/b/core_v1_pods.json": os.urandom(20_000).hex().encode()}
    order = ("resources/cluster/core_v1_nodes.json", "meta/query-time.json")
    path = tarball(tmp_path, {**{name: padded[name] for name in order}, **padded})
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[: int(len(whole) * share)])
    inventory = read(path)
    assert "v1 Node/n1" in refs(inventory)
    assert [gap.code for gap in inventory.gaps].count("dump-cut") == 1
    assert inventory.provenance.interrupted
    # What was queried may have been in the part that is lost.
    assert ("NetworkPolicy", "") in inventory.missing


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    path = Path(tarball(tmp_path, TROUBLESHOOT_FILES))
    data = bytearray(gzip.decompress(path.read_bytes()))
    at = data.index(b"cluster-resources/pvs\0")
    data[at : at + 4] = b"CLUS"
    path.write_bytes(gzip.compress(bytes(data)))
    inventory = read(str(path))
    assert "v1 Node/n1" in refs(inventory)
    assert "v1 PersistentVolume/pv" not in refs(inventory)
    assert [gap.code for gap in inventory.gaps if gap.code == "dump-cut"] == ["dump-cut"]


@pytest.mark.parametrize("limit", ["_MOST_SPAN", "_MOST_TOTAL", "_MOST_ENTRIES"])
def test_a_bomb_is_left_where_it_is(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, limit, 20 if limit == "_MOST_ENTRIES" else 1 << 20)
    bomb = {
        "cluster-resources/nodes.json": TROUBLESHOOT_FILES["cluster-resources/nodes.json"],
        "big.log": b"\0" * (4 << 20),
    }
    many = {f"other/{number}": b"" for number in range(40)}
    inventory = read(
        tarball(tmp_path, {**bomb, **many, "cluster-resources/pvs": typed("v1", "PersistentVolume", stored("pv"))})
    )
    assert refs(inventory) == ["v1 Node/n1"]
    assert [gap.code for gap in inventory.gaps] == ["dump-cut"]


def test_a_long_chain_of_headers_is_a_cut(tmp_path: Path) -> None:
    nodes = info("cluster-resources/nodes.json"), encoded(TROUBLESHOOT_FILES["cluster-resources/nodes.json"])
    path = Path(packed(tmp_path / "a.tgz", nodes))
    body = gzip.decompress(path.read_bytes()).rstrip(b"\0")
    body += b"\0" * (-len(body) % 512)
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 512
    path.write_bytes(gzip.compress(body + (name.tobuf(tarfile.GNU_FORMAT) + b"x" * 512) * 5_000))
    inventory = read(str(path))
    assert refs(inventory) == ["v1 Node/n1"]
    assert [gap.code for gap in inventory.gaps] == ["dump-cut"]


def test_a_stamp_of_the_future_is_no_collection_time(tmp_path: Path) -> None:
    node = stored("n1")
    node["metadata"]["managedFields"] = [
        {"time": "9999-12-31T00:00:00Z"},
        {"time": "2026-02-31T00:00:00Z"},
        {"time": 7},
    ]
    node["status"] = {"conditions": [{"lastHeartbeatTime": "2026-03-01T00:00:00Z"}, 7]}
    files = {**TROUBLESHOOT_FILES, "cluster-resources/nodes.json": typed("v1", "Node", node)}
    assert read(folder(tmp_path, files)).provenance.collected == "2026-03-01T00:00:00+00:00"


def test_what_is_not_kept_is_counted_all_the_same(tmp_path: Path) -> None:
    def nothing(resource: Resource) -> None:
        return None

    inventory = read_dump(folder(tmp_path, TROUBLESHOOT_FILES), nothing, ())
    assert (inventory.resources, inventory.objects) == ([], 8)
