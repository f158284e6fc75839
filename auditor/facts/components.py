"""A control-plane pod or a component's configuration file in, its component facts out."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.facts.command_lines import command_line, environment
from auditor.facts.component_files import document_settings
from auditor.facts.component_settings import Settings, command_settings, enabled_plugins
from auditor.facts.templates import WORKLOAD_KINDS
from auditor.kube.images import ImageError, parse_image
from auditor.kube.versions import Version, parse_version
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_PLUGINS = tuple(
    f"settings.{name}.value" for name in ("enable-admission-plugins", "disable-admission-plugins", "admission-control")
)

COMPONENT = Subject(
    name="component",
    description="A component of Kubernetes with the effective value of every setting, wherever it was set.",
    variable="component",
    owners=("cluster",),
    reads=WORKLOAD_KINDS,
    fields={
        "component": Field(
            "string",
            "`kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `etcd`, `kubelet` or `kube-proxy`.",
        ),
        "name": Field("string", "The container it runs in, or else the configuration file's name or kind."),
        "version": Field("string", "From its image's tag, such as `1.34.2`; empty if unknown."),
        "minor": Field("int", "The minor version whose flags and defaults count; etcd's own for etcd."),
        "settings": Field(
            "map",
            "By flag, such as `anonymous-auth`, or by field where there is no flag: `value` (typed), `origin` (`flag`, "
            "`file`, `env`, `default` or `undecided`), `set` and `default`; of `anonymous-auth` of an API server also "
            "`written`, the value that holds once AlwaysAllow is gone, which switches it off.",
        ),
        "admissionPlugins": Field("list", "Those that are on, of an API server.", _PLUGINS, optional=True),
    },
)

_NEWEST_ETCD = 99
"""Stands for the version of an etcd whose image does not tell it."""


def component_facts(workload: Fact) -> Iterator[Fact]:
    """A fact for each container of a workload that starts a component; sidecars count, other init containers do not."""
    spec = workload.value["template"]["spec"]
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            if key == "containers" or container.get("restartPolicy") == "Always":
                fact = _of_container(workload, container, ("spec", key, index))
                if fact is not None:
                    yield fact


def document_facts(resource: Resource, cluster: Fact) -> Iterator[Fact]:
    """The fact of a component's configuration file, such as a KubeletConfiguration."""
    ref, minor = resource.ref, cluster.value["minor"]
    found = document_settings(ref.group, ref.kind, resource.manifest, minor)
    if found is not None:
        component, settings = found
        value = {"component": component, "name": ref.name or ref.kind, "version": "", "minor": minor}
        fact = Fact(
            "component", ref, value, {"": Anchor(resource.origin, ref, ())}, resource.world, {"cluster": cluster}
        )
        _fill(fact, settings, (), ())
        yield fact


def _of_container(workload: Fact, container: Mapping[str, Any], path: Path) -> Fact | None:
    line = command_line(container)
    if line is None:
        return None
    origin, ref, base = workload.anchors["template"]
    cluster = workload.owners["cluster"]
    version = _version(str(container.get("image", "")), line.component)
    minor = _minor(line.component, version, cluster)
    value: dict[str, Any] = {
        "component": line.component,
        "name": str(container.get("name", "")),
        "version": str(version or ""),
        "minor": minor,
    }
    home = (*base, *path)
    fact = Fact(
        "component",
        ref,
        value,
        {"": Anchor(origin, ref, home)},
        workload.world,
        {"cluster": cluster},
        container=value["name"],
        unknown=workload.unknown,
        secrets=workload.secrets,
    )
    found: Settings | str = line.undecided or _unreadable(workload, home)
    if not found:
        more = bool(container.get("envFrom"))
        found = command_settings(line.component, line.words, environment(container), minor, more_environment=more)
    if isinstance(found, str):
        fact.undecided = {"settings": found, "admissionPlugins": found}
        found = Settings()
    elif line.component == "kube-apiserver":
        plugins = enabled_plugins(found, minor)
        if isinstance(plugins, str):
            fact.undecided["admissionPlugins"] = plugins
        else:
            value["admissionPlugins"] = plugins
    unset = next(((key,) for key in ("command", "args") if container.get(key)), ())
    _fill(fact, found, home, unset)
    return fact


def _fill(fact: Fact, settings: Settings, home: Path, unset: Path) -> None:
    """Adds settings to a fact: those that are set lie where they were set, all others at `unset`."""
    fact.value["settings"] = settings.values
    origin, ref, _ = fact.anchors[""]
    fact.anchors["settings.*"] = Anchor(origin, ref, (*home, *unset))
    for name, path in settings.paths.items():
        fact.anchors[f"settings.{name}"] = Anchor(origin, ref, (*home, *path))
    for name, reason in settings.undecided.items():
        fact.undecided[f"settings.{name}"] = reason


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


def _version(image: str, component: str) -> Version | None:
    """The component's version by its image's tag, if the image is the component's own or holds all of Kubernetes."""
    try:
        parsed = parse_image(image)
        version = parse_version(parsed.tag or "")
    except (ImageError, ValueError):
        return None
    name = parsed.repository.rpartition("/")[2]
    if component == "etcd":
        return version if "etcd" in name and version.major in (2, 3) else None
    ours = any(word in name for word in (component, "hyperkube", "kubernetes"))
    return version if ours and version.major == 1 else None


def _minor(component: str, version: Version | None, cluster: Fact) -> int:
    if component == "etcd":
        return version.minor if version else _NEWEST_ETCD
    given = cluster.value["versionSource"] == "given"
    return version.minor if version and not given else int(cluster.value["minor"])
