"""A path in a component's flag in, the documents of the input that are that file's content out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from auditor.facts.components.starts import Mount, Start
from auditor.facts.world import World
from auditor.model.inventory import Resource

INSIDE = "!"
"""Stands between the name of a node bundle and the path of a file in it."""

_LOOKED_FOR = (
    r"/etc/(?:default|sysconfig)/(?:kubelet|kube-proxy|kube-apiserver|kube-controller-manager|kube-scheduler|etcd"
    r"|containerd|crio|k3s|k3s-agent|rke2-server|rke2-agent)|/var/lib/kubelet/kubeadm-flags\.env|/etc/etcd\.env"
    r"|/etc/systemd/system/(?:k3s|k3s-agent|rke2-server|rke2-agent)\.service\.env"
    r"|/etc/(?:etcd|kubernetes|rancher/k3s|rancher/rke2)/[^/]+"
)
"""Paths at which the script that makes a node bundle looks in any case (`places` in rules/data/node-script.sh)."""


_OF_A_NODE = (
    r"(?:^|/)(?:(etc)/(?:kubernetes|systemd|default|sysconfig|etcd|rancher)|(var)/lib/(?:kubelet|rancher)"
    r"|(usr)/lib/systemd|(lib)/systemd)/"
)
"""Where in a path a copy of a node's files begins."""


class Named(NamedTuple):
    """The documents of a file or folder; where they were found by the file's name alone, that is no certainty."""

    documents: tuple[Resource, ...]
    certain: bool


class Files:
    """What a world holds of the files that its components name."""

    def __init__(self, world: World, kinds: Iterable[str]) -> None:
        self._world = world
        self._documents = [resource for kind in kinds for resource in world.of(kind)]
        self._found_copies: frozenset[tuple[str, str]] | None = None
        self._folders: set[tuple[str, str]] = set()
        self._nodes: dict[str, str] = {}
        self._whole: set[str] = set()
        self._there: set[tuple[str, str]] = set()
        for resource in world.of("HostFile", "HostProcess", "HostState"):
            bundle, node = resource.origin.file.partition(INSIDE)[0], str(resource.manifest.get("node") or "")
            self._nodes.setdefault(bundle, node)
            self._there.add((bundle, str(resource.manifest.get("path"))))
            if resource.manifest.get("root") is True and not resource.manifest.get("leftOut"):
                self._whole.add(bundle)
            if resource.manifest.get("type") == "directory":
                self._folders.add((bundle, str(resource.manifest.get("path")).rstrip("/")))
        self._bundles = {node: bundle for bundle, node in self._nodes.items() if node}

    def node_of(self, start: Start) -> str:
        """The node that a component runs on, or empty: its own, or that of the bundle it was found in."""
        return start.node or self._nodes.get(start.anchor.origin.file.partition(INSIDE)[0], "")

    def lacks(self, start: Start, path: str) -> bool:
        """Whether it is certain that a component's node has no such file: root has looked for it there."""
        bundle = self._bundle(start)
        return bundle in self._whole and (bundle, path) not in self._there and bool(re.fullmatch(_LOOKED_FOR, path))

    def named(self, start: Start, path: str, kinds: Sequence[str]) -> Named | None:
        """The document of some kind in the file that a flag names, or None if it is not in the input."""
        found = self.candidates(start, path, kinds)
        single = path in start.written or len(found.documents) == 1
        return found if found.documents and single else None

    def candidates(self, start: Start, path: str, kinds: Sequence[str]) -> Named:
        """All documents of some kinds that may be in the file that a flag names: several where names tell no more."""
        if path in start.written:
            return _fitting(start.written[path], kinds)
        told = start.documents.get(path)
        if told is not None:
            return _fitting((one for one in self._documents if one.origin == told), kinds)
        if path in start.files:
            return _fitting((one for one in self._documents if one.origin.file == start.files[path]), kinds)
        bundle = self._bundle(start)
        place = host_place(start.mounts, path) if start.container else Mount(path, path)
        if place is not None and place.config_map[1]:
            return _fitting(self._of_config_map(place), kinds)
        here = self._here(start, bundle)
        seen = place is not None or not start.container
        exact = _fitting((one for one, where in here if _is(where, place.host if place else path)), kinds, certain=seen)
        if exact.documents or bundle:
            return exact
        name = path.rpartition("/")[2]
        return _fitting((one for one, where in here if where.rpartition("/")[2] == name), kinds, certain=False)

    def _here(self, start: Start, bundle: str) -> list[tuple[Resource, str]]:
        """The documents that may lie on a component's node, with their paths; files of other nodes do not."""
        found = [(one, where) for one in self._documents if (where := _inside(one, bundle))]
        own = _node_of_file(start.anchor.origin.file)
        if bundle or own is None:
            return found
        return [(one, where) for one, where in found if not self._is_of_another(where, *own)]

    def _is_of_another(self, where: str, root: str, top: str) -> bool:
        """Whether a file lies in the copy of another node than `root`: one that has a folder `top` of its own."""
        other = _node_of_file(where)
        return other is not None and other[0] != root and (other[0], top) in self._copies()

    def _copies(self) -> frozenset[tuple[str, str]]:
        """The roots of copies of nodes' files, and which folders each has."""
        if self._found_copies is None:
            origins = (one.origin for some in self._world.resources.values() for one in some)
            files = {origin.file for origin in (*origins, *(start.anchor.origin for start in self._world.starts))}
            self._found_copies = frozenset(filter(None, map(_node_of_file, files)))
        return self._found_copies

    def below(self, start: Start, path: str, kind: str, suffix: str) -> Named | None:
        """The documents of the files below a folder, in the order of their paths; None if that is not in the input."""
        bundle = self._bundle(start)
        place = host_place(start.mounts, path) if start.container else Mount(path, path)
        if place is None or place.config_map[1]:
            return None
        folder = place.host.rstrip("/")
        found = [
            (where, one)
            for one, where in self._here(start, bundle)
            if one.ref.kind == kind and where.endswith(suffix) and _below(where, folder)
        ]
        known = (bundle, folder) in self._folders or any(_inside(one, bundle) == folder for one in self._documents)
        if not found and not known:
            return None
        found.sort(key=lambda pair: pair[0].split("/"))
        return Named(tuple(one for _, one in found), True)

    def _bundle(self, start: Start) -> str:
        """The bundle of the node that a component runs on; empty if there is none."""
        name = start.anchor.origin.file.partition(INSIDE)[0]
        return name if name in self._nodes else self._bundles.get(start.node, "")

    def _of_config_map(self, place: Mount) -> Iterator[Resource]:
        namespace, name = place.config_map
        for one in self._documents:
            base, where = one.origin.base, one.ref.namespace
            here = base[-2:] == ("data", place.host) and one.ref.name == name
            if here and where in (namespace or where, ""):
                yield one


