"""A world in, the components out that Talos starts by the machine configurations in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Mount, Start
from auditor.facts.objects.guarding import FLOW
from auditor.facts.sources.extra_arguments import extra_arguments
from auditor.facts.sources.kubeadm_setup import KUBELET, version_of
from auditor.facts.sources.talos_flags import CONFIG, FLAGS, KUBELET_DEFAULTS, KUBELET_FIXED, SECRETS, TOOL, talos_words
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Path

_SECTIONS: Final = {
    "kube-apiserver": "apiServer",
    "kube-controller-manager": "controllerManager",
    "kube-scheduler": "scheduler",
    "etcd": "etcd",
    "kube-proxy": "proxy",
}
_STRUCTURED: Final = 14
"""The minor version of Talos since which anonymous requests are let in to health checks, by a file of its own."""
_SECRETBOX: Final = {"secretbox": {"keys": [{"name": "key2"}]}}
_AESCBC: Final = {"aescbc": {"keys": [{"name": "key1"}]}}
_AUDIT: Final[Mapping[str, Any]] = {"rules": [{"level": "Metadata"}]}


def talos_starts(world: World) -> Iterator[Start]:
    """A machine of the control plane starts all components, any other only the kubelet."""
    for resource in world.of("TalosConfig"):
        root = Layers(layer(resource))
        if root.text("machine", "type") in ("controlplane", "init"):
            for component, section in _SECTIONS.items():
                if root.raw("cluster", section, "disabled") is not True:
                    yield _static(resource, root, component, section)
        if root.raw("machine") is not None:
            yield _kubelet(resource, root)


def _static(resource: Resource, root: Layers, component: str, section: str) -> Start:
    told = root.below("cluster", section)
    own = dict(FLAGS[component])
    extra = extra_arguments(told, "extraArgs", repeated=True)
    version = _version(told.text("image"))
    unknown: tuple[Word, ...] = ()
    home = told.place()
    if component == "kube-apiserver":
        names = {one.name for one in extra}
        flagged = any(name == "authorization-mode" or name.startswith("authorization-webhook-") for name in names)
        if flagged or not told.list("authorizationConfig"):  # else a file says no more than this
            own["authorization-mode"] = "Node,RBAC"
        else:
            own["authorization-config"] = f"{CONFIG}/authorization-config.yaml"
        if _minor_of_talos(root) >= _STRUCTURED and "anonymous-auth" not in names:
            del own["anonymous-auth"]
            reason = "Talos lets anonymous requests in to health checks alone, by a file that depends on its version"
            unknown = (Word("--anonymous-auth=", home, reason, TOOL),)
        if "tls-cipher-suites" not in names:
            reason = "Talos sets a list that depends on its version"
            unknown = (*unknown, Word("--tls-cipher-suites=", home, reason, TOOL))
    words, refused = talos_words(component, own, extra, home)
    volumes = [one for one in told.list("extraVolumes") if isinstance(one, Mapping)]
    return Start(
        component,
        component,
        "configuration",
        Anchor(resource.origin, resource.ref, ()),
        resource.world,
        (*words, *unknown),
        undecided=refused or next(iter(root.wrong), ""),
        unset=("cluster", section, "extraArgs"),
        version=version,
        container=component,
        mounts=tuple(_mounts(volumes)),
        written=_files(resource, root, told, component),
        doubted=frozenset({TOOL, "default"} if _minor_of_talos(root) < 0 else ()),
        manifest=resource.manifest,
        secrets=FLOW,
    )


def _kubelet(resource: Resource, root: Layers) -> Start:
    told = root.below("machine", "kubelet")
    given, home = told.map("extraConfig"), told.place()
    extra = extra_arguments(told, "extraArgs", repeated=True)
    own = {**FLAGS["kubelet"], **KUBELET_FIXED}
    own |= {name: text for name, (field, text) in KUBELET_DEFAULTS.items() if given.get(field) in (None, "")}
    if told.raw("disableManifestsDirectory") is not True:
        own["pod-manifest-path"] = "/etc/kubernetes/manifests"
    if told.raw("defaultRuntimeSeccompProfileEnabled") is True:
        own["seccomp-default"] = "true"
    if told.raw("skipNodeRegistration") is True:
        own |= {"authentication-token-webhook": "false", "authorization-mode": "AlwaysAllow"}
    words, refused = talos_words("kubelet", own, extra, home)
    document = _document(resource, KUBELET, given, ("machine", "kubelet", "extraConfig"))
    return Start(
        "kubelet",
        "kubelet",
        "configuration",
        Anchor(resource.origin, resource.ref, ()),
        resource.world,
        words,
        undecided=refused or next(iter(root.wrong), ""),
        unset=("machine", "kubelet", "extraConfig" if given else "extraArgs"),
        version=_version(told.text("image")),
        written={FLAGS["kubelet"]["config"]: (document,)},
        doubted=frozenset({TOOL, "default"} if _minor_of_talos(root) < 0 else ()),
        manifest=resource.manifest,
        secrets=FLOW,
    )


def _files(resource: Resource, root: Layers, told: Layers, component: str) -> dict[str, tuple[Resource, ...]]:
    """The files that Talos writes for a component: audit policy, admission, authorization, encryption, scheduler."""
    home: Path = ("cluster", _SECTIONS[component])
    if component == "kube-scheduler":
        kind = ("kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration")
        document = _document(resource, kind, told.map("config"), (*home, "config"))
        return {FLAGS[component]["config"]: (document,)}
    if component != "kube-apiserver":
        return {}
    plugins = {"plugins": list(told.list("admissionControl"))}
    modes = _authorizers(told.list("authorizationConfig"))
    audit = ("audit.k8s.io/v1", "Policy")
    admission = ("apiserver.config.k8s.io/v1", "AdmissionConfiguration")
    authorization = ("apiserver.config.k8s.io/v1", "AuthorizationConfiguration")
    encryption = ("apiserver.config.k8s.io/v1", "EncryptionConfiguration")
    providers = [
        *([_SECRETBOX] if root.raw("cluster", "secretboxEncryptionSecret") else []),
        *([_AESCBC] if root.raw("cluster", "aescbcEncryptionSecret") else []),
        {"identity": {}},
    ]
    encrypted = {"resources": [{"resources": ["secrets"], "providers": providers}]}
    policy = told.map("auditPolicy") or _AUDIT
    flags = FLAGS[component]
    return {
        flags["audit-policy-file"]: (_document(resource, audit, policy, (*home, "auditPolicy")),),
        flags["admission-control-config-file"]: (_document(resource, admission, plugins, (*home, "admissionControl")),),
        flags["encryption-provider-config"]: (_document(resource, encryption, encrypted, ("cluster",)),),
        f"{CONFIG}/authorization-config.yaml": (
            _document(resource, authorization, {"authorizers": modes}, (*home, "authorizationConfig")),
        ),
    }


def _authorizers(given: Sequence[Any]) -> list[Any]:
    """Those that a user names, and the two that are always there, before them where he names none of the kind."""
    named = [one for one in given if isinstance(one, Mapping)]
    types = {str(one.get("type")) for one in named}
    return [*({"type": kind, "name": kind.lower()} for kind in ("Node", "RBAC") if kind not in types), *named]


def _document(resource: Resource, kind: tuple[str, str], content: Mapping[str, Any], path: Path) -> Resource:
    ref = ObjectRef(*kind, "", resource.ref.name)
    origin = resource.origin._replace(base=(*resource.origin.base, *path))
    return Resource(ref, {**content, "apiVersion": kind[0], "kind": kind[1]}, origin, resource.world)


def _mounts(volumes: Sequence[Mapping[str, Any]]) -> Iterator[Mount]:
    found = [Mount(path, path) for path in (SECRETS, "/system/config/kubernetes", "/var/log/audit/kube")]
    for one in volumes:
        at, host = one.get("mountPath"), one.get("hostPath")
        if isinstance(at, str) and isinstance(host, str):
            found.append(Mount(at.rstrip("/"), host.rstrip("/")))
    yield from sorted(found, key=lambda mount: -len(mount.at))


def _version(image: str) -> str:
    """The version that an image's tag tells."""
    return version_of(image.partition("@")[0].rpartition(":")[2]) if image else ""


def _minor_of_talos(root: Layers) -> int:
    """Of the installer's image, such as `ghcr.io/siderolabs/installer:v1.10.2`; -1 where none is named."""
    version = _version(root.text("machine", "install", "image"))
    return int(version.split(".")[1]) if version.count(".") == 2 else -1
