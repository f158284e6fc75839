"""A file of a dump in, what it says put where it belongs: resources, versions, settings, and what is missing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from auditor.collectors.api.cluster import OBSERVED, observed
from auditor.collectors.api.kubelet_configz import KIND as CONFIGZ
from auditor.collectors.api.schemas import embeds_template
from auditor.collectors.dumps.files import Entry
from auditor.collectors.dumps.held import DEFINITIONS, NAMESPACES, Held, spanned
from auditor.collectors.dumps.kinds import key_of, kind_of
from auditor.collectors.dumps.layouts import GET, LAST, TROUBLESHOOT, Part, part_of
from auditor.collectors.dumps.stamps import newest, this_second
from auditor.collectors.dumps.values import Found, Hint, Item, objects, values
from auditor.collectors.foreign import recognised
from auditor.collectors.naming import reference
from auditor.collectors.yaml.text import Unreadable
from auditor.kube.definitions import brief
from auditor.model.inventory import Gap, Inventory, Resource
from auditor.model.refs import ObjectRef, Origin

_SHARE: Final = 300  # characters of a server's message: more of it tells nothing new
_MOST_ERRORS: Final = 1_000
_MOST_FOREIGN: Final = 4 << 20
"""Bytes of a file that is looked into though nobody knows its name."""
_RANK: Final = {"ReplicaSet": 1, "Job": 1, "Pod": LAST}


@dataclass(slots=True)
class Reading:
    """How far the reading of a dump has come."""

    what: str
    root: str
    inventory: Inventory
    keep: Callable[[Resource], Resource | None]
    other: Counter[str]
    held: Held = field(default_factory=Held)
    started: str = field(default_factory=this_second)
    collected: str = ""
    queried: list[tuple[str, str]] = field(default_factory=list)
    """Resource and namespace of queries that succeeded, whether or not they found anything."""
    seen: set[str] = field(default_factory=set)
    """Files read, without their suffix: some dumps hold the same list as JSON and as YAML."""
    spread: set[tuple[str, str]] = field(default_factory=set)
    """Resource and namespace of all objects of lists."""
    no_list: bool = True
    undiscovered: bool = False
    """The dump says that it could not tell all that the server serves."""
    cut: bool = False


def take(reading: Reading, entry: Entry, turn: int) -> None:
    """Reads one file, if it is its turn."""
    part = part_of(reading.what, reading.root, entry.name)
    if not part.read:
        if turn == 0 and not _foreign_file(reading, part, entry):
            reading.other[part.role] += 1
        return
    if part.turn != turn:
        return
    stem = entry.name.rpartition(".")[0] if entry.name.endswith((".json", ".yaml")) else entry.name
    if stem in reading.seen:
        reading.other["the same once more"] += 1
        return
    reading.seen.add(stem)
    try:
        if part.role == "objects":
            _objects(reading, part, entry)
        else:
            problems: list[Any] = []
            value = next(values(entry.read(), problems), None)
            if problems:
                raise Unreadable(problems[0].reason, problems[0].line)
            _READERS[part.role](reading, part, value, entry.name)
    except Unreadable as error:
        _unreadable(reading, part, entry.name, error)


def finish(reading: Reading, kinds: Sequence[str]) -> None:
    """Says what is missing, and when it was collected."""
    held, inventory = reading.held, reading.inventory
    if reading.cut:
        inventory.provenance = inventory.provenance._replace(interrupted=True)
    else:
        for resource, namespace in reading.queried:
            held.add(resource, namespace)
    if reading.undiscovered:
        held.served.clear()
        held.groups.clear()
    if reading.what == GET:
        for resource, namespace in spanned(reading.spread).items():
            held.add(resource, namespace)
        if reading.no_list:
            held.limit = "the dump is no list: it does not say what else there is"
    inventory.missing |= {(kind, namespace): reason for kind, namespace, reason in held.missing(kinds)}
    inventory.provenance = inventory.provenance._replace(collected=reading.collected, namespaces=held.limited_to())


def _unreadable(reading: Reading, part: Part, name: str, error: Unreadable) -> None:
    reading.inventory.gaps.append(Gap("unreadable", error.reason, name, error.line or 0))
    if part.role == "objects" and part.resource:
        reading.held.fail(part.resource, part.namespace, f"{name} {error.reason}")


def _objects(reading: Reading, part: Part, entry: Entry) -> None:
    version, kind = kind_of(part.resource)
    data = entry.read()
    found = objects(data, Hint(part.version or version, kind))
    if found.strange and not found.items and _foreign(reading, data, entry.name):
        return
    gaps = reading.inventory.gaps
    gaps += [Gap(problem.code, problem.reason, entry.name, problem.line, problem.column) for problem in found.problems]
    if found.strange:
        gaps.append(Gap("incomplete-object", f"holds {found.strange} values that are no objects", entry.name))
    for message in found.refused[:_MOST_ERRORS]:
        _refused(reading, part.resource, part.namespace, message, entry.name)
    _note_lists(reading, part, found, entry.name)
    found.items.sort(key=lambda item: _RANK.get(item.kind, 0), reverse=True)
    while found.items:  # taken out one by one, so that none is held beside what `keep` makes of it
        _object(reading, part, found.items.pop(), entry.name)


def _foreign_file(reading: Reading, part: Part, entry: Entry) -> bool:
    """Whether a file that belongs to no dump holds what a provider's tool says of the cluster."""
    if part.role != "other file" or not entry.name.endswith((".json", ".yaml", ".yml")) or entry.size > _MOST_FOREIGN:
        return False
    try:
        return _foreign(reading, entry.read(), entry.name)
    except Unreadable:
        return False


