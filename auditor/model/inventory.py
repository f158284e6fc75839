"""What a collector hands over: resources, gaps, and how complete the picture is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.model.refs import ObjectRef, Origin


class Gap(NamedTuple):
    """Something that exists in the input and could not be read or decided."""

    code: str
    """A stable word for the kind of gap, such as `yaml-syntax` or `wrong-type`."""
    reason: str
    file: str
    line: int = 0
    column: int = 0
    ref: ObjectRef | None = None
    path: str = ""
    """The field that is unknown, if only one is."""
    blinds: tuple[str, ...] = ()
    """The subjects that cannot be judged because of it; empty when only the object itself is affected."""


class Resource(NamedTuple):
    """One API object as it was read."""

    ref: ObjectRef
    manifest: Mapping[str, Any]
    origin: Origin
    world: str
    rest: str = ""
    """SHA-256 in hex over the part of it that the manifest lacks, since nobody asked for more than the head."""


class ObjectEntry(NamedTuple):
    """One line of the report's list of objects: where its document begins, and SHA-256 over its content, shortened."""

    ref: ObjectRef
    world: str
    file: str
    line: int
    digest: str


class Completeness(NamedTuple):
    """Which kinds the input holds completely. Files are an open world unless the user declares otherwise."""

    all: bool = False
    kinds: frozenset[str] = frozenset()

    def covers(self, kinds: tuple[str, ...]) -> bool:
        """Whether what is absent of these kinds is really absent."""
        return self.all or set(kinds) <= self.kinds


@dataclass(slots=True)
class Coverage:
    """How much of the input was read; every file is counted once."""

    files: int = 0
    kubernetes_files: int = 0
    documents: int = 0
    objects: int = 0
    other: dict[str, int] = field(default_factory=dict)
    """Files that are no Kubernetes manifests, by what they are."""
    fragments: dict[str, int] = field(default_factory=dict)
    """Kustomize patches and generator inputs, by the kustomization that names them."""
    listed: list[str] = field(default_factory=list)
    """Snapshots and dumps found in a directory: read when named, only listed here."""
