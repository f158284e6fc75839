"""A world in, one fact for each instance of a component that something in it starts or configures out."""

from collections.abc import Iterable, Iterator
from typing import Any

from auditor.facts.components.addons import addon_facts
from auditor.facts.components.client_cas import with_client_cas
from auditor.facts.components.effective import Settings
from auditor.facts.components.files import document_settings
from auditor.facts.components.misspelt import note_misspelt
from auditor.facts.components.named_files import Files
from auditor.facts.components.served import as_served, is_news
from auditor.facts.components.settings import enabled_plugins, start_settings
from auditor.facts.components.starts import CONFIGZ, Start
from auditor.facts.configuration.documents import kinds_of
from auditor.facts.configuration.unread import NAMED_BY, unread_flags
from auditor.facts.objects.hiding import without_secrets
from auditor.facts.sources.configured import configured_starts
from auditor.facts.sources.launched import launched_starts
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import Origin, Path
from auditor.tables.components import every_config_kind, file_flags

_NEWEST_ETCD = 99
"""Stands for the version of an etcd that does not tell it."""

_TELLING = ("process", "pod", "unit", "configuration")


def make(world: World) -> list[Fact]:
    """One fact for each start of a component, and for each configuration file that none of them names."""
    return [*with_client_cas(_facts(world)), *addon_facts(world)]


def _facts(world: World) -> Iterator[Fact]:
    structured = kinds_of(*(of for _, of in NAMED_BY.values()))
    files = Files(world, dict.fromkeys((*(name.rpartition("/")[2] for name in every_config_kind()), *structured)))
    versions = {one.ref.name: _kubelet_version(one) for one in world.of("Node")}
    used: set[Origin] = set()
    running = {str(one.manifest.get("node")): one for one in world.of(CONFIGZ)}
    starts = [*world.starts, *launched_starts(world), *configured_starts(world)]
    for start in _standing(starts, files):
        fact, documents = _of_start(start, world, files, versions)
        if start.component == "kubelet":
            _overlay_configz(fact, running.pop(files.node_of(start), None))
        used |= {*documents, *start.documents.values()}
        yield fact
    for node, one in running.items():
        yield _of_configz(node, one, world, versions)
    for resource in _documents(world):
        if resource.origin not in used:
            yield _of_document(resource, world)


def _standing(starts: Iterable[Start], files: Files) -> list[Start]:
    """The starts that count: of two that show the same instance the more telling one."""
    starts = sorted(starts, key=lambda start: (_TELLING.index(start.source), start.anchor.origin))
    shown = {start.component for start in starts if not start.fallback}
    taken: dict[tuple[str, str], str] = {}
    result = []
    for start in starts:
        key = files.node_of(start), start.component
        if start.fallback and start.component in shown:
            continue
        if key[0] and taken.setdefault(key, start.source) != start.source:
            continue
        result.append(start)
    return sorted(result, key=lambda start: start.anchor.origin)


def _documents(world: World) -> Iterator[Resource]:
    for name in every_config_kind():
        group, _, kind = name.rpartition("/")
        for resource in world.of(kind):
            if resource.ref.group == group:
                yield resource


def _of_start(start: Start, world: World, files: Files, versions: dict[str, str]) -> tuple[Fact, Iterable[Origin]]:
    """The fact, and the configuration files that it is made of."""
    node = files.node_of(start)
    version = start.version or (versions.get(node, "") if start.component == "kubelet" else "")
    minor = _minor(start.component, version, world.cluster)
    value: dict[str, Any] = {
        "component": start.component,
        "name": start.name,
        "node": node,
        "source": start.source,
        "version": version,
        "minor": minor,
    }
    origin, ref, home = start.anchor
    fact = Fact(
        "component",
        ref,
        value,
        {"": start.anchor},
        start.world,
        {"cluster": world.cluster},
        container=start.container,
        unknown=start.unknown,
        secrets=start.secrets,
    )
    found = start_settings(start, minor, files)
    if isinstance(found, str):
        fact.undecided = {"settings": found, "admissionPlugins": found}
        found = Settings()
    elif start.component == "kube-apiserver":
        value["unread"] = unread_flags(found, start, files, world)
        plugins = enabled_plugins(found, minor)
        if isinstance(plugins, str):
            fact.undecided["admissionPlugins"] = plugins
        else:
            value["admissionPlugins"] = plugins
    _fill(fact, found, Anchor(origin, ref, (*home, *start.unset)), certain=bool(version) or _is_known(world.cluster))
    for name, entry in found.values.items():
        if not start.doubted.isdisjoint({"*", entry["origin"]}):
            found.doubt(name)
    used = found.documents.values()
    fact.secrets = (*fact.secrets, *_secrets(used))
    note_misspelt(fact, used)
    return fact, found.documents.keys()


def _secrets(documents: Iterable[Resource]) -> tuple[str, ...]:
    """Texts of configuration files that must never be printed."""
    return tuple(text for one in documents for text in (*one.secrets, *without_secrets(one)[2]))


