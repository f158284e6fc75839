"""A world in, the components out that k0s starts by the ClusterConfigs in it, or in objects of other tools."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers, layer
from auditor.facts.components.starts import Start
from auditor.facts.sources.extra_arguments import Extra, extra_arguments, words_of
from auditor.facts.sources.k0s_flags import FLAGS, KUBELET, STACKED, TOOL
from auditor.facts.sources.kubeadm_setup import KUBELET as DOCUMENT
from auditor.facts.sources.kubeadm_setup import version_of
from auditor.facts.workloads.templates import at
from auditor.facts.world import World
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Path
from auditor.tables.tools import K0S

_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "kube-apiserver": ("api",),
    "kube-controller-manager": ("controllerManager",),
    "kube-scheduler": ("scheduler",),
    "etcd": ("storage", "etcd"),
}
_GATED: Final = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"})


def k0s_starts(world: World) -> Iterator[Start]:
    """The control plane of a ClusterConfig, and a kubelet for each worker profile beside the one that is always."""
    for name, (config, version) in K0S.items():
        group, _, kind = name.rpartition("/")
        for resource in world.of(kind):
            if resource.ref.group == group and at(resource.manifest, config) is not None:
                told = str(at(resource.manifest, version) or "") if version else ""
                yield from _starts(resource, (*config, "spec"), version_of(told.partition("+")[0]))


def _starts(resource: Resource, base: Path, version: str) -> Iterator[Start]:
    spec = Layers(layer(resource, *base))
    kine = spec.text("storage", "type") == "kine"
    external = spec.raw("storage", "etcd", "externalCluster") is not None
    for component, section in _SECTIONS.items():
        if component != "etcd" or not (kine or external):
            yield _component(resource, base, spec, component, section, version, stacked=not (kine or external))
    yield _kubelet(resource, base, spec, version, (), {})
    for index, profile in enumerate(spec.list("workerProfiles")):
        values = profile.get("values") if isinstance(profile, Mapping) else None
        if isinstance(values, Mapping):
            yield _kubelet(resource, base, spec, version, ("workerProfiles", index, "values"), values)


def _component(
    resource: Resource, base: Path, spec: Layers, component: str, section: Path, version: str, *, stacked: bool
) -> Start:
    told = spec.below(*(str(step) for step in section))
    own = dict(FLAGS[component])
    unknown: list[Word] = []
    home = told.place()
    extra = extra_arguments(told, "extraArgs")
    names = {one.name for one in extra}
    if component == "kube-apiserver" and stacked:
        own |= STACKED
    elif component == "kube-apiserver":
        reason = "k0s takes it from storage, which is not its own etcd"
        unknown += (Word(f"--{name}=", spec.place("storage"), reason, TOOL) for name in STACKED if name not in names)
    if component == "kube-apiserver" and "tls-cipher-suites" not in names:
        unknown.append(Word("--tls-cipher-suites=", home, "k0s sets a list that depends on its version", TOOL))
    extra = (*extra, *_gates(spec, component, names))
    raw = [Word(str(one), told.place("rawArgs", index)) for index, one in enumerate(told.list("rawArgs"))]
    return Start(
        component,
        component,
        "configuration",
        Anchor(resource.origin, resource.ref, ()),
        resource.world,
        (*words_of(own, extra, home, TOOL), *unknown, *raw),
        undecided=next(iter(spec.wrong), ""),
        unset=(*base, *section, "extraArgs"),
        version="" if component == "etcd" else version,
        doubted=frozenset({TOOL} if component in ("etcd", "kube-scheduler") else ()),
        manifest=resource.manifest,
    )


def _gates(spec: Layers, component: str, names: set[str]) -> Iterator[Extra]:
    """Feature gates of the whole cluster; a component's own flag for them is not added to here."""
    gates = []
    for one in spec.list("featureGates") if component in _GATED and "feature-gates" not in names else ():
        if isinstance(one, Mapping) and isinstance(one.get("name"), str):
            components = one.get("components") or list(_GATED)
            if isinstance(components, list) and component in components:
                gates.append(f"{one['name']}={str(one.get('enabled', True)).lower()}")
    if gates:
        yield Extra("feature-gates", ",".join(gates), spec.place("featureGates"))


def _kubelet(
    resource: Resource, base: Path, spec: Layers, version: str, path: Path, values: Mapping[str, Any]
) -> Start:
    place = spec.place(*path) if path else spec.place("workerProfiles")
    ref = ObjectRef(*DOCUMENT, "", resource.ref.name)
    own = Resource(ref, KUBELET, resource.origin._replace(base=(*resource.origin.base, *base)), resource.world)
    origin = resource.origin._replace(base=(*resource.origin.base, *place.path))
    gates = tuple(_gates(spec, "kubelet", set()))
    return Start(
        "kubelet",
        "kubelet",
        "configuration",
        Anchor(resource.origin, resource.ref, ()),
        resource.world,
        words_of(FLAGS["kubelet"], gates, place, TOOL),
        undecided=next(iter(spec.wrong), ""),
        unset=place.path,
        version=version,
        written={FLAGS["kubelet"]["config"]: (own, Resource(ref, values, origin, resource.world))},
        doubted=frozenset({TOOL}),
        manifest=resource.manifest,
    )
