"""EncryptionConfigurations of a world in, who encrypts what in etcd, with which keys, out; never a key."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from auditor.facts.configuration.documents import document_fact, documents, numbered
from auditor.facts.configuration.encryption_checks import PROVIDERS, group_resource, is_key, key_bytes, without_keys
from auditor.facts.objects.hiding import spellings
from auditor.facts.world import World
from auditor.kube.credentials import PLACEHOLDER
from auditor.kube.durations import seconds
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_TYPE: Final = "config.EncryptionConfiguration"
SECRETS: Final = ("", "secrets")
_CONFIG_MAPS: Final = ("", "configmaps")
_SHORTEST: Final = 16
"""Bytes of the shortest key that a provider takes."""
_SPACE, _TILDE = 32, 126
_CUSTOM: Final = ("group.invalid", "customs")
"""A custom resource that no file names: only `*.*` covers it."""

ENCRYPTION = Subject(
    name="encryption",
    description="An EncryptionConfiguration: which provider writes which resources to etcd, and with what keys.",
    variable="encryption",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "entries": Field(
            "list", "As the file orders them: `resources`, `writes` (the first provider) and `reads` (all of them)."
        ),
        "secrets": Field("string", "The provider that writes Secrets; `identity` is clear text, also where none is."),
        "secretsNamed": Field("bool", "Whether any entry covers Secrets."),
        "configMaps": Field("string", "The provider that writes ConfigMaps."),
        "customResources": Field("string", "The provider that writes custom resources which no entry names."),
        "providers": Field(
            "list",
            "All of them: `entry`, `position`, `name`, `writes` (whether it is first), `secrets` (whether Secrets are "
            "among the resources), `keys` (their number), `inFile` (how many of them stand in the file, rather than a "
            "placeholder or what SOPS has encrypted), and of `kms` `version`, `timeout` in seconds and `cachesize`.",
        ),
        "keys": Field(
            "list",
            "Keys that stand in the file: `provider`, `name`, `bits`, `writes` (whether it is the one used to write), "
            "`secrets`, `guessable` (`text` where every byte is a printable character, as in a pass phrase; "
            "`pattern` where few bytes repeat; else empty) and `repeated` "
            "(whether it stands in the file more than once).",
        ),
    },
)


class _Provider(NamedTuple):
    path: Path
    name: str
    body: Mapping[str, Any]
    value: dict[str, Any]


def encryption_facts(world: World) -> Iterator[Fact]:
    """One fact for each EncryptionConfiguration."""
    for _, resource in documents(world, _TYPE):
        yield _fact(resource, world)


def writer(entries: Sequence[Mapping[str, Any]], resource: tuple[str, str]) -> tuple[int, str] | None:
    """The entry and the provider that write a resource (group and name); None where it is in no entry.

    transformerFromOverrides in k8s.io/apiserver v0.37.1, pkg/server/options/encryptionconfig/config.go: the resource
    itself goes before `*.<group>`, and that before `*.*`, wherever they stand; of entries with the same name the first
    writes, and of an entry the first provider.
    """
    group, _ = resource
    for wanted in (resource, (group, "*"), ("*", "*")):
        for index, entry in enumerate(entries):
            if wanted in [group_resource(text) for text in entry.get("resources") or ()]:
                providers = entry.get("providers") or [{}]
                return index, next((name for name in PROVIDERS if name in providers[0]), "identity")
    return None


def _fact(resource: Resource, world: World) -> Fact:
    entries = resource.manifest.get("resources") or []
    secrets, config_maps = writer(entries, SECRETS), writer(entries, _CONFIG_MAPS)
    custom = writer(entries, _CUSTOM)
    providers = list(_providers(entries, secrets[0] if secrets else -1))
    keys = [one for provider in providers for one in _keys(provider)]
    texts: list[str] = []
    without_keys(resource.manifest, texts)
    times = Counter(key_bytes(secret) for _, _, secret in keys)
    for _, shown, secret in keys:
        shown["repeated"] = times[key_bytes(secret)] > 1
    value: dict[str, Any] = {
        "entries": [_entry(one) for one in entries],
        "secrets": secrets[1] if secrets else "identity",
        "secretsNamed": secrets is not None,
        "configMaps": config_maps[1] if config_maps else "identity",
        "customResources": custom[1] if custom else "identity",
        "providers": [one.value for one in providers],
        "keys": [shown for _, shown, _ in keys],
    }
    places: dict[str, Path] = {
        **dict.fromkeys(("secrets", "secretsNamed"), _place(secrets)),
        "configMaps": _place(config_maps),
        "customResources": _place(custom),
        "entries": ("resources",),
        **numbered("providers", [one.path for one in providers]),
        **numbered("keys", [path for path, _, _ in keys]),
    }
    spelt = tuple(dict.fromkeys(part for text in texts for part in spellings(text)))
    fact = document_fact(ENCRYPTION, resource, world, value, places, secrets=spelt)
    if not all(is_key(secret) for _, _, secret in keys):
        reason = "keys were hidden before the document was read, or a tool puts them in later"
        fact.undecided.setdefault("keys", reason)
    return fact


def _place(found: tuple[int, str] | None) -> Path:
    return ("resources", found[0], "providers", 0) if found else ("resources",)


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = [next((name for name in PROVIDERS if name in one), "") for one in entry.get("providers") or ()]
    return {"resources": list(entry.get("resources") or ()), "writes": names[0] if names else "", "reads": names}


def _providers(entries: Sequence[Mapping[str, Any]], of_secrets: int) -> Iterator[_Provider]:
    for at, entry in enumerate(entries):
        for index, one in enumerate(entry.get("providers") or ()):
            name = next((name for name in PROVIDERS if name in one), "")
            body = one.get(name) or {}
            value = {
                "entry": at,
                "position": index,
                "name": name,
                "writes": not index,
                "secrets": at == of_secrets,
                "keys": len(body.get("keys") or ()),
                "inFile": sum(not PLACEHOLDER.search(key.get("secret", "")) for key in body.get("keys") or ()),
            }
            if name == "kms":
                version = body.get("apiVersion") or "v1"
                value |= {"version": version, "timeout": seconds(body.get("timeout", "3s"))}
                value["cachesize"] = body.get("cachesize", 1000 if version == "v1" else 0)
            yield _Provider(("resources", at, "providers", index, name), name, body, value)


def _keys(provider: _Provider) -> Iterator[tuple[Path, dict[str, Any], str]]:
    for index, key in enumerate(provider.body.get("keys") or ()):
        secret = key.get("secret", "")
        material = key_bytes(secret) or b""
        value = {
            "provider": provider.name,
            "name": key.get("name", ""),
            "bits": len(material) * 8,
            "writes": provider.value["writes"] and not index,
            "secrets": provider.value["secrets"],
            "guessable": _guessable(material),
        }
        yield (*provider.path, "keys", index), value, secret


def _guessable(key: bytes) -> str:
    """Why a key is surely not random: the chance of either in one that is lies below one in a million."""
    if len(key) < _SHORTEST:
        return ""
    if all(_SPACE <= byte <= _TILDE for byte in key.rstrip(b"\n")):
        return "text"
    return "pattern" if len(set(key)) * 3 < len(key) else ""
