"""What there is to read: the same whether this process looks or another one does."""

import os
from pathlib import Path

import pytest

from auditor.model.errors import NothingRead
from auditor.pipeline import inputs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked here")


@pytest.fixture
def repository(tmp_path: Path) -> str:
    (tmp_path / "kustomization.yaml").write_text("patches: [{path: patch.yaml}]\nresources: [pod.yaml]\n")
    (tmp_path / "patch.yaml").write_text("kind: Pod\n")
    (tmp_path / "pod.yaml").write_text("kind: Pod\n")
    (tmp_path / "left.yaml").write_text("kind: Pod\n")
    return str(tmp_path)


def test_another_process_finds_the_same(repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = inputs.look([repository], (), ("left.yaml",))
    assert [os.path.basename(target.path) for target in here.found.targets] == [
        "kustomization.yaml",
        "patch.yaml",
        "pod.yaml",
    ]
    assert [os.path.basename(name) for name in here.kustomized.fragments] == ["patch.yaml"]
    waiting = inputs.looking([repository], (), ("left.yaml",), 2)
    monkeypatch.setattr(inputs, "look", lambda *_: pytest.fail("this process looked as well"))
    assert waiting() == here


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_path_that_is_gone_is_an_error_in_this_process(jobs: int, tmp_path: Path) -> None:
    with pytest.raises(NothingRead, match="no such file"):
        inputs.looking([str(tmp_path / "gone")], (), (), jobs)()


def test_one_process_stays_one(repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("a process was forked"))
    assert inputs.looking([repository], (), (), 1)().found.targets
    assert inputs.looking([f"{repository}/pod.yaml"], (), (), 0)().found.targets
