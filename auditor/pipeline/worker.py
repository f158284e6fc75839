"""Some files in, what they hold out: findings on single objects, and what joins over a world need."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from auditor.collectors.embedded import embedded
from auditor.collectors.read import FileRead, read_file
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import Limits
from auditor.engine.batches import Compiled
from auditor.engine.judge import Draft, Judge, Tally
from auditor.engine.waivers import from_annotations, from_comments
from auditor.facts import world
from auditor.facts.clusters.cluster import cluster_fact
from auditor.facts.components.starts import Start, pod_starts
from auditor.facts.components.subject import components_told
from auditor.facts.objects import object as objects
from auditor.facts.objects.decode import WrongType, decode, misnamed
from auditor.facts.objects.hiding import without_last_applied
from auditor.facts.sources.versions import told_version
from auditor.facts.workloads import workload as workloads
from auditor.facts.workloads.templates import decode_embedded, templates
from auditor.kube.definitions import DEFINITION, brief, conversion_bundle
from auditor.kube.digests import canonical, digest
from auditor.kube.versions import Version, parse_version
from auditor.model.facts import Anchor, Fact
from auditor.model.findings import Finding, WaiverUse
from auditor.model.inventory import Gap, ObjectEntry, Resource
from auditor.model.refs import Origin, Path, show_path
from auditor.pipeline.findings import Positions, finish
from auditor.pipeline.scope import in_scope
from auditor.pipeline.settings import Settings
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.folder import load_table
from auditor.tables.pss import pss_at

if TYPE_CHECKING:
    from auditor.pipeline.levels import Levels


_LONGEST_AT_HAND, _MOST_AT_HAND = 8192, 2000
"""Characters of a document, and documents, that a worker keeps for positions: 16 MiB of ASCII."""


class Entry(NamedTuple):
    """What the report's list of objects and the search for duplicates need of an object."""

    object: ObjectEntry
    origin: Origin


class Kept(NamedTuple):
    """A decoded object that joins need."""

    resource: Resource
    unknown: tuple[tuple[Origin, Path, str], ...]


class Yield:
    """What a worker hands back; everything in it can be pickled."""

    def __init__(self, gaps: Iterable[Gap] = (), levels: "Levels | None" = None) -> None:
        self.findings: list[Finding] = []
        self.tally = Tally()
        self.gaps = list(gaps)
        self.entries: list[Entry] = []
        self.kept: list[Kept] = []
        self.workloads: list[world.WorkloadSummary] = []
        self.starts: list[Start] = []
        """How pods start components of Kubernetes."""
        self.texts: dict[tuple[str, int], str] = {}
        """By file and first line, the documents that joins may point into: short ones, as long as they are few."""
        self.waivers: list[WaiverUse] = []
        self.files: list[tuple[str, str, str, int]] = []
        """World, printed name, what it is (or `chart:` and the chart of an unrendered template), documents with
        objects."""
        self.telling: set[str] = set()
        """Worlds of which something tells the version."""
        self.seen_versions: dict[Version, Anchor] = {}
        """Versions that images of API servers tell, and where."""
        self.components: set[str] = set()
        """The components whose settings were seen."""
        self.levels = levels
        """Of a cluster: what the Pod Security levels would refuse."""
        self.interrupted = False


def tables(settings: Settings) -> dict[str, Any]:
    """What rules see as `tables`: facts about Kubernetes at the target version."""
    return {"pss": pss_at(settings.version.minor), "capabilities": load_table("capabilities")}


def new_judge(settings: Settings, rules: Mapping[str, list[Compiled]] | None = None) -> Judge:
    """The judge for a run's rules, or for others under the same circumstances."""
    return Judge(rules or settings.rules, SUBJECTS, tables(settings), settings.today.isoformat(), settings.complete)


