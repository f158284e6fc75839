"""Probe facts: what the answers to a client without credentials say together."""

from typing import Any

import pytest

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.clusters.probes import open_paths, probe_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
RBAC = "rbac.authorization.k8s.io/v1"


def world(requests: Any, *more: tuple[ObjectRef, dict[str, Any]], name: str = "anonymous") -> World:
    made = World("w", CLUSTER, Completeness(all=True))
    probe = (ObjectRef(OBSERVED, "Probe", "", name), {"target": "https://x", "requests": requests})
    for line, (ref, manifest) in enumerate((probe, *more)):
        made.resources.setdefault(ref.kind, []).append(Resource(ref, manifest, Origin("f", line), "w"))
    return made


def told(*answers: tuple[str, int, str]) -> Fact:
    (fact,) = probe_facts(world([{"path": path, "status": status, "user": user} for path, status, user in answers]))
    return fact


def bound(subject: str, role: str, namespace: str = "", name: str = "b") -> tuple[ObjectRef, dict[str, Any]]:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    subjects = [{"kind": subject.partition("/")[0], "name": subject.partition("/")[2]}]
    role_ref = {"kind": role.partition("/")[0], "name": role.partition("/")[2]}
    return ObjectRef(RBAC, kind, namespace, name), {"roleRef": role_ref, "subjects": subjects}


def test_a_stock_cluster_opens_health_and_version() -> None:
    assert open_paths() == {"/healthz", "/livez", "/readyz", "/version", "/version/"}


OFF, HEALTH, DENIED = ("/", 401, ""), ("/livez", 200, ""), ("/", 403, "system:anonymous")
OPEN, PROXY, DOWN = ("/api", 200, ""), ("/api", 403, ""), ("/api", 0, "")


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((OFF,), "off"),
        ((OFF, HEALTH), "conditional"),
        ((OFF, DENIED), "conditional"),
        ((HEALTH, DENIED), "limited"),
        ((DENIED,), "limited"),
        ((HEALTH,), "limited"),
        ((OPEN,), "open"),
        ((OFF, OPEN), "open"),
        ((DOWN, OPEN), "open"),
    ],
)
def test_the_state_follows_from_all_answers(answers: tuple[tuple[str, int, str], ...], state: str) -> None:
    fact = told(*answers)
    assert fact.value["state"] == state
    assert not fact.undecided


@pytest.mark.parametrize("answers", [(), (DOWN,), (OFF, DOWN), (HEALTH, PROXY), (OFF, ("/api", 404, ""))])
def test_what_was_neither_answered_nor_refused_leaves_it_open(answers: tuple[tuple[str, int, str], ...]) -> None:
    assert set(told(*answers).undecided) == {"state", "beyond"}


def test_a_user_that_somebody_else_put_in_is_no_anonymous_one() -> None:
    reason = told(OPEN, ("/", 403, "jane")).undecided["beyond"]
    assert "jane" in reason


@pytest.mark.parametrize("requests", [None, {}, "text", [1, None, []], [{"path": 1, "status": True, "user": []}]])
def test_a_document_that_is_none_leaves_it_open(requests: Any) -> None:
    (fact,) = probe_facts(world(requests))
    assert set(fact.undecided) == {"state", "beyond"}


def test_bindings_beyond_the_bootstrap_policy_are_named() -> None:
    stock = bound("Group/system:unauthenticated", "ClusterRole/system:public-info-viewer")
    kubeadm = bound("User/system:anonymous", "Role/kubeadm:bootstrap-signer-clusterinfo", "kube-public")
    others = bound("Group/system:authenticated", "ClusterRole/view")
    own = bound("User/system:anonymous", "ClusterRole/view", "shop", "open")
    (fact,) = probe_facts(world([], stock, kubeadm, others, own))
    assert fact.value["bindings"] == ["RoleBinding/shop/open to ClusterRole/view"]


def test_other_probes_are_no_facts() -> None:
    assert list(probe_facts(world([], name="kubelet"))) == []
    foreign = ObjectRef("monitoring.coreos.com/v1", "Probe", "shop", "anonymous")
    made = World("w", CLUSTER, Completeness(), {"Probe": [Resource(foreign, {}, Origin("f"), "w")]})
    assert list(probe_facts(made)) == []
