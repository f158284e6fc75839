"""What an audit read can be judged again, compared, and is there even if somebody ended it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.audits import ONE_PROCESS, told
from tests.live.cluster import Cluster
from tests.live.faults import Script, Slow
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.objects import Object, apply, service_account
from tests.live.proxy import Proxy, proxied
from tests.live.releases import BOTH
from tests.live.waiting import until

NAMESPACE = "changing"
ROOT = Path(__file__).parents[2]
WITH = ("--no-config", "--profile", "all", "-o", "json")


def config_map(name: str, value: str) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}}


def pod(image: str, name: str = "changed") -> Object:
    metadata = {"name": name, "namespace": NAMESPACE}
    spec = {"containers": [{"name": "c", "image": image}], "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def admin(shop: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    apply(shop, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    apply(shop, [pod("registry.example/a:1"), pod("registry.example/a:1", "going")])
    return kubeconfig(tmp_path_factory.mktemp("snapshots") / "config", shop, token_user("admin"))


def saved(config: Path, file: Path, *options: str) -> str:
    done = told("cluster", "--kubeconfig", config, *WITH, *ONE_PROCESS, "--save", file, *options)
    assert done.code == 1, done
    return done.out


def comparable(text: str) -> str:
    """A report's text without what tells of the run and not of the cluster; every other byte stays."""
    run = json.loads(text)["run"]
    for key in ("command", "started"):
        text = text.replace(json.dumps(run[key]), "null", 1)
    return text


@BOTH
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("snapshot.json.zst", ()),
        ("snapshot.json.gz", ()),
        ("snapshot.json.zst", ("-n", "shop", "-n", "grow*")),
        ("snapshot.json.gz", ("--exclude-namespace", "shop*")),
    ],
)
def test_a_snapshot_replays_to_the_same_report(
    admin: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    file = tmp_path / name
    live = saved(admin, file, *options)
    # The snapshot knows to what it was limited.
    replayed = told("scan", file, *WITH, "--jobs", "1")
    assert replayed.code == 1, replayed.err
    assert comparable(replayed.out).splitlines() == comparable(live).splitlines()
    assert comparable(replayed.out) == comparable(live)
    assert json.loads(live)["run"]["command"] != json.loads(replayed.out)["run"]["command"]


@BOTH
def test_a_snapshot_of_somebody_without_rights_replays_with_its_gaps(shop: Cluster, tmp_path: Path) -> None:
    config, file = kubeconfig(tmp_path / "config", shop, token_user("nobody")), tmp_path / "snapshot.json.gz"
    live = told("cluster", "--kubeconfig", config, *WITH, *ONE_PROCESS, "--save", file)
    replayed = told("scan", file, *WITH)
    assert (live.code, replayed.code) == (3, 3)
    assert comparable(replayed.out) == comparable(live.out)
    assert json.loads(live.out)["gaps"]


@BOTH
def test_changes_of_a_cluster_are_named(shop: Cluster, admin: Path, tmp_path: Path) -> None:
    before, same, after = (tmp_path / f"{name}.json.zst" for name in ("before", "same", "after"))
    saved(admin, before)
    saved(admin, same)
    assert told("snapshot", "diff", before, same).out == ""
    apply(shop, [pod("registry.example/a:2"), pod("registry.example/a:1", "coming"), config_map("unseen", "1")])
    shop.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}/pods/going?gracePeriodSeconds=0")
    saved(admin, after)
    done = told("snapshot", "diff", before, after)
    assert (done.code, sorted(done.out.splitlines())) == (
        1,
        sorted(
            [
                f"+ Pod/{NAMESPACE}/coming",
                f"- Pod/{NAMESPACE}/going",
                f"~ Pod/{NAMESPACE}/changed  spec.containers",
            ]
        ),
    )


@pytest.fixture
def proxy(shop: Cluster, tmp_path: Path) -> Iterator[Proxy]:
    with proxied(shop, tmp_path) as made:
        yield made


def interrupted(
    proxy: Proxy, folder: Path, script: Script, *options: str, settled: bool = False
) -> tuple[subprocess.Popen[str], str, str]:
    """Ctrl-C reaches all processes of the terminal's foreground group, once a request is being answered slowly.

    If `settled`, once nothing else has been asked for a while: pods are asked for first, and taken last.
    """
    proxy.script = script
    config = kubeconfig(folder / "config", proxy, token_user("admin"))
    command = [sys.executable, "-m", "auditor", "cluster", "--kubeconfig", str(config), *WITH, *options]
    started = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until("a slow answer is on its way", lambda: bool(proxy.faults))
    asked = 0
    while settled and len(proxy.log) > asked:
        asked = len(proxy.log)
        time.sleep(1)
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=20)
    return started, out, err


def slow(*paths: str) -> Script:
    return lambda request: Slow(60) if request.path.partition("?")[0] in paths else None


def report_of(done: tuple[subprocess.Popen[str], str, str]) -> dict[str, Any]:
    started, out, err = done
    assert started.returncode == 130, err
    assert "Traceback" not in err
    report = dict(json.loads(out))
    assert report["run"]["interrupted"] is True
    return report


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_leaves_what_is_known(shop: Cluster, proxy: Proxy, tmp_path: Path, jobs: str) -> None:
    # Enough for a second process to judge what is there while the pods are read.
    apply(shop, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "many"}}])
    apply(shop, [service_account("many", f"many-{number}") for number in range(400)])
    file = tmp_path / "snapshot.json.zst"
    done = interrupted(proxy, tmp_path, slow("/api/v1/pods"), "--save", str(file), "--jobs", jobs, settled=True)
    report = report_of(done)
    failed = {(one["rule"], one["object"]["name"]) for one in report["findings"] if one["verdict"] == "fail"}
    assert ("container-privileged", "search") in failed
    assert any("interrupted" in one["reason"] for one in report["findings"] if one["verdict"] == "not-evaluated")
    replayed = told("scan", file, *WITH, "--jobs", "1")
    assert replayed.code == 130
    assert comparable(replayed.out) == comparable(done[1])
    assert "interrupted" in told("snapshot", "show", file).out


@pytest.mark.parametrize("path", ["/apis", "/openapi/v2", "/api/v1/namespaces", "/apis/apps/v1/deployments"])
def test_an_interrupt_at_any_time_leaves_a_report(shop: Cluster, proxy: Proxy, tmp_path: Path, path: str) -> None:
    """In discovery, in a probe, in the first list and in one of several at a time."""
    report = report_of(interrupted(proxy, tmp_path, slow(path)))
    unknown = [one["reason"] for one in report["findings"] if one["verdict"] == "not-evaluated"]
    assert any("interrupted" in reason for reason in unknown)


def test_an_interrupt_before_anything_is_known(shop: Cluster, proxy: Proxy, tmp_path: Path) -> None:
    started, out, err = interrupted(proxy, tmp_path, slow("/version"))
    assert (started.returncode, out) == (130, "")
    assert "Traceback" not in err
