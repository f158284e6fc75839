"""Which files are read: ignore files, globs, loops, and what is no file."""

import os
from pathlib import Path

import pytest

from auditor.collectors.walk import Walk, chart_of, walk
from auditor.model.errors import NothingRead


def names(found: Walk, root: Path) -> list[str]:
    return [os.path.relpath(target.name, root) for target in found.targets]


def fill(root: Path, *files: str) -> None:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a: 1\n")


def test_a_folder_gives_its_yaml_and_json_in_order(tmp_path: Path) -> None:
    fill(tmp_path, "b.yml", "a.yaml", "c/d.json", "notes.txt", "node_modules/x.yaml", ".git/y.yaml", ".hidden/z.yaml")
    assert names(walk([str(tmp_path)], (), ()), tmp_path) == [".hidden/z.yaml", "a.yaml", "b.yml", "c/d.json"]


def test_a_named_file_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    fill(tmp_path, "manifest.txt")
    assert len(walk([str(tmp_path / "manifest.txt")], (), ()).targets) == 1


def test_ignore_files_hold_for_what_is_below(tmp_path: Path) -> None:
    fill(tmp_path, "a.yaml", "b/a.yaml", "b/keep.yaml", "c/secret.yaml", "build/x.yaml", "d/build/x.yaml")
    (tmp_path / ".gitignore").write_text("build/\n/c/*.yaml\n")
    (tmp_path / "b" / ".kubeplumbignore").write_text("*.yaml\n!keep.yaml\n")
    found = walk([str(tmp_path)], (), ())
    assert names(found, tmp_path) == ["a.yaml", "b/keep.yaml"]
    assert found.ignored == 4


def test_ignore_files_above_hold_inside_a_repository(tmp_path: Path) -> None:
    fill(tmp_path, "deploy/out/a.yaml", "deploy/b.yaml")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("out/\n")
    assert names(walk([str(tmp_path / "deploy")], (), ()), tmp_path) == ["deploy/b.yaml"]


def test_globs_choose_among_the_files_of_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, "a.yaml", "prod/b.yaml", "prod/test/c.yaml")
    assert names(walk([str(tmp_path)], ("prod/**",), ("test/",)), tmp_path) == ["prod/b.yaml"]


def test_a_link_back_is_a_gap_and_no_loop(tmp_path: Path) -> None:
    fill(tmp_path, "a/b.yaml")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    found = walk([str(tmp_path)], (), ())
    assert names(found, tmp_path) == ["a/b.yaml"]
    assert [gap.code for gap in found.gaps] == ["folder-loop"]


def test_a_fifo_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    found = walk([str(tmp_path)], (), ())
    assert (found.targets, [gap.code for gap in found.gaps]) == ([], ["not-a-file"])


def test_a_dangling_link_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert [gap.code for gap in walk([str(tmp_path)], (), ()).gaps] == ["unreadable"]


def test_a_path_that_does_not_exist_is_no_empty_result(tmp_path: Path) -> None:
    with pytest.raises(NothingRead):
        walk([str(tmp_path / "nowhere")], (), ())


@pytest.mark.parametrize(
    ("name", "chart"),
    [
        ("shop/templates/web.yaml", "shop"),
        ("shop/templates/sub/web.yaml", "shop"),
        ("shop/values.yaml", ""),
        ("other/templates/web.yaml", ""),
        ("templates/web.yaml", "."),
    ],
)
def test_the_chart_of_a_template(name: str, chart: str) -> None:
    assert chart_of(name, {"shop", "."}) == chart


def test_paths_below_the_working_directory_are_shown_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "deploy/a.yaml")
    monkeypatch.chdir(tmp_path)
    found = walk([str(tmp_path / "deploy")], (), ())
    assert [(target.world, target.name) for target in found.targets] == [("deploy", "deploy/a.yaml")]
