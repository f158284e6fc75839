"""A component's configuration files in, the effective value of every setting with its origin out."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from auditor.facts.components.effective import Settings
from auditor.facts.components.flag_values import value_of
from auditor.facts.components.layers import merged
from auditor.facts.components.named_files import Files, Named
from auditor.facts.components.starts import Start
from auditor.facts.components.structured import FLAGS as STRUCTURED
from auditor.facts.components.structured import settings_of
from auditor.model.facts import Anchor
from auditor.model.inventory import Resource
from auditor.model.refs import Path
from auditor.tables.components import ConfigField, FileFlag, config_fields, config_kinds, file_flags, flags

_HEAD = frozenset({"apiVersion", "kind", "metadata"})
_DROP_INS = "config-dir"
"""The kubelet's flag for a folder of files that are merged over its configuration file."""
_EITHER = frozenset({"seccomp-default"})
"""Settings that are on if the flag or the file says so (createAndInitKubelet in cmd/kubelet/app/server.go)."""


def apply_files(settings: Settings, start: Start, minor: int, files: Files) -> str:
    """Adds what the configuration files decide that the flags name; forgets what files decide that are not in the
    input. A reason if that is everything.
    """
    for file in file_flags(start.component):
        if not settings.is_set(file.name) or settings.value(file.name) in ("", None) or file.name == _DROP_INS:
            continue
        if file.name in STRUCTURED:
            reason = _apply_structured(settings, start, file, files)
            if reason:
                return reason
            continue
        kinds = config_kinds(start.component)
        governed = [name for name in file.governs if not (file.flag_wins and settings.is_set(name))]
        named = files.named(start, str(settings.value(file.name)), kinds)
        settings.documents |= {document.origin: document for document in named.documents} if named else {}
        whole = _with_drop_ins(named, settings, start, files) if named else None
        if whole is not None:
            _overlay(settings, start.component, file, whole, minor)
            continue
        reason = f"it may be set in a file of --{_DROP_INS}, which is not in the input" if named else _elsewhere(file)
        if "*" in file.governs:
            return reason
        for name in governed:
            settings.forget(name, reason)
    if settings.value(_DROP_INS) and not settings.value("config"):
        _apply_drop_ins(settings, start, minor, files)
    return ""


def _elsewhere(file: FileFlag) -> str:
    return f"it is set in the file of --{file.name}, which is not in the input"


def _apply_structured(settings: Settings, start: Start, file: FileFlag, files: Files) -> str:
    """Adds what a structured file of the API server decides; why the server does not start with it, or empty."""
    named = files.named(start, str(settings.value(file.name)), (STRUCTURED[file.name],))
    if named is None:
        for name in file.governs:
            if not (file.flag_wins and settings.is_set(name)):
                settings.forget(name, _elsewhere(file))
        return ""
    (document,) = named.documents
    settings.documents[document.origin] = document
    given = [name for name, entry in settings.values.items() if entry["set"]]
    decided = settings_of(file.name, document.manifest, given)
    if isinstance(decided, str):
        return decided
    for one in decided:
        default = settings.values.get(one.name, {}).get("default")
        settings.put(one.name, one.value, "file", default, Anchor(document.origin, document.ref, one.path))
        settings.values[one.name] |= one.more
        if not named.certain:
            settings.doubt(one.name)
    return ""


def document_settings(component: str, documents: Sequence[Resource], minor: int, origin: str = "file") -> Settings:
    """The settings that configuration files decide, each merged over those before it; what only flags set is unknown.

    Defaults are those of the file, which for a kubelet differ from those of its flags
    (pkg/kubelet/apis/config/v1beta1/defaults.go against applyLegacyDefaults in cmd/kubelet/app/options/options.go).
    Files are merged as the kubelet merges its drop-ins, by RFC 7386 (mergeKubeletConfigurations in
    cmd/kubelet/app/server.go).
    """
    first = documents[0].ref
    fields = _fields(documents, minor)
    whole: Any = {}
    for document in documents:
        whole = merged(whole, document.manifest)
    settings = Settings()
    for field in fields:
        _read(settings, component, field, whole, origin)
    # A field that is called as a flag is none of the file's, and does not set it.
    named = {field.path[0] for field in fields} | {field.setting for field in fields} | _HEAD
    for name, value in whole.items():
        if name not in named and value is not None:
            settings.put(name, value, origin, None, (name,))
    drop_ins = [document.manifest for document in documents if document.origin.file.endswith(".conf")]
    for field in fields:
        # encoding/json, by which drop-ins are read, does not mind the case: either spelling may count.
        if any(_in_other_letters(document, field.path) for document in drop_ins):
            settings.forget(field.setting, f"a drop-in names {'.'.join(field.path)} in other letters")
    for name, path in settings.paths.items():
        settings.paths[name] = _place(documents, path)
    first_document = documents[0]
    settings.absent = {
        field.setting: Anchor(first_document.origin, first, field.path)
        for field in fields
        if settings.values[field.setting]["origin"] == "default"
    }
    for name in flags(component, minor).keys() - settings.values.keys():
        settings.forget(name, f"only a flag sets it, and this is a {first.kind}")
    return settings


def _with_drop_ins(named: Named, settings: Settings, start: Start, files: Files) -> Named | None:
    """The kubelet's file and those of its drop-in folder; None if there is a folder that nobody has read."""
    folder = settings.value(_DROP_INS)
    if not folder or start.component != "kubelet":
        return named
    below = files.below(start, str(folder), "KubeletConfiguration", ".conf")
    return None if below is None else Named((*named.documents, *below.documents), named.certain and below.certain)


