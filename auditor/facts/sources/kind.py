"""A world in, the components out of the clusters that `kind` makes by the configuration files in it.

kind writes kubeadm's documents itself and merges patches over them (pkg/cluster/internal/kubeadm/config.go and
pkg/cluster/internal/patch of sigs.k8s.io/kind): merge patches that name a kind of document, and JSON patches, which are
not read here. Kubelets that join are configured by the node that came first.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Start
from auditor.facts.sources.kubeadm import KINDS, PATCH
from auditor.facts.sources.kubeadm_flags import Host
from auditor.facts.sources.kubeadm_setup import KUBELET, Node, Setup, minor_of, setup_starts, version_of
from auditor.facts.workloads.templates import at
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin, Path
from auditor.tables.tools import KIND

_CONTROL_PLANE: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
_CHANGED: Final[Mapping[str, tuple[str, ...]]] = {
    "ClusterConfiguration": (*_CONTROL_PLANE, "etcd"),
    "InitConfiguration": ("kubelet",),
    "JoinConfiguration": ("kubelet",),
    KUBELET[1]: ("kubelet",),
}
_JSON_PATCH: Final = "kubeadmConfigPatchesJSON6902"
_KUBELET: Final[Mapping[str, Any]] = {
    "cgroupDriver": "systemd",
    "cgroupRoot": "/kubelet",
    "failSwapOn": False,
    "imageGCHighThresholdPercent": 100,
    "evictionHard": {"nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%"},
}
_SOCKET: Final = {"nodeRegistration": {"criSocket": "unix:///run/containerd/containerd.sock"}}

Patches = Mapping[Origin, Sequence[Resource]]


def kind_starts(world: World) -> Iterator[Start]:
    """The control plane of each cluster, and its kubelets: those of nodes that are patched alike are one."""
    patches: dict[Origin, list[Resource]] = {}
    for one in world.of(*KINDS, KUBELET[1]):
        if PATCH in one.origin.base:
            patches.setdefault(one.origin, []).append(one)
    for resource in world.of("Cluster"):
        if f"{resource.ref.group}/{resource.ref.kind}" == KIND:
            yield from setup_starts(_setup(world, resource, patches))


def _setup(world: World, resource: Resource, patches: Patches) -> Setup:
    root = Layers(layer(resource))
    nodes = [one if isinstance(one, Mapping) else {} for one in root.list("nodes")] or [{}]
    first = next((index for index, one in enumerate(nodes) if one.get("role") != "worker"), 0)
    own: Path = ("nodes", first)
    version = _version(nodes[first])
    cluster = Layers(*_cluster(root, resource), *_patches(resource, patches, "ClusterConfiguration", own))
    cluster.wrong += root.wrong
    configuration = ObjectRef(*KUBELET, "", resource.ref.name)
    written = {**_KUBELET, "featureGates": dict(root.map("featureGates"))}
    kubelet = (
        Resource(configuration, written, resource.origin, resource.world),
        *_documents(resource, patches, KUBELET[1], own),
    )
    return Setup(
        Anchor(resource.origin, resource.ref, ()),
        resource.world,
        minor_of(version, world.cluster),
        version,
        cluster,
        Host(),
        tuple(_nodes(resource, patches, nodes, first, kubelet)),
        resource.manifest,
        patched=dict(_unread(resource, first)),
    )


def _nodes(
    resource: Resource, patches: Patches, nodes: Sequence[Any], first: int, kubelet: tuple[Resource, ...]
) -> Iterator[Node]:
    plain = False
    for index in sorted(range(len(nodes)), key=lambda index: index != first):
        if index != first and PATCH not in nodes[index]:
            if plain:
                continue
            plain = True  # one of those of which nothing is said stands for all
        kind = "InitConfiguration" if index == first else "JoinConfiguration"
        own = Anchor(resource.origin, resource.ref, ()), _SOCKET
        yield Node(Layers(own, *_patches(resource, patches, kind, ("nodes", index))), kubelet)


def _cluster(root: Layers, resource: Resource) -> Iterator[tuple[Anchor, Any]]:
    """The ClusterConfiguration that kind writes, in parts by the field that each comes of."""
    networking = {
        "podSubnet": root.text("networking", "podSubnet", default="10.244.0.0/16"),
        "serviceSubnet": root.text("networking", "serviceSubnet", default="10.96.0.0/16"),
    }
    provisioner = {"extraArgs": {"enable-hostpath-provisioner": "true"}}
    origin, ref = resource.origin, resource.ref
    yield Anchor(origin, ref, ()), {"networking": networking, "controllerManager": provisioner, "clusterName": "kind"}
    runtime = root.map("runtimeConfig")
    if runtime:
        flag = {"runtime-config": ",".join(f"{name}={_plain(value)}" for name, value in sorted(runtime.items()))}
        yield Anchor(origin, ref, ("runtimeConfig",)), {"apiServer": {"extraArgs": flag}}
    gates = root.map("featureGates")
    if gates:
        flag = {"feature-gates": ",".join(f"{name}={_plain(value)}" for name, value in sorted(gates.items()))}
        every = ("apiServer", "controllerManager", "scheduler")
        yield Anchor(origin, ref, ("featureGates",)), {name: {"extraArgs": flag} for name in every}


def _patches(resource: Resource, patches: Patches, kind: str, node: Path) -> Iterator[tuple[Anchor, Any]]:
    for one in _documents(resource, patches, kind, node):
        base = one.origin.base[len(resource.origin.base) :]
        yield Anchor(resource.origin, resource.ref, base), one.manifest


def _documents(resource: Resource, patches: Patches, kind: str, node: Path) -> Iterator[Resource]:
    """The patches of a kind of document: those of the whole cluster, then a node's own."""
    for path in ((), node):
        texts = at(resource.manifest, (*path, PATCH))
        for index in range(len(texts) if isinstance(texts, list) else 0):
            origin = resource.origin._replace(base=(*resource.origin.base, *path, PATCH, index))
            yield from (one for one in patches.get(origin, ()) if one.ref.kind == kind)


def _unread(resource: Resource, first: int) -> Iterator[tuple[str, str]]:
    """Components that a JSON patch changes; one of a node that only joins cannot reach the control plane."""
    nodes = at(resource.manifest, ("nodes",))
    paths: list[Path] = [(), *(("nodes", index) for index in range(len(nodes) if isinstance(nodes, list) else 0))]
    for path in paths:
        items = at(resource.manifest, (*path, _JSON_PATCH))
        for item in items if isinstance(items, list) else ():
            kind = item.get("kind") if isinstance(item, Mapping) else None
            for component in _CHANGED.get(str(kind), ()):
                if component == "kubelet" or path in ((), ("nodes", first)):
                    yield component, f"{_JSON_PATCH} changes what kubeadm is told, and is not read"


def _version(node: Mapping[str, Any]) -> str:
    """What the image of a node tells, such as `kindest/node:v1.31.0@sha256:...`."""
    image = node.get("image")
    return version_of(image.partition("@")[0].rpartition(":")[2]) if isinstance(image, str) else ""


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
