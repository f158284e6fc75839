"""Snapshots in, what they hold, a copy that says less, or their differences out."""

import os
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import orjson

from auditor.collectors.api.cluster import OBSERVED
from auditor.collectors.api.kubelet_configz import KIND
from auditor.collectors.snapshots import opened, read_snapshot, writing
from auditor.facts.managed.fields import DOCUMENTS
from auditor.facts.objects.object import CLUSTER_SCOPED
from auditor.facts.objects.redaction import redacted
from auditor.kube.definitions import TEMPLATES
from auditor.kube.digests import canonical
from auditor.model.inventory import Completeness, Gap, Inventory, Resource
from auditor.model.refs import ObjectRef
from auditor.pipeline.looked_for import is_custom, not_asked
from auditor.tables.deprecations import ENDING, of_ending


class Redaction(NamedTuple):
    """What a copy leaves out beside what no snapshot holds."""

    namespaces: tuple[str, ...] = ()
    """Globs of namespaces."""
    annotations: bool = False
    identity: bool = False


def overview(path: str) -> Iterator[str]:
    """Where a snapshot comes from, how many objects of which kind it holds, and what is missing."""
    kinds: Counter[str] = Counter()

    def keep(resource: Resource) -> None:
        kinds[resource.ref.kind_name] += 1

    inventory = _read(path, keep)
    about = inventory.provenance
    yield f"cluster      {about.cluster} {about.server}"
    yield f"collected    {about.collected or 'at an unknown time'} by kubeplumb {about.tool or '?'}"
    yield f"as           {about.user or '?'} ({', '.join(about.groups) or 'no groups known'})"
    yield f"version      {about.version or '?'}"
    yield f"namespaces   {', '.join(about.namespaces) or 'all'}"
    if about.interrupted:
        yield "incomplete   the collection was interrupted, or the file ends too early"
    yield f"objects      {inventory.objects:,}"
    for kind, number in sorted(kinds.items()):
        yield f"  {number:>7,}  {kind}"
    for (kind, namespace), reason in sorted(inventory.missing.items()):
        yield f"missing      {kind}{' in ' + namespace if namespace else ''}: {reason}"
    for gap in inventory.gaps:
        yield f"gap          {gap.code} {gap.file}: {gap.reason}"


def objects(path: str) -> Iterator[str]:
    """The objects as JSON, one a line."""
    found: list[str] = []
    _read(path, lambda resource: found.append(orjson.dumps(resource.manifest).decode()))
    yield from found


def redacted_copy(path: str, into: str, how: Redaction) -> tuple[int, int]:
    """Writes the copy; how many objects it keeps and leaves out. What no snapshot may hold is taken out once more."""
    held: list[Resource] = []
    inventory = _read(path, held.append)
    kept = [resource for resource in held if not _dropped(resource.ref, how)]
    if how.identity:
        kept = _nameless(kept, inventory)
    left_out = {_namespace(resource.ref) for resource in held if _dropped(resource.ref, how)}
    kinds = [kind for kind in inventory.looked_for() if kind not in CLUSTER_SCOPED and kind != ENDING]
    kinds += [of_ending(kind) for kind in inventory.ending if kind not in CLUSTER_SCOPED]
    inventory.missing |= {(kind, name): "left out of the copy" for name in sorted(left_out) for kind in kinds}
    with writing(into, inventory.provenance.cluster) as writer:
        for resource in kept:
            writer.add(_less(redacted(resource), how))
        writer.finish(inventory)
    return len(kept), len(held) - len(kept)


_LEFT_OUT = "(left out)"


def _nameless(resources: list[Resource], inventory: Inventory) -> list[Resource]:
    """Objects without what says which server was asked, and by whom; the inventory says no more of it either."""
    server = inventory.provenance.server or _LEFT_OUT
    inventory.provenance = inventory.provenance._replace(server="", user="", groups=())
    inventory.gaps = [
        gap._replace(reason=f"{gap.code}: {gap.ref or _LEFT_OUT}", file=gap.file.replace(server, _LEFT_OUT))
        for gap in inventory.gaps
    ]
    inventory.missing = dict.fromkeys(inventory.missing, "could not be listed")
    kept = []
    for resource in resources:
        if resource.ref.api_version == OBSERVED:
            if resource.ref.kind == "Certificate":  # it names the server, or the user
                inventory.gaps.append(Gap("left-out", "its certificates were left out of the copy", resource.ref.name))
                continue
            if resource.ref.kind in DOCUMENTS:  # accounts, addresses and keys, by name
                reason = "what its provider says of it was left out of the copy"
                inventory.gaps.append(Gap("left-out", reason, resource.origin.file))
                continue
            manifest = dict(resource.manifest)
            if resource.ref.kind == KIND and "reason" in manifest:  # in words of the server, which name the user
                manifest["reason"] = f"the kubelet of {resource.ref.name} did not tell its configuration"
            said = orjson.dumps(manifest).replace(server.encode(), _LEFT_OUT.encode())
            origin = resource.origin._replace(file=resource.origin.file.replace(server, _LEFT_OUT))
            resource = resource._replace(manifest=orjson.loads(said), origin=origin)
        kept.append(resource)
    return kept