def _apply_drop_ins(settings: Settings, start: Start, minor: int, files: Files) -> None:
    """Adds what drop-ins decide that are merged over flags: what none of them names stays as it is without a file."""
    file = next(one for one in file_flags("kubelet") if one.name == _DROP_INS)
    below = files.below(start, str(settings.value(_DROP_INS)), "KubeletConfiguration", ".conf")
    if below is None:
        for name in file.governs:
            if not settings.is_set(name):
                settings.forget(name, f"it may be set in a file of --{_DROP_INS}, which is not in the input")
    elif below.documents:
        fields = _fields(below.documents, minor)
        named = {one.setting for one in fields if any(_mentions(doc.manifest, one.path) for doc in below.documents)}
        _overlay(settings, "kubelet", file, below, minor, named)


def _overlay(
    settings: Settings,
    component: str,
    file: FileFlag,
    named: Named,
    minor: int,
    only: Container[str] | None = None,
) -> None:
    """Adds what a file decides to what the flags say, or some of it; which of them wins is the component's."""
    found = document_settings(component, named.documents, minor)
    known = flags(component, minor)
    settings.documents |= {document.origin: document for document in named.documents}
    for name, entry in found.values.items():
        if (name in found.undecided and name not in found.paths) or (only is not None and name not in only):
            continue  # a flag that no file has, or a field that none of them names
        either = name in _EITHER and entry.get("value") is True
        flag_wins = file.flag_wins and settings.is_set(name) and not either
        if flag_wins and known[name].kind == "gates" and name not in found.undecided and settings.value(name):
            settings.values[name]["value"] = {**entry["value"], **settings.values[name]["value"]}
        if flag_wins:
            continue
        settings.values[name] = entry
        settings.undecided.pop(name, None)
        settings.paths.pop(name, None)
        settings.absent.pop(name, None)
        if name in found.paths:
            settings.paths[name] = found.paths[name]
        if name in found.absent:
            settings.absent[name] = found.absent[name]
        if name in found.undecided:
            settings.undecided[name] = found.undecided[name]
        elif not named.certain:
            settings.doubt(name)


def _fields(documents: Sequence[Resource], minor: int) -> Sequence[ConfigField]:
    known = config_fields(documents[0].ref.group, documents[0].ref.kind, minor)
    return known[1] if known else ()


def _in_other_letters(node: Any, path: Path) -> bool:
    """Whether a document has a field's path in other letters."""
    exact = True
    for step in path:
        if not isinstance(node, Mapping):
            return False
        key = next((key for key in node if key.lower() == str(step).lower() and key != step), None)
        if key is None and step not in node:
            return False
        exact = exact and key is None
        node = node[step if key is None else key]
    return not exact


def _mentions(node: Any, path: Path) -> bool:
    """Whether a document says something at a path, be it that it is null."""
    for depth, step in enumerate(path):
        if not isinstance(node, Mapping) or step not in node:
            return depth > 0 and node is None
        node = node[step]
    return True


def _place(documents: Sequence[Resource], path: Any) -> Anchor:
    """The last document that has something at a path."""
    for document in reversed(documents):
        if _has(document.manifest, path):
            return Anchor(document.origin, document.ref, path)
    return Anchor(documents[0].origin, documents[0].ref, path)


def _has(node: Any, path: Path) -> bool:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
        if node is None:
            return False
    return True


def _read(settings: Settings, component: str, field: ConfigField, document: Mapping[str, Any], origin: str) -> None:
    node: Any = document
    for depth, step in enumerate(field.path):
        if not isinstance(node, Mapping):
            settings.put(field.setting, None, origin, field.default, field.path[:depth])
            settings.forget(field.setting, _refused(component, field.path[:depth], "object"))
            return
        node = node.get(step)
        if node is None:
            settings.put(field.setting, field.default, "default", field.default)
            return
    if isinstance(node, str) and field.kind in _WRITTEN_AS_TEXT and component == _ETCD:
        node = _from_text(field, node)
    settings.put(field.setting, node, origin, field.default, field.path)
    if not _FITS[field.kind](node):
        settings.forget(field.setting, _refused(component, field.path, field.kind))
    elif field.zero_is_default and _is_zero(field.kind, node):
        settings.values[field.setting]["value"] = field.default


def _refused(component: str, path: tuple[str, ...], kind: str) -> str:
    return f"{'.'.join(path)} is not of type {kind}, so the {component} does not start"


_ETCD = "etcd"
_WRITTEN_AS_TEXT = frozenset({"urls", "gates"})
"""Kinds that etcd's file may hold as one text, with commas (configJSON in server/embed/config.go)."""


def _from_text(field: ConfigField, text: str) -> Any:
    try:
        return value_of(field.kind, [text]) if text else field.default
    except ValueError:
        return text


def _is_zero(kind: str, value: Any) -> bool:
    if kind == "duration":
        return not any(digit in "123456789" for digit in value)
    return value in ("", 0)


def _is_duration(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value_of("duration", [value])
    except ValueError:
        return False
    return True


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "duration": _is_duration,
    "list": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "urls": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "gates": lambda value: isinstance(value, dict) and all(isinstance(item, bool) for item in value.values()),
    "map": lambda value: isinstance(value, dict),
}
