"""The settings of a kubelet are those that a real one serves at `/configz`, as `kubelet-config-cases.json` has it."""

from datetime import date
from typing import Any

import pytest

from auditor.collectors.recognise import is_object
from auditor.collectors.yaml.documents import read_documents
from auditor.facts.clusters.cluster import OBSERVED, cluster_fact
from auditor.facts.components.effective import Settings
from auditor.facts.components.flags import Word
from auditor.facts.components.named_files import Files
from auditor.facts.components.settings import start_settings
from auditor.facts.components.starts import Start
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Anchor
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.facts.kubelet_config_cases import Case, cases
from tests.facts.kubelet_configz import MINOR, comparable, fields, served

LINK = "-> "
WITHOUT_LINKS = [case for case in cases() if not any(text.startswith(LINK) for text in case.files.values())]
EVICTION = "nothing is judged by thresholds of eviction, and their default is not merged as the kubelet does it"
MISSING = {
    "value: negative limit of processes": "below zero is -1",
    "value: parallel pulls": "what is not set follows from maxParallelImagePulls",
    "value: relative paths": "where the file lies is not known here",
    "value: eviction merged": EVICTION,
    "value: headers": "the kubelet masks them when it tells them",
    "flag: maps of flags": EVICTION,
    "flag: a flag's map over a file's": EVICTION,
    "drop-in: eviction is merged with the default": EVICTION,
    "drop-in: a null removes all": EVICTION,
    "drop-in: a field in other letters": "which of the two spellings counts is left open",
    "drop-in: a field in other letters that the file sets": "which of the two spellings counts is left open",
    "drop-in: an empty list of the file is lost": "beside drop-ins the file loses it (omitempty)",
    "flag: a flag with no field": "the flag counts, though the kubelet does not tell it there",
}
"""Values of the file that the kubelet makes others of, and facts do not yet."""


def _param(case: Case) -> Any:
    why = MISSING.get(f"{case.group}: {case.name}")
    marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
    return pytest.param(case, id=f"{case.group}: {case.name}", marks=marks)


def settings_of(case: Case) -> Settings | str:
    """What facts make of a case whose files lie in the bundle of a node."""
    cluster = cluster_fact("w", parse_version(f"1.{MINOR}"), "seen", date(2026, 11, 21), None)
    world = World("w", cluster, Completeness())

    def add(kind: str, version: str, path: str, manifest: dict[str, Any]) -> None:
        resource = Resource(ObjectRef(version, kind, "", ""), manifest, Origin(f"n!/etc/kubernetes/{path}"), "w")
        world.resources.setdefault(kind, []).append(resource)

    for path, text in case.files.items():
        document = next(iter(read_documents(text)), None)
        if document is not None and is_object(document.value):
            add(document.value["kind"], document.value["apiVersion"], path, document.value)
        parts = path.split("/")[:-1]
        for depth in range(len(parts) + 1):
            folder = "/".join(["/etc/kubernetes", *parts[:depth]])
            add("HostFile", OBSERVED, "", {"node": "n", "type": "directory", "path": folder})
    anchor = Anchor(Origin("n!/proc/1"), ObjectRef(OBSERVED, "HostProcess", "", "kubelet"), ())
    words = tuple(Word(word) for word in case.words)
    start = Start("kubelet", "kubelet", "process", anchor, "w", words)
    return start_settings(start, MINOR, Files(world, ("KubeletConfiguration",)))


@pytest.mark.parametrize("case", [_param(case) for case in WITHOUT_LINKS if not case.refused])
def test_settings_are_what_it_serves(case: Case) -> None:
    settings = settings_of(case)
    assert isinstance(settings, Settings)
    found = {one.setting: comparable(one, settings.value(one.setting)) for one in fields()}
    wanted = served(case.effective)
    # Two are flags, which let it start on any machine.
    flags = ("fail-cgroupv1", "fail-swap-on")
    assert {
        name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name] and name not in flags
    } == {}
