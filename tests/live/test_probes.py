"""What a real API server gives to a client without credentials, and the certificates of both ends."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.certificates import observe_certificates
from auditor.collectors.api.connection import connect
from auditor.collectors.api.kubeconfig import Access
from auditor.collectors.api.probes import PATHS, probe_anonymous
from auditor.collectors.api.requests import Client, Limits
from auditor.facts.clusters.certificates import certificate_facts
from auditor.facts.clusters.probes import probe_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef
from tests.conftest import Kubeplumb
from tests.live.apiserver import built
from tests.live.cluster import Cluster, granted
from tests.live.cluster import cluster as start_cluster
from tests.live.kubeconfig import User, certificate_user, kubeconfig, token_user
from tests.live.releases import BOTH

HEALTH = ["/healthz", "/livez", "/readyz"]
CONDITIONS = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "anonymous": {"enabled": True, "conditions": [{"path": path} for path in HEALTH]},
}
RULES = ("anonymous-client-answered", "anonymous-auth-unrestricted", "certificate-*")


def client(folder: Path, to: Cluster, user: User) -> Client:
    return Client(connect(Access(kubeconfig=str(kubeconfig(folder / "kubeconfig", to, user)))), Limits())


def world(*resources: Resource) -> World:
    made = World("w", Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w"), Completeness())
    for resource in resources:
        made.resources.setdefault(resource.ref.kind, []).append(resource)
    return made


def probe(folder: Path, to: Cluster) -> Fact:
    (fact,) = probe_facts(world(probe_anonymous(client(folder, to, token_user("admin")), inventory())))
    return fact


def inventory() -> Inventory:
    return Inventory(Provenance("w", ""))


@BOTH
def test_a_default_server_lets_everybody_in_and_shows_health_and_version(cluster: Cluster, tmp_path: Path) -> None:
    fact = probe(tmp_path, cluster)
    assert not fact.undecided
    assert (fact.value["state"], fact.value["beyond"], fact.value["refused"]) == ("limited", [], [])
    assert fact.value["answered"] == ["/version", *HEALTH]
    others = {one["path"]: (one["status"], one["reason"], one["user"]) for one in fact.value["requests"]}
    for path in set(PATHS) - set(fact.value["answered"]):
        assert others[path] == (403, "Forbidden", "system:anonymous")


@BOTH
def test_what_is_granted_to_anonymous_clients_is_seen(cluster: Cluster, tmp_path: Path) -> None:
    discovery = {"nonResourceURLs": ["/api", "/openapi/*"], "verbs": ["get"]}
    namespaces = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}
    with granted(cluster, "system:anonymous", [discovery, namespaces]):
        fact = probe(tmp_path, cluster)
    assert fact.value["state"] == "open"
    assert fact.value["beyond"] == ["/api", "/openapi/v2", "/openapi/v3", "/api/v1/namespaces"]


@pytest.mark.parametrize("state", ["off", "conditional"])
def test_a_server_that_refuses_anonymous_clients_or_has_conditions(state: str, tmp_path: Path) -> None:
    found = built("kube-apiserver", "etcd")
    if isinstance(found, str):
        pytest.skip(found)
    config = tmp_path / "authentication.json"
    config.write_text(json.dumps(CONDITIONS))
    flags = ["--anonymous-auth=false"] if state == "off" else [f"--authentication-config={config}"]
    with start_cluster(tmp_path / "cluster", *flags) as made:
        fact = probe(tmp_path, made)
    answered = [] if state == "off" else HEALTH
    assert not fact.undecided
    assert (fact.value["state"], fact.value["answered"]) == (state, answered)
    assert set(fact.value["refused"]) == set(PATHS) - set(answered)


def test_the_certificates_of_both_ends_are_read(cluster: Cluster, tmp_path: Path) -> None:
    user = certificate_user(cluster.authority, tmp_path, "jane", ("system:masters",), inline=True)
    shown = observe_certificates(client(tmp_path, cluster, user), inventory())
    server, own = (fact.value for fact in certificate_facts(world(*shown)) if fact.value["position"] == 0)
    assert (server["role"], server["subject"], server["issuer"]) == (
        "server",
        "CN=kube-apiserver",
        "CN=kubeplumb-live-ca",
    )
    assert "127.0.0.1" in server["ipAddresses"]
    assert "kubernetes.default.svc" in server["dnsNames"]
    assert (own["role"], own["subject"]) == ("client", "CN=jane,O=system:masters")
    assert server["key"] == own["key"] == {"type": "EC", "bits": 256, "curve": "secp256r1"}


@BOTH
def test_the_rules_judge_what_was_observed_and_a_snapshot_says_the_same(
    cluster: Cluster, tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    config = kubeconfig(tmp_path / "kubeconfig", cluster, token_user("admin"))
    snapshot = tmp_path / "snapshot.json.gz"
    rules = [part for rule in RULES for part in ("--rule", rule)]
    today = date.today() + timedelta(32)  # the certificates of the tests last for 30 days
    live = kubeplumb("cluster", "--kubeconfig", config, "--save", snapshot, *rules, "--today", today, "-o", "json")
    again = kubeplumb("scan", snapshot, *rules, "--today", today, "-o", "json")
    verdicts = [_verdicts(json.loads(result.out)) for result in (live, again)]
    assert verdicts[0] == verdicts[1]
    assert verdicts[0] == {"anonymous-auth-unrestricted": "fail", "certificate-expired": "fail"}


def _verdicts(report: Any) -> dict[str, str]:
    return {finding["rule"]: finding["verdict"] for finding in report["findings"]}
