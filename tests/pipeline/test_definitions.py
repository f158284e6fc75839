"""CA bundles of conversion webhooks: found in files of any size, in a cluster, and in its snapshot."""

import json
from pathlib import Path

import pytest
import yaml

from auditor.collectors.yaml.documents import WORTH_A_HEAD
from tests.collectors.fake_api import Api, forbidden, kubeconfig
from tests.conftest import Kubeplumb, Result

FIXTURE = Path(__file__).parents[1] / "fixtures" / "rules" / "certificate-expired" / "fail-conversion.yaml"
OPTIONS = ("--rule", "certificate-expired", "--today", "2026-11-26", "--no-config", "-o", "json", "-q")
PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def places(result: Result, verdict: str = "fail") -> list[tuple[str, int]]:
    found = [one for one in json.loads(result.out)["findings"] if one["verdict"] == verdict]
    return [(str(one["object"]["kind"]), one["place"]["line"]) for one in found]


@pytest.mark.parametrize("length", [10, 2 * WORTH_A_HEAD])
def test_in_a_file_of_any_size(tmp_path: Path, kubeplumb: Kubeplumb, length: int) -> None:
    definition = yaml.safe_load(FIXTURE.read_text())
    definition["metadata"]["annotations"] = {"note": "x" * length}
    text = yaml.safe_dump(definition, default_flow_style=False)
    (tmp_path / "crd.yaml").write_text(text)
    line = next(at for at, one in enumerate(text.splitlines(), 1) if "caBundle:" in one)
    assert places(kubeplumb("scan", tmp_path, *OPTIONS)) == [("CustomResourceDefinition", line)]


def test_in_a_cluster_and_its_snapshot(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    definition = yaml.safe_load(FIXTURE.read_text())
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", definition)
    config, saved = kubeconfig(tmp_path, api.url), tmp_path / "s.json"
    live = kubeplumb("cluster", "--kubeconfig", config, "--save", saved, *OPTIONS)
    assert places(live) == [("CustomResourceDefinition", 0)]
    assert places(kubeplumb("scan", saved, *OPTIONS)) == [("CustomResourceDefinition", 0)]
    assert "openAPIV3Schema" not in saved.read_text()


def test_definitions_that_may_not_be_listed_leave_it_open(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1")
    api.routes[PATH] = forbidden("customresourcedefinitions")
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), *OPTIONS)
    assert places(result, "not-evaluated") == [("CustomResourceDefinition", 0)]
