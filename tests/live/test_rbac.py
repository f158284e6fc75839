"""What we make of RBAC rules against the authorizer of a real API server, asked by SubjectAccessReview."""

import time
from itertools import product
from typing import Any

import pytest

from auditor.facts.rbac.index import stock_rules
from auditor.facts.rbac.rules import Request, covers, rule_allows, url_allowed
from auditor.tables.rbac import bootstrap
from tests.live.apiserver import Server
from tests.live.cluster import Cluster
from tests.live.releases import BOTH

RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAMESPACE = "rbac-live"

RULES: tuple[dict[str, list[str]], ...] = (
    {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
    {"verbs": ["*"], "apiGroups": [""], "resources": ["pods/*", "*/*"]},
    {"verbs": ["create"], "apiGroups": ["*"], "resources": ["*/exec"]},
    {"verbs": ["get", "create"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["web"]},
    {"verbs": ["create"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [""]},
    {"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*"]},
    {"verbs": ["get"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["we*"]},
    {"verbs": ["bind", "ge"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"]},
    {"verbs": ["get", "patch"], "apiGroups": [""], "resources": ["namespaces", "nodes"]},
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
)
REQUESTS = tuple(
    Request(verb, group, resource, name)
    for verb, (group, resource), name in product(
        ("get", "create", "bind"),
        (
            ("", "pods"),
            ("", "pods/exec"),
            ("", "secrets"),
            ("", "nodes"),
            ("", "namespaces"),
            ("apps", "deployments/scale"),
            ("rbac.authorization.k8s.io", "clusterroles"),
        ),
        ("", "web"),
    )
)
URLS = ({"verbs": ["get"], "nonResourceURLs": ["/a/*", "/b"]}, {"verbs": ["*"], "nonResourceURLs": ["/c*", "/d/**"]})


def review(server: Server, user: str, attributes: dict[str, Any]) -> bool:
    spec = {"user": user, **attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer = server.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    assert answer.ok, answer
    return bool(answer.body["status"]["allowed"])


def ask(server: Server, user: str, request: Request, namespace: str) -> bool:
    resource, _, subresource = request.resource.partition("/")
    attributes = {"verb": request.verb, "group": request.group, "resource": resource, "subresource": subresource}
    return review(server, user, {"resourceAttributes": {**attributes, "name": request.name, "namespace": namespace}})


def bind(server: Server, name: str, rule: dict[str, list[str]], *, cluster: bool) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    assert server.post(f"{RBAC}/clusterroles", {**role, "rules": [rule]}).ok
    kind = "ClusterRoleBinding" if cluster else "RoleBinding"
    binding = {
        **role,
        "kind": kind,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    }
    where = f"{RBAC}/clusterrolebindings" if cluster else f"{RBAC}/namespaces/{NAMESPACE}/rolebindings"
    assert server.post(where, binding).ok


@pytest.fixture(scope="module")
def server(apiserver: Server) -> Server:
    """The server with one user for each rule and scope, once its authorizer has seen all of them."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    assert apiserver.post("/api/v1/namespaces", namespace).ok
    for number, rule in enumerate(RULES):
        bind(apiserver, f"rbac-live-cluster-{number}", rule, cluster=True)
        bind(apiserver, f"rbac-live-namespace-{number}", rule, cluster=False)
    for number, rule in enumerate(URLS):
        bind(apiserver, f"rbac-live-url-{number}", rule, cluster=True)
    last = len(RULES) - 1
    deadline = time.monotonic() + 20
    anything = Request("get", "", "pods")
    while not (
        ask(apiserver, f"rbac-live-cluster-{last}", anything, "")
        and ask(apiserver, f"rbac-live-namespace-{last}", anything, NAMESPACE)
        and review(apiserver, "rbac-live-url-1", {"nonResourceAttributes": {"verb": "get", "path": "/c"}})
    ):
        assert time.monotonic() < deadline, "the authorizer has not seen the bindings"
        time.sleep(0.2)
    return apiserver


@pytest.mark.parametrize("number", range(len(RULES)))
def test_the_server_allows_what_we_say_a_rule_allows(server: Server, number: int) -> None:
    for request in REQUESTS:
        expected = rule_allows(RULES[number], request)
        assert ask(server, f"rbac-live-cluster-{number}", request, "") == expected, request
        assert ask(server, f"rbac-live-namespace-{number}", request, NAMESPACE) == expected, request
    for request in REQUESTS[::6]:
        assert not ask(server, f"rbac-live-namespace-{number}", request, ""), request


@pytest.mark.parametrize("path", ["/a", "/a/", "/a/x/y", "/b", "/b/x", "/c", "/cd", "/d", "/d/", "/d/x"])
def test_the_server_allows_the_paths_we_say_a_rule_allows(server: Server, path: str) -> None:
    for number, rule in enumerate(URLS):
        asked = {"nonResourceAttributes": {"verb": "get", "path": path}}
        assert review(server, f"rbac-live-url-{number}", asked) == url_allowed(rule, "get", path)


@BOTH
def test_the_bootstrap_policy_of_the_server_is_in_our_table(cluster: Cluster) -> None:
    """Every role and binding of a fresh server is known, and permits no more than the table says."""
    stock = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    for kind, plural in (("ClusterRole", "clusterroles"), ("Role", "roles")):
        for role in cluster.get(f"{RBAC}/{plural}").body["items"]:
            metadata = role["metadata"]
            if stock.items() <= (metadata.get("labels") or {}).items():
                known = stock_rules(kind, metadata.get("namespace", ""), metadata["name"])
                assert covers(known, role["rules"] or []), metadata["name"]
    names = {role["metadata"]["name"] for role in cluster.get(f"{RBAC}/clusterroles").body["items"]}
    assert {name for name in bootstrap()["ClusterRole"] if name.startswith("system:controller:")} & names
    for binding in cluster.get(f"{RBAC}/clusterrolebindings").body["items"]:
        if stock.items() <= (binding["metadata"].get("labels") or {}).items():
            assert binding["metadata"]["name"] in bootstrap()["ClusterRoleBinding"]
