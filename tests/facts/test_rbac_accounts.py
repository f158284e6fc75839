"""Account and token facts: who runs as an account, what is bound to it, and whether its token is mounted."""

from typing import Any

import pytest

from auditor.facts.rbac.accounts import account_facts, token_facts
from auditor.facts.world import WorkloadSummary, World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
RBAC = "rbac.authorization.k8s.io/v1"
VIEW = {"kind": "ClusterRole", "name": "view"}


def workload(account: str = "web", automount: bool | None = None, namespace: str = "shop") -> WorkloadSummary:
    ref = ObjectRef("apps/v1", "Deployment", namespace, "web")
    return WorkloadSummary(ref, Origin("f", 90), "w", ("spec", "template"), {}, account, automount, False, "")


def sa(name: str, namespace: str = "shop", **more: Any) -> tuple[ObjectRef, dict[str, Any]]:
    return ObjectRef("v1", "ServiceAccount", namespace, name), {"metadata": {"name": name}, **more}


def bind(subject: dict[str, str], namespace: str = "shop") -> tuple[ObjectRef, dict[str, Any]]:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return ObjectRef(RBAC, kind, namespace, "b"), {"roleRef": VIEW, "subjects": [subject]}


def world(*objects: tuple[ObjectRef, dict[str, Any]], runs: WorkloadSummary, complete: bool = False) -> World:
    made = World("w", CLUSTER, Completeness(all=complete), workloads=[runs])
    for index, (ref, manifest) in enumerate(objects):
        made.resources.setdefault(ref.kind, []).append(Resource(ref, manifest, Origin("f", index), "w"))
    return made


def token(*objects: tuple[ObjectRef, dict[str, Any]], runs: WorkloadSummary, complete: bool = False) -> Fact:
    (fact,) = token_facts(world(*objects, runs=runs, complete=complete))
    return fact


@pytest.mark.parametrize(
    ("pod", "account", "mounted", "decided_by"),
    [
        (None, None, True, "default"),
        (None, False, False, "account"),
        (None, True, True, "account"),
        (False, True, False, "pod"),
        (True, False, True, "pod"),
    ],
)
def test_the_pod_decides_before_the_account(
    pod: bool | None, account: bool | None, mounted: bool, decided_by: str
) -> None:
    more: dict[str, Any] = {} if account is None else {"automountServiceAccountToken": account}
    fact = token(sa("web", **more), runs=workload(automount=pod))
    assert (fact.value["mounted"], fact.value["decidedBy"]) == (mounted, decided_by)
    assert not fact.undecided


def test_an_account_that_is_not_in_the_input_may_forbid_the_token() -> None:
    assert "not in the input" in token(runs=workload()).undecided["mounted"]
    assert not token(runs=workload(automount=True)).undecided
    assert not token(runs=workload(), complete=True).undecided


def test_the_default_account_exists_in_every_namespace() -> None:
    fact = token(runs=workload("default"))
    assert fact.value["mountsDefault"]
    assert not fact.undecided


@pytest.mark.parametrize(
    ("subject", "namespace", "found"),
    [
        ({"kind": "ServiceAccount", "name": "web"}, "shop", True),
        ({"kind": "ServiceAccount", "name": "web", "namespace": "shop"}, "", True),
        ({"kind": "ServiceAccount", "name": "web", "namespace": "shop"}, "other", True),
        ({"kind": "ServiceAccount", "name": "web"}, "other", False),
        ({"kind": "User", "name": "system:serviceaccount:shop:web"}, "", True),
        ({"kind": "Group", "name": "system:serviceaccounts:shop"}, "", True),
        ({"kind": "Group", "name": "system:serviceaccounts:other"}, "", False),
        ({"kind": "Group", "name": "system:authenticated"}, "", True),
        ({"kind": "User", "name": "web"}, "", False),
    ],
)
def test_bindings_reach_an_account_by_name_and_by_group(subject: dict[str, str], namespace: str, found: bool) -> None:
    fact = token(sa("web"), bind(subject, namespace), runs=workload())
    assert bool(fact.value["bindings"]) is found
    assert not fact.undecided


def test_what_a_stock_cluster_binds_to_all_accounts_does_not_count() -> None:
    role_ref = {"kind": "ClusterRole", "name": "system:discovery"}
    subject = {"kind": "Group", "name": "system:authenticated"}
    stock = ObjectRef(RBAC, "ClusterRoleBinding", "", "d"), {"roleRef": role_ref, "subjects": [subject]}
    assert token(sa("web"), stock, runs=workload()).value["bindings"] == []


def test_a_namespace_left_to_deploy_time_leaves_bindings_undecided() -> None:
    subject = {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}
    fact = token(sa("web", ""), bind(subject, ""), runs=workload(namespace=""))
    assert "deploy time" in fact.undecided["bindings"]
    open_binding = bind({"kind": "ServiceAccount", "name": "web"}, "")[1]
    local = ObjectRef(RBAC, "RoleBinding", "", "b"), open_binding
    assert "deploy time" in token(sa("web"), local, runs=workload()).undecided["bindings"]


def test_a_binding_that_could_not_be_decoded_may_be_the_one() -> None:
    made = world(sa("web"), bind({}), runs=workload())
    made.unknown = {Origin("f", 1): ((Origin("f", 1), ("subjects", 0), "is text"),)}
    (fact,) = token_facts(made)
    assert "could not be decoded" in fact.undecided["bindings"]


def test_static_pods_of_the_control_plane_get_no_token() -> None:
    ref = ObjectRef("v1", "Pod", "kube-system", "etcd")
    static = WorkloadSummary(ref, Origin("f", 1), "w", (), {}, "default", None, True, "etcd")
    assert list(token_facts(world(runs=static))) == []


def test_accounts_are_those_of_the_input_and_those_that_run() -> None:
    subject = {"kind": "ServiceAccount", "name": "web"}
    facts = list(account_facts(world(sa("spare"), bind(subject), runs=workload())))
    assert [(fact.ref.name, fact.value["present"]) for fact in facts] == [("spare", True), ("web", False)]
    used = facts[1].value
    assert (used["workloads"], used["bindings"], used["allows"]) == (["Deployment/web"], ["RoleBinding/shop/b"], [])
    assert facts[1].anchors[""].path == ("spec", "template", "spec")


def test_permissions_through_an_unknown_role_are_undecided() -> None:
    ref, manifest = bind({"kind": "ServiceAccount", "name": "web"})
    manifest["roleRef"] = {"kind": "Role", "name": "gone"}
    (fact,) = account_facts(world((ref, manifest), runs=workload()))
    assert fact.undecided["allows"] == "Role/shop/gone is not in the input"
