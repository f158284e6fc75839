"""What kubeadm is told, by whomever, in; how the components are started that it sets up out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from auditor.facts.components.command_lines import environment
from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.named_files import host_place
from auditor.facts.components.starts import Mount, Start
from auditor.facts.sources import kubeadm_flags
from auditor.facts.sources.extra_arguments import Extra, extra_arguments
from auditor.facts.sources.kubeadm_flags import Host
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin

KUBELET_CONFIG: Final = "/var/lib/kubelet/config.yaml"
KUBELET: Final = ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration")


class Node(NamedTuple):
    """A machine that kubeadm sets up: its InitConfiguration or JoinConfiguration, and its kubelet's documents."""

    told: Layers
    kubelet: tuple[Resource, ...] | None = ()
    """Those in which its configuration is written, none for kubeadm's own; None where the cluster says it elsewhere."""
    anchor: Anchor | None = None
    """Where its kubelet's fact is, if not at what kubeadm is told."""


class Setup(NamedTuple):
    """Everything that kubeadm is told of a cluster, or of a part of one."""

    anchor: Anchor
    world: str
    minor: int
    version: str = ""
    cluster: Layers | None = None
    """A ClusterConfiguration; without one there is no control plane of ours."""
    host: Host = Host()
    nodes: Sequence[Node] = ()
    manifest: Mapping[str, Any] = {}
    files: Mapping[str, Origin] = {}
    """Files of the machines whose content is in the input, by their path."""
    patched: Mapping[str, str] = {}
    """Components that something else changes afterwards, and what that is."""
    fallback: bool = False
    doubt: bool = False
    secrets: tuple[str, ...] = ()


def setup_starts(setup: Setup) -> Iterator[Start]:
    """The control plane, then the kubelets; those that are started alike are one."""
    if setup.cluster is not None:
        yield from _control_plane(setup, setup.cluster)
    seen: set[tuple[str, ...]] = set()
    for node in setup.nodes:
        start = _kubelet(setup, node)
        same = (*(word.text for word in start.words), repr([one.manifest for one in node.kubelet or ()]))
        if same not in seen:
            seen.add(same)
            yield start


def version_of(text: str) -> str:
    """`v1.34.1` in, `1.34.1` out; empty for `stable-1` and other names that only kubeadm could look up."""
    try:
        return str(parse_version(text))
    except ValueError:
        return ""


def minor_of(version: str, cluster: Any) -> int:
    """The minor version that counts: the one asked for, else the one told, else that of the world."""
    if version and cluster.value["versionSource"] != "given":
        return parse_version(version).minor
    return int(cluster.value["minor"])


def _control_plane(setup: Setup, told: Layers) -> Iterator[Start]:
    server, manager = extra_arguments(told, "apiServer", "extraArgs"), "controllerManager"
    etcd = extra_arguments(told, "etcd", "local", "extraArgs")
    words = kubeadm_flags.api_server(told, setup.host, setup.minor, server, told.place("apiServer"))
    if told.raw("etcd", "external") is None:
        words = kubeadm_flags.of_stacked_etcd(words, etcd)
    yield _static(setup, told, "kube-apiserver", "apiServer", words)
    extra = extra_arguments(told, manager, "extraArgs")
    words = kubeadm_flags.controller_manager(told, setup.host, extra, told.place(manager))
    yield _static(setup, told, "kube-controller-manager", manager, words)
    extra = extra_arguments(told, "scheduler", "extraArgs")
    words = kubeadm_flags.scheduler(extra, told.place("scheduler"))
    yield _static(setup, told, "kube-scheduler", "scheduler", words)
    if told.raw("etcd", "external") is None:
        yield _etcd(setup, told, etcd)


def _etcd(setup: Setup, told: Layers, extra: Sequence[Extra]) -> Start:
    words = kubeadm_flags.etcd(told, setup.host, setup.minor, extra, told.place("etcd", "local"))
    start = _static(setup, told, "etcd", "etcd", words)
    local = told.below("etcd", "local")
    items = [one if isinstance(one, Mapping) else {} for one in local.list("extraEnvs")]
    known = {}
    for name, word in environment({"env": items}).items():
        path = word.path if isinstance(word.path, tuple) and not isinstance(word.path, Anchor) else ()
        known[name] = word._replace(path=local.place("extraEnvs", *path[1:]))
    tag = version_of(local.text("imageTag").partition("-")[0])
    return start._replace(environment=known, version=tag, undecided=start.undecided or next(iter(local.wrong), ""))


