"""The Pod Security profiles against the fixtures of the admission plugin itself, at every version."""

import os
import subprocess
from pathlib import Path

import pytest

from auditor.tables.pss import newest_minor
from tests.pod_security.levels import LEVELS, audit_level

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("KUBEPLUMB_CORPORA", ROOT.parent / "shared" / "corpora"))
MODULE = "k8s.io/pod-security-admission@v0.37.1"
VERSIONS = [f"v1.{minor}" for minor in range(newest_minor() + 1)]


def _module_cache() -> Path:
    """Go's module cache, as the go command says; `/nowhere` without one."""
    try:
        asked = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return Path("/nowhere")
    return Path(asked.stdout.strip())


FIXTURES = {"baseline": CORPORA / "pss-baseline", "restricted": _module_cache() / MODULE / "test/testdata/restricted"}


@pytest.mark.corpora
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", LEVELS)
def test_the_verdict_is_the_plugins(level: str, version: str) -> None:
    folder = FIXTURES[level] / version
    if not folder.is_dir():
        pytest.skip(f"no fixtures of {MODULE} in {FIXTURES[level]}")
    report = audit_level(level, version, folder)
    assert not report.gaps
    assert {finding.verdict for finding in report.findings} == {"fail"}
    refused = {Path(finding.place.file) for finding in report.findings}
    must_fail, must_pass = (set((folder / verdict).iterdir()) for verdict in ("fail", "pass"))
    assert must_fail, "fixtures were found"
    assert must_pass, "fixtures were found"
    assert sorted(must_fail - refused) == [], "refused by the plugin, passed by us"
    assert sorted(must_pass & refused) == [], "passed by the plugin, refused by us"
