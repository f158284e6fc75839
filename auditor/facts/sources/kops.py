"""A world in, the components out that kOps starts by its Cluster and InstanceGroup objects.

The fields of a component's section are its flags in other spelling (`flag:` tags of pkg/apis/kops/componentconfig.go in
k8s.io/kops). What kOps fills in is in pkg/model/components; where this module does not name it, a setting that nobody
has set is undecided, since kOps may set it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from auditor.facts.components.command_lines import environment
from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Start
from auditor.facts.sources.cluster_api import files_of
from auditor.facts.sources.kubeadm_setup import minor_of, version_of
from auditor.facts.workloads.templates import at
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.tables.components import flags
from auditor.tables.tools import KOPS_CLUSTER, KOPS_GROUP

TOOL: Final = "kops"
_OPEN: Final = "kOps may set it, and its Cluster does not say"
_NAMED: Final = {"enableProfiling": "profiling", "logLevel": "v"}
"""Fields that are not called as their flags are."""
_SECTIONS: Final = {
    "kube-apiserver": "kubeAPIServer",
    "kube-controller-manager": "kubeControllerManager",
    "kube-scheduler": "kubeScheduler",
    "kube-proxy": "kubeProxy",
}
_SERVER: Final[Mapping[str, str]] = {
    "allow-privileged": "true",
    "anonymous-auth": "false",
    "bind-address": "0.0.0.0",
    "requestheader-allowed-names": "aggregator",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "secure-port": "443",
}
_PLUGINS: Final = (
    "NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction,"
    "MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ResourceQuota"
)
"""Of an API server, whatever its section says (BuildOptions of apiserver.go): anonymous requests cannot be let in, and
plugins only added to these, which all versions of kOps have in common."""
_ENCRYPTION: Final = "/srv/kubernetes/kube-apiserver/encryptionconfig.yaml"
_CONTROL_PLANE: Final = ("Master", "ControlPlane", "control-plane", "master")


def kops_starts(world: World) -> Iterator[Start]:
    """The control plane and the kubelets of each Cluster, and the kubelets of groups that differ from them."""
    clusters = [one for one in world.of("Cluster") if f"{one.ref.group}/{one.ref.kind}" == KOPS_CLUSTER]
    for cluster in clusters:
        yield from _cluster(world, cluster)
    named = {one.ref.name: one for one in clusters}
    for group in world.of("InstanceGroup"):
        if group.ref.group == KOPS_GROUP and at(group.manifest, ("spec", "kubelet")) is not None:
            yield _kubelet(world, named.get(_cluster_of(group)), group)


def _cluster(world: World, cluster: Resource) -> Iterator[Start]:
    spec = Layers(layer(cluster, "spec"))
    for component, section in _SECTIONS.items():
        disabled = component == "kube-proxy" and spec.raw(section, "enabled") is False
        if not disabled:
            yield _component(world, cluster, spec, component, section)
    for index, one in enumerate(spec.list("etcdClusters")):
        items = at(one, ("manager", "env"))
        known = environment({"env": [item if isinstance(item, Mapping) else {} for item in _list(items)]})
        if any(name.startswith("ETCD_") for name in known):
            path = ("spec", "etcdClusters", index, "manager")
            start = _start(world, cluster, spec, "etcd", ())
            yield start._replace(anchor=Anchor(cluster.origin, cluster.ref, path), environment=known, unset=("env",))
    yield _kubelet(world, cluster, None)
    control_plane = next((key for key in _OF_CONTROL_PLANE if spec.raw(key) is not None), "")
    if control_plane:
        yield _kubelet(world, cluster, None, control_plane)


_OF_CONTROL_PLANE: Final = ("controlPlaneKubelet", "masterKubelet")


def _component(world: World, cluster: Resource, spec: Layers, component: str, section: str) -> Start:
    told = spec.below(section)
    minor = _minor(world, spec)
    words = tuple(_of_server(spec, told, minor)) if component == "kube-apiserver" else ()
    forced = {word.text.partition("=")[0] for word in words}
    given = (word for word in _flags(told, component, minor) if word.text.partition("=")[0] not in forced)
    start = _start(world, cluster, spec, component, (*words, *given))
    return start._replace(unset=("spec", section), documents=files_of(cluster, ("spec",), "fileAssets"))


def _of_server(spec: Layers, told: Layers, minor: int) -> Iterator[Word]:
    """What kOps sets of an API server in any case; where authorization is left out, there is none (defaults.go)."""
    home = told.place()
    for name, text in _SERVER.items():
        yield Word(f"--{name}={text}", home, "", TOOL)
    more = [one for one in told.list("appendAdmissionPlugins") if isinstance(one, str)]
    place = told.place("appendAdmissionPlugins") if more else home
    yield Word(f"--enable-admission-plugins={','.join([_PLUGINS, *more])}", place, "", TOOL)
    if spec.raw("authorization", "alwaysAllow") is not None or spec.raw("authorization", "rbac") is None:
        place = spec.place("authorization", "alwaysAllow")
        yield Word("--authorization-mode=AlwaysAllow", place, "", TOOL)
    else:
        node = minor >= 19 or told.raw("enableBootstrapTokenAuth") is True
        mode = "Node,RBAC" if node else "RBAC"
        yield Word(f"--authorization-mode={mode}", spec.place("authorization", "rbac"), "", TOOL)
    if spec.raw("encryptionConfig") is True:
        yield Word(f"--encryption-provider-config={_ENCRYPTION}", spec.place("encryptionConfig"), "", TOOL)


def _kubelet(world: World, cluster: Resource | None, group: Resource | None, more: str = "") -> Start:
    """A kubelet's section of the whole cluster, over it that of the control plane, over it that of a group."""
    if group is not None and at(group.manifest, ("spec", "role")) in _CONTROL_PLANE and cluster is not None:
        sections = Layers(layer(cluster, "spec"))
        more = next((key for key in _OF_CONTROL_PLANE if sections.raw(key) is not None), "")
    keys = ("kubelet", more) if more else ("kubelet",)
    parts = [layer(cluster, "spec", key) for key in keys] if cluster is not None else []
    owner = group or cluster
    assert owner is not None  # one of them is what the kubelet was found in
    told = Layers(*parts, *([layer(group, "spec", "kubelet")] if group is not None else ()))
    spec = Layers(layer(cluster or owner, "spec"))
    spec.wrong += told.wrong
    start = _start(world, owner, spec, "kubelet", tuple(_flags(told, "kubelet", _minor(world, spec))))
    return start._replace(unset=("spec", "kubelet" if group is not None else keys[-1]))