def _static(setup: Setup, told: Layers, component: str, section: str, words: tuple[Word, ...]) -> Start:
    mounts = tuple(_mounts(told, component, section))
    place = told.place(section, "extraArgs") if section != "etcd" else told.place("etcd", "local", "extraArgs")
    return Start(
        component,
        component,
        "configuration",
        place._replace(path=()),
        setup.world,
        words,
        undecided=setup.patched.get(component) or next(iter(told.wrong), ""),
        unset=place.path,
        version=setup.version,
        container=component,
        mounts=mounts,
        documents=seen_through(mounts, setup.files),
        fallback=setup.fallback,
        manifest=setup.manifest,
        secrets=setup.secrets,
        doubted=frozenset({"*"}) if setup.doubt else frozenset(),
    )


def _mounts(told: Layers, component: str, section: str) -> Iterator[Mount]:
    """What of the host a static pod sees (phases/controlplane/volumes.go, phases/etcd/local.go), longest path first."""
    pki = told.text("certificatesDir", default=kubeadm_flags.PKI).rstrip("/")
    paths = {
        "etcd": (f"{pki}/etcd", told.text("etcd", "local", "dataDir", default="/var/lib/etcd")),
        "kube-scheduler": ("/etc/kubernetes/scheduler.conf",),
        "kube-controller-manager": (pki, "/etc/ssl/certs", "/etc/kubernetes/controller-manager.conf"),
    }.get(component, (pki, "/etc/ssl/certs"))
    found = [Mount(path, path) for path in paths]
    if component == "kube-apiserver":
        found += (Mount(path, path) for path in _etcd_folders(told, paths))
    for one in told.list(section, "extraVolumes") if component != "etcd" else ():
        if isinstance(one, Mapping):
            at, host = one.get("mountPath"), one.get("hostPath")
            if isinstance(at, str) and isinstance(host, str):
                found.append(Mount(at.rstrip("/"), host.rstrip("/")))
    yield from sorted(found, key=lambda mount: -len(mount.at))


def _etcd_folders(told: Layers, seen: Sequence[str]) -> Iterator[str]:
    """The folders of the files with which the server gets into somebody else's etcd, but those that it sees anyway."""
    files = (told.text("etcd", "external", key) for key in ("caFile", "certFile", "keyFile"))
    folders = {file.rpartition("/")[0] for file in files} - {""}
    for folder in sorted(folders):
        parents = {one for one in folders if one != folder and folder.startswith(one)}
        if not parents and not folder.startswith(tuple(seen)):
            yield folder


def seen_through(mounts: Sequence[Mount], files: Mapping[str, Origin]) -> dict[str, Origin]:
    """Files of a machine under the paths by which a container knows them; a longer mount hides what lies below it."""
    found: dict[str, Origin] = {}
    for mount in mounts:
        for path, origin in files.items():
            if mount.host and (path == mount.host or path.startswith(f"{mount.host}/")):
                at = mount.at + path[len(mount.host) :]
                place = host_place(mounts, at)
                if place is not None and place.host == path:
                    found[at] = origin
    return found


def _kubelet(setup: Setup, node: Node) -> Start:
    told, documents = node.told, node.kubelet
    anchor = node.anchor or told.place()
    cluster = setup.cluster or Layers((anchor, {}))
    extra = extra_arguments(told, "nodeRegistration", "kubeletExtraArgs")
    configured = Layers(*(layer(one) for one in documents)) if documents else Layers((anchor, {}))
    home = told.place("nodeRegistration")
    if documents is None:  # somebody else's, and kubeadm has filled in what it lacks
        words = kubeadm_flags.kubelet(cluster, told, Layers((anchor, {})), 0, extra, home, KUBELET_CONFIG)
        kept = {f"--{name}=" for name in kubeadm_flags.KUBELET_FIELDS if name != "rotate-certificates"}
        words = tuple(
            word for word in words if word.origin != kubeadm_flags.TOOL or not word.text.startswith(tuple(kept))
        )
    else:
        words = kubeadm_flags.kubelet(cluster, told, configured, setup.minor, extra, home, KUBELET_CONFIG)
    empty = Resource(ObjectRef(*KUBELET, anchor.ref.namespace, anchor.ref.name), {}, anchor.origin, setup.world)
    return Start(
        "kubelet",
        "kubelet",
        "configuration",
        anchor,
        setup.world,
        words,
        undecided=setup.patched.get("kubelet") or next(iter((*told.wrong, *cluster.wrong)), ""),
        unset=() if node.anchor else ("nodeRegistration", "kubeletExtraArgs"),
        version=setup.version,
        written={} if documents is None else {KUBELET_CONFIG: documents or (empty,)},
        documents=setup.files,
        fallback=setup.fallback,
        manifest=setup.manifest,
        secrets=setup.secrets,
        doubted=frozenset({"*"}) if setup.doubt else frozenset(),
    )
