"""What of an object leaves a cluster: no Secret's content, no credential, and all that rules go by."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.read import reference
from auditor.facts.objects.hiding import LAST_APPLIED
from auditor.facts.objects.redaction import redacted
from auditor.model.inventory import Resource
from auditor.model.refs import Origin
from tests.conftest import Kubeplumb

SECRET = "hunter2-C0rrect-Horse"
PACKED = base64.b64encode(SECRET.encode()).decode()


def resource(manifest: Any) -> Resource:
    version, kind = str(manifest.get("apiVersion", "")), str(manifest.get("kind", ""))
    return Resource(reference(version, kind, manifest), manifest, Origin("/x", 0, 0), "w")


def clean(manifest: Any) -> Any:
    return redacted(resource(manifest)).manifest


def obj(api_version: str, kind: str, metadata: Any = None, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", **(metadata or {})}, **rest}


def deployment(env: list[dict[str, Any]], annotations: Any = None) -> dict[str, Any]:
    container = {"name": "app", "image": "x", "env": env}
    spec = {"template": {"spec": {"containers": [container]}}}
    return obj("apps/v1", "Deployment", {"annotations": annotations or {}}, spec=spec)


# Secrets


def test_of_a_secret_the_head_is_left() -> None:
    found = clean(obj("v1", "Secret", type="Opaque", data={"a": PACKED}, stringData={"b": SECRET}, immutable=True))
    assert found == {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "type": "Opaque"}


@pytest.mark.parametrize("key", [LAST_APPLIED, "kapp.k14s.io/original", "anything.example/copy"])
def test_a_copy_of_a_secret_in_an_annotation_is_no_way_out(key: str) -> None:
    """Metadata is all that is asked for of a Secret: there is no data to compare with."""
    copy = json.dumps({"apiVersion": "v1", "kind": "Secret", "data": {"a": PACKED}})
    found = clean(obj("v1", "Secret", {"annotations": {key: copy, "kubernetes.io/service-account.name": "robot"}}))
    assert PACKED not in json.dumps(found)
    assert key in found["metadata"]["annotations"]
    assert found["metadata"]["annotations"]["kubernetes.io/service-account.name"] == "robot"


def test_a_custom_kind_called_secret_is_no_secret() -> None:
    found = clean(obj("secrets.example.com/v1", "Secret", spec={"path": "kv/x"}))
    assert found["spec"] == {"path": "kv/x"}


# Environments and ConfigMaps


def test_a_literal_that_looks_like_a_credential_leaves_a_marker() -> None:
    env = [{"name": "DB_PASSWORD", "value": SECRET}, {"name": "MODE", "value": "fast"}]
    (container,) = clean(deployment(env))["spec"]["template"]["spec"]["containers"]
    marker = {"name": "DB_PASSWORD", "value": "(hidden)", "credential": "password"}
    assert container["env"] == [marker, {"name": "MODE", "value": "fast"}]


@pytest.mark.parametrize("key", ["kapp.k14s.io/original", "example.com/previous"])
def test_a_copy_of_a_hidden_literal_in_an_annotation_is_hidden(key: str) -> None:
    env = [{"name": "DB_PASSWORD", "value": SECRET}]
    found = clean(deployment(env, {key: json.dumps(deployment(env)), "example.com/team": "shop"}))
    assert SECRET not in json.dumps(found)
    assert found["metadata"]["annotations"]["example.com/team"] == "shop"


@pytest.mark.parametrize("lists", ["initContainers", "ephemeralContainers", "containers"])
def test_every_kind_of_container_is_looked_at(lists: str) -> None:
    spec = {lists: [{"name": "a", "image": "x", "env": [{"name": "API_TOKEN", "value": SECRET}]}]}
    assert SECRET not in json.dumps(clean(obj("v1", "Pod", spec=spec)))


def test_templates_in_custom_resources_are_looked_at() -> None:
    template = deployment([{"name": "DB_PASSWORD", "value": SECRET}])["spec"]["template"]
    found = clean(obj("x.io/v1", "Thing", spec={"parts": [{"deep": {"template": template}}]}))
    assert SECRET not in json.dumps(found)


def test_redaction_says_the_same_a_second_time() -> None:
    config = obj("v1", "ConfigMap", data={"password": SECRET})
    for manifest in (config, deployment([{"name": "DB_PASSWORD", "value": SECRET}])):
        once = clean(manifest)
        assert clean(once) == once


@pytest.mark.parametrize(
    ("rule", "manifest"),
    [
        (
            "credential-in-environment",
            deployment([{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": SECRET}, {"name": "C"}]),
        ),
        ("credential-in-environment", deployment([{"name": "DB_PASSWORD", "value": "$(OTHER)"}])),
        ("configmap-credentials", obj("v1", "ConfigMap", data={"a": "b", "password": SECRET, "token.txt": "x"})),
        ("configmap-credentials", obj("v1", "ConfigMap", data={"a": "b"})),
    ],
)
def test_a_rule_on_credentials_says_the_same_of_the_redacted_object(
    rule: str, manifest: Any, tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    said = []
    for index, content in enumerate((manifest, clean(manifest))):
        path = tmp_path / f"{index}" / "x.json"
        path.parent.mkdir()
        path.write_text(json.dumps(content))
        result = kubeplumb("scan", path, "--rule", rule, "-o", "json", "--no-config")
        assert SECRET not in result.out
        report = json.loads(result.out)
        (counted,) = report["rules"]
        keys = ("message", "verdict", "fingerprint", "reason", "want")
        said.append((result.code, counted["verdicts"], [[one[key] for key in keys] for one in report["findings"]]))
    assert said[0] == said[1]


# What else is left out


def test_what_kubectl_applied_is_its_api_version() -> None:
    copy = json.dumps({"apiVersion": "apps/v1beta1", "kind": "Deployment", "spec": {"password": SECRET}})
    found = clean(deployment([], {LAST_APPLIED: copy, "other": "x"}))
    assert found["metadata"]["annotations"] == {LAST_APPLIED: '{"apiVersion": "apps/v1beta1"}', "other": "x"}


@pytest.mark.parametrize("copy", ["", "{", "[]", "3", '{"apiVersion": {"a": 1}}', "[" * 100_000])
def test_a_copy_that_is_no_object_says_nothing(copy: str) -> None:
    found = clean(deployment([], {LAST_APPLIED: copy}))
    assert found["metadata"]["annotations"][LAST_APPLIED] in ("{}", '{"apiVersion": ""}')


def test_of_managed_fields_writer_and_version_are_left() -> None:
    entry = {"manager": "kubectl", "apiVersion": "v1", "operation": "Update", "fieldsV1": {"f:spec": {}}}
    found = clean(obj("v1", "Service", {"managedFields": [entry, entry, {**entry, "manager": "a"}, "x"]}))
    assert found["metadata"]["managedFields"] == [
        {"manager": "a", "apiVersion": "v1"},
        {"manager": "kubectl", "apiVersion": "v1"},
    ]


def test_of_a_status_what_facts_read_is_left() -> None:
    node = {"nodeInfo": {"kubeletVersion": "v1.34.0"}, "conditions": [], "addresses": [], "images": [1, 2]}
    assert set(clean(obj("v1", "Node", status=node))["status"]) == {"nodeInfo"}
    assert clean(obj("v1", "Pod", status={"phase": "Running", "podIP": "10.0.0.1"}))["status"] == {"phase": "Running"}
    assert "status" not in clean(obj("apps/v1", "Deployment", status={"replicas": 3}))


def test_of_metadata_what_facts_read_is_left() -> None:
    extra = {"resourceVersion": "5", "selfLink": "/x", "generation": 3, "finalizers": ["x"], "labels": {"a": "b"}}
    assert clean(obj("v1", "Service", extra))["metadata"] == {"name": "x", "labels": {"a": "b"}}


def test_the_object_that_came_is_not_changed() -> None:
    manifest = deployment([{"name": "DB_PASSWORD", "value": SECRET}], {LAST_APPLIED: "{}"})
    before = json.dumps(manifest)
    clean(manifest)
    assert json.dumps(manifest) == before


# Anything, anywhere

words = st.sampled_from(
    [
        "metadata",
        "annotations",
        "spec",
        "template",
        "containers",
        "env",
        "name",
        "value",
        "data",
        "status",
        LAST_APPLIED,
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
kinds = st.sampled_from(
    [("v1", "Secret"), ("v1", "ConfigMap"), ("v1", "Pod"), ("apps/v1", "Deployment"), ("x.io/v1", "Rollout"), ("", "")]
)
PASSWORDS = ["PASSWORD", "DB_PASSWORD", "MYSQL_ROOT_PASSWORD", "API_TOKEN", "CLIENT_SECRET"]


@given(kinds, st.dictionaries(words, anything))
def test_no_object_breaks_it(kind: tuple[str, str], rest: dict[str, Any]) -> None:
    json.dumps(clean({**rest, "apiVersion": kind[0], "kind": kind[1]}))


@given(st.dictionaries(st.text(min_size=1, max_size=4), anything), anything, anything)
def test_a_secret_gives_nothing_away(other: dict[str, Any], odd: Any, beside: Any) -> None:
    manifest = obj("v1", "Secret", data={**other, "a": PACKED}, stringData={"b": SECRET, "c": odd}, more=beside)
    manifest["metadata"]["annotations"] = {LAST_APPLIED: json.dumps(manifest), "x": odd}
    text = json.dumps(clean(manifest))
    assert SECRET not in text
    assert PACKED not in text


@given(kinds, st.sampled_from(PASSWORDS), anything, st.lists(anything, max_size=3))
def test_an_environment_gives_nothing_away(kind: tuple[str, str], name: str, odd: Any, beside: list[Any]) -> None:
    env = [*beside, {"name": name, "value": SECRET}, *beside]
    spec = {"containers": [*beside, {"name": "a", "image": "x", "env": env}], "x": odd}
    inner = spec if kind[1] == "Pod" else {"template": {"spec": spec, "metadata": odd}, "y": odd}
    manifest = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, "spec": inner}
    manifest["metadata"] = {"annotations": {LAST_APPLIED: json.dumps(manifest)}}
    if kind[1] in ("Pod", "Deployment", "Rollout", "Secret"):
        assert SECRET not in json.dumps(clean(manifest))


# Kubelets


@pytest.mark.parametrize(
    ("version", "kind", "inside"),
    [
        ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", ()),
        ("observed.kubeplumb.dev/v1", "KubeletConfigz", ("kubeletconfig",)),
    ],
)
def test_headers_and_credentials_of_a_kubelets_configuration(version: str, kind: str, inside: tuple[str, ...]) -> None:
    settings: dict[str, Any] = {
        "staticPodURL": f"https://robot:{SECRET}@pods.example/",
        "staticPodURLHeader": {"X-Any": ["short", SECRET]},
        "tlsPrivateKeyFile": "/var/lib/kubelet/pki/kubelet.key",
        "clusterDNS": ["10.0.0.10"],
        "readOnlyPort": 10255,
    }
    found = clean(obj(version, kind, **(dict.fromkeys(inside, settings) or settings)))
    shown = found[inside[0]] if inside else found
    assert shown["staticPodURL"] == "(hidden)"
    assert shown["staticPodURLHeader"] == {"X-Any": ["(hidden)", "(hidden)"]}
    assert {key: shown[key] for key in list(settings)[2:]} == {key: settings[key] for key in list(settings)[2:]}
