"""What an audit tells with no rights, some, and all: nothing is lost without a word, and nothing is made up."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.pipeline.needs import SINGLES
from tests.live.apiserver import token_of
from tests.live.audit import audited
from tests.live.audits import Audit, audit, differences, invented, lost, told
from tests.live.cluster import RBAC, Cluster, Rule, granted
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.kubectl import kubectl
from tests.live.objects import apply
from tests.live.releases import BOTH, LATER
from tests.live.waiting import until

OF_WORKLOADS = ("workload", "container", "image")
POLICIES = {"networkpolicies", "resourcequotas", "limitranges"}
GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
def admin(shop: Cluster, tmp_path: Path) -> Path:
    return kubeconfig(tmp_path / "admin", shop, token_user("admin"))


@pytest.fixture
def reader(shop: Cluster, tmp_path: Path) -> Path:
    return kubeconfig(tmp_path / "reader", shop, token_user("reader"))


def needed(config: Path, *options: str) -> dict[str, Any]:
    done = told("rbac-needed", "--profile", "all", "--kubeconfig", config, *options)
    assert done.code == 0, done
    return dict(yaml.safe_load(done.out))


def namespaced(cluster: Cluster, rules: list[Rule]) -> list[Rule]:
    """What of the rules is about objects in namespaces."""
    groups = {group for rule in rules for group in rule["apiGroups"]}
    paths = {group: cluster.get(f"/apis/{group}").body for group in groups if group}
    versions = {group: f"/apis/{found['preferredVersion']['groupVersion']}" for group, found in paths.items()}
    served = {
        (group, one["name"])
        for group in groups
        for one in cluster.get(versions.get(group, "/api/v1")).body["resources"]
        if one["namespaced"]
    }
    kept = [
        rule | {"resources": [one for one in rule["resources"] if (rule["apiGroups"][0], one) in served]}
        for rule in rules
        if "resourceNames" not in rule
    ]
    return [rule for rule in kept if rule["resources"]]


def without(rules: list[Rule], resources: set[str]) -> list[Rule]:
    kept = [rule | {"resources": [one for one in rule["resources"] if one not in resources]} for rule in rules]
    return [rule for rule in kept if rule["resources"]]


@BOTH
def test_without_rights_nothing_is_clean(shop: Cluster, admin: Path, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "nobody", shop, token_user("nobody"))
    whole = audit(admin)
    with audited(shop.audit_log, "nobody") as seen:
        blind = audit(config)
    assert (blind.code, blind.report["coverage"]["objects"]) == (3, 0)
    # The version is told to everyone.
    assert {one.kind for one in blind.findings()} <= {"Cluster"}
    assert lost(whole, blind) == set()
    refused = {one.path.partition("?")[0] for one in seen if one.status == 403}
    gaps = {gap["place"]["file"]: gap for gap in blind.report["gaps"]}
    assert gaps.keys() == refused
    assert len(refused) >= 25
    for path, gap in gaps.items():
        verb = "get" if path.startswith("/api/v1/namespaces/") else "list"
        resource = path.split("/")[-2 if verb == "get" else -1]
        assert re.match(f"nobody could not {verb} {resource}[ :]", gap["reason"])
        assert f'User "nobody" cannot {verb} resource "{resource}"' in gap["reason"]
        assert gap["code"] == "forbidden"


@contextmanager
def two_namespaces(shop: Cluster, admin: Path, *, everywhere: list[Rule]) -> Iterator[None]:
    """The reader may list all in shop, all but policies and quotas in growth."""
    rules = namespaced(shop, needed(admin)["rules"])
    with ExitStack() as until_end:
        until_end.enter_context(granted(shop, "reader", rules, namespace="shop"))
        until_end.enter_context(granted(shop, "reader", without(rules, POLICIES), namespace="growth"))
        if everywhere:
            until_end.enter_context(granted(shop, "reader", everywhere))
        yield


def check_two_namespaces(whole: Audit, part: Audit) -> None:
    mine = ("shop", "growth")
    assert part.findings(mine, OF_WORKLOADS) == whole.findings(mine, OF_WORKLOADS)
    assert len(part.findings(mine, OF_WORKLOADS)) > 20
    assert {one.kind for one in part.findings(("shop-data", "platform"))} <= {"Namespace"}
    assert lost(whole, part) == set()
    assert invented(whole, part) == set()


@BOTH
def test_rights_in_two_of_four_namespaces(shop: Cluster, admin: Path, reader: Path) -> None:
    names = [{"verbs": ["list"], "apiGroups": [""], "resources": ["namespaces"]}]
    with two_namespaces(shop, admin, everywhere=names):
        whole, part = audit(admin), audit(reader)
    check_two_namespaces(whole, part)
    others = {one["metadata"]["name"] for one in shop.get("/api/v1/namespaces").body["items"]} - {"shop", "growth"}
    assert {"shop-data", "platform", "kube-system"} <= others
    by_resource: dict[str, set[str]] = {}
    for verb, resource, namespace in part.gaps():
        if verb == "list":
            by_resource.setdefault(resource, set()).add(namespace)
    assert {resource for resource, where in by_resource.items() if where == others} >= {"pods", "deployments", "roles"}
    assert {resource for resource, where in by_resource.items() if where == others | {"growth"}} == POLICIES
    assert {resource for resource, where in by_resource.items() if where == {""}} >= {"clusterroles"}
    # Of policies and quotas, exactly where they could not be listed nothing is said.
    about = {"namespace-no-default-deny", "namespace-no-quota", "workload-no-ingress-policy"}
    blind = {(one.rule, one.scope) for one in part.unjudged() if one.name == "*" and one.rule in about}
    for rule in sorted(about):
        kinds = {one.kind for one in part.unjudged(["growth"]) if one.rule == rule and one.name == "*"}
        assert kinds <= {"NetworkPolicy", "ResourceQuota", "LimitRange"}
        assert kinds
        assert (rule, "shop") not in blind
        judged = [{one for one in told.findings(["shop"]) if one.rule == rule} for told in (whole, part)]
        assert judged[0] == judged[1]
        assert not {one for one in part.findings(["growth"]) if one.rule == rule}


@BOTH
def test_rights_in_namespaces_that_the_user_has_to_name(shop: Cluster, admin: Path, reader: Path) -> None:
    named = ("-n", "shop", "-n", "growth", "-n", "platform")
    with two_namespaces(shop, admin, everywhere=[]):
        whole, part = audit(admin, *named), audit(reader, *named)
    assert part.code == 1
    assert ("list", "namespaces", "") in part.gaps()
    assert ("list", "pods", "platform") in part.gaps()
    check_two_namespaces(whole, part)


@contextmanager
def role_applied(shop: Cluster, admin: Path, role: dict[str, Any]) -> Iterator[None]:
    """The printed role, applied as a user would, and bound to the reader."""
    name = role["metadata"]["name"]
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
    subjects = [{"apiGroup": GROUP, "kind": "User", "name": "reader"}]
    binding = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name}}
    apply(shop, [binding | {"roleRef": reference, "subjects": subjects}])
    done = kubectl(admin, "apply", "-f", "-", text=yaml.safe_dump(role))
    assert done.returncode == 0, done.stderr
    try:
        yield
    finally:
        shop.request("DELETE", f"{RBAC}/clusterrolebindings/{name}")
        shop.request("DELETE", f"{RBAC}/clusterroles/{name}")


def may(shop: Cluster, path: str) -> bool:
    return shop.get(path, token=token_of("reader")).status != 403


@LATER
def test_the_printed_role_is_enough_and_every_part_of_it_needed(shop: Cluster, admin: Path, reader: Path) -> None:
    role = needed(admin)
    cases = {
        "pods": "/api/v1/pods",
        "networkpolicies": "/apis/networking.k8s.io/v1/networkpolicies",
        "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "configmaps": "/api/v1/namespaces/kube-system/configmaps/kubeadm-config",
    }
    check = ("rbac-needed", "--check", "--profile", "all", "--kubeconfig", reader)
    with role_applied(shop, admin, role):
        until("the role counts", lambda: all(may(shop, path) for path in cases.values()))
        done = told(*check)
        assert (done.code, done.out) == (0, "")
        whole, part = audit(admin), audit(reader)
        assert part.report["gaps"] == []
        assert differences(whole, part) == []
        for resource in cases:
            less = role | {"rules": without(role["rules"], {resource})}
            apply(shop, [less])
            until(
                f"{resource} alone are taken away",
                lambda resource=resource: [one for one, path in cases.items() if not may(shop, path)] == [resource],  # type: ignore[misc]
            )
            missing(resource, whole, audit(reader), told(*check).out.splitlines())


def missing(resource: str, whole: Audit, part: Audit, lacks: list[str]) -> None:
    verb = "get" if resource == "configmaps" else "list"
    assert {(one[0], one[1]) for one in part.gaps()} == {(verb, resource)}
    assert {line.split(".")[0].split(" kube-system")[0] for line in lacks} == {f"lacks {verb} {resource}"}
    assert len(lacks) == (len(SINGLES) if verb == "get" else 1)
    assert lost(whole, part) == set()
    assert invented(whole, part) == set()
    more = {one: why for one, why in part.unjudged().items() if one not in whole.unjudged()}
    blind = {one.rule for one in more}
    # What those ConfigMaps hold is of components, none of which is seen here, and so is not judged either way.
    assert blind or resource == "configmaps"
    assert blind == {one.rule for one, why in more.items() if f"reader could not {verb} {resource}" in why}
    assert {one for one in part.findings() if one.rule not in blind} == {
        one for one in whole.findings() if one.rule not in blind
    }
