"""Role, binding and grant facts: what is joined with what, what is stock, and what cannot be told."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.objects.decode import decode
from auditor.facts.rbac.accounts import account_facts, token_facts
from auditor.facts.rbac.grants import binding_facts, grant_facts, role_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
GROUP = "rbac.authorization.k8s.io"
SECRETS = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
USER = {"kind": "User", "name": "anna"}


def obj(kind: str, name: str, namespace: str = "", **manifest: Any) -> tuple[ObjectRef, dict[str, Any]]:
    api = f"{GROUP}/v1"
    metadata = {"name": name, **manifest.pop("metadata", {})}
    return ObjectRef(manifest.pop("api", api), kind, namespace, name), {"metadata": metadata, **manifest}


def role(name: str, *rules: dict[str, Any], namespace: str = "", **more: Any) -> tuple[ObjectRef, dict[str, Any]]:
    return obj("Role" if namespace else "ClusterRole", name, namespace, rules=[*rules], **more)


def binding(
    ref: str, *subjects: dict[str, Any], namespace: str = "", kind: str = "ClusterRole", **more: Any
) -> tuple[ObjectRef, dict[str, Any]]:
    own = "RoleBinding" if namespace else "ClusterRoleBinding"
    return obj(own, "b", namespace, roleRef={"kind": kind, "name": ref}, subjects=[*subjects], **more)


def world(*objects: tuple[ObjectRef, dict[str, Any]], **more: Any) -> World:
    made = World("w", CLUSTER, Completeness(), **more)
    for index, (ref, manifest) in enumerate(objects):
        made.resources.setdefault(ref.kind, []).append(Resource(ref, manifest, Origin("f", index), "w"))
    return made


def bound(*objects: tuple[ObjectRef, dict[str, Any]]) -> dict[str, Any]:
    """The value of the one binding fact."""
    (fact,) = binding_facts(world(*objects))
    return fact.value


def aggregate(name: str, label: str, labels: dict[str, str] | None = None) -> tuple[ObjectRef, dict[str, Any]]:
    rule = {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}
    return role(name, SECRETS, aggregationRule=rule, metadata={"labels": labels or {}})


def test_a_role_is_looked_for_in_the_namespace_of_the_binding() -> None:
    roles = role("r", PODS, namespace="a"), role("r", SECRETS, namespace="b")
    assert bound(*roles, binding("r", USER, namespace="b", kind="Role"))["allows"] == ["read-secrets"]
    assert bound(*roles, binding("r", USER, namespace="a", kind="Role"))["allows"] == []
    assert bound(*roles, binding("r", USER, namespace="c", kind="Role"))["role"] == "missing"


def test_a_cluster_role_is_found_from_every_binding_and_cut_to_its_namespace() -> None:
    proxy = role("r", {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes/proxy"]})
    assert bound(proxy, binding("r", USER))["allows"] == ["nodes-proxy"]
    assert bound(proxy, binding("r", USER, namespace="a"))["allows"] == []


def test_every_rule_of_a_role_is_a_grant_to_every_subject() -> None:
    made = world(role("r", PODS, SECRETS), binding("r", USER, {"kind": "Group", "name": "g"}))
    facts = list(grant_facts(made))
    assert [(one.value["subject"]["name"], one.value["allows"]) for one in facts] == [
        ("anna", []),
        ("anna", ["read-secrets"]),
        ("g", []),
        ("g", ["read-secrets"]),
    ]
    last = facts[-1]
    assert last.anchors["rule"].path == ("rules", 1)
    assert last.anchors["rule"].origin == Origin("f", 0)
    assert last.anchors["subject"].path == ("subjects", 1)


def test_a_role_that_is_not_in_the_input_leaves_its_rules_undecided() -> None:
    made = world(binding("r", USER))
    (fact,) = binding_facts(made)
    assert fact.undecided["allows"] == "ClusterRole/r is not in the input"
    (grant,) = grant_facts(made)
    assert set(grant.undecided) >= {"rule", "allows"}


def test_built_in_roles_are_known() -> None:
    value = bound(binding("cluster-admin", USER))
    assert (value["role"], value["breadth"], value["builtIn"]) == ("built-in", "everything", False)
    assert "exec" in bound(binding("edit", USER, namespace="a"))["allows"]
    assert bound(binding("view", USER))["allows"] == []


def test_a_built_in_role_in_the_input_is_taken_from_there() -> None:
    value = bound(role("view", SECRETS), binding("view", USER))
    assert (value["role"], value["allows"]) == ("input", ["read-secrets"])


def test_aggregated_roles_gather_from_others_and_not_from_themselves() -> None:
    selected = role("part", PODS, metadata={"labels": {"team": "true"}})
    value = bound(aggregate("all", "team", {"team": "true"}), selected, binding("all", USER))
    assert (value["allows"], value["aggregated"]) == ([], True)


def test_aggregation_goes_through_aggregated_roles_and_ends_where_they_go_in_circles() -> None:
    first, second = aggregate("a", "x", {"y": "true"}), aggregate("b", "y", {"x": "true"})
    part = role("part", SECRETS, metadata={"labels": {"y": "true"}})
    for name in ("a", "b"):
        assert bound(first, second, part, binding(name, USER))["allows"] == ["read-secrets"]


def test_a_label_widens_the_built_in_roles() -> None:
    labels = {f"{GROUP}/aggregate-to-view": "true"}
    part = role("part", SECRETS, metadata={"labels": labels})
    for name in ("view", "edit", "admin"):
        assert "read-secrets" in bound(part, binding(name, USER))["allows"]
    (fact,) = role_facts(world(part))
    assert (fact.value["widens"], fact.value["reach"]) == (["view"], "cluster")


def test_rules_of_an_aggregated_role_are_overwritten_and_not_judged() -> None:
    assert list(role_facts(world(aggregate("all", "team")))) == []


def test_a_malformed_selector_leaves_the_rules_undecided() -> None:
    bad = role("all", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"/": "x"}}]})
    (fact,) = binding_facts(world(bad, binding("all", USER)))
    assert "malformed aggregationRule" in fact.undecided["allows"]


@pytest.mark.parametrize(
    ("bindings", "reach"),
    [
        ((), "cluster"),
        ((binding("r", USER, namespace="a"),), "namespace"),
        ((binding("r", USER, namespace="a"), binding("r", USER)), "cluster"),
        ((binding("r", USER, namespace="a", kind="Role"),), "cluster"),
    ],
)
def test_reach_of_a_cluster_role(bindings: tuple[tuple[ObjectRef, dict[str, Any]], ...], reach: str) -> None:
    (fact,) = role_facts(world(role("r", SECRETS), *bindings))
    assert fact.value["reach"] == reach


def test_stock_is_what_a_stock_cluster_permits_not_what_is_called_so() -> None:
    stock = {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"]}
    label = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    facts = role_facts(world(role("system:auth-delegator", stock, SECRETS, metadata={"labels": label})))
    assert [fact.value["builtIn"] for fact in facts] == [True, False]


def test_stock_bindings_are_known_by_what_they_bind() -> None:
    masters = {"kind": "Group", "name": "system:masters", "apiGroup": GROUP}
    assert bound(binding("cluster-admin", masters))["builtIn"]
    assert not bound(binding("cluster-admin", masters, namespace="a"))["builtIn"]
    assert not bound(binding("cluster-admin", {**masters, "name": "system:nodes"}))["builtIn"]
    (grant,) = grant_facts(world(role("cluster-admin", SECRETS), binding("cluster-admin", masters)))
    assert grant.value["builtIn"]


@pytest.mark.parametrize(
    ("subject", "namespace", "everyone", "account"),
    [
        ({"kind": "User", "name": "system:anonymous"}, "", "unauthenticated", None),
        ({"kind": "Group", "name": "system:unauthenticated"}, "", "unauthenticated", None),
        ({"kind": "Group", "name": "system:anonymous"}, "", "", None),
        ({"kind": "Group", "name": "system:authenticated"}, "", "authenticated", None),
        ({"kind": "Group", "name": "system:serviceaccounts"}, "", "serviceaccounts", None),
        ({"kind": "Group", "name": "system:serviceaccounts:a"}, "", "namespace", None),
        ({"kind": "Group", "name": "system:masters"}, "", "masters", None),
        ({"kind": "ServiceAccount", "name": "x", "namespace": "a"}, "", "", ("a", "x")),
        ({"kind": "ServiceAccount", "name": "x"}, "b", "", ("b", "x")),
        ({"kind": "ServiceAccount", "name": "x"}, "", "", None),
        ({"kind": "User", "name": "system:serviceaccount:a:x"}, "", "", ("a", "x")),
        ({"kind": "User", "name": "system:serviceaccount:a"}, "", "", None),
        ({"kind": "Group", "name": "system:serviceaccount:a:x"}, "", "", None),
    ],
)
def test_who_a_subject_is(
    subject: dict[str, str], namespace: str, everyone: str, account: tuple[str, str] | None
) -> None:
    value = bound(binding("view", subject, namespace=namespace))
    assert value["everyone"] == everyone
    found = value.get("account")
    assert (found and (found["namespace"], found["name"])) == account


def test_the_user_asterisk_of_v1alpha1_is_everybody_authenticated() -> None:
    subject = {"kind": "User", "name": "*"}
    assert bound(binding("view", subject, api=f"{GROUP}/v1alpha1"))["everyone"] == "authenticated"
    assert bound(binding("view", subject))["everyone"] == ""


def test_objects_of_other_api_groups_are_no_rbac() -> None:
    other = role("r", SECRETS, api="iam.example.com/v1")
    assert list(role_facts(world(other))) == []
    (fact,) = binding_facts(world(other, binding("r", USER)))
    assert fact.value["role"] == "missing"


def test_a_role_in_the_input_twice_leaves_its_grants_undecided() -> None:
    made = world(role("r", PODS), role("r", SECRETS), binding("r", USER))
    made.conflicts = {("ClusterRole", "", "r"): "twice"}
    (fact,) = binding_facts(made)
    assert fact.undecided["allows"] == "twice"
    assert [one.value["allows"] for one in role_facts(made)] == [[], ["read-secrets"]]


def test_what_could_not_be_decoded_of_a_role_is_unknown_to_its_grants() -> None:
    made = world(role("r", PODS), binding("r", USER))
    wrong = (Origin("f", 0), ("rules", 0, "verbs"), "is text")
    made.unknown = {Origin("f", 0): (wrong,)}
    for make in (role_facts, binding_facts, grant_facts):
        (fact,) = make(made)
        assert fact.unknown == (wrong,)


def test_a_binding_without_subjects_or_role_ref_is_survived() -> None:
    assert list(binding_facts(world(obj("ClusterRoleBinding", "b")))) == []
    (fact,) = binding_facts(world(obj("RoleBinding", "b", "a", subjects=[{}])))
    assert fact.value["role"] == "missing"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["", "*", "secrets", "ClusterRole", "r", "pods/*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["verbs", "name", "kind"]), inner),
    max_leaves=6,
)
GOOD = {
    "ClusterRole": {"rules": [SECRETS], "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}},
    "ClusterRoleBinding": {"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [USER]},
}
PLACES = [
    ("ClusterRole", ("rules",)),
    ("ClusterRole", ("rules", 0)),
    ("ClusterRole", ("rules", 0, "resources")),
    ("ClusterRole", ("rules", 0, "verbs", 0)),
    ("ClusterRole", ("aggregationRule",)),
    ("ClusterRole", ("aggregationRule", "clusterRoleSelectors", 0)),
    ("ClusterRole", ("aggregationRule", "clusterRoleSelectors", 0, "matchLabels", "a")),
    ("ClusterRoleBinding", ("roleRef",)),
    ("ClusterRoleBinding", ("roleRef", "name")),
    ("ClusterRoleBinding", ("subjects",)),
    ("ClusterRoleBinding", ("subjects", 0)),
    ("ClusterRoleBinding", ("subjects", 0, "name")),
]


@given(st.sampled_from(PLACES), anything, st.booleans())
def test_no_field_of_any_type_ends_the_facts(place: tuple[str, tuple[Any, ...]], value: Any, plain: bool) -> None:
    """What the decoder leaves of an object is what facts are made of."""
    kind, path = place
    manifests = copy.deepcopy(GOOD)
    if plain:
        del manifests["ClusterRole"]["aggregationRule"]
        if path[0] == "aggregationRule":
            return
    node: Any = manifests[kind]
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    objects = [
        (ObjectRef(f"{GROUP}/v1", name, "", "r"), decode(f"{GROUP}/v1", name, manifest).value)
        for name, manifest in manifests.items()
    ]
    for make in (role_facts, binding_facts, grant_facts, account_facts, token_facts):
        for fact in make(world(*objects)):
            assert fact.value
