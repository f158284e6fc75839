"""A kustomization is counted, and what is wrong with it told, though it is read for what it names."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Kubeplumb

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:1'}]}\n"


def scan(kubeplumb: Kubeplumb, folder: Path) -> dict[str, Any]:
    (folder / "pod.yaml").write_text(POD)
    found = kubeplumb("scan", folder, "--no-config", "--fail-on", "none", "-o", "json")
    report: dict[str, Any] = json.loads(found.out)
    return report


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("resources: [pod.yaml]\n", None),
        ("", None),
        ("namePrefix: a\nnamePrefix: b\n", None),
        ("resources: [pod.yaml\n", "yaml-syntax"),
        ("resources: ['{{ a }}'\n", "template"),
        ("a: b\n---\na: !!int b\n", "yaml-tag"),
        ("a: \x01\n", "yaml-syntax"),
    ],
)
def test_it_is_counted_and_a_broken_one_is_a_gap(
    kubeplumb: Kubeplumb, tmp_path: Path, text: str, code: str | None
) -> None:
    (tmp_path / "kustomization.yaml").write_text(text)
    report = scan(kubeplumb, tmp_path)
    assert report["coverage"]["files"] == 2
    assert report["coverage"]["other"] == {"kustomization": 1}
    gaps = [gap["code"] for gap in report["gaps"] if gap["place"]["file"].endswith("kustomization.yaml")]
    assert gaps == [code] * (code is not None)


def test_one_that_another_names_is_a_fragment(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "kustomization.yaml").write_text("namePrefix: a\n")
    (tmp_path / "kustomization.yaml").write_text("patches: [{path: base/kustomization.yaml}]\n")
    report = scan(kubeplumb, tmp_path)
    assert report["coverage"]["other"] == {"kustomization": 1}
    assert sum(report["coverage"]["fragments"].values()) == 1


def test_a_waiver_in_it_is_told(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [pod.yaml] # kubeplumb:waive nonsense\n")
    assert any("kustomization.yaml" in json.dumps(waiver) for waiver in scan(kubeplumb, tmp_path)["waivers"])


def test_a_template_of_a_chart_stays_one(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("name: a\n")
    (tmp_path / "templates" / "kustomization.yaml").write_text("namePrefix: '{{ .Release.Name }}'\n")
    assert scan(kubeplumb, tmp_path)["coverage"]["other"] == {"Helm chart": 1, "Helm template": 1}
