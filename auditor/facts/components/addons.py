"""A world in, facts on what components of Kubernetes rely on out: container runtimes, the network of pods, CoreDNS."""

from collections.abc import Iterator
from typing import Any, Final

from auditor.facts.components.corefile import CorefileError, plugins
from auditor.facts.components.effective import Settings
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, Path

_ENFORCING: Final = frozenset({"antrea", "calico", "cilium-cni", "kube-router", "weave-net"})
"""CNI plugins whose agents enforce NetworkPolicies (their own documentation, and
https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites)."""

_BARE: Final = "flannel"
"""The one widespread plugin that enforces none (github.com/flannel-io/flannel, README); k3s runs a controller of
policies beside its own."""


def addon_facts(world: World) -> Iterator[Fact]:
    """One fact for each configuration of a container runtime, of CNI and of CoreDNS."""
    for kind, read in (("RuntimeConfig", _runtime), ("CniConfig", _network), ("Corefile", _dns)):
        for resource in world.of(kind):
            if resource.ref.api_version == OBSERVED:
                name, settings = read(resource)
                fact = _fact(name, resource, settings, world)
                fact.unknown = world.unknown.get(resource.origin, ())
                yield fact


def _fact(component: str, resource: Resource, settings: Settings, world: World) -> Fact:
    ref = resource.ref
    anchor = Anchor(resource.origin, ref, ())
    value: dict[str, Any] = {
        "component": component,
        "name": ref.name or ref.kind,
        "node": "",
        "source": "file",
        "version": "",
        "minor": int(world.cluster.value["minor"]),
        "settings": settings.values,
        "refused": "",
        "misspelt": [],
    }
    fact = Fact("component", ref, value, {"": anchor, "settings.*": anchor}, world.name, {"cluster": world.cluster})
    for name, path in settings.paths.items():
        fact.anchors[f"settings.{name}"] = path if isinstance(path, Anchor) else Anchor(resource.origin, ref, path)
    fact.undecided = {f"settings.{name}": reason for name, reason in settings.undecided.items()}
    fact.secrets = resource.secrets
    return fact


def _runtime(resource: Resource) -> tuple[str, Settings]:
    settings = Settings()
    for name in ("apparmor", "registries", "listeners"):
        if name in resource.manifest:
            settings.put(name, resource.manifest[name], "file", None, (name,))
    return str(resource.manifest.get("runtime") or "containerd"), settings


def _network(resource: Resource) -> tuple[str, Settings]:
    """Which plugins there are, and whether any of them enforces NetworkPolicies, where that is known."""
    manifest, settings = resource.manifest, Settings()
    chain: list[tuple[Path, str]] = [
        (("plugins", index, "type"), str(one.get("type", "")))
        for index, one in enumerate(manifest.get("plugins") or ())
        if isinstance(one, dict)
    ]
    chain = chain or [(("type",), str(manifest.get("type", "")))]
    types = [kind for _, kind in chain]
    enforcing = not _ENFORCING.isdisjoint(types)
    place = next((path for path, kind in chain if kind in _ENFORCING or kind == _BARE), chain[0][0])
    settings.put("plugins", types, "file", None, place)
    settings.put("network-policies", enforcing, "file", None, place)
    if not enforcing and (_BARE not in types or "rancher" in resource.origin.file):
        reason = f"whether anything beside {', '.join(types)} enforces NetworkPolicies is not to be seen there"
        settings.forget("network-policies", reason)
    return "cni", settings


def _dns(resource: Resource) -> tuple[str, Settings]:
    settings = Settings()
    try:
        for one in plugins(str(resource.manifest.get("Corefile", ""))):
            name = one.name if one.name not in settings.values else f"{one.name} of {' '.join(one.zones)}"
            settings.put(name, [*one.args, *one.options], "file", None, ("Corefile",))
    except CorefileError as error:
        settings.put("plugins", None, "file", None, ("Corefile",))
        settings.forget("plugins", f"the Corefile cannot be read: {error}")
    return "coredns", settings
