"""One file in, its resources, gaps and comments out."""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from auditor.collectors import foreign, recognise
from auditor.collectors.beginnings import begins_as_bundle
from auditor.collectors.loading import load_bytes
from auditor.collectors.naming import reference
from auditor.collectors.nodes import names as node_names
from auditor.collectors.nodes import texts as node_texts
from auditor.collectors.nodes.configs import configuration
from auditor.collectors.nodes.text_files import LONGEST, Broken
from auditor.collectors.walk import Target, chart_of
from auditor.collectors.yaml.comments import Comment, comments
from auditor.collectors.yaml.documents import Document, Limits, Problem, read_documents
from auditor.collectors.yaml.text import Unreadable, decode_text
from auditor.model.inventory import Gap, Resource
from auditor.model.refs import ObjectRef, Origin, Path
from auditor.tables.documents import is_strict

WAIVER_COMMENT = "kubeplumb:waive"
KUBERNETES = "Kubernetes manifests"
FRAGMENT = "kustomize fragment"
NODE_BUNDLE = "node bundle"
_CONFIGURATION = frozenset(
    {"apiserver.k8s.io", "audit.k8s.io", "eventratelimit.admission.k8s.io", "kind.x-k8s.io", "kubeadm.k8s.io"}
)
"""API groups of files that configure components and tools: they have no name but that of their file."""


class FileRead:
    """What one file holds. `what` is `KUBERNETES`, `FRAGMENT` or the kind of other file it is."""

    __slots__ = ("chart", "comments", "documents", "gaps", "resources", "target", "what")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.what = ""
        self.documents: dict[int, Document] = {}
        """Documents that hold objects, by the line in which they start, for positions."""
        self.resources: list[Resource] = []
        self.gaps: list[Gap] = []
        self.comments: list[Comment] = []
        self.chart = ""
        """The chart whose unrendered template this is."""


def read_file(
    target: Target,
    charts: set[str],
    fragments: Collection[str],
    limits: Limits,
    data: bytes | None = None,
    *,
    heads: bool = False,
) -> FileRead:
    """Reads one file to its end, whatever is wrong with a part of it.

    With `heads`, of large CustomResourceDefinitions only the head is handed over.
    """
    result = FileRead(target)
    try:
        raw = load_bytes(target, limits) if data is None else data
        if len(raw) > limits.file_bytes:
            raise Unreadable(f"is larger than {limits.file_bytes >> 20} MiB", None)
        if target.named and begins_as_bundle(raw):
            from auditor.collectors.nodes.files import observed_in  # most runs meet none

            result.what = NODE_BUNDLE
            result.resources, result.gaps = observed_in(target, raw)
            return result
        chart = chart_of(target.name, charts) if "templates" in target.name else ""
        if chart and b"{{" in raw:
            result.what, result.chart = "Helm template", chart
            return result
        candidate = node_names.is_candidate(target.name)
        if candidate and not target.named and not node_names.concerns_kubernetes(target.name, raw):
            result.what = node_names.OTHER
            return result
        text = decode_text(raw)
        del raw  # what is free again serves the next that is as large
    except Unreadable as error:
        result.gaps.append(Gap("unreadable", error.reason, target.name, error.line or 0))
        return result
    result.comments = comments(text, 1, WAIVER_COMMENT)
    if candidate and _read_text(result, text):
        if target.name in fragments:
            result.what, result.resources, result.documents, result.gaps = FRAGMENT, [], {}, []
        return result
    named = FRAGMENT if target.name in fragments else recognise.by_name(target.name)
    _read_documents(result, text, named, limits, heads)
    return result


def _read_text(result: FileRead, text: str) -> bool:
    """Whether a file is text of a node's configuration, or, found by walking, neither that nor YAML."""
    target = result.target
    sort = node_names.sort_of(target.name, text)
    try:
        found = node_texts.read_text(target.name, text, target.world)
    except Broken as error:
        result.gaps.append(Gap("unreadable", f"cannot be read as TOML: {error}", target.name))
        result.what = KUBERNETES
        return True
    if found is not None:
        document, resource = found
        result.documents[document.line] = document
        result.resources.append(resource)
        result.what = KUBERNETES
    elif sort in node_names.TEXTS and len(text) > LONGEST:
        reason = f"is larger than {LONGEST >> 20} MiB, which systemd does not read"
        result.gaps.append(Gap("unreadable", reason, target.name))
        result.what = KUBERNETES
    elif sort != "yaml" and not target.named:
        result.what = node_names.OTHER
    return bool(result.what)


