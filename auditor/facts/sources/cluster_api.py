"""A world in, the components out that Cluster API has kubeadm set up, by the objects that control planes are made of.

api/bootstrap/kubeadm/v1beta1 and v1beta2 of sigs.k8s.io/cluster-api. What commands do before kubeadm runs
(`preKubeadmCommands`) is not read, nor what a ClusterClass patches into a template.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Start
from auditor.facts.sources.kubeadm_flags import host_of
from auditor.facts.sources.kubeadm_setup import KUBELET, Node, Setup, minor_of, setup_starts, version_of
from auditor.facts.workloads.templates import at
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import Origin, Path
from auditor.tables.tools import CLUSTER_API

_PATCHED: Final = {
    **{name: name for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd")},
    "kubeletconfiguration": "kubelet",
}
"""What the names of kubeadm's patches begin with, and the component that each changes."""


Kubelets = Mapping[Origin, Resource]
"""KubeletConfigurations in texts, by where they are."""


def capi_starts(world: World) -> Iterator[Start]:
    """A control plane's object tells of everything on its machines, a bootstrap configuration mostly of a kubelet."""
    kubelets = {one.origin: one for one in world.of(KUBELET[1]) if one.origin.base}
    for name, path in CLUSTER_API.items():
        group, _, kind = name.rpartition("/")
        for resource in world.of(kind):
            if resource.ref.group == group:
                yield from setup_starts(_setup(world, resource, path, kubelets))


def _setup(world: World, resource: Resource, path: Path, kubelets: Kubelets) -> Setup:
    spec = Layers(layer(resource, *path))
    cluster, init, join = (spec.below(key) for key in _KEYS)
    control_plane = "ControlPlane" in resource.ref.kind
    version = version_of(str(at(resource.manifest, ("spec", "version")) or ""))
    files = files_of(resource, path)
    folders = {told.text("patches", "directory").rstrip("/") for told in (init, join)} - {""}
    unread = any(not any(_inside(file, folder) for file in _paths(resource, path)) for folder in folders)
    return Setup(
        Anchor(resource.origin, resource.ref, path),
        resource.world,
        minor_of(version, world.cluster),
        version,
        cluster if control_plane or spec.raw("clusterConfiguration") is not None else None,
        host_of(init),
        tuple(_nodes(resource, path, spec, kubelets, control_plane=control_plane)),
        resource.manifest,
        files,
        {target: reason for folder in folders for target, reason in _patches(resource, path, folder, kubelets)},
        doubt=unread or resource.ref.kind == "KubeadmControlPlaneTemplate",
    )


_KEYS: Final = ("clusterConfiguration", "initConfiguration", "joinConfiguration")


def _nodes(resource: Resource, path: Path, spec: Layers, kubelets: Kubelets, *, control_plane: bool) -> Iterator[Node]:
    """The first machine of a control plane is told one thing, those that join another, if anybody says so."""
    wanted = [key for key in _KEYS[1:] if spec.raw(key) is not None]
    for key in wanted or [_KEYS[1] if control_plane else _KEYS[2]]:
        told = spec.below(key)
        folder = told.text("patches", "directory").rstrip("/")
        yield Node(told, tuple(_kubelet_patches(resource, path, folder, kubelets)) if folder else ())


def files_of(resource: Resource, path: Path, key: str = "files") -> dict[str, Origin]:
    """The files that an object brings to its machines, by their path, and where their content is."""
    found = {}
    for file, index in _paths(resource, path, key).items():
        base = (*resource.origin.base, *path, key, index, "content")
        found[file] = resource.origin._replace(base=base)
    return found


def _paths(resource: Resource, path: Path, key: str = "files") -> Mapping[str, int]:
    items = at(resource.manifest, (*path, key))
    return {
        item["path"]: index
        for index, item in enumerate(items if isinstance(items, list) else ())
        if isinstance(item, Mapping) and isinstance(item.get("path"), str)
    }


def _inside(file: str, folder: str) -> bool:
    return file.rpartition("/")[0] == folder


def _patches(resource: Resource, path: Path, folder: str, kubelets: Kubelets) -> Iterator[tuple[str, str]]:
    """The components that a file in kubeadm's folder patches, by its name (cmd/kubeadm/app/util/patches).

    Of a kubelet only those that are no document, such as a JSON patch.
    """
    for file, origin in files_of(resource, path).items():
        name = file.rpartition("/")[2]
        for prefix, target in _PATCHED.items() if _inside(file, folder) else ():
            if name.startswith(prefix) and (target != "kubelet" or origin not in kubelets):
                yield target, f"the patch {file} changes what kubeadm makes of it"


def _kubelet_patches(resource: Resource, path: Path, folder: str, kubelets: Kubelets) -> Iterator[Resource]:
    """The patches of the kubelet's configuration in the order of their names; their content is a part of it."""
    files = files_of(resource, path)
    for file in sorted(files):
        if _inside(file, folder) and file.rpartition("/")[2].startswith("kubeletconfiguration"):
            document = kubelets.get(files[file])
            if document is not None:
                yield document
