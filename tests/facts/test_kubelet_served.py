"""Facts of a kubelet that was asked say what it served at `/configz`: every recorded answer as a node's document."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from auditor.facts.clusters.cluster import OBSERVED, cluster_fact
from auditor.facts.components.component import component_facts
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.facts.kubelet_config_cases import Case, cases
from tests.facts.kubelet_configz import MINOR, comparable, fields, served


def answers() -> Iterator[Any]:
    for case in cases():
        if not case.refused:
            yield pytest.param(case, id=f"{case.group}: {case.name}")


@pytest.mark.parametrize("case", list(answers()))
def test_settings_are_what_is_served(case: Case) -> None:
    cluster = cluster_fact("w", parse_version(f"1.{MINOR}"), "seen", date(2026, 11, 26), None)
    world = World("w", cluster, Completeness())
    manifest = {"node": "n1", "kubeletconfig": case.effective}
    ref = ObjectRef(OBSERVED, "KubeletConfigz", "", "n1")
    world.resources["KubeletConfigz"] = [Resource(ref, manifest, Origin("/configz", 0, 0), "w")]
    (fact,) = component_facts(world)
    settings, wanted = fact.value["settings"], served(case.effective)
    found = {one.setting: comparable(one, settings.get(one.setting, {}).get("value")) for one in fields()}
    unlike = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
    unlike.pop("eviction-hard", None)  # nothing is judged by it
    assert unlike == {}