def _foreign(reading: Reading, data: bytes, name: str) -> bool:
    found = [one for value in values(data, []) for one in recognised(value)]
    for one in found:
        _keep(reading, Resource(one.ref, one.manifest, Origin(name, 0, 0), reading.inventory.provenance.cluster))
    return bool(found)


def _note_lists(reading: Reading, part: Part, found: Found, name: str) -> None:
    """Which lists the file is. A list in which something could not be read is there, and not whole."""
    whole = not found.strange and not any(problem.fatal for problem in found.problems)
    reading.no_list &= not found.lists
    if reading.what == GET:
        return
    kinds = {Hint(item.api_version, item.kind) for item in found.items} if found.lists else set[Hint]()
    kinds |= {hint for hint in found.lists if hint.kind}
    keys = {key_of(*hint) for hint in kinds} or ({part.resource} if found.lists and part.resource else set())
    for key in keys:
        reading.held.add(key, part.namespace)
        if not whole:
            reading.held.fail(key, part.namespace, f"{name} could be read in part only")
    if NAMESPACES in (*keys, part.resource) and reading.what == TROUBLESHOOT and not _is_list(found):
        reason = "the dump holds the namespaces that were asked for, and does not say that there are no others"
        reading.held.fail(NAMESPACES, "", reason)


def _is_list(found: Found) -> bool:
    """troubleshoot writes a NamespaceList if it lists all namespaces, else an array or one object."""
    return any(item.base[:1] == ("items",) for item in found.items)


def _object(reading: Reading, part: Part, item: Item, name: str) -> None:
    manifest = item.manifest
    manifest["apiVersion"], manifest["kind"] = item.api_version, item.kind
    ref = reference(item.api_version, item.kind, manifest)
    held, key = reading.held, key_of(item.api_version, item.kind)
    if item.base:
        reading.spread.add((key, ref.namespace))
    if ref.namespace or key == NAMESPACES:
        held.namespaces.add(ref.namespace or ref.name)
    reading.collected = max(reading.collected, newest(manifest, reading.started))
    rest = ""
    if key == DEFINITIONS:
        held.definitions.add(ref.name)
        manifest, rest = _head(reading, manifest)
    origin = Origin(name, item.document, 0, item.base)
    _keep(reading, Resource(ref, manifest, origin, reading.inventory.provenance.cluster, rest))


