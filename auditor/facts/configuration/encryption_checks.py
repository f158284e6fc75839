"""A decoded EncryptionConfiguration in, what the API server refuses in it out."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.kube.credentials import HIDDEN, PLACEHOLDER
from auditor.kube.durations import seconds
from auditor.model.refs import Path

_NO_REST: Final = frozenset({"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"})
_SIZES: Final[Mapping[str, tuple[int, ...]]] = {"aesgcm": (16, 24, 32), "aescbc": (16, 24, 32), "secretbox": (32,)}
PROVIDERS: Final = ("aesgcm", "aescbc", "secretbox", "kms", "identity")
"""In the order in which the server looks for them (prefixTransformersAndProbes)."""


def group_resource(text: str) -> tuple[str, str]:
    """A resource as the file names it: its group and its name, as schema.ParseGroupResource reads it."""
    resource, _, group = text.partition(".")
    return group, resource


def encryption(value: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Where, what is wanted there, and what is there instead.

    ValidateEncryptionConfiguration (pkg/apis/apiserver/validation/validation_encryption.go) and
    getTransformerOverridesAndKMSPluginProbes (pkg/server/options/encryptionconfig/config.go), k8s.io/apiserver v0.37.1.
    """
    entries = value.get("resources") or []
    if not entries:
        yield ("resources",), "at least one entry", "empty"
    names: set[str] = set()
    before: set[tuple[str, str]] = set()
    for at, entry in enumerate(entries):
        resources, providers = entry.get("resources") or [], entry.get("providers") or []
        home: Path = ("resources", at)
        for name, some in (("resources", resources), ("providers", providers)):
            if not some:
                yield (*home, name), "at least one", "empty"
        yield from _resources((*home, "resources"), resources, before)
        for index, provider in enumerate(providers):
            yield from _provider((*home, "providers", index), provider, names)


def _resources(home: Path, resources: list[str], before: set[tuple[str, str]]) -> Iterator[tuple[Path, str, str]]:
    parsed = [group_resource(text) for text in resources]
    for index, (text, (group, resource)) in enumerate(zip(resources, parsed, strict=True)):
        path: Path = (*home, index)
        if text.lower() != text:
            yield path, "a name in small letters", "another text"
        elif text == "*":
            yield path, "*. for the core group or *.* for everything", "*"
        elif text in _NO_REST or group in ("events.k8s.io", "extensions") or (group == "*" and resource != "*"):
            yield path, "a resource as it is stored", "another text"
        if ("*", "*") in before or (group, "*") in before:
            yield path, "a resource that no earlier entry covers", "one that is"
    for one in range(len(parsed)):
        for other in range(one):
            pair = {parsed[one], parsed[other]}
            groups = {group for group, _ in pair}
            if len(pair) == 1 or ("*", "*") in pair or (len(groups) == 1 and any(name == "*" for _, name in pair)):
                yield (*home, one), "resources that do not overlap", "one that does"
                break
    before.update(parsed)


def _provider(home: Path, provider: Mapping[str, Any], names: set[str]) -> Iterator[tuple[Path, str, str]]:
    given = [name for name in PROVIDERS if name in provider]
    if len(given) != 1:
        yield home, f"one of {', '.join(PROVIDERS)}", "several" if given else "none of them"
        return
    name, body = given[0], provider[given[0]]
    if name == "kms":
        yield from _kms((*home, "kms"), body, names)
    elif name != "identity":
        keys = body.get("keys") or []
        if not keys:
            yield (*home, name, "keys"), "at least one key", "empty"
        for index, key in enumerate(keys):
            path: Path = (*home, name, "keys", index)
            if not key.get("name"):
                yield (*path, "name"), "a name", "missing"
            secret = key.get("secret", "")
            material = key_bytes(secret)
            if is_key(secret) and (material is None or len(material) not in _SIZES[name]):
                wanted = " or ".join(map(str, _SIZES[name]))
                yield (*path, "secret"), f"base64 of {wanted} bytes", "another text" if secret else "missing"


def is_key(secret: str) -> bool:
    """Whether a key stands there itself, and neither the marker of a hidden one nor a placeholder for it."""
    return secret != HIDDEN and not PLACEHOLDER.search(secret)


def key_bytes(secret: str) -> bytes | None:
    """The key that base64 spells; None if it is none (Go's StdEncoding ignores line breaks)."""
    try:
        return b64decode(secret.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        return None


def _kms(home: Path, one: Mapping[str, Any], names: set[str]) -> Iterator[tuple[Path, str, str]]:
    version, name = one.get("apiVersion") or "v1", one.get("name", "")
    if version not in ("v1", "v2"):
        yield (*home, "apiVersion"), "v1 or v2", "another text"
    if not name or (version != "v1" and (":" in name or name in names)):
        yield (*home, "name"), "a name of its own without a colon", "another text" if name else "missing"
    names.add(name)
    if seconds(one.get("timeout", "3s")) <= 0:
        yield (*home, "timeout"), "a positive time", "another"
    if not str(one.get("endpoint", "")).startswith("unix:"):
        yield (*home, "endpoint"), "a unix socket", "another text" if one.get("endpoint") else "missing"
    if "cachesize" in one and (version != "v1" or one["cachesize"] == 0):
        yield (*home, "cachesize"), "a number other than 0, for v1 alone", "number"


def without_keys(value: Any, found: list[str]) -> Any:
    """A copy without keys, which is what stands under the name `secret`; every such text is added to `found`."""
    if isinstance(value, Mapping):
        return {key: _hidden(one, found) if key == "secret" else without_keys(one, found) for key, one in value.items()}
    return [without_keys(one, found) for one in value] if isinstance(value, list | tuple) else value


def _hidden(value: Any, found: list[str]) -> Any:
    if isinstance(value, str):
        found += [value] if value and value != HIDDEN else []
        return HIDDEN if value else value
    return HIDDEN if isinstance(value, Mapping | list | tuple) else value
