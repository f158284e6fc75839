"""A world in, the components out that kubeadm sets up by the configuration files and ConfigMaps in it."""

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Start
from auditor.facts.objects.guarding import guard
from auditor.facts.sources.kubeadm_flags import Host, host_of
from auditor.facts.sources.kubeadm_setup import KUBELET, Node, Setup, minor_of, setup_starts, version_of
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource

GROUP: Final = "kubeadm.k8s.io"
KINDS: Final = ("ClusterConfiguration", "InitConfiguration", "JoinConfiguration")
PATCH: Final = "kubeadmConfigPatches"
"""The field of other tools in which such documents are patches, and nothing on their own."""


def kubeadm_starts(world: World) -> Iterator[Start]:
    """The documents of one file belong together, as in `kubeadm init --config`; one in a ConfigMap stands alone.

    A ClusterConfiguration tells of the control plane, the other two of a kubelet each, and so does a
    KubeletConfiguration beside them. Where a file has two of a kind, nobody could tell what belongs together.
    """
    files: dict[tuple[str, int], list[Resource]] = {}
    for one in world.of(*KINDS):
        if one.ref.group == GROUP and PATCH not in one.origin.base:
            key = (one.origin.file, one.origin.line if one.origin.base else 0)
            files.setdefault(key, []).append(one)
    beside: dict[str, list[Resource]] = {}
    for one in world.of(KUBELET[1]):
        if not one.origin.base:
            beside.setdefault(one.origin.file, []).append(one)
    for key, documents in files.items():
        if len({one.ref.kind for one in documents}) < len(documents):
            for one in documents:
                yield from setup_starts(_setup(world, [one], ()))
        else:
            kubelets = beside.get(key[0], []) if not key[1] else []
            yield from setup_starts(_setup(world, documents, kubelets if len(kubelets) == 1 else ()))


def _setup(world: World, documents: Sequence[Resource], kubelets: Sequence[Resource]) -> Setup:
    found = {one.ref.kind: one for one in documents}
    cluster, init, join = (Layers(layer(found[kind])) if kind in found else None for kind in KINDS)
    first = documents[0]
    version = version_of(cluster.text("kubernetesVersion")) if cluster else ""
    patched = any(told is not None and told.text("patches", "directory") for told in (init, join))
    return Setup(
        Anchor(first.origin, first.ref, ()),
        first.world,
        minor_of(version, world.cluster),
        version,
        cluster,
        host_of(init) if init else Host(),
        tuple(_nodes(cluster, init, join, tuple(kubelets))),
        first.manifest,
        fallback=bool(first.origin.base),
        doubt=patched,
        secrets=guard(*(one.manifest for one in documents)),
    )


def _nodes(
    cluster: Layers | None, init: Layers | None, join: Layers | None, kubelet: tuple[Resource, ...]
) -> Iterator[Node]:
    """A kubelet that joins is configured by the cluster, which is known only if the same file makes it."""
    anchor = Anchor(kubelet[0].origin, kubelet[0].ref, ()) if kubelet else None
    if init is not None:
        yield Node(init, kubelet, anchor)
    elif cluster is not None and anchor is not None:
        yield Node(Layers((anchor, {})), kubelet, anchor)
    if join is not None:
        known = init is not None or cluster is not None or bool(kubelet)
        yield Node(join, kubelet if known else None, None if init is not None or cluster is not None else anchor)
