"""The settings of one component: the effective value of each, where it was set, and why some are not known."""

from dataclasses import dataclass, field
from typing import Any

from auditor.facts.components.flags import Spot
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import Origin


@dataclass(slots=True)
class Settings:
    """Settings by the name of their flag, or of their field where there is no flag."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: dict[str, Spot] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)
    absent: dict[str, Anchor] = field(default_factory=dict)
    """Where a setting would stand in a configuration file that does not set it."""
    documents: dict[Origin, Resource] = field(default_factory=dict)
    """The configuration files that were read for them, by where they lie."""

    def put(self, name: str, value: Any, origin: str, default: Any, path: Spot | None = None) -> None:
        """Records one effective value; `default` None where there is none known."""
        entry = {"value": value, "origin": origin, "set": origin != "default", "confidence": "certain"}
        if default is not None:
            entry["default"] = default
        self.values[name] = entry
        self.undecided.pop(name, None)
        self.paths.pop(name, None)
        self.absent.pop(name, None)
        if path is not None:
            self.paths[name] = path

    def forget(self, name: str, reason: str) -> None:
        """Takes a value away that cannot be told, so that nothing can be judged by it."""
        entry = self.values.setdefault(name, {"set": False})
        entry.pop("value", None)
        entry |= {"origin": "undecided", "confidence": "unknown"}
        self.undecided[name] = reason

    def doubt(self, name: str) -> None:
        """Notes that a value is likely, and not certain."""
        if name not in self.undecided:
            self.values[name]["confidence"] = "likely"

    def value(self, name: str) -> Any:
        """The effective value; None where it is not known."""
        return self.values.get(name, {}).get("value")

    def is_set(self, name: str) -> bool:
        """Whether somebody has set it, known or not."""
        return bool(self.values.get(name, {}).get("set"))