def _read_documents(result: FileRead, text: str, named: str, limits: Limits, heads: bool) -> None:
    """Adds what the documents hold. Slips such as duplicate keys are gaps only in what is judged."""
    target, other = result.target, ""
    for document in read_documents(text, limits, json_hint=target.name.endswith(".json"), heads=heads):
        fatal = [problem for problem in document.problems if problem.fatal]
        if fatal:
            result.gaps += [_gap(problem, document, target) for problem in fatal]
            continue
        if named:
            continue
        configured = _configuration(document, target)
        found = [configured] if configured else list(_resources(document, target))
        if found and document.problems and (twice := _refused(document, found[0].ref)):
            result.gaps.append(_gap(twice, document, target))
        elif found:
            result.documents[document.line] = document
            result.resources += found
            result.gaps += [_gap(problem, document, target) for problem in document.problems]
        elif recognise.looks_broken(document.value):
            missing = "kind" if not document.value.get("kind") else "apiVersion"
            reason = f"has no {missing}, so it is no object"
            result.gaps.append(Gap("incomplete-object", reason, target.name, document.line))
        elif document.value is None:
            result.gaps += [_gap(problem, document, target) for problem in document.problems]
        else:
            other = other or recognise.by_content(document.value)
    kubernetes = result.resources or (result.gaps and not other)
    result.what = named or (KUBERNETES if kubernetes else other or "empty file")


def _refused(document: Document, ref: ObjectRef) -> Problem | None:
    """A key that stands twice in a configuration file which the API server decodes strictly: it takes no such file."""
    twice = next((problem for problem in document.problems if problem.code == "duplicate-key"), None)
    if twice is None or not is_strict(ref.api_version, ref.kind):
        return None
    reason = f"{twice.reason.partition(',')[0]} in the {ref.kind}: the API server does not start with it"
    return twice._replace(reason=reason)


def _gap(problem: Problem, document: Document, target: Target) -> Gap:
    templated = problem.fatal and "{{" in document.text
    code = "template" if templated else problem.code
    reason = f"looks like a text template, render it first ({problem.reason})" if templated else problem.reason
    return Gap(code, reason, target.name, problem.line, problem.column)


def _configuration(document: Document, target: Target) -> Resource | None:
    """What configures a node and is no object of a cluster, even where it looks like one."""
    value = document.value
    if not isinstance(value, dict) or value.get("kind", "Config") != "Config":
        return None
    found = configuration(value, target.name)
    if found is None:
        return None
    origin = Origin(target.name, document.number, document.line)
    return Resource(found.ref, found.manifest, origin, target.world, document.rest, found.secrets)


def _resources(document: Document, target: Target) -> Iterator[Resource]:
    value = document.value
    if not recognise.is_object(value):
        for found in foreign.recognised(value):
            origin = Origin(target.name, document.number, document.line, found.base)
            yield Resource(found.ref, found.manifest, origin, target.world)
    elif value["kind"] != "Kustomization" and not value["apiVersion"].startswith("kustomize.config"):
        yield from _expand(value, target, document, (), "", "")


def _expand(
    value: Mapping[str, Any], target: Target, document: Document, base: Path, list_version: str, list_kind: str
) -> Iterator[Resource]:
    """An object, or what a List holds, nested Lists included; an item of a typed List may leave its kind out."""
    kind = value.get("kind") or list_kind
    version = value.get("apiVersion") or list_version
    items = value.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        inner = "" if kind == "List" else kind.removesuffix("List")
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield from _expand(item, target, document, (*base, "items", index), version if inner else "", inner)
        return
    if not isinstance(kind, str) or not isinstance(version, str):
        return
    origin = Origin(target.name, document.number, document.line, base)
    ref = reference(version, kind, value)
    if not ref.name and (ref.group in _CONFIGURATION or ref.group.endswith(".config.k8s.io")):
        file = os.path.basename(target.name.rpartition("!")[2])
        ref = ref._replace(name="" if file == "-" else file)
    yield Resource(ref, value, origin, target.world, document.rest)


def kustomization_files(targets: Collection[Target]) -> list[Target]:
    """The kustomization files among the targets."""
    named = (target for target in targets if target.name.endswith(recognise.KUSTOMIZATIONS))
    return [target for target in named if os.path.basename(target.name) in recognise.KUSTOMIZATIONS]
