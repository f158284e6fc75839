"""A component's command line in, the effective value of every setting with its origin out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.facts.flag_values import value_of
from auditor.facts.flags import Assignment, Word, read_go_flags, read_pflags
from auditor.model.refs import Path
from auditor.tables.components import Flag, default_admission_plugins, file_flags, file_only, flags

GO_FLAGS = "etcd"
"""The one component that reads its command line with Go's own package `flag`, and its environment as well."""


@dataclass(slots=True)
class Settings:
    """The settings of one component by name, where each was set, and why some are not known."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, origin: str, default: Any, path: Path | None = None) -> None:
        """Records one effective value; `default` None where there is none known."""
        entry = {"value": value, "origin": origin, "set": origin != "default"}
        if default is not None:
            entry["default"] = default
        self.values[name] = entry
        if path is not None:
            self.paths[name] = path

    def forget(self, name: str, reason: str) -> None:
        """Takes a value away that cannot be told, so that nothing can be judged by it."""
        entry = self.values.setdefault(name, {"set": False})
        entry.pop("value", None)
        entry["origin"] = "undecided"
        self.undecided[name] = reason

    def value(self, name: str) -> Any:
        """The effective value; None where it is not known."""
        return self.values.get(name, {}).get("value")


def command_settings(
    component: str,
    words: tuple[Word, ...],
    environment: Mapping[str, Word],
    minor: int,
    *,
    more_environment: bool = False,
) -> Settings | str:
    """The settings of a component that is started with these words, or why nothing can be said about any.

    `more_environment` says that there are variables beside those given, which nobody has read.
    """
    known = flags(component, minor)
    read = read_go_flags if component == GO_FLAGS else read_pflags
    assignments = list(read(words, known))
    nameless = next((one for one in assignments if not one.name), None)
    if nameless is not None:
        return f"some of its flags are not in the manifest: {nameless.unknown}"
    settings = _defaults(component, known, minor)
    given = _grouped(assignments)
    for name, group in given.items():
        _assign(settings, known.get(name), name, group, "flag")
    if component == GO_FLAGS:
        for one in _from_environment(environment, known):
            if one.name not in given:
                _assign(settings, known[one.name], one.name, [one], "env")
        if more_environment:
            _forget_defaults(settings)
    reason = _apply_files(settings, component)
    if reason:
        return reason
    _EFFECTS.get(component, _nothing)(settings, minor)
    return settings


def _defaults(component: str, known: Mapping[str, Flag], minor: int) -> Settings:
    settings = Settings()
    for flag in known.values():
        settings.put(flag.name, flag.default, "default", flag.default)
    for one in file_only(component, minor):
        settings.put(one.setting, one.default, "default", one.default)
    return settings


def _grouped(assignments: Iterable[Assignment]) -> dict[str, list[Assignment]]:
    groups: dict[str, list[Assignment]] = {}
    for one in assignments:
        groups.setdefault(one.name, []).append(one)
    return groups


def _forget_defaults(settings: Settings) -> None:
    for name, entry in settings.values.items():
        if not entry["set"]:
            settings.forget(name, "its environment comes from a ConfigMap or Secret (envFrom) that was not read")


def _from_environment(environment: Mapping[str, Word], known: Mapping[str, Flag]) -> Iterator[Assignment]:
    """What etcd's environment sets (SetFlagsFromEnv of go.etcd.io/etcd/pkg/v3/flags): a flag goes before it."""
    for name, word in environment.items():
        flag = name.removeprefix("ETCD_").lower().replace("_", "-")
        if name.startswith("ETCD_") and flag in known and (word.text or word.unknown):
            yield Assignment(flag, word.text, word.path, word.unknown)


def _assign(settings: Settings, flag: Flag | None, name: str, group: list[Assignment], origin: str) -> None:
    kind, default = (flag.kind, flag.default) if flag else ("string", None)
    settings.put(name, None, origin, default, group[-1].path)
    unknown = next((one.unknown for one in group if one.unknown), "")
    if unknown:
        settings.forget(name, unknown)
        return
    try:
        settings.values[name]["value"] = value_of(kind, [one.text for one in group])
    except ValueError as error:
        settings.forget(name, f"--{name}: {error}, so the component does not start")


def _apply_files(settings: Settings, component: str) -> str:
    """Forgets what configuration files decide that are not in the input; a reason if that is everything."""
    for file in file_flags(component):
        if not settings.values.get(file.name, {}).get("set") or settings.value(file.name) == "":
            continue
        reason = f"it is set in the file of --{file.name}, which is not in the input"
        if "*" in file.governs:
            return reason
        for name in file.governs:
            if not (file.flag_wins and settings.values.get(name, {}).get("set")):
                settings.forget(name, reason)
    return ""


def enabled_plugins(settings: Settings, minor: int) -> list[str] | str:
    """The admission plugins that are on, or why they cannot be told.

    `enabledPluginNames` and `Validate` of k8s.io/apiserver/pkg/server/options/admission.go: the defaults of the version
    and those named, without those switched off. The deprecated --admission-control names all of them.
    """
    for name in ("admission-control", "enable-admission-plugins", "disable-admission-plugins"):
        if name in settings.undecided:
            return settings.undecided[name]
    every = settings.value("admission-control")
    if every:
        return sorted(every)
    enabled, disabled = settings.value("enable-admission-plugins"), settings.value("disable-admission-plugins")
    both = sorted(set(enabled) & set(disabled))
    if both:
        return f"{both[0]} is both enabled and disabled, so the API server does not start"
    return sorted((default_admission_plugins(minor) | set(enabled)) - set(disabled))


def _api_server(settings: Settings, minor: int) -> None:
    """The server refuses anonymous requests beside AlwaysAllow (ApplyAuthorization in authentication.go)."""
    if settings.value("anonymous-auth") is not None:
        settings.values["anonymous-auth"]["written"] = settings.value("anonymous-auth")
    if not settings.value("anonymous-auth") or settings.value("authorization-config"):
        return
    modes = settings.value("authorization-mode")
    if modes is None:
        settings.forget("anonymous-auth", settings.undecided["authorization-mode"])
    elif "AlwaysAllow" in modes:
        settings.values["anonymous-auth"]["value"] = False


def _etcd(settings: Settings, minor: int) -> None:
    """Client URLs that are listened on take the default from those advertised (configFromCmdLine in config.go)."""
    advertised = settings.values["advertise-client-urls"]
    if settings.values["listen-client-urls"]["set"] and advertised["origin"] == "default":
        advertised["value"] = []


def _nothing(settings: Settings, minor: int) -> None:
    """Every setting stands alone."""


_EFFECTS: Mapping[str, Callable[[Settings, int], None]] = {"kube-apiserver": _api_server, "etcd": _etcd}
"""Where one setting decides another."""