def _start(world: World, owner: Resource, spec: Layers, component: str, words: tuple[Word, ...]) -> Start:
    return Start(
        component,
        component,
        "configuration",
        Anchor(owner.origin, owner.ref, ()),
        world.name,
        words,
        undecided=next(iter(spec.wrong), ""),
        version="" if component == "etcd" else version_of(spec.text("kubernetesVersion")),
        partial=_OPEN,
        manifest=owner.manifest,
    )


def _minor(world: World, spec: Layers) -> int:
    return minor_of(version_of(spec.text("kubernetesVersion")), world.cluster)


def _flags(told: Layers, component: str, minor: int) -> Iterator[Word]:
    """The fields of a section that are flags; those of `leaderElection` and the like lie one level deeper."""
    names = {name.replace("-", ""): name for name in flags(component, minor)}
    for path, value in _fields(told.value, ()):
        name = _NAMED.get(path[-1]) or names.get(path[-1].lower())
        if name is not None:
            text = _text(value)
            reason = "" if text is not None else f"{'.'.join(path)} is not what a flag can hold, so it is refused"
            yield Word(f"--{name}={text or ''}", told.place(*path), reason)


def _fields(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        if isinstance(item, Mapping) and key in _NESTED and not path:
            yield from _fields(item, (key,))
        else:
            yield (*path, str(key)), item


_NESTED: Final = frozenset({"leaderElection"})


def _text(value: Any) -> str | None:
    """How kOps writes a field's value on a command line (pkg/flagbuilder): lists and maps with commas."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ",".join(map(str, value))
    if isinstance(value, Mapping) and all(isinstance(item, str | int | bool) for item in value.values()):
        return ",".join(f"{name}={_text(item)}" for name, item in sorted(value.items()))
    return None


def _cluster_of(group: Resource) -> str:
    return str(at(group.manifest, ("metadata", "labels", "kops.k8s.io/cluster")) or "")


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
