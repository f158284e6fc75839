"""Paths in, the facts of one subject out: for `facts` and `query`, without rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from auditor.collectors.read import read_file
from auditor.collectors.sniff import dump_among, snapshot_among
from auditor.collectors.walk import world_names
from auditor.engine import cel
from auditor.facts.clusters.cluster import cluster_fact
from auditor.model.errors import NothingRead, UsageError
from auditor.model.facts import Anchor, Fact, Subject
from auditor.model.inventory import Gap, Inventory
from auditor.model.refs import Place
from auditor.pipeline import joins
from auditor.pipeline.audit import input_of, one_version
from auditor.pipeline.findings import Positions
from auditor.pipeline.inventories import cluster_of, for_inventory
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import SUBJECTS
from auditor.pipeline.worker import Yield, single_facts, with_embedded


class Listed(NamedTuple):
    """A fact, and where its parts stand."""

    fact: Fact
    at: Callable[[Anchor], Place]

    @property
    def place(self) -> Place:
        """The position of its beginning."""
        return self.at(self.fact.anchors[""])


def subject_named(name: str) -> Subject:
    """A subject by its name or CEL variable; raises `UsageError`."""
    for subject in SUBJECTS.values():
        if name in (subject.name, subject.variable):
            return subject
    raise UsageError(f"there is no subject {name}", f"Subjects: {', '.join(sorted(SUBJECTS))}.")


def list_facts(settings: Settings, subject: Subject, gaps: list[Gap]) -> Iterator[Listed]:
    """All facts of a subject below the paths, or in a snapshot or dump; what cannot be read is added to `gaps`."""
    dump = dump_among(settings.paths)
    snapshot = "" if dump else snapshot_among(settings.paths)
    if dump or snapshot:
        from auditor.pipeline.replay import load, load_dump

        loaded = load_dump(dump, settings) if dump else load(snapshot)
        yield from _of_inventory(settings, subject, loaded.inventory, gaps)
    else:
        yield from _of_files(settings, subject, gaps)


def _of_inventory(settings: Settings, subject: Subject, inventory: Inventory, gaps: list[Gap]) -> Iterator[Listed]:
    settings = for_inventory(settings, inventory)
    cluster = cluster_of(settings, inventory)
    kept = Yield(inventory.gaps)
    for resource in with_embedded(inventory.resources, settings.limits, kept.gaps):
        for fact in single_facts(resource, cluster, _NOWHERE, kept, whole=True):
            if fact.subject == subject.name and not subject.joined:
                yield Listed(fact, _nowhere)
    gaps += kept.gaps
    for world in joins.worlds([inventory.provenance.cluster], [kept], settings):
        for fact in joins.joined_facts(world, subject.name):
            yield Listed(fact, _nowhere)


def _of_files(settings: Settings, subject: Subject, gaps: list[Gap]) -> Iterator[Listed]:
    found, kustomized, stdin = input_of(settings)
    gaps += found.gaps
    kept = Yield()
    positions: dict[str, Positions] = {}

    def at(anchor: Anchor) -> Place:
        origin = anchor.origin
        return positions.get(origin.file, _NOWHERE).place(origin, (*origin.base, *anchor.path))

    for target in found.targets:
        cluster = cluster_fact(target.world, settings.version, settings.version_source, settings.today, None)
        read = read_file(
            target, found.charts, kustomized.fragments, settings.limits, stdin if target.path == "-" else None
        )
        gaps += read.gaps
        places = positions[target.name] = Positions(read.documents.get)
        for resource in with_embedded(read.resources, settings.limits, kept.gaps):
            for fact in single_facts(resource, cluster, places, kept, whole=True):
                if fact.subject == subject.name:
                    yield Listed(fact, at)
    gaps += kept.gaps
    if subject.joined:
        for world in joins.worlds(world_names(found.targets), [kept], _as_seen(settings, kept)):
            for fact in joins.joined_facts(world, subject.name):
                yield Listed(fact, at)
    if not found.targets:
        raise NothingRead("no file was found", "Check the PATH arguments.")


def _as_seen(settings: Settings, kept: Yield) -> Settings:
    """The settings with the version that the input tells, where none was given."""
    seen = one_version(set(kept.seen_versions))
    if settings.version_source != "assumed" or seen is None:
        return settings
    return replace(settings, version=seen, version_source="seen")


_NOWHERE = Positions(lambda line: None)
"""Positions of what stands in no file, such as the cluster itself."""


def _nowhere(anchor: Anchor) -> Place:
    return Place(anchor.origin.file)


def query_subject(text: str) -> Subject:
    """The subject of a query: the first identifier of the expression that names one. Raises `UsageError`."""
    word = ""
    for character in f"{text} ":
        if character.isalnum() or character == "_":
            word += character
            continue
        for subject in SUBJECTS.values():
            if word == subject.variable or (word == subject.name and character == "."):
                return subject
        word = ""
    raise UsageError("the expression names no subject", f"Begin with one of {', '.join(sorted(SUBJECTS))}.")


def matching(facts: Iterator[Listed], text: str, subject: Subject) -> Iterator[Listed]:
    """The facts on which an expression is true; raises `UsageError` where it is no expression or has no value."""
    names = (subject.variable, *(SUBJECTS[owner].variable for owner in subject.owners))
    try:
        program = cel.compile_text(text, names)
    except cel.CompileError as error:
        raise UsageError(
            f"not a CEL expression: {error}", "Quote it for the shell: 'image.tag == \"latest\"'."
        ) from error
    for listed in facts:
        fact = listed.fact
        data: dict[str, Any] = {subject.variable: fact.value, "params": {}, "tables": {}, "today": ""}
        for owner in subject.owners:
            data[SUBJECTS[owner].variable] = fact.owners[owner].value
        try:
            if cel.is_true(program, cel.Activation(data)):
                yield listed
        except cel.EvaluationError as error:
            raise UsageError(
                f"the expression has no value on {fact.ref}: {error}",
                "Use .?field.orValue(…) for fields that may be absent.",
            ) from error


def schema(subjects: Sequence[Subject]) -> Mapping[str, Any]:
    """The published description of what rules see."""
    return {
        subject.name: {
            "description": subject.description,
            "variable": subject.variable,
            "owners": list(subject.owners),
            "fields": {
                name: {
                    "type": field.type,
                    "description": field.description,
                    "optional": field.optional,
                    "derivedFrom": list(field.sources),
                }
                for name, field in subject.fields.items()
            },
        }
        for subject in subjects
    }
