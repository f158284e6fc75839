"""The settings of a kubelet are those that a real one serves at `/configz`, as `kubelet-config-cases.json` has it."""

from datetime import date
from typing import Any

import pytest

from auditor.collectors.documents import read_documents
from auditor.facts.cluster import cluster_fact
from auditor.facts.components import component_facts
from auditor.facts.flags import Word
from auditor.facts.starts import Start
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.facts.kubelet_config_cases import Case, cases
from tests.facts.kubelet_config_inputs import FOLDER
from tests.facts.kubelet_configz import MINOR, comparable, fields, served

BUNDLE, NODE = "n1.json!", "n1"
OBSERVED = "observed.kubeplumb.dev/v1"


def world(*starts: Start) -> World:
    cluster = cluster_fact("w", parse_version(f"1.{MINOR}"), "seen", date(2026, 11, 26), None)
    return World("w", cluster, Completeness(), starts=list(starts))


def document(path: str, text: str) -> Resource | None:
    """The first document of a file of the node; the kubelet reads no other."""
    found = next(iter(read_documents(text)), None)
    if found is None or not isinstance(found.value, dict):
        return None
    ref = ObjectRef(str(found.value.get("apiVersion", "")), str(found.value.get("kind", "")), "", "")
    return Resource(ref, found.value, Origin(f"{BUNDLE}{FOLDER}/{path}"), "w")


def from_files(case: Case) -> Fact:
    """The fact of the process, by its words and the files of its node."""
    state = Resource(ObjectRef(OBSERVED, "HostState", "", NODE), {"node": NODE}, Origin(BUNDLE), "w")
    start = Start(
        *("kubelet", "kubelet", "process", Anchor(state.origin, state.ref, ()), "w"),
        tuple(Word(word) for word in case.words),
        node=NODE,
    )
    here = world(start)
    here.resources["HostState"] = [state]
    folders = {path.rpartition("/")[0] for path in case.files} | {"d"}
    for folder in sorted(folders):
        content = {"node": NODE, "type": "directory", "path": f"{FOLDER}/{folder}"}
        ref = ObjectRef(OBSERVED, "HostFile", "", folder)
        here.resources.setdefault("HostFile", []).append(Resource(ref, content, state.origin, "w"))
    for path, text in case.files.items():
        one = document(path, text)
        if one is not None:
            here.resources.setdefault(one.ref.kind, []).append(one)
    return next(fact for fact in component_facts(here) if fact.value["source"] == "process")


def from_configz(case: Case) -> Fact:
    """The fact of a kubelet that was asked."""
    ref = ObjectRef(OBSERVED, "KubeletConfigz", "", NODE)
    here = world()
    manifest = {"node": NODE, "kubeletconfig": case.effective}
    here.resources["KubeletConfigz"] = [Resource(ref, manifest, Origin("/configz", 0, 0), "w")]
    (fact,) = component_facts(here)
    return fact


def unlike(fact: Fact, case: Case) -> dict[str, tuple[Any, Any]]:
    """What a fact says and what the kubelet says, where that is not the same."""
    settings, wanted = fact.value["settings"], served(case.effective)
    found = {one.setting: comparable(one, settings.get(one.setting, {}).get("value")) for one in fields()}
    return {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}


SERVED = "what is served is the value, and no default stands for what is not there"
OPEN = {
    ("files", "value: negative limit of processes"): "below zero is -1 (SetDefaults_KubeletConfiguration)",
    ("files", "value: parallel pulls"): "serializeImagePulls follows maxParallelImagePulls where it is not set",
    ("files", "value: relative paths"): "paths in the file of --config are below its folder",
    (
        "files",
        "flag: a flag's map over a file's",
    ): "only feature gates are merged; other maps of flags replace the file's",
    (
        "files",
        "precedence: a flag's map over a drop-in's",
    ): "only feature gates are merged; other maps of flags replace the file's",
    ("files", "drop-in: a field in other letters"): "of drop-ins, fields count in any letters (encoding/json)",
    ("files", "precedence: drop-ins without a file"): "--config-dir without --config",
    ("files", "precedence: drop-ins without a file, and flags"): "--config-dir without --config",
    ("files", "precedence: drop-ins without a file remove a default"): "--config-dir without --config",
    ("files", "precedence: drop-ins without a file remove what a flag sets"): "--config-dir without --config",
    ("files", "precedence: gates of flags and drop-ins"): "--config-dir without --config",
    ("files", "precedence: zeros of flags and a drop-in"): "--config-dir without --config",
    ("files", "name: the folder is a drop-in"): "--config-dir names a file",
    ("configz", "value: empty lists"): SERVED,
    ("configz", "drop-in: an empty list"): SERVED,
    ("configz", "flag: zeros of flags"): SERVED,
    ("configz", "flag: zeros of flags over a file"): SERVED,
    ("configz", "precedence: zeros of flags and a drop-in"): SERVED,
}
"""Where facts still say something else than a kubelet; whoever makes them agree is told to take the line out."""

UNTOLD = {"a flag with no field": "seccomp-default", "headers": "manifest-url-header"}
"""What a kubelet does not write to its log: a flag of which it has no field, and what it masks."""


def told(source: str) -> Any:
    """The cases that start, and whose files are plain files: where links lead is for whoever collects them."""
    found = []
    for case in cases():
        linked = any(text.startswith("-> ") for text in case.files.values())
        if not case.refused and not linked:
            why = OPEN.get((source, f"{case.group}: {case.name}"))
            marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
            found.append(pytest.param(case, id=f"{case.group}: {case.name}", marks=marks))
    return pytest.mark.parametrize("case", found)


@told("files")
def test_flags_file_and_drop_ins_of_a_node(case: Case) -> None:
    assert not {name for name in unlike(from_files(case), case) if name != UNTOLD.get(case.name)}


@told("configz")
def test_what_a_kubelet_serves(case: Case) -> None:
    assert not unlike(from_configz(case), case)


def test_every_exception_is_of_a_case() -> None:
    names = {f"{case.group}: {case.name}" for case in cases()}
    assert {name for _, name in OPEN} <= names
