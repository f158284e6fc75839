"""What a kubelet serves at `/configz` in, the values that a component fact should have for its settings out."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.tables.components import ConfigField, config_fields

MINOR = 37
_ZERO: Mapping[str, Any] = {
    "bool": False,
    "int": 0,
    "float": 0,
    "string": "",
    "duration": "0s",
    "list": [],
    "gates": {},
    "map": {},
}
_USED: Mapping[str, Any] = {"tls-min-version": "VersionTLS12", "userNamespaces/idsPerPod": 65536}
"""What is used where nothing is set, and is no default of the configuration: `TLSVersion` in
k8s.io/component-base/cli/flag/ciphersuites_flag.go, `userNsLength` in pkg/kubelet/userns/userns_manager.go."""
_UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def fields() -> tuple[ConfigField, ...]:
    """The fields of a KubeletConfiguration that facts know."""
    found = config_fields("kubelet.config.k8s.io", "KubeletConfiguration", MINOR)
    assert found is not None
    return found[1]


def served(configz: Mapping[str, Any]) -> dict[str, Any]:
    """Setting to value, for every field that facts know; a field that is not there has Go's zero value."""
    return {field.setting: comparable(field, _at(configz, field)) for field in fields()}


def comparable(field: ConfigField, value: Any) -> Any:
    """A value in one spelling: durations have many."""
    if field.kind == "duration" and isinstance(value, str):
        return nanoseconds(value)
    return _USED.get(field.setting, value) if value in ("", 0) and value is not False else value


def nanoseconds(text: str) -> int:
    """A duration of Go."""
    sign = -1 if text.startswith("-") else 1
    return sign * round(sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([a-z]+)", text)))


def _at(configz: Mapping[str, Any], field: ConfigField) -> Any:
    node: Any = configz
    for step in field.path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return _ZERO.get(field.kind) if node is None else node
