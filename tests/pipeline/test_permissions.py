"""`kubeplumb rbac-needed`: the ClusterRole is exactly what an audit asks for, and `--check` says what is lacking."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.tables.releases import newest_known
from tests.collectors.fake_api import ACCESS_REVIEW, Answer, Api, Seen, forbidden, kubeconfig, named, status
from tests.conftest import Kubeplumb

CONTAINERS = {"type": "array", "items": {"properties": {"name": {}, "image": {}}}}
POD = {"properties": {"spec": {"properties": {"containers": CONTAINERS}}}}
TEMPLATE = {"properties": {"spec": {"properties": {"template": POD}}}}


@pytest.fixture
def cluster(api: Api) -> Api:
    namespaces = [named("v1", "Namespace", "", name) for name in ("shop", "kube-system")]
    api.serve("Namespace", "namespaces", "v1", *namespaces, namespaced=False)
    api.serve("Pod", "pods", "v1")
    api.serve("ConfigMap", "configmaps", "v1")
    api.serve("Secret", "secrets", "v1")
    api.serve("Deployment", "deployments", "apps/v1")
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": TEMPLATE}}
    spec = {"group": "argoproj.io", "names": {"kind": "Rollout", "plural": "rollouts"}, "versions": [version]}
    crd = named("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "rollouts.argoproj.io", spec=spec)
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", crd, namespaced=False)
    api.serve("Rollout", "rollouts", "argoproj.io/v1")
    for version in ("v1", "v1alpha1"):  # of which 1.35 does not serve the second, and the server is of 1.34
        api.serve("VolumeAttributesClass", "volumeattributesclasses", f"storage.k8s.io/{version}", namespaced=False)
    return api


def role(kubeplumb: Kubeplumb, *arguments: object) -> set[tuple[str, str, str, str]]:
    """Verb, group, resource and name (or empty) of each permission of the printed role."""
    result = kubeplumb("rbac-needed", *arguments)
    assert result.code == 0, result.err
    document: Any = yaml.safe_load(result.out)
    assert (document["apiVersion"], document["kind"]) == ("rbac.authorization.k8s.io/v1", "ClusterRole")
    assert document["metadata"] == {"name": "kubeplumb"}
    return {
        (verb, group, resource, name)
        for rule in document["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
    }


def test_it_lists_and_gets_and_never_all_of_anything(kubeplumb: Kubeplumb) -> None:
    found = role(kubeplumb, "--profile", "all")
    assert {verb for verb, *_ in found} == {"list", "get"}
    assert not any("*" in part for one in found for part in one)
    assert not any(resource == "secrets" for _, _, resource, _ in found)
    assert all(name for verb, _, resource, name in found if resource == "configmaps" or verb == "get")


def test_one_rule_needs_what_it_reads(kubeplumb: Kubeplumb) -> None:
    assert role(kubeplumb, "--rule", "service-node-port") == {
        ("list", "", "namespaces", ""),
        ("list", "", "services", ""),
    }


def test_secrets_are_in_it_only_when_asked_and_with_a_word_of_warning(kubeplumb: Kubeplumb) -> None:
    plain = kubeplumb("rbac-needed", "--profile", "all")
    asked = kubeplumb("rbac-needed", "--profile", "all", "--secret-metadata")
    assert "secrets" not in plain.out
    assert "# It lists secrets. kubeplumb asks for names and annotations only, but the verb grants" in asked.out
    assert role(kubeplumb, "--profile", "all", "--secret-metadata") - role(kubeplumb, "--profile", "all") == {
        ("list", "", "secrets", "")
    }


def test_secrets_are_not_in_it_where_no_rule_needs_them(kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("rbac-needed", "--rule", "service-node-port", "--secret-metadata")
    assert "# It does not list secrets: no selected rule needs them." in result.out
    assert not [line for line in result.out.splitlines() if "secrets" in line and not line.startswith("#")]


def test_without_a_cluster_it_says_that_custom_resources_are_not_in_it(kubeplumb: Kubeplumb) -> None:
    assert "# Custom resources that embed pod templates are not in it" in kubeplumb("rbac-needed").out
    assert "Custom resources" not in kubeplumb("rbac-needed", "--rule", "service-node-port").out


def test_with_a_cluster_it_names_what_that_one_serves(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    found = role(kubeplumb, "--rule", "container-privileged", "--kubeconfig", kubeconfig(tmp_path, cluster.url))
    assert found == {
        ("list", "", "namespaces", ""),
        ("list", "", "pods", ""),
        ("list", "apps", "deployments", ""),
        ("list", "apiextensions.k8s.io", "customresourcedefinitions", ""),
        ("list", "argoproj.io", "rollouts", ""),
    }


RULES = ["container-privileged", "kubelet-anonymous-auth", "workload-no-ingress-policy", "api-version-written-ending"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("more", [(), ("--secret-metadata",)])
def test_the_role_is_what_an_audit_asks_for(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, rule: str, more: tuple[str, ...]
) -> None:
    path = kubeconfig(tmp_path, cluster.url)
    needed = role(kubeplumb, "--rule", rule, "--kubeconfig", path, *more)
    cluster.seen.clear()
    kubeplumb("cluster", "--kubeconfig", path, "--rule", rule, "--qps", "0", "--no-config", *more)
    asked = set()
    for request in cluster.seen:
        if request.method == "GET" and request.path not in ("/api", "/apis", "/version"):
            parts = request.path.strip("/").split("/")
            group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
            rest = rest[2:] if rest[0] == "namespaces" and len(rest) > 2 else rest
            verb, name = ("get", rest[1]) if len(rest) > 1 else ("list", "")
            asked.add((verb, group, rest[0], name))
    assert asked == needed
    assert ("list", "", "secrets", "") not in asked


def test_definitions_that_cannot_be_listed_are_a_remark(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    cluster.routes["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] = forbidden("customresourcedefinitions")
    result = kubeplumb("rbac-needed", "--kubeconfig", kubeconfig(tmp_path, cluster.url))
    assert result.code == 0
    assert (
        "# Custom resources that embed pod templates are not in it: customresourcedefinitions is forbidden"
        in result.out
    )


def test_kinds_in_a_version_that_ends_are_named_by_the_table_or_by_the_cluster(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    rule = ("--rule", "api-version-written-ending")
    path = kubeconfig(tmp_path, cluster.url)
    assert role(kubeplumb, *rule, "--kubeconfig", path) == {
        ("list", "", "namespaces", ""),
        ("list", "storage.k8s.io", "volumeattributesclasses", ""),
    }
    assert ("list", "resource.k8s.io", "deviceclasses", "") in role(kubeplumb, *rule)
    assert f"# The kinds with an API version that ends are those of Kubernetes {newest_known()}:" in (
        kubeplumb("rbac-needed", *rule).out
    )
    assert "API version that ends" not in kubeplumb("rbac-needed", "--rule", "service-node-port").out
    assert "API version that ends" not in kubeplumb("rbac-needed", *rule, "--kubeconfig", path).out


@pytest.mark.parametrize("words", ["two\nlines: here", "odd\u2028\x85\r\nkind: Evil"])
def test_words_of_a_server_stay_in_their_comment(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, words: str
) -> None:
    cluster.routes["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] = status(403, "Forbidden", words)
    path = kubeconfig(tmp_path, cluster.url)
    document = yaml.safe_load(kubeplumb("rbac-needed", "--kubeconfig", path).out)
    assert list(document) == ["apiVersion", "kind", "metadata", "rules"]
    assert document["kind"] == "ClusterRole"


def test_a_kind_of_a_users_rule_that_nobody_knows_is_an_error_that_names_it(
    tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: Own\nsubject: object\nkinds: [Widget]\nseverity: low\n"
        "expression: 'true'\nevidence: [metadata.name]\nrationale: x\nremediation: y\nreferences: [https://example.com]\n"
    )
    result = kubeplumb("rbac-needed", "--rules", tmp_path, "--rule", "own")
    assert result.code in (2, 5), result.err
    assert "Widget" in result.err


# What is lacking


def allowing(api: Api, *lacked: str) -> None:
    def answer(request: Seen) -> Answer:
        attributes = request.body["spec"]["resourceAttributes"]
        name = attributes.get("name") or attributes["resource"]
        return Answer({"status": {"allowed": name not in lacked}}, 201)

    api.routes[ACCESS_REVIEW] = answer


def test_check_lists_what_is_lacking(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path = kubeconfig(tmp_path, cluster.url)
    arguments = ("rbac-needed", "--check", "--kubeconfig", path, "--rule", "kubelet-anonymous-auth")
    allowing(cluster)
    result = kubeplumb(*arguments)
    assert (result.code, result.out) == (0, "")
    assert "11 of 11 permissions are there" in result.err
    allowing(cluster, "deployments", "aws-auth", "pods")
    result = kubeplumb(*arguments)
    assert result.code == 1
    assert result.out.splitlines() == [
        "lacks get configmaps kube-system/aws-auth",
        "lacks list pods",
        "lacks list deployments.apps",
    ]
    assert "8 of 11 permissions are there" in result.err


def test_check_asks_for_the_same_as_the_role_says(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path = kubeconfig(tmp_path, cluster.url)
    needed = role(kubeplumb, "--kubeconfig", path)
    kubeplumb("rbac-needed", "--check", "--kubeconfig", path)
    asked = [one.body["spec"]["resourceAttributes"] for one in cluster.seen if one.path == ACCESS_REVIEW]
    found = {(one["verb"], one["group"], one["resource"], one.get("name", "")) for one in asked}
    assert found == needed
    assert {one["namespace"] for one in asked if one.get("name")} == {"kube-system"}


def test_check_as_somebody_else(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    kubeplumb("rbac-needed", "--check", "--kubeconfig", kubeconfig(tmp_path, cluster.url), "--as", "bob")
    reviews = [one for one in cluster.seen if one.path == ACCESS_REVIEW]
    assert reviews
    assert all(one.header("Impersonate-User") == ["bob"] for one in reviews)


def test_a_server_that_does_not_say_is_an_error_and_not_a_crash(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    cluster.routes[ACCESS_REVIEW] = forbidden("selfsubjectaccessreviews")
    result = kubeplumb("rbac-needed", "--check", "--kubeconfig", kubeconfig(tmp_path, cluster.url))
    assert result.code == 3, result.err
    assert "selfsubjectaccessreviews is forbidden" in result.err
    assert "hint: " in result.err
