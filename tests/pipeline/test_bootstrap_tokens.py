"""A bootstrap token in a document of kubeadm, or of what is built on it, is in nothing that leaves the program."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.facts.objects.hiding import without_secrets
from auditor.facts.objects.redaction import redacted
from auditor.facts.workloads.workload import HIDDEN
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin
from tests.conftest import Kubeplumb

SECRET = "q7f3k9m2x5t8w1z4"
TOKEN = f"abcdef.{SECRET}"
KEY = "9c3e" * 16
V4, OLD, CAPI = "kubeadm.k8s.io/v1beta4", "kubeadm.k8s.io/v1alpha1", "bootstrap.cluster.x-k8s.io/v1beta1"
JOIN = {"discovery": {"tlsBootstrapToken": TOKEN, "bootstrapToken": {"token": TOKEN, "apiServerEndpoint": "a:6443"}}}
INIT = {"bootstrapTokens": [{"token": TOKEN, "ttl": "0s"}], "certificateKey": KEY}
DOCUMENTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "init": (V4, "InitConfiguration", INIT),
    "join": (V4, "JoinConfiguration", {**JOIN, "controlPlane": {"certificateKey": KEY}}),
    "old": (OLD, "MasterConfiguration", {"token": TOKEN}),
    "old join": (OLD, "NodeConfiguration", {"token": TOKEN, "discoveryToken": TOKEN, "tlsBootstrapToken": TOKEN}),
    "capi": (CAPI, "KubeadmConfig", {"spec": {"initConfiguration": INIT, "joinConfiguration": JOIN}}),
    "capi command": (CAPI, "KubeadmConfig", {"spec": {"preKubeadmCommands": [f"kubeadm join a --token {TOKEN}"]}}),
    "kind": (
        "kind.x-k8s.io/v1alpha4",
        "Cluster",
        {"kubeadmConfigPatches": [yaml.safe_dump({"kind": "InitConfiguration", **INIT})]},
    ),
    "config map": ("v1", "ConfigMap", {"data": {"a": yaml.safe_dump({"kind": "InitConfiguration", **INIT})}}),
    "join in a config map": ("v1", "ConfigMap", {"data": {"a": json.dumps({"kind": "JoinConfiguration", **JOIN})}}),
}


def resource(name: str) -> Resource:
    api_version, kind, content = DOCUMENTS[name]
    head = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "annotations": {"copy": str(content)}}}
    return Resource(ObjectRef(api_version, kind, "", "x"), {**head, **content}, Origin("f"), "w")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_snapshot_holds_one(name: str) -> None:
    kept = repr(redacted(resource(name)).manifest)
    assert SECRET not in kept
    assert KEY not in kept
    assert HIDDEN in kept


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_rest_of_the_document_stays_and_the_texts_are_told(name: str) -> None:
    shown, _, texts = without_secrets(resource(name))
    assert {"apiVersion", "kind", "metadata", *DOCUMENTS[name][2]} == shown.keys()
    assert any(SECRET in text for text in texts)


def test_what_a_tool_fills_in_is_shown() -> None:
    made = resource("init")._replace(manifest={"bootstrapTokens": [{"token": "${TOKEN}"}, {"token": ""}]})
    assert without_secrets(made)[0] == made.manifest


def test_a_key_that_is_read_as_a_number_is_hidden_and_its_line_too() -> None:
    made = resource("init")._replace(manifest={"certificateKey": 1.5e62, "dryRun": True})
    shown, _, texts = without_secrets(made)
    assert shown == {"certificateKey": HIDDEN, "dryRun": True}
    assert ":" in texts


OWN = """\
id: token-lasts-for-ever
title: A bootstrap token never expires
subject: object
kinds: [InitConfiguration]
severity: high
expression: object.bootstrapTokens.all(one, one.ttl != '0s')
messageExpression: "'a token of ' + object.kind + ' never expires, ' + object.bootstrapTokens[0].token"
evidence: ["bootstrapTokens[*].ttl", "bootstrapTokens[*].token"]
want: an end
rationale: A token that never expires lets machines join for ever.
remediation: Set ttl.
"""
SPELLINGS = [
    f"bootstrapTokens:\n  - {{token: {TOKEN}, ttl: 0s}}\n",
    f'bootstrapTokens: [{{"token": "{TOKEN}", "ttl": "0s"}}]\n',
    f'bootstrapTokens: [{{"ttl": "0s", "token": "abcdef\\u002e{SECRET}"}}]\n',
    f"bootstrapTokens:\n  - token: {TOKEN}\n    ttl: 0s\n",
]


@pytest.mark.parametrize("form", ["terminal", "json", "html", "sarif"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_report_of_a_users_own_rule_holds_one(
    kubeplumb: Kubeplumb, tmp_path: Path, spelling: str, form: str
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(OWN)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "kubeadm.yaml").write_text(f"apiVersion: {V4}\nkind: InitConfiguration\n{spelling}")
    options = ("--rules", tmp_path / "rules", "--no-config", "--profile", "all", "--verbose")
    result = kubeplumb("scan", tmp_path / "in", *options, "-o", form)
    assert result.code == 1
    assert "token-lasts-for-ever" in result.out
    assert SECRET not in result.out + result.err


@pytest.mark.parametrize("subject", ["object", "component"])
def test_no_facts_hold_one(kubeplumb: Kubeplumb, tmp_path: Path, subject: str) -> None:
    documents = [{**resource(name).manifest, "metadata": {"name": "x"}} for name in DOCUMENTS]
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(documents))
    for form in ("json", "table") if subject == "component" else ("json",):
        result = kubeplumb("facts", subject, tmp_path, "-o", form)
        assert result.code == 0
        assert result.out
        assert SECRET not in result.out
        assert KEY not in result.out
