"""Large clusters are read whole, in memory that is known."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.apiserver import built
from tests.live.audits import audit
from tests.live.cluster import cluster as start_cluster
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.population import POD, fill

ROOT = Path(__file__).parents[2]
DEPLOYMENTS, PODS, NAMESPACES = 2_000, 10_000, 10
MOST = 1 << 30


@pytest.mark.slow
def test_twenty_thousand_objects(tmp_path: Path) -> None:
    found = built("kube-apiserver", "etcd")
    if isinstance(found, str):
        pytest.skip(found)
    report, snapshot = tmp_path / "report.json", tmp_path / "snapshot.json.zst"
    with start_cluster(tmp_path) as made:
        config = kubeconfig(tmp_path / "config", made, token_user("admin"))
        before = audit(config).report["coverage"]["objects"]
        root = [POD["containers"][0] | {"securityContext": {"privileged": True}}]
        fill(made, DEPLOYMENTS, PODS, namespaces=NAMESPACES, spec=POD | {"containers": root})
        command = [sys.executable, "-m", "auditor", "cluster", "--kubeconfig", str(config), "--no-config"]
        command += ["--profile", "all", "-q", "-o", f"json={report}", "--save", str(snapshot)]
        with (tmp_path / "errors").open("wb") as errors:
            process = subprocess.Popen(command, cwd=ROOT, stdout=errors, stderr=errors)
            # Of the processes of the audit it is the largest that counts.
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 1, (tmp_path / "errors").read_text()
    told = json.loads(report.read_text())
    # Each namespace comes with itself and its default account.
    assert told["coverage"]["objects"] - before == 5 * DEPLOYMENTS + PODS + 2 * NAMESPACES
    assert told["gaps"] == []
    privileged = [one["object"]["kind"] for one in told["findings"] if one["rule"] == "container-privileged"]
    assert privileged == ["Deployment"] * DEPLOYMENTS
    peak = used.ru_maxrss * 1024
    assert peak < MOST, f"the largest process took {peak >> 20} MiB, {snapshot.stat().st_size >> 20} MiB are saved"
