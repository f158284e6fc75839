"""The configuration file of a container runtime in, what it decides about registries and its own listeners out.

containerd: docs/cri/config.md, docs/cri/registry.md and docs/hosts.md of containerd/containerd, and GRPCConfig in
cmd/containerd/server/config; CRI-O: docs/crio.conf.5.md; registries of both: containers-registries.conf(5).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.collectors.nodes.text_files import TextFile
from auditor.collectors.nodes.toml_places import Toml, read_toml
from auditor.model.refs import Path

_CONTAINERD_PLUGINS: Final = (
    "io.containerd.grpc.v1.cri",
    "io.containerd.cri.v1.images",
    "io.containerd.cri.v1.runtime",
    "cri",
)
"""What holds the settings for Kubernetes, in the formats of versions 1 to 3."""

_PLAIN: Final = re.compile(r"http://(?!(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$))", re.IGNORECASE)
_SECRETS: Final = re.compile(
    r"^[ \t]*\"?(?:password|auth|identitytoken|identity_token)\"?[ \t]*=[ \t]*(.+)$", re.MULTILINE
)

Entry = tuple[dict[str, Any], Path]
"""A part of the result, and where it stands in the file."""


def read_runtime_config(name: str, text: str) -> TextFile | None:
    """What a file decides, None for a file of no runtime. Raises `Broken`.

    `registries` (each with its `name`, and whether it is `verified` and reached by `https`), `listeners` (each with its
    `address`, and whether with `tls`), `apparmor` (whether profiles are applied), and the `runtime`.
    """
    toml = read_toml(text)
    runtime, registries, listeners = _parts(name, toml)
    if not runtime:
        return None
    apparmor, where = _apparmor(toml)
    manifest: dict[str, Any] = {"runtime": runtime, "apparmor": apparmor}
    places: dict[Path, int] = {("apparmor",): toml.place(where)}
    for key, entries in (("registries", registries), ("listeners", listeners)):
        manifest[key] = [entry for entry, _ in entries]
        places |= {(key, index): toml.place(path) for index, (_, path) in enumerate(entries)}
        places[key,] = places.get((key, 0), 0)
    secrets = tuple(word for found in _SECRETS.findall(text) for word in found.strip("\"' \r").split())
    return TextFile(manifest, places, secrets)


def _parts(name: str, toml: Toml) -> tuple[str, list[Entry], list[Entry]]:
    value = toml.value
    if name.endswith("hosts.toml") and {"server", "host"} & value.keys():
        return "containerd", list(_hosts(value)), []
    if isinstance(value.get("crio"), dict):
        return "cri-o", list(_crio(value)), []
    if "registry" in value or isinstance(value.get("registries"), dict):
        return "containers", list(_containers(value)), []
    if {"plugins", "grpc", "disabled_plugins", "imports"} & value.keys():
        return "containerd", list(_containerd(value)), list(_grpc(value))
    return "", [], []


def _registry(name: Any, path: Path, *, verified: bool, https: bool) -> Entry:
    return {"name": str(name), "verified": verified, "https": https}, path


def _containerd(value: Mapping[str, Any]) -> Iterator[Entry]:
    for plugin in _CONTAINERD_PLUGINS:
        base: Path = ("plugins", plugin, "registry")
        registry = _at(value, base)
        for name, mirror in _items(registry, "mirrors"):
            where = (*base, "mirrors", name, "endpoint")
            for endpoint in _list(mirror, "endpoint"):
                yield _registry(endpoint, where, verified=True, https=not _PLAIN.match(str(endpoint)))
        for name, config in _items(registry, "configs"):
            skip = _at(config, ("tls", "insecure_skip_verify"))
            where = (*base, "configs", name, "tls", "insecure_skip_verify")
            yield _registry(name, where, verified=skip is not True, https=True)


def _hosts(value: Mapping[str, Any]) -> Iterator[Entry]:
    """hosts.toml: the registry itself as `server`, and others that are tried before it."""
    if "server" in value:
        plain = bool(_PLAIN.match(str(value["server"])))
        skip = value.get("skip_verify") is True
        yield _registry(value["server"], ("skip_verify",) if skip else ("server",), verified=not skip, https=not plain)
    for name, host in _items(value, "host"):
        skip = _at(host, ("skip_verify",)) is True
        where: Path = ("host", name, "skip_verify") if skip else ("host", name)
        yield _registry(name, where, verified=not skip, https=not _PLAIN.match(str(name)))


def _crio(value: Mapping[str, Any]) -> Iterator[Entry]:
    """Of a registry that is called insecure nothing is verified, and it may be reached without TLS."""
    path: Path = ("crio", "image", "insecure_registries")
    for name in _list(_at(value, path[:-1]), path[-1]):
        yield _registry(name, path, verified=False, https=False)


def _containers(value: Mapping[str, Any]) -> Iterator[Entry]:
    for index, registry in enumerate(_list(value, "registry")):
        yield from _one_registry(registry, ("registry", index))
        for number, mirror in enumerate(_list(registry, "mirror")):
            yield from _one_registry(mirror, ("registry", index, "mirror", number))
    for name in _list(_at(value, ("registries", "insecure")), "registries"):
        yield _registry(name, ("registries", "insecure", "registries"), verified=False, https=False)


def _one_registry(registry: Any, path: Path) -> Iterator[Entry]:
    if isinstance(registry, dict):
        insecure = registry.get("insecure") is True
        name = registry.get("location") or registry.get("prefix") or ""
        yield _registry(name, (*path, "insecure"), verified=not insecure, https=not insecure)


def _grpc(value: Mapping[str, Any]) -> Iterator[Entry]:
    """containerd's listener on the network: whoever reaches it without a certificate is root on the node."""
    grpc = _at(value, ("grpc",))
    address = _at(grpc, ("tcp_address",))
    if isinstance(address, str) and address:
        tls = bool(_at(grpc, ("tcp_tls_cert",))) and bool(_at(grpc, ("tcp_tls_ca",)))
        yield {"address": address, "tls": tls}, ("grpc", "tcp_address")


def _apparmor(toml: Toml) -> tuple[bool, Path]:
    """Whether the runtime applies AppArmor profiles, as far as its configuration decides that."""
    for plugin in _CONTAINERD_PLUGINS:
        path: Path = ("plugins", plugin, "disable_apparmor")
        if _at(toml.value, path) is True:
            return False, path
    path = ("crio", "runtime", "apparmor_profile")
    return _at(toml.value, path) != "unconfined", path


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _items(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    found = _at(node, (key,))
    if isinstance(found, dict):
        yield from found.items()


def _list(node: Any, key: str | int) -> list[Any]:
    found = _at(node, (key,))
    return found if isinstance(found, list) else []