def host_place(mounts: Sequence[Mount], path: str) -> Mount | None:
    """Whose file a path of a component is: the node's path, or a ConfigMap with its key, both as `host`.

    None where it is in the image, or in a volume that is neither.
    """
    for mount in mounts:
        if path != mount.at and not path.startswith(f"{mount.at}/"):
            continue
        rest = path[len(mount.at) :].lstrip("/")
        if mount.config_map[1]:
            return Mount(path, mount.items.get(rest, rest), mount.config_map)
        if mount.host:
            return Mount(path, "/".join(part for part in (mount.host.rstrip("/"), rest) if part))
        return None
    return None


def _fitting(found: Iterable[Resource], kinds: Sequence[str], *, certain: bool = True) -> Named:
    return Named(tuple(one for one in found if one.ref.kind in kinds), certain)


def _node_of_file(file: str) -> tuple[str, str] | None:
    """Where the copy of a node's files begins that a file of the input lies in, and in which of its folders it lies.

    None where the path does not show it.
    """
    found = re.search(_OF_A_NODE, file)
    return (file[: found.start()], found[found.lastindex or 0]) if found else None


def _inside(resource: Resource, bundle: str) -> str:
    """The path of a document's file, inside a bundle if one is given; empty for what lies elsewhere."""
    name, mark, path = resource.origin.file.partition(INSIDE)
    if bundle:
        return path if mark and name == bundle else ""
    return "" if mark else resource.origin.file


def _is(where: str, path: str) -> bool:
    """Whether a file of the input is the one at an absolute path, be it below a copy of the root."""
    return f"/{where}".endswith(f"/{path.lstrip('/')}")


def _below(where: str, folder: str) -> bool:
    return f"/{folder.lstrip('/')}/" in f"/{where.lstrip('/')}/"
