"""What a ConfigMap or a Secret must never show."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.objects.hiding import LAST_APPLIED, without_secrets
from auditor.facts.objects.object import object_fact
from auditor.facts.workloads.workload import HIDDEN
from auditor.model.facts import Fact
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.pipeline.prepare import all_rules
from auditor.pipeline.rule_tests import Case, run_case

PASSWORD = "tr0ub4dor"
CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {"minor": 37}, {}, "w")


def made(kind: str, manifest: dict[str, Any], api_version: str = "v1") -> Resource:
    """A resource of a kind."""
    return Resource(ObjectRef(api_version, kind, "shop", "x"), manifest, Origin("f"), "w")


@given(st.dictionaries(st.text(max_size=4), st.text(min_size=1), max_size=4), st.sampled_from(["data", "stringData"]))
def test_no_value_of_a_secret_is_left(values: dict[str, str], field: str) -> None:
    manifest, _, secrets = without_secrets(made("Secret", {field: values}))
    assert set(manifest[field].values()) <= {HIDDEN}
    assert set(values.values()) <= set(secrets)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_the_copy_that_kubectl_keeps_is_hidden_too(kind: str, whole: bool) -> None:
    manifest: dict[str, Any] = {
        "metadata": {"name": "x", "annotations": {LAST_APPLIED: PASSWORD}},
        "data": {"password": PASSWORD},
    }
    fact = object_fact(made(kind, manifest), CLUSTER, whole=whole)
    assert PASSWORD not in json.dumps(fact.value)
    assert manifest["data"]["password"] == PASSWORD, "the resource itself stays as it was read"


KEY = "c2VjcmV0IGlzIHNlY3VyZSwgSSB0aGluay4uLi4uLi4="
SPELT = {
    "block": f"providers:\n- aescbc:\n    keys:\n    - name: a\n      secret: {KEY}\n",
    "quoted": f"providers:\n- aescbc:\n    keys:\n    - name: a\n      secret: '{KEY}' # the newest\n",
    "flow": f"providers: [{{aescbc: {{keys: [{{name: a, secret: {KEY}}}]}}}}]\n",
    "JSON": json.dumps({"providers": [{"aescbc": {"keys": [{"name": "a", "secret": KEY}]}}]}),
    "literal": f"providers:\n- aescbc:\n    keys:\n    - name: a\n      secret: |-\n        {KEY}\n",
}


@pytest.mark.parametrize("spelling", SPELT)
def test_keys_in_an_encryption_configuration_that_a_configmap_carries_are_hidden(spelling: str) -> None:
    head = '{"kind": "EncryptionConfiguration", ' if spelling == "JSON" else "kind: EncryptionConfiguration\n"
    text = head + SPELT[spelling].removeprefix("{")
    manifest, credentials, secrets = without_secrets(made("ConfigMap", {"data": {"e.yaml": text, "level": "debug"}}))
    assert manifest["data"] == {"e.yaml": text.replace(KEY, HIDDEN), "level": "debug"}
    assert credentials == [{"field": "data", "key": "e.yaml", "detector": "encryption-key"}]
    assert KEY in secrets


def test_a_text_about_secrets_is_no_encryption_configuration() -> None:
    text = f"kind: Other\nsecret: {KEY}\n"
    manifest, credentials, _ = without_secrets(made("ConfigMap", {"data": {"e.yaml": text}}))
    assert (manifest["data"], credentials) == ({"e.yaml": text}, [])


def test_a_configmap_shows_what_is_no_credential() -> None:
    manifest, credentials, secrets = without_secrets(
        made("ConfigMap", {"data": {"level": "debug", "DB_PASSWORD": PASSWORD}})
    )
    assert manifest["data"] == {"level": "debug", "DB_PASSWORD": HIDDEN}
    assert credentials == [{"field": "data", "key": "DB_PASSWORD", "detector": "password"}]
    assert PASSWORD in secrets
    assert "debug" not in secrets


@pytest.mark.parametrize(
    ("field", "value", "literal"),
    [
        ("stringData", PASSWORD, True),
        ("stringData", "ENC[AES256_GCM,data:c2hvcA==]", False),
        ("stringData", "${PASSWORD}", False),
        ("stringData", "{{ .Values.password }}", False),
        ("stringData", "<path:secret/shop#password>", False),
        ("stringData", "  ", False),
        ("data", b64encode(PASSWORD.encode()).decode(), True),
        ("data", b64encode(b'{"auths":{"r.example":{"auth":"YTpi"}}}').decode(), True),
        ("data", b64encode(b"<path:secret/shop#password>").decode(), False),
        ("data", b64encode(b"\xff\xfe\x00").decode(), True),
        ("data", "${PASSWORD}", False),
    ],
)
def test_references_and_ciphertext_are_no_literals(field: str, value: str, literal: bool) -> None:
    _, credentials, _ = without_secrets(made("Secret", {field: {"key": value}}))
    assert [item["key"] for item in credentials] == (["key"] if literal else [])


@pytest.mark.parametrize(
    ("kind", "api_version", "path"),
    [("Pod", "v1", ()), ("Deployment", "apps/v1", ("spec", "template")), ("Thing", "example.com/v1", ("spec", "pods"))],
)
def test_the_environment_of_a_whole_object_is_hidden(kind: str, api_version: str, path: tuple[str, ...]) -> None:
    env = [{"name": "LEVEL", "value": "debug"}, {"name": "DB_PASSWORD", "value": PASSWORD}]
    manifest: dict[str, Any] = {"spec": {"containers": [{"name": "web", "image": "web", "env": env}]}}
    for step in reversed(path):
        manifest = {step: manifest}
    fact = object_fact(made(kind, manifest, api_version), CLUSTER, whole=True)
    assert PASSWORD in fact.secrets
    assert PASSWORD not in json.dumps(fact.value)
    assert "debug" in json.dumps(fact.value)


def test_a_secret_of_another_api_is_left_alone() -> None:
    fact = object_fact(made("Secret", {"data": {"a": "b"}}, "example.com/v1"), CLUSTER, whole=True)
    assert fact.value["data"] == {"a": "b"}
    assert fact.secrets == ()


SPELLINGS = [
    "{key}: {{password: tr0ub4dor}}",
    '{key}: {{"password": "tr0\\x75b4dor"}}',
    "{key}: {{password: 'tr0ub4dor''s horse'}}",
    "{key}:\n  password: tr0ub4dor\n    correct\n    horse",
    "{key}:\n  password: >-\n    tr0ub4dor\n    horse",
    "{key}:\n  password: |\n    password=tr0ub4dor\n    user=horse",
    "? {key}\n: password: tr0ub4dor",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("rule", "kind", "key"),
    [
        ("secret-in-manifest", "Secret", "stringData"),
        ("secret-in-manifest", "Secret", "data"),
        ("configmap-credentials", "ConfigMap", "data"),
    ],
)
def test_no_report_shows_a_credential_however_it_is_spelt(
    tmp_path: Path, spelling: str, rule: str, kind: str, key: str
) -> None:
    head = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: database, namespace: shop}}\n"
    file = tmp_path / "object.yaml"
    rules = all_rules(())
    file.write_text(head + spelling.format(key=key) + "\n")
    report = run_case(rules[rule], rules, Case("c", file, "fail", {}))
    assert report.findings
    for part in ("tr0", "horse", "correct"):
        assert part not in repr(report)


def test_no_report_shows_a_credential_of_an_object_on_one_line(tmp_path: Path) -> None:
    data = {"password": 'tr0ub4dor"s\nhorse'}
    manifest = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x"}, "stringData": data}
    file = tmp_path / "object.json"
    file.write_text(json.dumps(manifest))
    rules = all_rules(())
    shown = repr(run_case(rules["secret-in-manifest"], rules, Case("c", file, "fail", {})))
    assert "secret-in-manifest" in shown
    assert "tr0" not in shown
    assert "horse" not in shown