def read_and_judge(
    targets: Iterable[Target],
    charts: set[str],
    fragments: Collection[str],
    settings: Settings,
    progress: Callable[[int], None],
    stdin: bytes = b"",
) -> Yield:
    """Reads files one after the other; nothing of a file is kept but what the result names.

    `progress` is told the bytes of each file. An interrupt ends the loop, and the result says so.
    """
    result = Yield()
    judge = new_judge(settings)
    whole = {kind for compiled in settings.rules.get("object", ()) for kind in compiled.rule.kinds}
    clusters: dict[str, Fact] = {}
    try:
        for target in targets:
            if target.world not in clusters:
                clusters[target.world] = cluster_fact(
                    target.world, settings.version, settings.version_source, settings.today, None
                )
            data = stdin if target.path == "-" else None
            read = read_file(target, charts, fragments, settings.limits, data, heads=DEFINITION not in whole)
            _file(read, judge, clusters[target.world], whole, settings, result)
            progress(target.size)
    except KeyboardInterrupt:
        result.interrupted = True
    result.tally = judge.tally()
    return result


def judge_resources(resources: Iterable[Resource], settings: Settings, cluster: Fact) -> Yield:
    """Judges objects of one cluster, which have no text; an interrupt ends the loop, and the result says so."""
    from auditor.pipeline.levels import Levels, with_level_rules

    selected = frozenset(one.rule.id for rules in settings.rules.values() for one in rules)
    result = Yield(levels=Levels(selected))
    judge = new_judge(settings, with_level_rules(settings.rules, settings.known_rules))
    whole = {kind for compiled in settings.rules.get("object", ()) for kind in compiled.rule.kinds}
    nowhere = Positions(lambda _: None)
    try:
        for resource in with_embedded(resources, settings.limits, result.gaps):
            _resource(resource, judge, cluster, whole, settings, result, nowhere)
    except KeyboardInterrupt:
        result.interrupted = True
    result.tally = judge.tally()
    return result


def with_embedded(resources: Iterable[Resource], limits: Limits, gaps: list[Gap]) -> Iterator[Resource]:
    """Objects, each followed by the configuration files that it carries; what cannot be read is added to `gaps`."""
    for resource in resources:
        yield resource
        for inner in embedded(resource, limits):
            if isinstance(inner, Gap):
                gaps.append(inner)
            else:
                yield inner


def _file(
    read: FileRead,
    judge: Judge,
    cluster: Fact,
    whole: Collection[str],
    settings: Settings,
    result: Yield,
) -> None:
    name = read.target.name
    result.gaps += read.gaps
    what = f"chart:{read.chart}" if read.chart else read.what
    result.files.append((read.target.world, name, what, len(read.documents)))
    positions = Positions(read.documents.get)
    if settings.use_waivers and read.comments:
        result.waivers += from_comments(read.comments, name)
    kept, workloads = len(result.kept), len(result.workloads)
    for resource in with_embedded(read.resources, settings.limits, result.gaps):
        _resource(resource, judge, cluster, whole, settings, result, positions)
    lines = {one.resource.origin.line for one in result.kept[kept:]}
    lines.update(one.origin.line for one in result.workloads[workloads:])
    for line in lines:
        document = read.documents.get(line)
        if document is None or document.places is not None:
            continue
        if len(document.text) <= _LONGEST_AT_HAND and len(result.texts) < _MOST_AT_HAND:
            result.texts[name, line] = document.text


def _resource(
    resource: Resource,
    judge: Judge,
    cluster: Fact,
    whole: Collection[str],
    settings: Settings,
    result: Yield,
    positions: Positions,
) -> None:
    drafts: list[Draft] = []
    pods: list[Path] = []
    facts = single_facts(resource, cluster, positions, result, whole=resource.ref.kind_name in whole)
    for fact in facts:
        if fact.subject == "workload":
            pods.append(fact.anchors["template"].path)
        if in_scope(fact, settings):
            drafts += judge.judge(fact)
    if result.levels is not None:
        drafts = list(result.levels.heard(drafts))
    origin = resource.origin
    if settings.use_waivers and (origin.line or settings.accept_annotations):
        result.waivers += from_annotations(resource, pods, lambda path: positions.place(origin, (*origin.base, *path)))
    if drafts:
        manifests = {origin: resource.manifest}
        result.findings += [finish(draft, settings, lambda _: positions, manifests) for draft in drafts]


