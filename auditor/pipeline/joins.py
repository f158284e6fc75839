"""What the workers kept in, findings on facts that need several objects of a world out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from auditor.collectors.nodes.texts import placed_documents
from auditor.collectors.yaml.documents import Document
from auditor.engine.batches import Compiled
from auditor.engine.judge import Judge
from auditor.facts.clusters.cluster import cluster_fact, observed
from auditor.facts.world import World
from auditor.model.facts import Fact, Subject
from auditor.model.findings import Finding
from auditor.model.refs import Origin
from auditor.pipeline.findings import Positions, finish
from auditor.pipeline.scope import in_scope, namespace_of
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import JOINED, SUBJECTS
from auditor.pipeline.worker import Entry, Yield

_Item = TypeVar("_Item")

_FILES_AT_HAND = 500
"""Files whose positions are kept: facts of one file mostly come together, once for each subject."""


def worlds(names: Iterable[str], yields: Sequence[Yield], settings: Settings) -> Iterator[World]:
    """One world for each name, with everything that was kept of it."""
    kept = _by_world((item for result in yields for item in result.kept), "resource.world", "resource.origin")
    entries = _by_world((entry for result in yields for entry in result.entries), "object.world")
    summaries = _by_world((item for result in yields for item in result.workloads), "world", "origin")
    starts = _by_world((start for result in yields for start in result.starts), "world", "anchor.origin")
    seen = [result.seen_versions for result in yields]
    for name in names:
        place = next((anchors[settings.version] for anchors in seen if settings.version in anchors), None)
        cluster = cluster_fact(name, settings.version, settings.version_source, settings.today, place)
        world = World(name, cluster, settings.complete)
        for resource, unknown in kept[name]:
            world.resources.setdefault(resource.ref.kind, []).append(resource)
            if unknown:
                world.unknown[resource.origin] = unknown
        world.workloads, world.starts = summaries[name], starts[name]
        world.cluster = observed(world).fact
        world.conflicts = conflicts(entries[name])
        yield world


def _by_world(items: Iterable[_Item], world: str, origin: str = "") -> Mapping[str, list[_Item]]:
    """Items by their worlds, in the order of the input where it is said what their origin is."""
    found: defaultdict[str, list[_Item]] = defaultdict(list)
    world_of = attrgetter(world)
    for item in sorted(items, key=attrgetter(origin)) if origin else items:
        found[world_of(item)].append(item)
    return found


def conflicts(entries: Sequence[Entry]) -> dict[tuple[str, str, str], str]:
    """Objects that stand in a world twice with different content, with both places."""
    digests: dict[tuple[str, str, str], str] = {}
    differing = set()
    for entry in entries:
        key, digest = entry.object.ref[1:], entry.object.digest
        if digests.setdefault(key, digest) != digest and key[2] and not key[2].endswith("*"):
            differing.add(key)
    if not differing:
        return {}
    first: dict[tuple[str, str, str], Entry] = {}
    found: dict[tuple[str, str, str], str] = {}
    for entry in sorted((one for one in entries if one.object.ref[1:] in differing), key=attrgetter("origin")):
        key = entry.object.ref[1:]
        other = first.setdefault(key, entry)
        if other.object.digest != entry.object.digest and key not in found:
            here, there = other.object, entry.object
            found[key] = f"{there.ref} is in the input twice: {here.file}:{here.line} and {there.file}:{there.line}"
    return found


def subjects(rules: Mapping[str, Sequence[Compiled]]) -> list[str]:
    """The joined subjects that have rules, those first that cost most."""
    return sorted((name for name in rules if name in JOINED), key=lambda name: -len(rules[name]))


def finder(
    world: World, judge: Judge, settings: Settings, at_hand: Mapping[tuple[str, int], str], texts: Callable[[str], str]
) -> Callable[[str], Iterator[Finding]]:
    """What judges a world's joined facts, one subject at a time.

    For positions, `at_hand` has the text of some documents by file and line, and `texts` gives that of a file again.
    """
    manifests = {resource.origin: resource.manifest for kind in world.resources.values() for resource in kind}
    manifests |= {start.anchor.origin: start.manifest for start in world.starts}

    nowhere = Positions(lambda _: None)

    @lru_cache(_FILES_AT_HAND)
    def of_file(name: str) -> Positions:
        read: list[Mapping[int, Document]] = []

        def document(line: int) -> Document | None:
            text = at_hand.get((name, line))
            if text is not None:
                return Document(0, line, text, None)
            if not read:
                read.append(placed_documents(name, texts(name)))
            return read[0].get(line)

        return Positions(document)

    def positions(origin: Origin) -> Positions:
        return of_file(origin.file) if origin.line else nowhere

    def find(subject: str) -> Iterator[Finding]:
        for fact in joined_facts(world, subject):
            if in_scope(fact, settings):
                for draft in judge.judge(fact):
                    yield finish(draft, settings, positions, manifests)

    return find


def joined_facts(world: World, subject: str) -> Iterable[Fact]:
    """Facts of a joined subject; none of one that is not joined."""
    build = JOINED.get(subject)
    if build is None:
        return ()
    facts = build(world)
    return _left_open(facts, SUBJECTS[subject], world) if world.complete.missing else facts


def _left_open(facts: Iterable[Fact], subject: Subject, world: World) -> Iterator[Fact]:
    """Facts of which what rests on objects that could not be listed is undecided."""
    unknown = {kind for kind, _ in world.complete.missing}
    resting = [
        (name, field.rests_on) for name, field in subject.fields.items() if not unknown.isdisjoint(field.rests_on)
    ]
    if not resting:
        yield from facts
    for fact in facts:
        for name, kinds in resting:
            reason = world.complete.why(kinds, namespace_of(fact))
            if reason:
                fact.undecided.setdefault(name, reason)
        yield fact
