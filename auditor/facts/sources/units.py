"""Units and drop-ins of a world in, each service with all that belongs to it out, in the order that systemd has.

Sources: man systemd.unit (UNIT FILE LOAD PATH) and unit_find_dropin_paths in src/core/load-dropin.c.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.model.inventory import Resource
from auditor.model.refs import Path

_LEVELS = ("etc", "run", "usr/local/lib", "usr/lib", "lib")
"""Folders that hold `systemd/system`; of files of one name that in the earlier folder counts alone."""
_SYSTEM = re.compile(r"(?P<root>.*?[!/]?)(?P<level>etc|run|usr/local/lib|usr/lib|lib)/systemd/system/(?P<rest>.*)")
_LINKS = (".wants", ".requires", ".upholds")
_NUMBER = re.compile(r"^\d+-")


class Part(NamedTuple):
    """One file that belongs to a service: the node's root it lies below, the unit it is for, and its rank."""

    root: str
    unit: str
    drop_in: str
    """Its file name; empty for the unit itself."""
    level: int


class Entry(NamedTuple):
    """One assignment in a unit: its value, and where it stands."""

    value: Any
    resource: Resource
    path: Path


@dataclass(slots=True)
class Service:
    """A service's unit, if it is in the input, and its drop-ins in the order in which they are read."""

    root: str
    name: str
    main: Resource | None = None
    drop_ins: list[Resource] = field(default_factory=list)

    def entries(self, key: str) -> tuple[list[Entry], bool]:
        """The assignments to a key of lists that hold, and whether an empty one has taken back all before them."""
        found: list[Entry] = []
        reset = False
        for resource in (*([self.main] if self.main else []), *self.drop_ins):
            for index, value in enumerate(_section(resource).get(key) or ()):
                if value:
                    found.append(Entry(value, resource, ("Service", key, index)))
                else:
                    found, reset = [], True
        return found, reset

    def text(self, key: str) -> str:
        """The last value of a key, empty if there is none."""
        found, _ = self.entries(key)
        return str(found[-1].value) if found else ""


def services(resources: Iterable[Resource]) -> Iterator[Service]:
    """Every service of which there is a unit or a drop-in, sorted by where it lies and its name."""
    ranked = ((part_of(one.origin.file), one) for one in resources)
    parts = sorted(ranked, key=lambda pair: (pair[0].level, pair[1].origin))
    found: dict[tuple[str, str], Service] = {}
    drop_ins: dict[tuple[str, str], list[tuple[str, Resource]]] = {}
    for part, resource in parts:
        if part.drop_in:
            drop_ins.setdefault((part.root, part.unit), []).append((part.drop_in, resource))
        if part.unit and not part.unit.endswith("-.service"):
            service = found.setdefault((part.root, part.unit), Service(part.root, part.unit))
            if not part.drop_in and service.main is None:
                service.main = resource
    for (root, unit), service in sorted(found.items()):
        named: dict[str, Resource] = {}
        for pattern in _patterns(unit):
            for name, resource in drop_ins.get((root, pattern), ()):
                named.setdefault(name, resource)
        service.drop_ins = [named[name] for name in sorted(named)]
        yield service


def part_of(name: str) -> Part:
    """What a file is to which service, by its path."""
    system = _SYSTEM.fullmatch(name)
    if system:
        root, level, rest = system["root"], _LEVELS.index(system["level"]), system["rest"]
    else:
        root, level, rest = "", len(_LEVELS), name
    folders, _, base = rest.rpartition("/")
    above, _, folder = folders.rpartition("/")
    if folder.endswith(_LINKS):
        return Part(root or above, base, "", len(_LEVELS))
    if folder.endswith(".d"):
        unit = folder.removesuffix(".d")
        return Part(root if system else above, "" if unit == "service" else unit, base, level)
    if base.endswith(".service"):
        return Part(root if system else folders, base, "", level)
    return Part(root if system else folders, _guessed(base), base, level)


def _guessed(base: str) -> str:
    """The service that a drop-in is for which lies in no folder of a unit, such as kubeadm's `10-kubeadm.conf`."""
    name = _NUMBER.sub("", base).removesuffix(".conf")
    return "kubelet.service" if name in ("kubeadm", "kubelet") else f"{name}.service"


def _patterns(unit: str) -> Iterator[str]:
    """The folders of drop-ins for a unit, the nearest first: its own, its template's, those of prefixes, everyone's."""
    yield unit
    base, at, _ = unit.partition("@")
    if at:
        yield f"{base}@.service"
    for dash in reversed([match.start() for match in re.finditer("-", unit)]):
        yield f"{unit[: dash + 1]}.service"
    yield ""


def _section(resource: Resource) -> Mapping[str, Any]:
    section = resource.manifest.get("Service")
    return section if isinstance(section, dict) else {}
