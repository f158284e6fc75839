"""A client and a wish in, an inventory of the cluster out: all that may be read of it, and what may not.

Objects come page by page and go to `keep`, which returns what is to be held of each, so that nothing is held twice.
What is observed and no API object (versions, probes, certificates) becomes a document of `observed.kubeplumb.dev/v1`,
which facts read like any other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from auditor.collectors.api.discovery import ApiResource, Discovery
from auditor.collectors.api.lists import METADATA, Page, Unlisted, list_all
from auditor.collectors.api.pods import PodText, read_pods
from auditor.collectors.api.requests import Client, Failure
from auditor.collectors.api.schemas import embeds_template
from auditor.collectors.api.side_by_side import streams
from auditor.collectors.naming import reference
from auditor.kube.definitions import DEFINITION, TEMPLATES, brief
from auditor.model.inventory import Gap, Inventory, Resource
from auditor.model.refs import OBSERVED as OBSERVED
from auditor.model.refs import ObjectRef, Origin
from auditor.tables.deprecations import ENDING, of_ending
from auditor.tables.resources import group_resource

_MADE_OF: Final = {"Deployment": "ReplicaSet", "CronJob": "Job"}
"""Kinds that own others, which in turn own pods; a custom resource may own either."""
_LAST: Final = ("Pod",)
_GLOB: Final = frozenset("*?[")
_THREADS: Final = 4
_PAGES_AT_HAND: Final = 8
"""Pages that wait to be taken: a bound of memory, not of speed."""

Keep = Callable[[Resource], Resource | None]
LikeTemplate = Callable[[Resource], bool]


class Single(NamedTuple):
    """One object that is got by its name."""

    kind: str
    namespace: str
    name: str


@dataclass(slots=True)
class Wish:
    """What to read."""

    kinds: tuple[str, ...]
    """Kinds to list, custom ones with their group; may hold `TEMPLATES` and `ENDING`."""
    singles: tuple[Single, ...] = ()
    metadata: frozenset[str] = frozenset()
    """Kinds of which names, labels and annotations are enough."""
    namespaces: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    """The kinds that `ENDING` stands for on this server; those not among `kinds` are listed as metadata alone."""


@dataclass(slots=True)
class _Run:
    client: Client
    wish: Wish
    inventory: Inventory
    discovery: Discovery
    keep: Keep
    like_template: LikeTemplate | None
    namespaces: list[str] = field(default_factory=list)
    heads: frozenset[str] = frozenset()
    """Kinds that are listed for the versions alone in which their objects are written."""
    looks: set[bytes] = field(default_factory=set)
    """Of pods that are like their template."""


def collect(
    client: Client,
    wish: Wish,
    inventory: Inventory,
    discovery: Discovery,
    keep: Keep,
    before_pods: Callable[[], None],
    like_template: LikeTemplate | None = None,
) -> None:
    """Fills an inventory. An interrupt ends the collection, and the inventory says so.

    `before_pods` is called once all that may own pods is there. Pods of which `like_template` says that they are what
    their template says are counted and not kept; those that look the same are not even built.
    """
    run = _Run(client, wish, inventory, discovery, keep, like_template)
    try:
        _note_broken(run)
        kinds = [kind for kind in wish.kinds if kind not in (TEMPLATES, ENDING)]
        first = ["Namespace", *([DEFINITION] if DEFINITION in kinds or TEMPLATES in wish.kinds else [])]
        run.heads = frozenset(wish.ending).difference(kinds, first)
        kinds += sorted(run.heads)
        found = [kind for name in first for part in _listed(run, name) for kind in _take(run, part)]
        # Owners first: whether something says anything of its own shows beside its owner. Pods are most of a cluster,
        # and come one page after the other: they are asked for at once, and wait.
        with _in_threads(run, [kind for kind in _LAST if kind in kinds], 1) as last:
            custom = [*dict.fromkeys(found)] if TEMPLATES in wish.kinds else []
            _note_untold(run, (*kinds, *custom))
            owners = [kind for kind in _MADE_OF if kind in kinds]
            owned = [kind for kind in _MADE_OF.values() if kind in kinds]
            rest = [kind for kind in kinds if kind not in (*first, *custom, *owners, *owned, *_LAST)]
            for batch in (custom, owners, [*owned, *rest]):
                with _in_threads(run, batch, _THREADS - 1) as parts:
                    _take_all(run, parts)
            before_pods()
            _take_all(run, last)
        for single in wish.singles:
            _get(run, single)
    except KeyboardInterrupt:
        cut_short(inventory, (*wish.kinds, *wish.ending))
    inventory.provenance = inventory.provenance._replace(requests=client.sent)


def cut_short(inventory: Inventory, kinds: Iterable[str]) -> None:
    """Notes that an interrupt ended the collection: of no kind is it known that all of it is there."""
    inventory.provenance = inventory.provenance._replace(interrupted=True)
    for kind in kinds:
        inventory.missing.setdefault((kind, ""), "the collection was interrupted")


def _note_broken(run: _Run) -> None:
    """Of which groups the server could not tell what they serve is a gap."""
    for name, failure in sorted(run.discovery.broken.items()):
        group, _, version = name.rpartition("/")
        path = f"/apis/{name}" if group else f"/api/{version}"
        run.inventory.gaps.append(Gap("unavailable", f"discovery of {name}: {failure}", path))


def _note_untold(run: _Run, kinds: Iterable[str]) -> None:
    """Kinds that may be in a group of which the server could not tell what it serves are unknown."""
    for name, failure in sorted(run.discovery.broken.items()):
        for kind in kinds:
            if group_resource(kind).group == name.rpartition("/")[0] and run.discovery.find(kind) is None:
                _miss(run, kind, "", f"discovery of {name}: {failure}")


class _Part(NamedTuple):
    """A page of a resource, or why there is none."""

    resource: ApiResource
    part: Page | Unlisted


def _listed(run: _Run, kind: str) -> Iterator[_Part]:
    resource = run.discovery.find(kind)
    if resource is None:
        return  # the server does not have it, so there is none; or see `_note_broken`
    accept = METADATA if kind in run.wish.metadata | run.heads else "application/json"
    # A glob is no name that the server knows: all are listed, and what was not asked for is not kept.
    named = run.wish.namespaces if not any(_GLOB.intersection(name) for name in run.wish.namespaces) else ()
    as_text = run.like_template is not None and kind == "Pod"
    for part in list_all(run.client, resource, named, run.namespaces, accept, read_pods if as_text else orjson.loads):
        yield _Part(resource, part)


def _in_threads(run: _Run, kinds: Sequence[str], threads: int) -> AbstractContextManager[Iterator[_Part]]:
    """Lists several kinds side by side; pages are handed over one at a time, and few are held."""
    return streams(lambda kind: _listed(run, kind), kinds, threads, _PAGES_AT_HAND)


def _take_all(run: _Run, parts: Iterable[_Part]) -> None:
    for part in parts:
        _take(run, part)


def _take(run: _Run, listed: _Part) -> list[str]:
    """Hands objects on, records what could not be listed; returns custom kinds that embed pod templates."""
    resource, part = listed
    if isinstance(part, Unlisted):
        _record(run, resource, part)
        return []
    custom: list[str] = []
    for listed_item in part.items:
        if isinstance(listed_item, PodText):
            _take_pod(run, resource, listed_item)
            continue
        if resource.kind == DEFINITION and embeds_template(listed_item):
            custom.append(_defined_kind(listed_item))
        made = _resource(run, resource, listed_item)
        if _wanted(run, made.ref):
            run.inventory.objects += 1
            if resource.kind == "Namespace":
                run.namespaces.append(made.ref.name)
            _hand_on(run, made)
    return custom


def _take_pod(run: _Run, resource: ApiResource, pod: PodText) -> None:
    """Counts a pod, and hands it on unless it is known to be like its template."""
    if not _wanted(run, ObjectRef(resource.api_version, resource.kind, pod.namespace, pod.name)):
        return
    run.inventory.objects += 1
    if pod.look in run.looks:
        return
    made = _resource(run, resource, pod.built())
    if run.like_template is not None and run.like_template(made):
        run.looks.update({pod.look} - {b""})
        return
    _hand_on(run, made)


def _hand_on(run: _Run, made: Resource) -> None:
    kept = run.keep(made)
    if kept is not None:
        run.inventory.resources.append(kept)


def _wanted(run: _Run, ref: ObjectRef) -> bool:
    namespace = ref.name if ref.kind == "Namespace" else ref.namespace
    if not namespace:
        return True
    wanted = run.wish.namespaces
    return not _matches(namespace, run.wish.excluded) and (not wanted or _matches(namespace, wanted))


def _matches(namespace: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(namespace, glob) for glob in globs)


def _resource(run: _Run, resource: ApiResource, item: dict[str, Any]) -> Resource:
    item["apiVersion"], item["kind"] = resource.api_version, resource.kind  # which the items of a list lack
    ref = reference(resource.api_version, resource.kind, item)
    rest = ""
    if resource.kind == DEFINITION:
        rest = sha256(orjson.dumps(item.get("spec"), option=orjson.OPT_SORT_KEYS)).hexdigest()
        item = brief(item)
    path = resource.path(ref.namespace, ref.name)
    head = resource.kind_name in run.heads
    return Resource(ref, item, Origin(path, 0, 0), run.inventory.provenance.cluster, rest, head=head)


def template_kinds(client: Client, discovery: Discovery) -> list[str]:
    """The custom kinds whose schemas embed pod templates; raises `Failure` where definitions cannot be listed."""
    resource = discovery.find(DEFINITION)
    found: list[str] = []
    for part in list_all(client, resource, (), (), "application/json") if resource else ():
        if isinstance(part, Unlisted):
            raise part.failure
        found += [_defined_kind(one) for one in part.items if isinstance(one, dict) and embeds_template(one)]
    return found


def _defined_kind(definition: dict[str, Any]) -> str:
    spec = definition["spec"]
    return f"{spec['names']['kind']}.{spec['group']}"


def _record(run: _Run, resource: ApiResource, part: Unlisted) -> None:
    failure, path = part.failure, resource.path(part.namespace)
    words = {401: "unauthorized", 403: "forbidden"}.get(failure.status, "unavailable")
    where = f" in namespace {part.namespace}" if part.namespace else ""
    who = run.inventory.provenance.user or "this user"
    reason = f"{who} could not list {resource.plural}{where}: {failure}"
    ref = ObjectRef(resource.api_version, resource.kind, part.namespace, "*")
    run.inventory.gaps.append(Gap(words, reason, path, ref=ref))
    _miss(run, resource.kind_name, part.namespace, reason)


def _miss(run: _Run, kind: str, namespace: str, reason: str) -> None:
    """Notes that objects of a kind are unknown, and with them which custom resources embed pod templates, or these,
    or in which versions they are written.
    """
    kinds, missing = run.wish.kinds, run.inventory.missing
    missing[kind, namespace] = reason
    if kind in run.wish.ending:
        missing[of_ending(kind), namespace] = reason
    if TEMPLATES in kinds and (kind == DEFINITION or kind not in (*kinds, *run.wish.ending)):
        missing.setdefault((TEMPLATES, namespace), reason)


def _get(run: _Run, single: Single) -> None:
    """One object by its name; that it does not exist is an answer."""
    resource = run.discovery.find(single.kind)
    if resource is None or (run.wish.namespaces and not _matches(single.namespace, run.wish.namespaces)):
        return
    path = resource.path(single.namespace, single.name)
    try:
        item = run.client.get(path)
    except Failure as failure:
        if failure.status != 404:
            who = run.inventory.provenance.user or "this user"
            ref = ObjectRef(resource.api_version, single.kind, single.namespace, single.name)
            words = {401: "unauthorized", 403: "forbidden"}.get(failure.status, "unavailable")
            reason = f"{who} could not get {resource.plural} {single.namespace}/{single.name}: {failure}"
            run.inventory.gaps.append(Gap(words, reason, path, ref=ref))
            run.inventory.missing[f"{single.kind}/{single.name}", single.namespace] = reason
        return
    run.inventory.objects += 1
    _hand_on(run, _resource(run, resource, item))


def observed(inventory: Inventory, kind: str, name: str, content: dict[str, Any], where: str) -> Resource:
    """A document for something that was observed; `where` is what was asked."""
    ref = ObjectRef(OBSERVED, kind, "", name)
    manifest = {"apiVersion": OBSERVED, "kind": kind, "metadata": {"name": name}, **content}
    return Resource(ref, manifest, Origin(where, 0, 0), inventory.provenance.cluster)