def _namespace(ref: ObjectRef) -> str:
    return ref.name if ref.kind == "Namespace" else ref.namespace


def _dropped(ref: ObjectRef, how: Redaction) -> bool:
    namespace = _namespace(ref)
    return bool(namespace) and any(fnmatchcase(namespace, glob) for glob in how.namespaces)


def _less(resource: Resource, how: Redaction) -> Resource:
    metadata = resource.manifest.get("metadata")
    if not how.annotations or not isinstance(metadata, dict) or "annotations" not in metadata:
        return resource
    fewer = {key: value for key, value in metadata.items() if key != "annotations"}
    return resource._replace(manifest={**resource.manifest, "metadata": fewer})


def changes(before: str, after: str) -> Iterator[tuple[str, str, list[str]]]:
    """`+`, `-`, `~` or `?`, the object's name, and for one that changed the fields in which it did; sorted by name.

    `?` is an object of one snapshot that the other one may just not have read, with the reason.
    """
    old, new = _by_name(before), _by_name(after)
    for ref in sorted({*old.objects, *new.objects}):
        if ref not in new.objects:
            yield _one_sided("-", ref, new)
        elif ref not in old.objects:
            yield _one_sided("+", ref, old)
        elif canonical(old.objects[ref]) != canonical(new.objects[ref]):
            yield "~", str(ref), sorted(_changed(old.objects[ref], new.objects[ref]))


class _Held(NamedTuple):
    """The objects of a snapshot by name, and what it says of itself."""

    objects: dict[ObjectRef, dict[str, Any]]
    kinds: frozenset[str]
    about: Inventory


def _one_sided(sign: str, ref: ObjectRef, lacks: _Held) -> tuple[str, str, list[str]]:
    reason = _unread(ref, lacks)
    return ("?", str(ref), [reason]) if reason else (sign, str(ref), [])


def _unread(ref: ObjectRef, lacks: _Held) -> str:
    """Why a snapshot may not have read an object that it lacks, or empty where that is not there."""
    about, namespace = lacks.about.provenance, _namespace(ref)
    kinds = [ref.kind_name, f"{ref.kind}/{ref.name}", *([TEMPLATES] if is_custom(ref) else [])]
    if reason := Completeness(missing=lacks.about.missing).why(kinds, ref.namespace):
        return reason
    if namespace and any(fnmatchcase(namespace, glob) for glob in about.excluded):
        return f"namespaces excluded: {', '.join(about.excluded)}"
    if namespace and about.namespaces and not any(fnmatchcase(namespace, glob) for glob in about.namespaces):
        return f"only namespaces {', '.join(about.namespaces)}"
    return not_asked(ref, lacks.about.looked_for(), lacks.kinds) or ("interrupted" if about.interrupted else "")


_PASSING = frozenset({"managedFields", "resourceVersion", "generation"})


def _by_name(path: str) -> _Held:
    found: dict[ObjectRef, dict[str, Any]] = {}

    def keep(resource: Resource) -> None:
        manifest = dict(resource.manifest)
        metadata = manifest.get("metadata")
        if isinstance(metadata, dict):
            manifest["metadata"] = {key: value for key, value in metadata.items() if key not in _PASSING}
        if resource.rest:
            manifest["(not kept)"] = resource.rest
        found[resource.ref] = manifest

    about = _read(path, keep)
    return _Held(found, frozenset(ref.kind_name for ref in found), about)


def _changed(old: Any, new: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """The paths in which two objects differ, three levels deep at most."""
    if isinstance(old, dict) and isinstance(new, dict) and depth < 3:
        for key in {*old, *new}:
            if old.get(key) != new.get(key):
                yield from _changed(old.get(key), new.get(key), f"{path}.{key}" if path else str(key), depth + 1)
    else:
        yield path


def _read(path: str, keep: Any) -> Inventory:
    with opened(path) as handle:
        return read_snapshot(handle, "stdin" if path == "-" else os.path.basename(path), keep)
