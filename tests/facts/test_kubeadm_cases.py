"""What kubeadm makes of a configuration, against what a real one has made of it (record_kubeadm_cases.py)."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.components.files import document_settings
from auditor.facts.sources.configured import configured_starts
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin
from tests.facts.worlds import scanned

RECORDED: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("kubeadm-cases.json").read_text())
CASES = {(version, name): case for version, cases in RECORDED.items() for name, case in cases.items()}
_OF_THE_MACHINE = {"hostname-override", "pod-infra-container-image"}
"""Flags of a kubelet that depend on the machine's name, or that no rule reads."""


@pytest.mark.parametrize("name", CASES)
def test_the_words_are_those_of_the_static_pods(name: tuple[str, str]) -> None:
    case = CASES[name]
    starts = configured_starts(scanned(case["config"]).world)
    found = {start.component: [word.text for word in start.words] for start in starts}
    found.pop("kubelet")
    assert found.keys() == case["words"].keys()
    for component, words in case["words"].items():
        assert sorted(found[component]) == sorted(words)
        repeated = [word for word in words if sum(one.split("=")[0] == word.split("=")[0] for one in words) > 1]
        assert [word for word in found[component] if word in repeated] == repeated


@pytest.mark.parametrize("name", CASES)
def test_the_files_are_those_that_the_static_pods_see(name: tuple[str, str]) -> None:
    case = CASES[name]
    starts = [start for start in configured_starts(scanned(case["config"]).world) if start.container]
    assert {start.component: {mount.at: mount.host for mount in start.mounts} for start in starts} == case["mounts"]


@pytest.mark.parametrize("name", CASES)
def test_the_kubelet_is_configured_as_the_file_that_kubeadm_writes(name: tuple[str, str]) -> None:
    case = CASES[name]
    fact = scanned(case["config"]).fact("kubelet")
    ref = ObjectRef("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", "", "")
    real = document_settings(
        "kubelet", [Resource(ref, case["kubelet"], Origin("f"), "w")], int(name[0].partition(".")[2])
    )
    flags = dict(word.removeprefix("--").split("=", 1) for word in case["flags"].split('"')[1].split())
    compared = 0
    for setting, entry in real.values.items():
        listed = setting in fact.value["settings"]  # a field that neither a flag nor our table has is left out
        if listed and setting not in real.undecided and setting not in flags:
            compared += 1
            assert fact.value["settings"][setting]["value"] == entry["value"], setting
    assert compared > 40
    for setting in flags.keys() - _OF_THE_MACHINE:
        assert str(fact.value["settings"][setting]["value"]) == flags[setting]
