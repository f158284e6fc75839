"""The settings that a kubelet's answer at `/configz` gives as if it were a file in, the same as it runs with them out.

The answer is what the kubelet uses, after all defaults: a zero in it is the value, and so is one that is left out
because it is zero (`omitempty`). Of a boolean that is left out nothing is served by kubelets that do not know it.
"""

from collections.abc import Mapping
from typing import Any, Final

from auditor.facts.components.effective import Settings
from auditor.facts.components.flag_values import nanoseconds
from auditor.tables.components import config_fields

_ZERO: Final[Mapping[str, Any]] = {"int": 0, "float": 0, "string": "", "duration": "0s", "list": []}
_LATER: Final = frozenset({"tls-min-version", "userNamespaces/idsPerPod", "memorySwap/swapBehavior"})
"""What gets its default where it is used, and not in the configuration."""
_BESIDE: Final = frozenset({"seccomp-default"})
"""Flags of which the configuration has a field that they do not set: either switches it on (createAndInitKubelet)."""


def as_served(settings: Settings, answer: Mapping[str, Any], minor: int) -> None:
    """Puts what is served in the place of defaults."""
    known = config_fields("kubelet.config.k8s.io", "KubeletConfiguration", minor)
    for field in known[1] if known else ():
        node: Any = answer
        for step in field.path:
            node = node.get(step) if isinstance(node, Mapping) else None
        if field.setting in settings.undecided:
            continue
        if node is not None:
            settings.values[field.setting]["value"] = node
        elif field.setting not in _LATER and field.kind in _ZERO and field.default != _ZERO[field.kind]:
            settings.put(field.setting, _ZERO[field.kind], "configz", field.default, field.path[:1])


def is_news(name: str, before: Mapping[str, Any], value: Any) -> bool:
    """Whether a served value says another thing than what was known."""
    known = before.get("value")
    if name in _BESIDE and known is True:
        return False
    if isinstance(known, str) and isinstance(value, str) and known != value:
        try:
            return nanoseconds(known) != nanoseconds(value)
        except ValueError:
            return True
    return bool(known != value)
