"""Thousands of random pods: our verdict at each version is that of the admission plugin's own evaluator."""

import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from auditor.tables.pss import newest_minor
from tests.pod_security.levels import LEVELS, audit_level
from tests.pod_security.pods import Pods

ORACLE = Path(__file__).parent / "oracle"
OFFLINE = {"GOPROXY": "off", "GOSUMDB": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"}
PODS = 2500


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evaluator, built from Go's module cache; nothing is downloaded."""
    if shutil.which("go") is None:
        pytest.skip("there is no go command to build the evaluator with")
    folder = tmp_path_factory.mktemp("oracle") / "source"
    shutil.copytree(ORACLE, folder)
    built = subprocess.run(
        ["go", "build", "-o", "oracle", "."], cwd=folder, env={**os.environ, **OFFLINE}, capture_output=True, text=True
    )
    if built.returncode:
        pytest.skip(f"the evaluator cannot be built without downloads: {built.stderr.strip().splitlines()[-1]}")
    return folder / "oracle"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_pods_get_the_evaluators_verdict(oracle: Path, seed: int, tmp_path: Path) -> None:
    pods = Pods(seed)
    questions: list[dict[str, Any]] = []
    for number in range(PODS):
        minor = pods.version(newest_minor())
        questions.append({"minor": minor, "pod": pods.pod(f"p{number}", minor)})
    asked = "\n".join(map(json.dumps, questions))
    answers = [
        json.loads(line)
        for line in subprocess.run(
            [oracle], input=asked, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    ]
    by_minor: dict[int, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        by_minor[question["minor"]].append(number)
    wrong = []
    allowed = dict.fromkeys(LEVELS, 0)
    for minor, numbers in by_minor.items():
        folder = tmp_path / str(minor)
        folder.mkdir()
        items = [questions[number]["pod"] for number in numbers]
        (folder / "pods.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        for level in LEVELS:
            report = audit_level(level, f"1.{minor}", folder)
            assert not report.gaps
            refused = {finding.ref.name for finding in report.findings}
            for number in numbers:
                allowed[level] += answers[number][level]
                if answers[number][level] == (f"p{number}" in refused):
                    wrong.append((level, minor, questions[number]["pod"]))
    assert wrong[:3] == []
    assert all(PODS / 20 < count < PODS * 19 / 20 for count in allowed.values()), (
        f"both verdicts occur often: {allowed}"
    )
