"""A pod that starts a component in, how it is started out: the words, the environment, and the files that it sees."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from auditor.facts.components.command_lines import command_line, environment
from auditor.facts.components.flags import Word
from auditor.kube.images import ImageError, parse_image
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import Origin, Path

CONFIGZ: Final = "KubeletConfigz"
"""The kind of document that holds what a kubelet served at /configz."""

Source = Literal["process", "pod", "unit", "configuration"]
"""What shows the start, the most telling first: a running process, a pod, a systemd unit, or what makes one of them."""


class Mount(NamedTuple):
    """A folder or file that a component sees, and whose content that is."""

    at: str
    host: str = ""
    """The path on the node, if it is one of the node's."""
    config_map: tuple[str, str] = ("", "")
    """Namespace and name, if it is a ConfigMap's."""
    items: Mapping[str, str] = {}
    """Of a ConfigMap: the file's path below `at` and its key, where they are not the same."""


class Start(NamedTuple):
    """One instance of a component, and how it is started; paths of words are below the anchor, or anchors."""

    component: str
    name: str
    source: Source
    anchor: Anchor
    world: str
    words: tuple[Word, ...] = ()
    environment: Mapping[str, Word] = {}
    more_environment: bool = False
    """Whether there are variables beside those that were read."""
    undecided: str = ""
    """Why nothing is known of its settings, or empty."""
    unset: Path = ()
    """Where, below the anchor, a flag that is missing would stand."""
    version: str = ""
    """The component's own, such as `1.34.2`; empty if it is not told."""
    node: str = ""
    container: str = ""
    mounts: tuple[Mount, ...] = ()
    """Of a container; anything else sees the node's own files."""
    files: Mapping[str, str] = {}
    """Where the content of a file stands that goes by another name there: the name of a file of the input."""
    documents: Mapping[str, Origin] = {}
    """The documents that are the content of a file, by its path, where something says so."""
    written: Mapping[str, tuple[Resource, ...]] = {}
    """The documents that a tool merges and writes to a file, by its path."""
    partial: str = ""
    """Why there may be flags beside the words, or empty."""
    doubted: frozenset[str] = frozenset()
    """The origins whose values are likely and not certain, such as those of a tool of unknown version; `*` is all."""
    fallback: bool = False
    """It tells what a cluster was made with: it counts only where nothing shows the component as it runs."""
    manifest: Mapping[str, Any] = {}
    """The object that the anchor is in, for merge keys."""
    unknown: tuple[tuple[Origin, Path, str], ...] = ()
    secrets: tuple[str, ...] = ()


def pod_starts(workload: Fact, manifest: Mapping[str, Any]) -> Iterator[Start]:
    """One for each container of a workload that starts a component; sidecars count, other init containers do not."""
    spec = workload.value["template"]["spec"]
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            if key == "containers" or container.get("restartPolicy") == "Always":
                start = _of_container(workload, manifest, container, ("spec", key, index))
                if start is not None:
                    yield start


def _of_container(
    workload: Fact, manifest: Mapping[str, Any], container: Mapping[str, Any], path: Path
) -> Start | None:
    line = command_line(container)
    if line is None:
        return None
    origin, ref, base = workload.anchors["template"]
    home = (*base, *path)
    spec = workload.value["template"]["spec"]
    return Start(
        line.component,
        str(container.get("name", "")),
        "pod",
        Anchor(origin, ref, home),
        workload.world,
        line.words,
        environment(container),
        bool(container.get("envFrom")),
        line.undecided or _unreadable(workload, home),
        next(((key,) for key in ("command", "args") if container.get(key)), ()),
        _version(str(container.get("image", "")), line.component),
        str(spec.get("nodeName") or ""),
        str(container.get("name", "")),
        tuple(_mounts(spec, container, ref.namespace)),
        manifest=manifest,
        unknown=workload.unknown,
        secrets=workload.secrets,
    )


def _unreadable(workload: Fact, home: Path) -> str:
    """Why a container's command line is not known: a part of it has a type that the API server refuses."""
    for origin, path, reason in workload.unknown:
        inside = path[: len(home)] == home and (*path[len(home) :], "command")[0] in (
            "command",
            "args",
            "env",
            "envFrom",
        )
        if origin == workload.anchors["template"].origin and inside:
            return reason
    return ""


def _version(image: str, component: str) -> str:
    """The component's version by its image's tag, if the image is the component's own or holds all of Kubernetes."""
    try:
        parsed = parse_image(image)
        version = parse_version(parsed.tag or "")
    except (ImageError, ValueError):
        return ""
    name = parsed.repository.rpartition("/")[2]
    if component == "etcd":
        return str(version) if "etcd" in name and version.major in (2, 3) else ""
    ours = any(word in name for word in (component, "hyperkube", "kubernetes"))
    return str(version) if ours and version.major == 1 else ""


def _mounts(spec: Mapping[str, Any], container: Mapping[str, Any], namespace: str) -> Iterator[Mount]:
    """The longest path first, since a mount hides what lies below it."""
    volumes = {str(volume.get("name")): volume for volume in spec.get("volumes") or ()}
    found = [
        _mount(volumes.get(str(mount.get("name")), {}), mount, namespace)
        for mount in container.get("volumeMounts") or ()
    ]
    yield from sorted(found, key=lambda mount: -len(mount.at))


def _mount(volume: Mapping[str, Any], mount: Mapping[str, Any], namespace: str) -> Mount:
    at, below = str(mount.get("mountPath") or "").rstrip("/"), str(mount.get("subPath") or "")
    host = str((volume.get("hostPath") or {}).get("path") or "")
    if host:
        return Mount(at, "/".join(part for part in (host.rstrip("/"), below) if part) or "/")
    source = volume.get("configMap")
    if not source:
        inside = [
            one["configMap"] for one in (volume.get("projected") or {}).get("sources") or () if one.get("configMap")
        ]
        source = inside[0] if len(inside) == 1 else None
    if not source:
        return Mount(at)
    items = {str(item.get("path")): str(item.get("key")) for item in source.get("items") or ()}
    if below:
        items = {"": items.get(below, below)}
    return Mount(at, "", (namespace, str(source.get("name") or "")), items)