def _head(reading: Reading, definition: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A CustomResourceDefinition without its schemas, and a digest of these, as a live collection has it."""
    spec = definition.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    if isinstance(spec, dict) and isinstance(names, dict) and embeds_template(definition):
        reading.held.templates.add(f"{names.get('kind')}.{spec.get('group')}")
    rest = sha256(orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return brief(definition), rest


def _keep(reading: Reading, resource: Resource) -> None:
    reading.inventory.objects += resource.ref.api_version != OBSERVED
    kept = reading.keep(resource)
    if kept is not None:
        reading.inventory.resources.append(kept)


def _version(reading: Reading, part: Part, value: Any, name: str) -> None:
    """The answer of GET /version, which troubleshoot puts under `info`."""
    info = value.get("info", value) if isinstance(value, dict) else None
    git = info.get("gitVersion") if isinstance(info, dict) else None
    if not isinstance(git, str):
        raise Unreadable("holds no version")
    reading.inventory.provenance = reading.inventory.provenance._replace(version=git)
    _keep(reading, observed(reading.inventory, "ServerVersion", "kube-apiserver", {"version": info}, name))


def _configz(reading: Reading, part: Part, value: Any, name: str) -> None:
    """What a kubelet runs with; up to 1.7 under another name (cmd/kubelet/app/server.go, configz.New)."""
    found = value if isinstance(value, dict) else {}
    content = found.get("kubeletconfig", found.get("componentconfig"))
    if not isinstance(content, dict):
        raise Unreadable("holds no settings of a kubelet")
    told = {"node": part.name, "kubeletconfig": content}
    _keep(reading, observed(reading.inventory, CONFIGZ, part.name, told, name))


def _groups(reading: Reading, part: Part, value: Any, name: str) -> None:
    """The groups of an APIGroupList."""
    found = value.get("groups") if isinstance(value, dict) else value
    reading.held.groups |= {str(group.get("name", "")) for group in _dicts(found)}


def _resources(reading: Reading, part: Part, value: Any, name: str) -> None:
    """What `kubectl api-resources` would print: APIResourceLists, by group and version."""
    for group in _dicts(value):
        version = str(group.get("groupVersion", ""))
        for resource in _dicts(group.get("resources")):
            reading.held.served.add(key_of(version, str(resource.get("kind", ""))))


def _settings(reading: Reading, part: Part, value: Any, name: str) -> None:
    """Sonobuoy's own settings: with a selector, no list is whole."""
    filters = value.get("Filters") if isinstance(value, dict) else None
    selector = filters.get("LabelSelector") if isinstance(filters, dict) else None
    if selector:
        reading.held.limit = f"only objects with the labels {str(selector)[:_SHARE]} were collected"


def _queries(reading: Reading, part: Part, value: Any, name: str) -> None:
    """Sonobuoy's record of its queries: it writes no file for an empty list, and an error in its own way.

    `Nodes` stands for the kubelets' settings where `nodes` stands for the list; old releases wrote it for both.
    """
    queries = _dicts(value)
    names = {query.get("queryobj") for query in queries if isinstance(query.get("queryobj"), str)}
    for query in queries:
        word, error = str(query.get("queryobj", "")), query.get("error")
        namespace = part.namespace or str(query.get("namespace", ""))
        resource = "" if word == "Nodes" and "nodes" in names else word.lower()
        if error is not None:
            status = error.get("ErrStatus") if isinstance(error, dict) else None
            message = status.get("message") if isinstance(status, dict) else error
            text = message if isinstance(message, str) and message else "Sonobuoy does not say why"
            _refused(reading, resource, namespace, text, name)
        elif resource:
            reading.queried.append((resource, namespace))


def _errors(reading: Reading, part: Part, value: Any, name: str) -> None:
    """troubleshoot's record of lists that failed: messages, by namespace or by definition where there are several."""
    if part.resource.startswith("groups"):
        reading.undiscovered = bool(value)
        return
    found = value.items() if isinstance(value, dict) else [("", text) for text in _texts(value)]
    for where, text in list(found)[:_MOST_ERRORS]:
        custom, _, namespace = str(where).partition("/")
        resource, scope = (
            (custom, namespace) if part.resource.startswith("custom") and where else (part.resource, where)
        )
        _refused(reading, resource, str(scope), str(text), name)


def _refused(reading: Reading, resource: str, namespace: str, message: str, name: str) -> None:
    short = message[:_SHARE]
    where = f" in namespace {namespace}" if namespace else ""
    reason = f"whoever collected it could not list {resource or 'something'}{where}: {short}"
    code = "forbidden" if "forbidden" in message else "unauthorized" if "nauthorized" in message else "unavailable"
    version, kind = kind_of(resource)
    ref = ObjectRef(version, kind, namespace, "*") if kind else None
    reading.inventory.gaps.append(Gap(code, reason, name, ref=ref))
    if resource:
        reading.held.fail(resource, namespace, reason)


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_READERS: Final[dict[str, Callable[[Reading, Part, Any, str], None]]] = {
    "version": _version,
    "configz": _configz,
    "groups": _groups,
    "resources": _resources,
    "settings": _settings,
    "queries": _queries,
    "errors": _errors,
}
