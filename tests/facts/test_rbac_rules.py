"""The rule matcher against rbac.go, stated once more word by word, and against every permission the tables know."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.rbac.index import stock_rules
from auditor.facts.rbac.rules import Request, covers, rule_allows, url_allowed
from auditor.facts.rbac.told import dead_in_namespace, told
from auditor.tables.rbac import bootstrap, capabilities

Rule = dict[str, list[str]]

WORDS = ["get", "list", "create", "deletecollection", "update", "bind", "impersonate", "impersonate:user-info", "*"]
GROUPS = ["", "apps", "rbac.authorization.k8s.io", "authentication.k8s.io", "*"]
RESOURCES = [
    "pods", "pods/exec", "pods/*", "*/exec", "*/*", "*", "secrets", "clusterroles", "roles", "nodes/proxy", "*/proxy",
    "userextras", "userextras/scopes", "users", "serviceaccounts/token", "*/token", "a/b/c",
]  # fmt: skip
NAMES = ["", "web", "cluster-admin", "*"]


def some(values: list[str], least: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=4, unique=True)


RULES = st.fixed_dictionaries(
    {"verbs": some(WORDS), "apiGroups": some(GROUPS), "resources": some(RESOURCES)},
    optional={"resourceNames": some(NAMES, 0)},
)


def go_allows(rule: Rule, verb: str, group: str, resource: str, subresource: str, name: str) -> bool:
    """RuleAllows with its helpers, in their order and with their loops."""
    combined = f"{resource}/{subresource}" if subresource else resource
    if not any(item in ("*", verb) for item in rule["verbs"]):
        return False
    if not any(item in ("*", group) for item in rule["apiGroups"]):
        return False
    matched = False
    for item in rule["resources"]:
        if item in ("*", combined):
            matched = True
        if not subresource:
            continue
        if len(item) == len(subresource) + 2 and item.startswith("*/") and item.endswith(subresource):
            matched = True
    names = rule.get("resourceNames", [])
    return matched and (not names or name in names)


@given(RULES, st.sampled_from(WORDS), st.sampled_from(GROUPS), st.sampled_from(RESOURCES), st.sampled_from(NAMES))
def test_a_rule_allows_what_the_authorizer_allows(rule: Rule, verb: str, group: str, what: str, name: str) -> None:
    resource, _, subresource = what.partition("/")
    expected = go_allows(rule, verb, group, resource, subresource, name)
    assert rule_allows(rule, Request(verb, group, what, name)) == expected


def unnamed(verb: str, resource: str) -> bool:
    return verb in ("create", "deletecollection") and "/" not in resource


def brute_force(rule: Rule, word: str, *, cluster: bool) -> bool:
    """Whether any request that the word stands for is allowed, tried one by one."""
    for pattern in capabilities()[word]:
        if pattern.cluster and not cluster:
            continue
        listed = [name for name in rule.get("resourceNames", []) if name] if pattern.named else []
        for verb, group, what in product(pattern.verbs, pattern.groups, pattern.resources):
            keys = ["scopes", "unheard-of"] if what.endswith("/?") else [""]
            for key in keys:
                resource, _, subresource = (what[:-1] + key if key else what).partition("/")
                names = [""] if unnamed(verb, what) else ["never-named", *listed]
                names += [""] if verb in ("list", "watch") else []
                if any(go_allows(rule, verb, group, resource, subresource, name) for name in names):
                    return True
    return False


@given(RULES, st.booleans())
def test_a_rule_gives_the_words_one_of_whose_requests_it_allows(rule: Rule, cluster: bool) -> None:
    expected = {word for word in capabilities() if brute_force(rule, word, cluster=cluster)}
    assert set(told(rule).allows(cluster=cluster)) == expected


@given(RULES, RULES)
def test_what_is_covered_is_allowed_by_the_cover(owner: Rule, servant: Rule) -> None:
    if not covers([owner], [servant]):
        return
    for verb, group, what, name in product(servant["verbs"], servant["apiGroups"], servant["resources"], NAMES):
        resource, _, subresource = what.partition("/")
        if go_allows(servant, verb, group, resource, subresource, name):
            assert go_allows(owner, verb, group, resource, subresource, name)


def pods(verb: str, resource: str = "pods", *names: str) -> Rule:
    return {"verbs": [verb], "apiGroups": [""], "resources": [resource], "resourceNames": [*names]}


def path(verb: str, url: str) -> Rule:
    return {"verbs": [verb], "nonResourceURLs": [url]}


@pytest.mark.parametrize(
    ("owner", "servant", "covered"),
    [
        (pods("*"), pods("get"), True),
        (pods("get"), pods("*"), False),
        (pods("get", "*/exec"), pods("get", "pods/exec"), True),
        (pods("get", "pods"), pods("get", "pods/exec"), False),
        (pods("get", "pods", "a"), pods("get"), False),
        (pods("get"), pods("get", "pods", "a"), True),
        (pods("get", "pods", "a"), pods("get", "pods", "a", "b"), False),
        (path("get", "/api/*"), path("get", "/api/v1"), True),
        (path("get", "/api/*"), path("get", "/api"), False),
        (path("get", "/api"), path("*", "/api"), False),
        (pods("get"), path("get", "/api"), False),
    ],
)
def test_covers(owner: Rule, servant: Rule, covered: bool) -> None:
    assert covers([owner], [servant]) is covered


@pytest.mark.parametrize(
    ("url", "path", "allowed"),
    [
        ("*", "/any", True),
        ("/a/b", "/a/b", True),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/a", False),
        ("/a/**", "/a/b", True),
        ("/a*", "/ab", True),
        ("/*/b", "/a/b", False),
    ],
)
def test_urls_match_by_prefix(url: str, path: str, allowed: bool) -> None:
    assert url_allowed({"verbs": ["get"], "nonResourceURLs": [url]}, "get", path) is allowed


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, "everything"),
        ({"verbs": ["*"], "apiGroups": ["", "*"], "resources": ["pods", "*"]}, "everything"),
        ({"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*"]}, "group"),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["web"]}, ""),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*/*"]}, ""),
        ({"verbs": ["get"], "apiGroups": ["*"], "resources": ["*"]}, ""),
        ({}, ""),
    ],
)
def test_breadth(rule: Rule, expected: str) -> None:
    assert told(rule).breadth == expected


@given(RULES)
def test_what_is_called_dead_matches_nothing(rule: Rule) -> None:
    """Resources that are reported, on their own, allow no request on anything that exists."""
    for text in told(rule).dead:
        if not text.startswith("resource "):
            continue
        item = text.removeprefix("resource ").removesuffix(" matches nothing")
        for what in ("pods", "pods/exec", "pods/log", "nodes/proxy", "secrets"):
            resource, _, subresource = what.partition("/")
            assert not go_allows({**rule, "resources": [item]}, rule["verbs"][0], "", resource, subresource, "web")


def test_stock_roles_have_no_dead_permissions() -> None:
    for kind in ("Role", "ClusterRole"):
        for name, role in bootstrap()[kind].items():
            for rule in role["rules"]:
                assert told(rule).dead == (), name
                assert kind == "ClusterRole" or [*dead_in_namespace(rule)] == [], name


def test_edit_is_known_to_be_powerful() -> None:
    words = {word for rule in stock_rules("ClusterRole", "", "edit") for word in told(rule).cluster}
    assert {"read-secrets", "exec", "create-pods", "impersonate", "create-tokens"} <= words
    assert not {"escalate", "bind", "nodes-proxy", "write-webhooks"} & words


def test_view_is_known_to_be_harmless() -> None:
    rules = stock_rules("ClusterRole", "", "view")
    assert rules
    assert not {word for rule in rules for word in told(rule).cluster}


def test_all_extras_at_once_are_impersonated_by_an_asterisk() -> None:
    """The one resource besides the two wildcard forms for which an asterisk means something."""
    rule = {
        "verbs": ["impersonate:user-info"],
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["userextras/*"],
    }
    assert told(rule).cluster == ("impersonate",)
    assert told(rule).dead == ()
