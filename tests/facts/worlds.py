"""Texts of files in, the world that they make and the facts of its components out, as a scan of them makes these."""

from datetime import date
from typing import Any

from auditor.collectors.read import read_file
from auditor.collectors.walk import Target
from auditor.facts.clusters.cluster import cluster_fact
from auditor.facts.components.component import component_facts
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Gap
from auditor.pipeline import joins
from auditor.pipeline.findings import Positions
from auditor.pipeline.settings import Settings
from auditor.pipeline.worker import Yield, single_facts, with_embedded


class Scanned:
    """What was made of some files."""

    def __init__(self, files: dict[str, str], version: str = "1.34", source: str = "seen") -> None:
        settings = Settings((), {}, {}, parse_version(version), source, date(2026, 11, 21))
        cluster = cluster_fact("w", settings.version, source, settings.today, None)
        kept = Yield()
        self._positions: dict[str, Positions] = {}
        for name, text in files.items():
            data = text.encode()
            read = read_file(Target("w", name, name, len(data)), set(), (), settings.limits, data)
            kept.gaps += read.gaps
            self._positions[name] = Positions(read.documents.get)
            for resource in with_embedded(read.resources, settings.limits, kept.gaps):
                list(single_facts(resource, cluster, self._positions[name], kept, whole=True))
        self.gaps: list[Gap] = kept.gaps
        self.seen = kept.components
        (self.world,) = joins.worlds(["w"], [kept], settings)

    @property
    def facts(self) -> list[Fact]:
        return list(component_facts(self.world))

    def fact(self, component: str, index: int = 0) -> Fact:
        """One of the facts of a component, in the order of the input."""
        return [fact for fact in self.facts if fact.value["component"] == component][index]

    def place(self, fact: Fact, setting: str) -> str:
        """File and line of where a setting was set, or could be."""
        anchor = fact.anchors.get(f"settings.{setting}") or fact.anchors["settings.*"]
        return self.line(anchor)

    def line(self, anchor: Anchor) -> str:
        place = self._positions[anchor.origin.file].place(anchor.origin, (*anchor.origin.base, *anchor.path))
        return f"{place.file}:{place.line}"


def scanned(text: str, version: str = "1.34", **files: str) -> Scanned:
    """Of one file, `f.yaml`, and others by their name without the suffix."""
    return Scanned({"f.yaml": text, **{f"{name}.yaml": other for name, other in files.items()}}, version)


def value(fact: Fact, name: str) -> tuple[Any, str]:
    """The value of a setting and what set it."""
    entry = fact.value["settings"][name]
    return entry.get("value"), entry["origin"]


def line_of(text: str, part: str) -> str:
    """The only line of `f.yaml` with a part in it, as `Scanned.place` says it."""
    (found,) = (number for number, line in enumerate(text.splitlines(), 1) if part in line)
    return f"f.yaml:{found}"
