"""What real kubelets and a real etcd give on their own ports to a client without credentials."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from auditor.collectors.api.node_ports import Address, Port, probe_nodes
from auditor.collectors.api.requests import Client, Limits
from auditor.facts.nodes.ports import node_port_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Inventory, Provenance
from auditor.model.refs import ObjectRef
from tests.conftest import Kubeplumb
from tests.live.cluster import Cluster
from tests.live.etcd import etcd
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.node import OPEN, kubelet, missing
from tests.live.releases import LATER

RULES = ("kubelet-port-*", "kubelet-read-only-port-answered", "etcd-port-answered")
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@LATER
def test_kubelets(cluster: Cluster, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    config = kubeconfig(tmp_path / "kubeconfig", cluster, token_user("admin"))
    saved = tmp_path / "saved.json.zst"
    options = ["--no-config", "-o", "json", *(part for rule in RULES for part in ("--rule", rule))]
    half = {"authentication": {"anonymous": {"enabled": True}, "x509": {"clientCAFile": str(cluster.ca)}}}
    with kubelet(cluster, "shut"), kubelet(cluster, "half", half), kubelet(cluster, "wide", OPEN):
        told = kubeplumb("cluster", "--kubeconfig", config, "--probe-nodes", "--save", saved, *options)
        quiet = kubeplumb("cluster", "--kubeconfig", config, *options)
    report = json.loads(told.out)
    failed = {(one["rule"], one["object"]["name"]) for one in report["findings"] if one["verdict"] == "fail"}
    assert failed == {
        ("kubelet-port-anonymous", "half"),
        ("kubelet-port-answered", "wide"),
        ("kubelet-read-only-port-answered", "wide"),
    }
    again = json.loads(kubeplumb("scan", saved, *options).out)
    assert again["findings"] == report["findings"]
    unasked = {one["rule"]: one["reason"] for one in json.loads(quiet.out)["findings"]}
    assert len(unasked) == 4
    assert all("--probe-nodes" in reason for reason in unasked.values())


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"client-cert-auth": "true", "trusted-ca-file": "{ca}"}, "refused"),
        ({"client-cert-auth": "true", "trusted-ca-file": "{ca}", "tls-min-version": "TLS1.3"}, "refused"),
        ({}, "open"),
        (None, "open"),
    ],
    ids=["certificates", "certificates-and-tls-1.3", "tls-alone", "plain"],
)
def test_etcd(tmp_path: Path, settings: dict[str, str] | None, state: str) -> None:
    with etcd(tmp_path, settings or {}, tls=settings is not None) as store:
        client = Client(cast(Any, None), Limits())  # the API server is not asked
        ports = [Port("etcd", scheme, store.port, "/version") for scheme in ("https", "http")]
        found = probe_nodes(client, [Address("n", "127.0.0.1", 1)], Inventory(Provenance("w", "")), ports)
    world = World("w", Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w"), Completeness())
    world.resources["NodeProbe"] = found
    (fact,) = node_port_facts(world)
    assert (fact.value["state"], "state" in fact.undecided) == (state, not state), fact.value["answers"]
