"""What the workers kept in, findings on facts that need several objects of a world out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from auditor.collectors.documents import Document
from auditor.engine.judge import Judge
from auditor.facts.cluster import cluster_fact
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.findings import Finding
from auditor.model.refs import Origin
from auditor.pipeline.findings import Positions, finish
from auditor.pipeline.scope import in_scope
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import JOINED
from auditor.pipeline.worker import Entry, Yield

Reread = Callable[[str], Mapping[int, Document]]


def worlds(names: Iterable[str], yields: Sequence[Yield], settings: Settings) -> Iterator[World]:
    """One world for each name, with everything that was kept of it."""
    kept = [item for result in yields for item in result.kept]
    kept.sort(key=lambda item: item.resource.origin)
    entries = [entry for result in yields for entry in result.entries]
    summaries = sorted((item for result in yields for item in result.workloads), key=lambda item: item.origin)
    for name in names:
        cluster = cluster_fact(name, settings.version, settings.version_source, settings.today, None)
        world = World(name, cluster, settings.complete)
        for resource, unknown in kept:
            if resource.world == name:
                world.resources.setdefault(resource.ref.kind, []).append(resource)
                if unknown:
                    world.unknown[resource.origin] = unknown
        world.workloads = [item for item in summaries if item.world == name]
        world.conflicts = conflicts(entry for entry in entries if entry.object.world == name)
        yield world


def conflicts(entries: Iterable[Entry]) -> dict[tuple[str, str, str], str]:
    """Objects that stand in a world twice with different content, with both places."""
    first: dict[tuple[str, str, str], Entry] = {}
    found: dict[tuple[str, str, str], str] = {}
    for entry in sorted(entries, key=lambda item: item.origin):
        ref = entry.object.ref
        key = (ref.kind, ref.namespace, ref.name)
        if not ref.name or ref.name.endswith("*"):
            continue
        other = first.setdefault(key, entry)
        if other.object.digest != entry.object.digest and key not in found:
            here, there = other.object, entry.object
            found[key] = f"{ref} is in the input twice: {here.file}:{here.line} and {there.file}:{there.line}"
    return found


def joined_findings(world: World, judge: Judge, settings: Settings, reread: Reread) -> Iterator[Finding]:
    """Judges every joined fact of a world. Positions come from reading the files that findings name once more."""
    positions: dict[str, Positions] = {}
    manifests = _manifests(world)
    for fact in joined_facts(world, settings.rules):
        if not in_scope(fact, settings):
            continue
        for draft in judge.judge(fact):
            yield finish(draft, settings, lambda origin: _positions(origin, positions, reread), manifests)


def joined_facts(world: World, wanted: Iterable[str]) -> Iterator[Fact]:
    """Facts of the joined subjects that are wanted."""
    for subject in wanted:
        build = JOINED.get(subject)
        if build is not None:
            yield from build(world)


def _positions(origin: Origin, known: dict[str, Positions], reread: Reread) -> Positions:
    if origin.file not in known:
        known[origin.file] = Positions(reread(origin.file))
    return known[origin.file]


def _manifests(world: World) -> Mapping[Origin, Mapping[str, object]]:
    return {resource.origin: resource.manifest for kind in world.resources.values() for resource in kind}
