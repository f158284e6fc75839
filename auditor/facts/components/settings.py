"""How a component is started in, the effective value of every setting with its origin out."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from auditor.facts.components.effective import Settings
from auditor.facts.components.files import apply_files
from auditor.facts.components.flag_values import value_of
from auditor.facts.components.flags import Assignment, Word, read_go_flags, read_pflags
from auditor.facts.components.named_files import Files
from auditor.facts.components.starts import Start
from auditor.tables.components import Flag, default_admission_plugins, file_only, flags

GO_FLAGS = "etcd"
"""The one component that reads its command line with Go's own package `flag`, and its environment as well."""


def start_settings(start: Start, minor: int, files: Files) -> Settings | str:
    """The settings of a component that is started so, or why nothing can be said about any."""
    if start.undecided:
        return start.undecided
    known = flags(start.component, minor)
    read = read_go_flags if start.component == GO_FLAGS else read_pflags
    assignments = list(read(start.words, known))
    nameless = next((one for one in assignments if not one.name), None)
    if nameless is not None:
        return f"some of its flags are not in the manifest: {nameless.unknown}"
    settings = _defaults(start.component, known, minor)
    given = _grouped(assignments)
    for name, group in given.items():
        _assign(settings, known.get(name), name, group)
    if start.component == GO_FLAGS:
        for one in _from_environment(start.environment, known):
            if one.name not in given:
                _assign(settings, known[one.name], one.name, [one])
        if start.more_environment:
            _forget_defaults(settings, "a part of its environment (envFrom or EnvironmentFile=) is not in the input")
    if start.partial:
        _forget_defaults(settings, start.partial)
    reason = apply_files(settings, start, minor, files)
    if reason:
        return reason
    _EFFECTS.get(start.component, _nothing)(settings, minor)
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


def _forget_defaults(settings: Settings, reason: str) -> None:
    for name, entry in settings.values.items():
        if not entry["set"]:
            settings.forget(name, reason)


def _from_environment(environment: Mapping[str, Word], known: Mapping[str, Flag]) -> Iterator[Assignment]:
    """What etcd's environment sets (SetFlagsFromEnv of go.etcd.io/etcd/pkg/v3/flags): a flag goes before it."""
    for name, word in environment.items():
        flag = name.removeprefix("ETCD_").lower().replace("_", "-")
        if name.startswith("ETCD_") and flag in known and (word.text or word.unknown):
            yield Assignment(flag, word.text, word.path, word.unknown, "env")


def _assign(settings: Settings, flag: Flag | None, name: str, group: list[Assignment]) -> None:
    kind, default = (flag.kind, flag.default) if flag else ("string", None)
    settings.put(name, None, group[-1].origin, default, group[-1].path)
    unknown = next((one.unknown for one in group if one.unknown), "")
    if unknown:
        settings.forget(name, unknown)
        return
    try:
        settings.values[name]["value"] = value_of(kind, [one.text for one in group])
    except ValueError as error:
        settings.forget(name, f"--{name}: {error}, so the component does not start")


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
    if settings.values["anonymous-auth"]["origin"] == "file":
        return  # ToAuthenticationConfig prefers the file, which that does not touch
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
