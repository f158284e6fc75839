"""Servers of two minor versions: what each serves and when that ends, how nodes fit it, the same verdicts on both."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.connection import connect
from auditor.collectors.api.discovery import discover
from auditor.collectors.api.kubeconfig import Access
from auditor.collectors.api.requests import Client, Limits
from auditor.kube.versions import Version
from auditor.tables.deprecations import lookup
from auditor.tables.folder import load_table
from auditor.tables.rbac import cluster_scoped
from tests.conftest import Kubeplumb
from tests.live import flagz
from tests.live.apiserver import NEWEST, OLDER, Server, binaries, running
from tests.live.audits import audit
from tests.live.cluster import Cluster
from tests.live.judged import judged
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.objects import apply
from tests.live.population import node
from tests.live.releases import BOTH
from tests.live.shop import NAMESPACES, settle


def config_of(folder: Path, cluster: Cluster) -> Path:
    return kubeconfig(folder / f"config-{cluster.release}", cluster, token_user("admin"))


@BOTH
def test_a_server_is_of_the_version_that_was_asked_for(cluster: Cluster, tmp_path: Path) -> None:
    assert cluster.version().startswith(f"v{cluster.release}.")
    done = audit(config_of(tmp_path, cluster), "--rule", "kubernetes-*")
    assert done.report["run"]["cluster"]["version"] == cluster.version()


@BOTH
def test_discovery_finds_what_can_be_listed_in_the_version_preferred(cluster: Cluster, tmp_path: Path) -> None:
    """Aggregated discovery, which is asked for, against the older kind, which is not."""
    paths = {"": "/api/v1"}
    for group in cluster.get("/apis").body["groups"]:
        paths[group["name"]] = f"/apis/{group['preferredVersion']['groupVersion']}"
    listed = {
        (group, path.rpartition("/")[2], one["name"], one["kind"], one["namespaced"])
        for group, path in paths.items()
        for one in cluster.get(path).body["resources"]
        if "list" in one["verbs"]
    }
    client = Client(connect(Access(kubeconfig=str(config_of(tmp_path, cluster)))), Limits())
    found = discover(client)
    assert found.broken == {}
    ours = {(one.group, one.version, one.plural, one.kind, one.namespaced) for one in found.resources}
    assert listed <= ours
    # What the preferred version of a group lacks is found in another one.
    assert {(one[0], one[2]) for one in ours - listed}.isdisjoint((one[0], one[2]) for one in listed)


@BOTH
def test_nodes_fit_the_control_plane_or_not(cluster: Cluster, tmp_path: Path) -> None:
    """Kubelets may be up to three minor versions older and never newer (kubernetes.io, version skew policy)."""
    own = cluster.minor
    nodes = {f"skew-{own + away}": own + away for away in (-4, -3, 0, 1)}
    apply(cluster, [node(name, kubeletVersion=f"v1.{number}.0") for name, number in nodes.items()])
    try:
        done = audit(config_of(tmp_path, cluster), "--rule", "kubelet-newer", "--rule", "kubelet-too-old")
    finally:
        for name in nodes:
            cluster.request("DELETE", f"/api/v1/nodes/{name}")
    assert {(one.rule, one.name) for one in done.findings() if one.name in nodes} == {
        ("kubelet-too-old", f"skew-{own - 4}"),
        ("kubelet-newer", f"skew-{own + 1}"),
    }


@BOTH
def test_an_object_that_was_applied_in_a_version_that_has_ended(cluster: Cluster, tmp_path: Path) -> None:
    """As after an upgrade: the server converted it, and whoever applies it again is refused."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "registry.example/c:1"}]}
    spec = {"schedule": "@yearly", "suspend": True, "jobTemplate": {"spec": {"template": {"spec": pod}}}}
    old = {"apiVersion": "batch/v1beta1", "kind": "CronJob", "metadata": {"name": "old"}, "spec": spec}
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(old)}
    apply(cluster, [old | {"apiVersion": "batch/v1", "metadata": {"name": "old", "annotations": annotations}}])
    try:
        rules = ("api-version-*", "container-privileged")  # the second needs workloads to be read
        done = audit(config_of(tmp_path, cluster), *(part for rule in rules for part in ("--rule", rule)))
    finally:
        cluster.request("DELETE", "/apis/batch/v1/namespaces/default/cronjobs/old")
    (found,) = (one for one in done.findings() if one.name == "old")
    assert found.rule == "api-version-written-ending"
    assert found.message == "CronJob old is written by last-applied as batch/v1beta1, which ends with 1.25"


def test_the_demo_set_is_judged_alike_on_both(clusters: Callable[[str], Cluster], tmp_path: Path) -> None:
    found = []
    for release in (NEWEST, OLDER):
        settle(clusters(release))
        options = [part for name in NAMESPACES for part in ("-n", name)]
        done = audit(config_of(tmp_path, clusters(release)), *options)
        assert done.report["gaps"] == []
        assert done.unjudged(NAMESPACES) == {}
        # Controllers name pods by lot.
        found.append({one._replace(name="") if one.kind == "Pod" else one for one in done.findings(NAMESPACES)})
    newest, older = found
    assert len(newest) > 100
    assert (newest - older, older - newest) == (set(), set())


@pytest.fixture(scope="module", params=[NEWEST, OLDER])
def generous(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that serves every API version it has, and has every feature on."""
    found = binaries(request.param)
    if isinstance(found, str):
        pytest.skip(found)
    everything = ("--runtime-config=api/all=true", "--feature-gates=AllAlpha=true,AllBeta=true")
    with running(tmp_path_factory.mktemp("generous"), *everything, release=request.param) as server:
        yield server


def resources(server: Server) -> Iterator[tuple[str, Any]]:
    """All that is served, with its API version, by the older kind of discovery."""
    groups = server.get("/apis").body["groups"]
    versions = ["v1", *(version["groupVersion"] for group in groups for version in group["versions"])]
    for version in versions:
        for one in server.get(f"/apis/{version}" if "/" in version else f"/api/{version}").body["resources"]:
            yield version, one


def test_resources_outside_of_namespaces_are_those_of_the_table(generous: Server) -> None:
    outside = {
        (version.rpartition("/")[0], one["name"])
        for version, one in resources(generous)
        if not one["namespaced"] and "/" not in one["name"]
    }
    assert outside - cluster_scoped() == set()


def test_kinds_end_when_the_table_says(generous: Server) -> None:
    """What the table says is there now, is served; what it says has ended, or is to come, is not."""
    now = Version(1, generous.minor)
    served = {(version, one["kind"]) for version, one in resources(generous)}
    rows = [(version, kind) for version, kinds in load_table("deprecations")["served"].items() for kind in kinds]
    known = {row: one for row in rows if (one := lookup(*row)) is not None and one.served}
    there = {
        row
        for row, one in known.items()
        if not one.is_removed(now) and (one.introduced_in is None or now.reaches(one.introduced_in))
    }
    assert {row for row in known if row in served} == there


UNLIKE = {"advertise-address", "external-hostname", "watch-cache-sizes", "tls-cert-file", "tls-private-key-file"}
"""Flags whose values the server works out itself, or spells in a way of its own."""


def test_the_server_has_the_settings_that_facts_give_it(generous: Server, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    said = flagz.told(generous)
    facts = judged(kubeplumb, tmp_path / "audited", "kube-apiserver", generous.words, (), generous.version())
    kinds = flagz.known(said, "kube-apiserver", generous)
    assert flagz.unlike(said, facts.settings, kinds).keys() <= UNLIKE
