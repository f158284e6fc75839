"""Exit codes of DESIGN section 8, each with what brings it about."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Kubeplumb

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      image: registry.example/web:1.2
"""
PRIVILEGED = GOOD + "      securityContext: {privileged: true}\n"
ONE_RULE = ("--rule", "container-privileged", "--no-config")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tmp_path / "pod.yaml"


def test_0_when_nothing_is_found(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(GOOD)
    assert kubeplumb("scan", manifest, *ONE_RULE).code == 0


def test_1_when_a_finding_reaches_fail_on(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(PRIVILEGED)
    assert kubeplumb("scan", manifest, *ONE_RULE).code == 1


def test_0_when_no_finding_reaches_fail_on(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(PRIVILEGED)
    assert kubeplumb("scan", manifest, *ONE_RULE, "--fail-on", "none").code == 0


def test_1_when_the_finding_is_hidden_all_the_same(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(GOOD + "      securityContext: {}\n      imagePullPolicy: Never\n" + "---\n" + PRIVILEGED)
    result = kubeplumb("scan", manifest, *ONE_RULE, "--fail-on", "info", "--severity", "critical")
    assert result.code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "--fail-on", "dreadful", "."),
        ("scan", "--severity", "none", "."),
        ("scan", "-o", "pdf", "."),
        ("scan", "-o", "json", "-o", "sarif", "."),
        ("scan", "-o", "json=", "."),
        ("scan", "--profile", "nobody", "."),
        ("scan", "--kubernetes-version", "one", "."),
        ("scan", "--today", "yesterday", "."),
        ("scan", "--no-such-option"),
        ("explain", "no-such-rule"),
        ("facts", "no-such-subject", "."),
        ("query", "1 == 1", "."),
        ("query", "container.(", "."),
        ("frobnicate",),
    ],
)
def test_2_for_usage(kubeplumb: Kubeplumb, arguments: tuple[str, ...]) -> None:
    result = kubeplumb(*arguments)
    assert result.code == 2
    assert result.err


def test_3_for_a_path_that_does_not_exist(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    result = kubeplumb("scan", tmp_path / "missing", "--no-config")
    assert result.code == 3
    assert "no such file" in result.err


def test_3_when_nothing_was_read(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    assert kubeplumb("scan", tmp_path, "--no-config").code == 3


def test_0_when_nothing_was_read_and_that_is_allowed(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    assert kubeplumb("scan", tmp_path, "--no-config", "--allow-empty").code == 0


def test_3_when_the_only_file_is_broken_even_if_empty_is_allowed(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text("kind: [\n")
    assert kubeplumb("scan", manifest, "--no-config", "--allow-empty").code == 3


def test_4_with_strict_and_a_gap(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(f"{GOOD}---\nkind: [\n")
    assert kubeplumb("scan", manifest, *ONE_RULE).code == 0
    assert kubeplumb("scan", manifest, *ONE_RULE, "--strict").code == 4


def test_1_wins_over_4(kubeplumb: Kubeplumb, manifest: Path) -> None:
    manifest.write_text(f"{PRIVILEGED}---\nkind: [\n")
    assert kubeplumb("scan", manifest, *ONE_RULE, "--strict").code == 1


def test_5_for_an_invalid_configuration(kubeplumb: Kubeplumb, manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(GOOD)
    config = tmp_path / "config.yaml"
    config.write_text("no-such-key: 1\n")
    assert kubeplumb("scan", manifest, "--config", config).code == 5


def test_5_for_an_unknown_rule_in_the_configuration(kubeplumb: Kubeplumb, manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(GOOD)
    config = tmp_path / "config.yaml"
    config.write_text("rules: {disable: [no-such-rule]}\n")
    assert kubeplumb("scan", manifest, "--config", config).code == 5


RULE = """\
id: own-rule
title: Own rule
subject: container
severity: low
expression: "{expression}"
evidence: [image]
rationale: Because.
remediation: Do it.
"""


def test_5_for_an_invalid_rule(kubeplumb: Kubeplumb, manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(GOOD)
    (tmp_path / "own-rule.yaml").write_text(RULE.format(expression="container.image =="))
    assert kubeplumb("scan", manifest, "--no-config", "--rules", tmp_path).code == 5


def test_5_for_a_rule_error_after_the_whole_report(kubeplumb: Kubeplumb, manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(PRIVILEGED)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own-rule.yaml").write_text(RULE.format(expression="container.image > 1"))
    result = kubeplumb("scan", manifest, "--no-config", "--rules", rules, "--profile", "all")
    assert result.code == 5
    assert "own-rule" in result.out
    assert "container-privileged" in result.out, "the rest of the report is there"


def test_5_for_a_rule_id_that_is_taken(kubeplumb: Kubeplumb, manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(GOOD)
    text = RULE.format(expression="true || container.image == ''").replace("own-rule", "container-privileged")
    (tmp_path / "container-privileged.yaml").write_text(text)
    assert kubeplumb("scan", manifest, "--no-config", "--rules", tmp_path).code == 5


def test_70_for_a_defect_of_ours(kubeplumb: Kubeplumb, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest.write_text(GOOD)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("auditor.pipeline.audit.audit", broken)
    result = kubeplumb("scan", manifest, "--no-config")
    assert result.code == 70
    assert "ZeroDivisionError" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a child")
@pytest.mark.parametrize(
    ("module", "name", "when"),
    [("worker", "read_file", "a[0].name.endswith('b.yaml')"), ("joins", "joined_facts", "True")],
)
def test_130_when_interrupted_after_what_is_known(tmp_path: Path, module: str, name: str, when: str) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import os, signal, sys\n"
        f"from auditor.pipeline import {module}\n"
        f"real = {module}.{name}\n"
        "def stopped(*a, **b):\n"
        f"    if {when}:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(*a, **b)\n"
        f"{module}.{name} = stopped\n"
        "from auditor.cli.main import main\n"
        "main()\n"
    )
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.yaml").write_text(PRIVILEGED)
    (folder / "b.yaml").write_text(GOOD.replace("name: web,", "name: other,"))
    rules = [*ONE_RULE, "--rule", "namespace-no-quota"]
    command = [sys.executable, str(script), "scan", str(folder), *rules, "-o", "json", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 130 == 128 + signal.SIGINT, done.stderr
    assert '"interrupted": true' in done.stdout.replace('":true', '": true')
    assert "container-privileged" in done.stdout