def single_facts(
    resource: Resource, cluster: Fact, positions: Positions, result: Yield, *, whole: bool
) -> Iterator[Fact]:
    """The facts of one object on its own; what joins need of it and its gaps are added to `result`."""
    ref, origin, head = resource.ref, resource.origin, resource.head
    content = canonical(resource.manifest)
    entry = ObjectEntry(ref, resource.world, origin.file, origin.line, digest(content, resource.rest))
    result.entries.append(Entry(entry, origin))
    # Little is judged of a CustomResourceDefinition, and they are most of the bytes of many repositories.
    light = ref.kind == DEFINITION and not whole
    decoded = decode(ref.api_version, ref.kind, resource.manifest, light=light)
    manifest, mistyped = decoded.value, list(decoded.wrong)
    may_run = True
    if not decoded.known:
        paths = tuple(templates(ref.kind, ref.group, manifest, embedded=b'"containers"' in content))
        may_run = bool(paths)
        manifest, inner = decode_embedded(manifest, paths)
        mistyped += inner
    resource = Resource(ref, without_last_applied(manifest), origin, resource.world, secrets=resource.secrets)
    unknown = tuple(_unknown(resource, wrong, positions, result.gaps) for wrong in mistyped)
    if world.is_joined(ref) and not head:
        result.kept.append(Kept(resource, unknown))
    elif ref.kind == DEFINITION and not head and conversion_bundle(manifest):
        result.kept.append(Kept(resource._replace(manifest=brief(manifest)), unknown))
    if misnamed(ref.api_version, ref.kind):
        reason = f"{ref}: the API server knows no {ref.kind} in {ref.api_version}; judged as what it is called"
        at = positions.place(origin, (*origin.base, "apiVersion"))
        result.gaps.append(Gap("unknown-api", reason, origin.file, at.line, at.column, ref, "apiVersion"))
    fact = objects.object_fact(resource, cluster, whole=whole)
    fact.unknown = unknown
    fact.head = head
    yield fact
    if head:
        return
    result.components |= components_told(resource)
    told = told_version(resource)
    if told is not None:
        result.seen_versions.setdefault(*told)
        result.telling.add(resource.world)
    for fact in workloads.workload_facts(resource, cluster, unknown, result.gaps) if may_run else ():
        if fact.subject == "workload":
            starts = list(pod_starts(fact, resource.manifest))
            result.starts += starts
            result.components |= {start.component for start in starts}
            result.workloads.append(world.summary(fact))
            seen = seen_version(fact)
            if seen is not None:
                result.seen_versions.setdefault(*seen)
                result.telling.add(resource.world)
        yield fact


def _unknown(resource: Resource, wrong: WrongType, positions: Positions, gaps: list[Gap]) -> tuple[Origin, Path, str]:
    """Records a field that could not be decoded."""
    origin, ref, shown = resource.origin, resource.ref, show_path(wrong.path)
    at = positions.place(origin, (*origin.base, *wrong.path))
    reason = f"is {wrong.found} where {wrong.expected} is wanted; the API server refuses it"
    gaps.append(Gap("wrong-type", f"{ref} {shown} {reason}", origin.file, at.line, at.column, ref, shown))
    return origin, wrong.path, f"{shown} {reason}"


def seen_version(workload: Fact) -> tuple[Version, Anchor] | None:
    """The Kubernetes version that the image tag of an API server tells, and where it stands."""
    if workload.value["controlPlane"] != "kube-apiserver":
        return None
    origin, ref, path = workload.anchors["template"]
    for index, container in enumerate(workload.value["template"]["spec"].get("containers") or ()):
        image = container.get("image")
        if isinstance(image, str) and "kube-apiserver" in image:
            try:
                version = parse_version(image.partition("@")[0].rpartition(":")[2])
            except ValueError:  # a placeholder, or a tag of somebody's own
                continue
            return version, Anchor(origin, ref, (*path, "spec", "containers", index, "image"))
    return None
