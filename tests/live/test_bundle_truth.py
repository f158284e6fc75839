"""The script's bundle of this machine says of the processes that run here what they say of themselves.

A kubelet whose file, drop-ins and flags are at odds is asked for /configz; an API server and its etcd are as flags say.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.tables.components import flags
from tests.collectors.fake_node import SCRIPT, shells
from tests.conftest import Kubeplumb
from tests.facts.kubelet_configz import comparable, fields, served
from tests.live import flagz
from tests.live.cluster import Cluster
from tests.live.node import kubelet, missing
from tests.live.test_kubelet_configz import DROP_INS, FLAGS, SETTINGS

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
NAME = f"truth-{os.getpid()}"


@pytest.fixture(scope="module")
def told(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The bundle, and what the kubelet served while it was made."""
    with kubelet(cluster, NAME, SETTINGS, flags=FLAGS, drop_ins=DROP_INS):
        environment = {"PATH": os.environ["PATH"], "KUBEPLUMB_NODE": NAME}
        shell = shells()[0].split()
        done = subprocess.run(shell, input=SCRIPT.read_bytes(), capture_output=True, env=environment, check=True)
        bundle = tmp_path_factory.mktemp("bundle") / "node.json"
        bundle.write_bytes(done.stdout)
        yield bundle, cluster.get(f"/api/v1/nodes/{NAME}/proxy/configz").body["kubeletconfig"]


def facts(kubeplumb: Kubeplumb, bundle: Path, component: str, setting: str, value: str) -> dict[str, Any]:
    """The settings of the process of ours: others' may run here as well."""
    lines = kubeplumb("facts", "component", bundle, "-o", "json").out.splitlines()
    found = [json.loads(line)["fact"] for line in lines]
    (settings,) = [
        one["settings"]
        for one in found
        if one["component"] == component
        and one["source"] == "process"
        and value in str(one["settings"].get(setting, {}).get("value"))
    ]
    return dict(settings)


def test_a_kubelet(told: tuple[Path, dict[str, Any]], kubeplumb: Kubeplumb) -> None:
    bundle, configz = told
    settings = facts(kubeplumb, bundle, "kubelet", "hostname-override", NAME)
    wanted = served(configz)
    found = {one.setting: comparable(one, settings[one.setting].get("value")) for one in fields()}
    unlike = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
    unlike.pop("eviction-hard", None)
    assert unlike == {}
    assert found["max-pods"] == 46
    assert found["seccomp-default"] is True
    assert settings["seccomp-default"]["origin"] == "file"


def test_an_api_server(cluster: Cluster, told: tuple[Path, dict[str, Any]], kubeplumb: Kubeplumb) -> None:
    settings = facts(kubeplumb, told[0], "kube-apiserver", "audit-log-path", str(cluster.folder))
    kinds = {flag.name: flag.kind for flag in flags("kube-apiserver", 37).values()}
    found = flagz.unlike(flagz.told(cluster), settings, kinds)
    assert found.keys() <= {"advertise-address", "external-hostname", "watch-cache-sizes"}


def test_an_etcd(cluster: Cluster, told: tuple[Path, dict[str, Any]], kubeplumb: Kubeplumb) -> None:
    settings = facts(kubeplumb, told[0], "etcd", "data-dir", str(cluster.folder))
    (url,) = settings["listen-client-urls"]["value"]
    assert f"--etcd-servers {url}" in " ".join(cluster.words)
    assert (settings["client-cert-auth"]["value"], settings["client-cert-auth"]["origin"]) == (False, "default")
