"""A component and a version in, its flags with types and defaults out; and what its configuration files hold."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from auditor.tables.folder import load_table


class Flag(NamedTuple):
    """One flag of a component at one version."""

    name: str
    kind: str
    """`bool`, `int`, `float`, `string`, `duration`, `list`, `strings`, `urls`, `map` or `gates`."""
    default: Any
    """What the component uses where the flag is not set, and no file sets it."""
    bare: str = ""
    """What the flag stands for without a value; empty if it needs one."""
    shorthand: str = ""


class FileFlag(NamedTuple):
    """A flag that names a configuration file, and the settings that this file decides."""

    name: str
    governs: tuple[str, ...]
    """Names of settings; `*` is every one, whatever flags say."""
    flag_wins: bool
    """Whether a setting that is also given as a flag keeps that value."""


class ConfigField(NamedTuple):
    """One field of a component's configuration file."""

    path: tuple[str, ...]
    setting: str
    """The flag of the same meaning, or the field's own name."""
    kind: str
    default: Any
    zero_is_default: bool
    """Whether the zero value counts as not set: the field is no pointer in Go."""


@cache
def flags(component: str, minor: int) -> Mapping[str, Flag]:
    """The flags of a component at a minor version, by name; KeyError for an unknown component.

    Made from the components' own flag sets (kubeplumb's `as_of` version); differences of older versions are recorded
    for the settings that rules read.
    """
    return {
        name: flag
        for name, row in _table()["components"][component]["flags"].items()
        if (flag := _flag(name, row, minor)) is not None
    }


@cache
def file_flags(component: str) -> tuple[FileFlag, ...]:
    """The flags of a component that name configuration files."""
    rows = _table()["components"][component].get("files", {})
    return tuple(FileFlag(name, _governed(component, row["governs"]), row["flag_wins"]) for name, row in rows.items())


@cache
def file_only(component: str, minor: int) -> tuple[ConfigField, ...]:
    """The settings of a component that its configuration file alone can set."""
    known = flags(component, minor)
    return tuple(field for field in _fields_for(component, minor) if field.setting not in known)


@cache
def config_fields(group: str, kind: str, minor: int) -> tuple[str, tuple[ConfigField, ...]] | None:
    """The component that a kind of configuration file is for, and the file's fields; None for any other kind."""
    known = _table()["documents"].get(f"{group}/{kind}")
    if known is None:
        return None
    return known["component"], _config_fields(known["fields"], minor)


@cache
def config_kinds(component: str) -> tuple[str, ...]:
    """The kinds of configuration files that a component has."""
    rows = _table()["documents"].items()
    return tuple(name.rpartition("/")[2] for name, row in rows if row["component"] == component)


@cache
def every_config_kind() -> Mapping[str, str]:
    """Every kind of configuration file, as group and kind with a slash between them, and its component."""
    return {name: row["component"] for name, row in _table()["documents"].items()}


@cache
def default_admission_plugins(minor: int) -> frozenset[str]:
    """The admission plugins that are on by default (pkg/kubeapiserver/options/plugins.go of each version)."""
    return frozenset(name for name, since in _table()["admission_plugins_on"].items() if since <= minor)


def _governed(component: str, text: str | list[str]) -> tuple[str, ...]:
    """`fields` in the table stands for every field of the component's configuration file."""
    if isinstance(text, list):
        return tuple(text)
    return tuple(field.setting for field in _fields_for(component, 0))


def _fields_for(component: str, minor: int) -> tuple[ConfigField, ...]:
    rows = [row["fields"] for row in _table()["documents"].values() if row["component"] == component]
    return _config_fields(rows[0], minor) if rows else ()


def _config_fields(rows: Mapping[str, list[Any]], minor: int) -> tuple[ConfigField, ...]:
    return tuple(ConfigField(tuple(path.split(".")), *_field(row, minor)) for path, row in rows.items())


def _flag(name: str, row: list[Any], minor: int) -> Flag | None:
    kind, default, more = (*row, {})[:3]
    if minor < more.get("since", 0) or minor >= more.get("removed", minor + 1):
        return None
    return Flag(name, kind, _at(default, more, minor), more.get("bare", _BARE.get(kind, "")), more.get("short", ""))


def _field(row: list[Any], minor: int) -> tuple[str, str, Any, bool]:
    setting, kind, default, more = (*row, {})[:4]
    return setting, kind, _at(default, more, minor), more.get("zero", kind in ("string", "duration"))


def _at(default: Any, more: Mapping[str, Any], minor: int) -> Any:
    """The default at a version; `before` maps a minor version to the default of all versions before it."""
    older = [(int(until), value) for until, value in more.get("before", {}).items() if minor < int(until)]
    return min(older, key=lambda pair: pair[0])[1] if older else default


_BARE = {"bool": "true"}


@cache
def _table() -> Any:
    return load_table("component-flags")