def _of_document(resource: Resource, world: World) -> Fact:
    """The fact of a component's configuration file, such as a KubeletConfiguration."""
    ref, minor = resource.ref, int(world.cluster.value["minor"])
    component = every_config_kind()[f"{ref.group}/{ref.kind}"]
    value = {"component": component, "name": ref.name or ref.kind, "node": "", "source": "file", "version": ""}
    anchor = Anchor(resource.origin, ref, ())
    fact = Fact("component", ref, {**value, "minor": minor}, {"": anchor}, resource.world, {"cluster": world.cluster})
    fact.secrets = _secrets([resource])
    settings = document_settings(component, [resource], minor)
    _fill(fact, settings, anchor, certain=_is_known(world.cluster))
    if any(file.flag_wins for file in file_flags(component)):
        for name in settings.values:
            settings.doubt(name)  # a flag that nobody has seen may say otherwise
    note_misspelt(fact, [resource])
    return fact


def _of_configz(node: str, resource: Resource, world: World, versions: dict[str, str]) -> Fact:
    """The fact of a kubelet of which nothing is known but what it says of itself."""
    version = versions.get(node, "")
    minor = _minor("kubelet", version, world.cluster)
    value = {"component": "kubelet", "name": "kubelet", "node": node, "source": "configz", "version": version}
    anchor = Anchor(resource.origin, resource.ref, ("kubeletconfig",))
    fact = Fact(
        "component", resource.ref, {**value, "minor": minor}, {"": anchor}, world.name, {"cluster": world.cluster}
    )
    silent = not isinstance(resource.manifest.get("kubeletconfig"), dict)
    if silent:
        reason = str(resource.manifest.get("reason") or "the kubelet did not tell its configuration")
        fact.undecided["settings"] = reason
    _fill(fact, Settings() if silent else _configz_settings(resource, minor), anchor, certain=True)
    note_misspelt(fact, ())
    return fact


def _configz_settings(resource: Resource, minor: int) -> Settings:
    """What a running kubelet says its configuration is: effective values, however they came to be."""
    answer = resource.manifest.get("kubeletconfig")
    ref = resource.ref._replace(api_version="kubelet.config.k8s.io/v1beta1", kind="KubeletConfiguration")
    document = resource._replace(ref=ref, manifest=answer if isinstance(answer, dict) else {})
    settings = document_settings("kubelet", [document], minor, "configz")
    as_served(settings, document.manifest, minor)
    for name, path in settings.paths.items():
        place: Path = path.path if isinstance(path, Anchor) else path
        settings.paths[name] = Anchor(resource.origin, resource.ref, ("kubeletconfig", *place))
    return settings


def _overlay_configz(fact: Fact, resource: Resource | None) -> None:
    """Replaces what a running kubelet knows better: values that files and flags leave open, or that have changed."""
    if resource is None or "settings" in fact.undecided or not isinstance(resource.manifest.get("kubeletconfig"), dict):
        return
    found = _configz_settings(resource, fact.value["minor"])
    settings = fact.value["settings"]
    for name, entry in found.values.items():
        if name in found.undecided or not is_news(name, settings.get(name, {}), entry.get("value")):
            continue
        settings[name] = entry
        fact.undecided.pop(f"settings.{name}", None)
        place = found.paths.get(name)
        if isinstance(place, Anchor):
            fact.anchors[f"settings.{name}"] = place


def _fill(fact: Fact, settings: Settings, unset: Anchor, *, certain: bool) -> None:
    """Adds settings to a fact: those that are set lie where they were set, all others at `unset`.

    Where the version is not certain, neither are defaults.
    """
    fact.value["settings"] = settings.values
    origin, ref, home = fact.anchors[""]
    fact.anchors["settings.*"] = unset
    for name, path in settings.paths.items():
        place = path if isinstance(path, Anchor) else Anchor(origin, ref, (*home, *path))
        fact.anchors[f"settings.{name}"] = place
    fact.anchors |= {f"settings.{name}?": place for name, place in settings.absent.items()}
    for name, reason in settings.undecided.items():
        fact.undecided[f"settings.{name}"] = reason
    for name, entry in settings.values.items():
        if not certain and entry["origin"] == "default":
            settings.doubt(name)
    _note_refusal(fact)


def _note_refusal(fact: Fact) -> None:
    """Says where a component refuses to start, which leaves undecided what it would do."""
    refusals = [key for key, reason in fact.undecided.items() if reason.endswith("does not start")]
    key = min(refusals, default="")
    fact.value["refused"] = fact.undecided.get(key, "")
    fact.anchors["refused"] = fact.anchors.get(key, fact.anchors[""])


def _is_known(cluster: Fact) -> bool:
    return bool(cluster.value["versionSource"] != "assumed")


def _kubelet_version(node: Resource) -> str:
    """What a Node says of its kubelet, such as `1.34.2`; empty if that is no version."""
    info = (node.manifest.get("status") or {}).get("nodeInfo") or {}
    try:
        return str(parse_version(str(info.get("kubeletVersion") or "")))
    except ValueError:
        return ""


def _minor(component: str, version: str, cluster: Fact) -> int:
    if component == "etcd":
        return parse_version(version).minor if version else _NEWEST_ETCD
    given = cluster.value["versionSource"] == "given"
    return parse_version(version).minor if version and not given else int(cluster.value["minor"])
