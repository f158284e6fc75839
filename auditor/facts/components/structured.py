"""A configuration file that a flag of the API server names in, the settings that it decides out.

For whoever knows the flags: `settings_of` says what holds when the file is the one of `--authentication-config`,
`--authorization-config` or `--admission-control-config-file`. What a file leaves open keeps the flag's value.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from auditor.facts.configuration.admission import FIELDS, configured, pod_security
from auditor.facts.configuration.authentication import anonymous_state
from auditor.facts.configuration.authorization import modes_of
from auditor.facts.objects.decode import decode, type_of
from auditor.model.refs import Path, show_path


class Decided(NamedTuple):
    """One setting that a file decides: its name among a component's settings, its value, and where that stands."""

    name: str
    value: Any
    path: Path
    """In the file; what is not written there stands at its nearest parent."""
    more: Mapping[str, Any] = {}
    """Further keys of the setting's entry, beside `value`."""


FLAGS: Mapping[str, str] = {
    "authentication-config": "AuthenticationConfiguration",
    "authorization-config": "AuthorizationConfiguration",
    "admission-control-config-file": "AdmissionConfiguration",
}
"""The flags of the API server whose files are read here, and the kind of document that each takes."""


def settings_of(flag: str, manifest: Mapping[str, Any], given: Collection[str] = ()) -> tuple[Decided, ...] | str:
    """What the file of a flag decides, or why the API server does not start with it.

    `given` are the flags that are set beside it: some exclude each other (pkg/kubeapiserver/options of
    k8s.io/kubernetes v1.37.1). The settings are:

    - of `authentication-config`: `anonymous-auth`, unless the file leaves anonymous requests out. Its entry has `paths`
      as well, those that are open; empty where every path is. AlwaysAllow does not switch it off, as it does the flag:
      ApplyAuthorization changes the option, and ToAuthenticationConfig prefers the file.
    - of `authorization-config`: `authorization-mode`, the types in the order in which they are asked.
    - of `admission-control-config-file`: `podSecurity`, `eventRateLimit` and `imagePolicy`, as the subject `admission`
      has them, where the file itself holds them.
    """
    api_version, kind = str(manifest.get("apiVersion", "")), str(manifest.get("kind", ""))
    if kind != FLAGS[flag] or not type_of(api_version, kind):
        return f"the file of --{flag} is no {FLAGS[flag]}, so the API server does not start"
    decoded = decode(api_version, kind, manifest)
    if decoded.wrong:
        path, expected, found = decoded.wrong[0]
        return f"{show_path(path)} is {found} where {expected} is wanted, so the API server does not start"
    reason = _excluded(flag, decoded.value, given)
    return reason or tuple(_READERS[flag](decoded.value))


def _excluded(flag: str, value: Mapping[str, Any], given: Collection[str]) -> str:
    """Why a file cannot stand beside the flags that are given, or empty."""
    others = [name for name in given if name.startswith(_EXCLUDES[flag])] if flag in _EXCLUDES else []
    if flag == "authentication-config" and value.get("anonymous") is not None and "anonymous-auth" in given:
        others.append("anonymous-auth")
    return f"--{others[0]} excludes --{flag}, so the API server does not start" if others else ""


_EXCLUDES: Mapping[str, tuple[str, ...]] = {
    "authentication-config": ("oidc-",),
    "authorization-config": ("authorization-mode", "authorization-webhook-"),
}


def _authentication(value: Mapping[str, Any]) -> Iterator[Decided]:
    state, paths = anonymous_state(value)
    if state != "unset":
        yield Decided("anonymous-auth", state != "off", ("anonymous", "enabled"), {"paths": paths})


def _authorization(value: Mapping[str, Any]) -> Iterator[Decided]:
    yield Decided("authorization-mode", modes_of(value), ("authorizers",))


def _admission(value: Mapping[str, Any]) -> Iterator[Decided]:
    for index, _, kind, part in configured(value):
        path: Path = ("plugins", index, "configuration")
        field = FIELDS[kind]
        if field == "podSecurity":
            yield Decided(field, pod_security(part), path)
        elif field == "imagePolicy":
            yield Decided(field, {"defaultAllow": False, **(part.get("imagePolicy") or {})}, (*path, "imagePolicy"))
        elif field == "eventRateLimit":
            yield Decided(field, {"limits": list(part.get("limits") or ())}, path)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Decided]]] = {
    "authentication-config": _authentication,
    "authorization-config": _authorization,
    "admission-control-config-file": _admission,
}
