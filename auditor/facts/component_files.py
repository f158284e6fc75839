"""A component's configuration file in, the effective value of every setting with its origin out."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.facts.component_settings import Settings
from auditor.facts.flag_values import value_of
from auditor.tables.components import ConfigField, config_fields, flags

_HEAD = frozenset({"apiVersion", "kind", "metadata"})


def document_settings(group: str, kind: str, document: Mapping[str, Any], minor: int) -> tuple[str, Settings] | None:
    """The component that a configuration file is for, and its settings; None for any other object.

    Defaults are those of the file, which for a kubelet differ from those of its flags
    (pkg/kubelet/apis/config/v1beta1/defaults.go against applyLegacyDefaults in cmd/kubelet/app/options/options.go).
    """
    known = config_fields(group, kind, minor)
    if known is None:
        return None
    component, fields = known
    settings = Settings()
    for field in fields:
        _read(settings, component, field, document)
    named = {field.path[0] for field in fields} | _HEAD
    for name, value in document.items():
        if name not in named and value is not None:
            settings.put(name, value, "file", None, (name,))
    for name in flags(component, minor).keys() - settings.values.keys():
        settings.forget(name, f"only a flag sets it, and this is a {kind}")
    return component, settings


def _read(settings: Settings, component: str, field: ConfigField, document: Mapping[str, Any]) -> None:
    node: Any = document
    for depth, step in enumerate(field.path):
        if not isinstance(node, Mapping):
            settings.put(field.setting, None, "file", field.default, field.path[:depth])
            settings.forget(field.setting, _refused(component, field.path[:depth], "object"))
            return
        node = node.get(step)
        if node is None:
            settings.put(field.setting, field.default, "default", field.default)
            return
    settings.put(field.setting, node, "file", field.default, field.path)
    if not _FITS[field.kind](node):
        settings.forget(field.setting, _refused(component, field.path, field.kind))
    elif field.zero_is_default and _is_zero(field.kind, node):
        settings.values[field.setting]["value"] = field.default


def _refused(component: str, path: tuple[str, ...], kind: str) -> str:
    return f"{'.'.join(path)} is not of type {kind}, so the {component} does not start"


def _is_zero(kind: str, value: Any) -> bool:
    if kind == "duration":
        return not any(digit in "123456789" for digit in value)
    return value in ("", 0)


def _is_duration(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value_of("duration", [value])
    except ValueError:
        return False
    return True


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "duration": _is_duration,
    "list": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "gates": lambda value: isinstance(value, dict) and all(isinstance(item, bool) for item in value.values()),
    "map": lambda value: isinstance(value, dict),
}
