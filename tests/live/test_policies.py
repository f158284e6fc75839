"""NetworkPolicies and Pod Security labels: what a real API server takes, refuses, defaults and enforces."""

from itertools import count, product
from typing import Any

import pytest

from auditor.facts.namespaces import LABEL, pod_security
from auditor.facts.network.policies import network_policies
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.live.apiserver import Server

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies?dryRun=All"
NAMES = (f"labelled-{number}" for number in count())


def read(spec: Any) -> tuple[bool, tuple[str, ...]]:
    """Whether we take a policy, and what it isolates."""
    ref = ObjectRef("networking.k8s.io/v1", "NetworkPolicy", "default", "p")
    world = World("w", CLUSTER, Completeness(), {"NetworkPolicy": [Resource(ref, {"spec": spec}, Origin("f"), "w")]})
    (policy,) = network_policies(world)
    return not policy.problem, policy.directions


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"podSelector": {}},
        {"policyTypes": []},
        {"egress": []},
        {"egress": [{}]},
        {"policyTypes": [], "egress": [{}]},
        {"policyTypes": ["Egress"], "ingress": [{}]},
        {"policyTypes": ["Ingress"], "egress": [{}]},
        {"policyTypes": ["Egress", "Ingress"]},
        {"policyTypes": ["ingress"]},
        {"ingress": [{"from": []}]},
        {"ingress": [{"from": [{}]}]},
        {"ingress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]},
        {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"a b": "c"}}}]}]},
        {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}]},
        {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]},
        {"ingress": [{"from": [{"ipBlock": {"cidr": "everything"}}]}]},
        {"ingress": [{"from": [{"ipBlock": {}}]}]},
        {"ingress": [{"ports": [{"port": 1, "endPort": 65535}]}]},
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Is", "values": ["web"]}]}},
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In"}]}},
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}},
        {"podSelector": {"matchLabels": {"app": "a b"}}},
    ],
    ids=str,
)
def test_a_policy_is_taken_and_defaulted_as_we_read_it(apiserver: Server, spec: Any) -> None:
    metadata = {"name": "p"}
    body = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    answer = apiserver.post(POLICIES, body)
    taken, directions = read(spec)
    assert answer.ok == taken, answer.body
    if taken:
        assert sorted(direction.capitalize() for direction in directions) == sorted(answer.body["spec"]["policyTypes"])


LEVELS, VERSIONS = (None, "privileged", "baseline", "restricted", "Baseline"), (None, "latest", "v1.25", "1.25")


@pytest.mark.parametrize(("level", "version"), [*product(LEVELS, VERSIONS)])
def test_a_namespace_is_refused_where_we_find_a_label_invalid(
    apiserver: Server, level: str | None, version: str | None
) -> None:
    labels = {LABEL + key: text for key, text in (("audit", level), ("audit-version", version)) if text is not None}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": next(NAMES), "labels": labels}}
    answer = apiserver.post("/api/v1/namespaces?dryRun=All", body)
    assert answer.ok == (not pod_security(labels)["invalid"]), answer.body


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {"hostNetwork": True, "containers": [{"name": "c", "image": "i"}]},
}


@pytest.mark.parametrize(("enforce", "warn"), [*product(LEVELS[:4], LEVELS[:4])])
def test_levels_act_as_we_say(apiserver: Server, enforce: str | None, warn: str | None) -> None:
    name = next(NAMES)
    labels = {LABEL + mode: level for mode, level in (("enforce", enforce), ("warn", warn)) if level}
    metadata = {"name": name, "labels": labels}
    assert apiserver.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).ok
    effective = pod_security(labels)
    answer = apiserver.post(f"/api/v1/namespaces/{name}/pods?dryRun=All", POD)
    assert answer.ok == (effective["enforce"]["level"] == "privileged"), answer.body
    # A Deployment is never refused, only warned about.
    template = {"metadata": {"labels": {"a": "b"}}, "spec": POD["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    answer = apiserver.post(f"/apis/apps/v1/namespaces/{name}/deployments?dryRun=All", deployment)
    assert answer.ok
    assert bool(answer.warnings) == (effective["warn"]["level"] != "privileged"), answer.warnings
