"""What a collector hands over: resources, gaps, and how complete the picture is."""

from collections.abc import Iterable, Mapping
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
    secrets: tuple[str, ...] = ()
    """Texts of its source that must never be printed, and that the manifest lacks."""
    head: bool = False
    """Whether nothing but its metadata was read."""


class ObjectEntry(NamedTuple):
    """One line of the report's list of objects: where its document begins, and SHA-256 over its content, shortened."""

    ref: ObjectRef
    world: str
    file: str
    line: int
    digest: str


class Completeness(NamedTuple):
    """Which kinds the input holds completely.

    Files are an open world unless the user declares otherwise; of a cluster, everything but what could not be listed.
    """

    all: bool = False
    kinds: frozenset[str] = frozenset()
    missing: Mapping[tuple[str, str], str] = {}
    """Kind and namespace (empty: all of them) of what could not be listed, and why."""

    def covers(self, kinds: tuple[str, ...], namespace: str = "") -> bool:
        """Whether what is absent of these kinds, in a namespace or for something outside of all, is really absent."""
        return (self.all or set(kinds) <= self.kinds) and not self.why(kinds, namespace)

    def why(self, kinds: Iterable[str], namespace: str = "") -> str:
        """Why some of these kinds could not be listed there, or empty."""
        for kind in kinds if self.missing else ():
            for (missing, where), reason in self.missing.items():
                if missing == kind and (not where or not namespace or where == namespace):
                    return reason
        return ""


class Provenance(NamedTuple):
    """Where, when and as whom an inventory of a cluster was collected."""

    cluster: str
    """The name its world goes by: the context's, or that of the cluster's address."""
    collected: str
    """When, ISO 8601, UTC."""
    server: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    tool: str = ""
    """The version of kubeplumb."""
    namespaces: tuple[str, ...] = ()
    """Those it was limited to, if any."""
    version: str = ""
    """What the API server calls its version (`gitVersion`)."""
    requests: int = 0
    interrupted: bool = False
    excluded: tuple[str, ...] = ()
    """Namespaces that were left out, if any."""


@dataclass(slots=True)
class Inventory:
    """What was read of one cluster."""

    provenance: Provenance
    resources: list[Resource] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    missing: dict[tuple[str, str], str] = field(default_factory=dict)
    """Kind and namespace of what could not be listed, and why."""
    kinds: tuple[str, ...] = ()
    """The kinds that were looked for, custom ones with their group."""
    objects: int = 0
    """How many objects were read, those included that say nothing of their own (pods just like their template)."""
    ending: tuple[str, ...] = ()
    """The kinds that were looked for since the server serves them in a version that ends: the ones that are not among
    `kinds` as metadata alone."""
    ending_by: str = ""
    """The minor version that does not serve these versions any more, or empty where nobody looked for them."""

    def looked_for(self) -> tuple[str, ...]:
        """All kinds that were looked for, be it for their metadata, sorted."""
        return tuple(sorted({*self.kinds, *self.ending}))


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
    differing: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Pods of a cluster that run otherwise than their template says, and are judged as they run: their owner, in what
    they differ, and how many more are alike."""
    unlisted: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of a cluster: kind and namespace (empty: all of them) of lists that are not there, and why."""
    kinds: tuple[str, ...] = ()
    """Kinds that were looked for in a cluster, as `Inventory.looked_for`; empty for files."""
