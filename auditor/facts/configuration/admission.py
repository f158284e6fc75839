"""Configuration files of admission plugins in a world in, one fact for each out."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.configuration.documents import document_fact, documents, numbered
from auditor.facts.objects.decode import decode_as, nested
from auditor.facts.world import World
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_WHOLE: Final = "config.AdmissionConfiguration"
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "config.PodSecurityConfiguration": ("PodSecurity", "podSecurity"),
    "config.EventRateLimitConfiguration": ("EventRateLimit", "eventRateLimit"),
    "config.ImagePolicyConfiguration": ("ImagePolicyWebhook", "imagePolicy"),
    "config.WebhookAdmissionConfiguration": ("", "webhooks"),
    "config.ValidatingAdmissionPolicyConfiguration": ("ValidatingAdmissionPolicy", "webhooks"),
    "config.MutatingAdmissionPolicyConfiguration": ("MutatingAdmissionPolicy", "webhooks"),
}
"""By type: the plugin that it is for, and the field of the fact that holds it."""
FIELDS: Final = {kind: field for kind, (_, field) in _PARTS.items()}
"""The field of the fact by type."""
_LEVELS: Final = ("enforce", "audit", "warn")
_EXEMPT: Final = ("usernames", "namespaces", "runtimeClasses")

ADMISSION = Subject(
    name="admission",
    description="An AdmissionConfiguration, or the configuration of one admission plugin in a file of its own.",
    variable="admission",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "plugins": Field("list", "As `name`, `source` (`inline`, `file`, `none`, or `own` file) and `path`."),
        "podSecurity": Field(
            "map",
            "What PodSecurity is given: `defaults` with every level (`enforce`, `audit`, `warn`) and version "
            "(`enforce-version` and so on), and `exemptions` with `usernames`, `namespaces` and `runtimeClasses`.",
            optional=True,
        ),
        "eventRateLimit": Field("map", "What EventRateLimit is given: `limits`.", optional=True),
        "imagePolicy": Field("map", "What ImagePolicyWebhook is given, with `defaultAllow`.", optional=True),
        "webhooks": Field("list", "Per plugin with static manifests or a kubeconfig: `plugin` and the two fields."),
    },
)


def admission_facts(world: World) -> Iterator[Fact]:
    """One fact for each AdmissionConfiguration, and for each file of one plugin."""
    files = [resource.origin.file for _, resource in documents(world, *_PARTS)]
    for name, resource in documents(world, _WHOLE, *_PARTS):
        yield _of_whole(resource, world, files) if name == _WHOLE else _of_part(name, resource, world)


def pod_security(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A PodSecurityConfiguration with the defaults filled in (SetDefaults_PodSecurityDefaults).

    k8s.io/pod-security-admission v0.37.1, admission/api/v1/defaults.go.
    """
    defaults, exempt = manifest.get("defaults") or {}, manifest.get("exemptions") or {}
    levels = {name: defaults.get(name) or "privileged" for name in _LEVELS}
    versions = {f"{name}-version": defaults.get(f"{name}-version") or "latest" for name in _LEVELS}
    return {"defaults": {**levels, **versions}, "exemptions": {name: list(exempt.get(name) or ()) for name in _EXEMPT}}


def configured(manifest: Mapping[str, Any]) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """What an AdmissionConfiguration gives to plugins inside it: index, plugin, type and decoded value."""
    for path, kind, part in nested(_WHOLE, manifest):
        index = int(path[1])
        yield index, str(manifest["plugins"][index].get("name", "")), kind, decode_as(kind, part).value


def _of_whole(resource: Resource, world: World, files: list[str]) -> Fact:
    plugins = [_plugin(one) for one in resource.manifest.get("plugins") or ()]
    value: dict[str, Any] = {"plugins": plugins, "webhooks": []}
    places: dict[str, Path] = {}
    hooks: list[Path] = []
    for index, name, kind, part in configured(resource.manifest):
        path: Path = ("plugins", index, "configuration")
        _put(value, kind, name, part)
        if FIELDS[kind] == "webhooks":
            hooks.append(path)
        else:
            places[FIELDS[kind]] = (*path, "imagePolicy") if "imagePolicy" in part else path
    fact = document_fact(ADMISSION, resource, world, value, {**places, **numbered("webhooks", hooks)})
    for plugin in plugins:
        field = next((field for owner, field in _PARTS.values() if owner == plugin["name"]), "")
        if field and plugin["source"] == "file" and field not in value and not _there(plugin["path"], files):
            reason = f"{plugin['name']} is configured in {plugin['path']}, which is not in the input"
            fact.undecided.setdefault(field, reason)
    return fact


def _of_part(name: str, resource: Resource, world: World) -> Fact:
    plugin, field = _PARTS[name]
    value: dict[str, Any] = {"plugins": [{"name": plugin, "source": "own", "path": ""}], "webhooks": []}
    _put(value, name, plugin, resource.manifest)
    places: dict[str, Path] = numbered(field, [()]) if field == "webhooks" else {field: ()}
    return document_fact(ADMISSION, resource, world, value, {**places, "plugins": ()})


def _put(value: dict[str, Any], kind: str, plugin: str, part: Mapping[str, Any]) -> None:
    field = FIELDS[kind]
    if field == "webhooks":
        names = ("kubeConfigFile", "staticManifestsDir")
        value[field].append({"plugin": plugin, **{name: str(part.get(name, "")) for name in names}})
    elif field == "podSecurity":
        value[field] = pod_security(part)
    elif field == "imagePolicy":
        value[field] = {"defaultAllow": False, **(part.get("imagePolicy") or {})}
    else:
        value[field] = {"limits": [dict(one) for one in part.get("limits") or ()]}


def _plugin(one: Mapping[str, Any]) -> dict[str, Any]:
    path = str(one.get("path", ""))
    source = "inline" if one.get("configuration") is not None else "file" if path else "none"
    return {"name": str(one.get("name", "")), "source": source, "path": path}


def _there(path: str, files: list[str]) -> bool:
    """Whether one of the files may be the one that a path names, as seen by the API server or from the input."""
    name = posixpath.basename(path)
    return any(posixpath.basename(file.replace("\\", "/")) == name for file in files)
