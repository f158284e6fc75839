"""Managed clusters from file to report: places, secrecy, and what a cluster without its provider's answer is told."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.pipeline.prepare import all_rules
from auditor.tables.distributions import decisions, distributions
from tests.collectors.fake_api import Api, kubeconfig, named
from tests.conftest import Kubeplumb
from tests.facts.provider_answers import AKS, AUDIT, EKS, GKE, NODEGROUP, OKE
from tests.pipeline.test_inventories import live, plain, scan

SUBJECTS = ("provider", "nodePool")
FAILED = {
    "eks.json": {
        *("managed-endpoint-open", "managed-audit-log-off", "managed-secrets-key-not-own", "eks-endpoint-private-off"),
        *("eks-access-config-map", "eks-creator-admin", "eks-deletion-protection-off"),
    },
    "nodegroup.json": {"node-pool-ssh-open", "node-pool-image-ended"},
    "gke.yaml": {
        *("managed-endpoint-open", "managed-secrets-plain-in-etcd", "managed-network-policy-off", "managed-basic-auth"),
        *(
            "managed-rbac-bypassed",
            "managed-static-credentials",
            "managed-dashboard-on",
            "gke-intranode-visibility-off",
        ),
        *("managed-image-verification-off", "gke-insecure-bindings-allowed", "node-pool-public-ip"),
        *("node-pool-metadata-exposed", "node-pool-default-account", "node-pool-secure-boot-off"),
        "node-pool-upgrades-off",
    },
    "aks.json": {
        *("managed-endpoint-open", "managed-secrets-plain-in-etcd", "managed-network-policy-off", "aks-entra-id-off"),
        *("managed-workload-identity-off", "managed-static-credentials", "managed-upgrades-manual", "aks-defender-off"),
        *("aks-run-command-on", "node-pool-secure-boot-off", "node-pool-host-encryption-off"),
    },
    "oke.json": {
        *("managed-endpoint-public", "managed-secrets-plain-in-etcd", "managed-dashboard-on"),
        *("managed-image-verification-off", "oke-endpoint-without-group"),
    },
}
ANSWERS: dict[str, Any] = {
    "eks.json": {"cluster": EKS},
    "nodegroup.json": {"nodegroup": NODEGROUP},
    "gke.yaml": GKE,
    "aks.json": AKS,
    "oke.json": {"data": OKE, "etag": "example"},
}


def write(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        dump = yaml.safe_dump if name.endswith(".yaml") else json.dumps
        (folder / name).write_text(dump(ANSWERS[name], **({} if dump is yaml.safe_dump else {"indent": 2})))


def managed(report: dict[str, Any], verdict: str = "fail") -> list[dict[str, Any]]:
    return [one for one in report["findings"] if one["subject"] in SUBJECTS and one["verdict"] == verdict]


@pytest.mark.parametrize("name", FAILED)
def test_a_scan_of_an_answer_finds_what_the_customer_decided_badly(
    tmp_path: Path, kubeplumb: Kubeplumb, name: str
) -> None:
    write(tmp_path, [name])
    report = json.loads(scan(kubeplumb, tmp_path / name, "--profile", "all").out)
    assert report["gaps"] == []
    assert {one["rule"] for one in managed(report)} == FAILED[name]
    lines = (tmp_path / name).read_text().splitlines()
    for one in managed(report):
        place, first = one["place"], one["evidence"][0]
        last = first["path"].rpartition(".")[2].partition("[")[0]
        assert not first["present"] or last in lines[place["line"] - 1], one


def test_answers_in_a_folder_are_read_beside_manifests(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    write(tmp_path, ANSWERS)
    (tmp_path / "ns.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    (tmp_path / "audit.json").write_text(json.dumps([AUDIT]))
    report = json.loads(scan(kubeplumb, tmp_path, "--profile", "all").out)
    assert report["coverage"]["kubernetesFiles"] == 7
    assert {one["rule"] for one in managed(report)} == set().union(*FAILED.values())
    undecided = [one["object"]["kind"] for one in managed(report, "not-evaluated") if "audit" in one["rule"]]
    assert undecided == [], "the audit log of AKS is decided by the setting beside it"


def test_the_version_that_a_provider_tells_decides_on_support(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    write(tmp_path, ["eks.json"])
    day = ("--today", "2028-01-30")
    report = json.loads(scan(kubeplumb, tmp_path / "eks.json", "--rule", "vendor-support-ended", *day).out)
    (one,) = report["findings"]
    assert "EKS 1.34" in one["message"]
    assert one["evidence"][0]["path"] == "version"


def test_no_secret_of_an_answer_is_in_any_output(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    write(tmp_path, ANSWERS)
    (tmp_path / "eks.json").write_text(json.dumps(ANSWERS["eks.json"]))  # one line: whatever is shown shows it all
    (tmp_path / "gke.yaml").write_text(json.dumps(GKE))
    outputs = [item for name in ("html", "sarif", "terminal") for item in ("-o", f"{name}={tmp_path / name}")]
    result = scan(kubeplumb, tmp_path, "--profile", "all", "--verbose", *outputs)
    facts = kubeplumb("facts", "provider", tmp_path), kubeplumb("facts", "object", tmp_path)
    texts = [result.out, result.err, *(one.out + one.err for one in facts)]
    texts += [(tmp_path / name).read_text() for name in ("html", "sarif", "terminal")]
    for text in texts:
        assert "SECRET" not in text
        assert "U0VDUkVU" not in text


@pytest.fixture
def amazon(api: Api) -> Api:
    """A cluster of EKS, as its one Node shows."""
    node = named("v1", "Node", "", "n1", metadata={"labels": {"eks.amazonaws.com/nodegroup": "workers"}})
    node["spec"] = {"providerID": "aws:///eu-central-1a/i-example"}
    node["status"] = {"nodeInfo": {"kubeletVersion": "v1.34.1-eks-113cf36", "osImage": "Amazon Linux 2023"}}
    api.serve("Node", "nodes", "v1", node, namespaced=False)
    return api


def test_what_the_customer_decided_is_to_be_looked_up_with_one_command(
    tmp_path: Path, amazon: Api, kubeplumb: Kubeplumb
) -> None:
    report = json.loads(live(kubeplumb, tmp_path, amazon, "--profile", "all").out)
    manual = managed(report, "manual")
    assert {one["rule"] for one in manual} == set(decisions())
    assert all("aws eks describe-cluster" in one["reason"] for one in manual)
    rules = {one["id"]: one for one in report["rules"]}
    assert rules["aks-entra-id-off"]["ruledOut"] == "the cluster is one of EKS"
    assert rules["apiserver-insecure-port"]["ruledOut"] == "EKS runs the control plane, and owns its settings"
    assert rules["eks-access-config-map"]["verdicts"]["not-evaluated"] == 1
    assert rules["managed-workload-identity-off"]["ruledOut"] == "the cluster is one of EKS"
    (pool,) = [one for one in report["findings"] if one["rule"] == "node-pool-ssh-open"]
    assert (pool["verdict"], "aws eks describe-nodegroup" in pool["reason"]) == ("not-evaluated", True)
    assert rules["node-pool-metadata-exposed"]["ruledOut"]
    files = {name: tmp_path / name for name in ("terminal", "html")}
    live(kubeplumb, tmp_path, amazon, *(item for name, file in files.items() for item in ("-o", f"{name}={file}")))
    assert "EKS runs the control plane, and owns its settings" in " ".join(files["terminal"].read_text().split())
    assert "Does not apply: EKS runs the control plane" in files["html"].read_text()


@pytest.mark.parametrize(
    ("context", "command"),
    [
        ("arn:aws:eks:eu-central-1:111122223333:cluster/shop", "--name shop --region eu-central-1 >"),
        ("arn:aws-cn:eks:cn-north-1:111122223333:cluster/shop;reboot", "--name NAME --region REGION >"),
        ("gke_example_europe-west1_shop", "--name NAME --region REGION >"),
        ("prod", "--name NAME --region REGION >"),
    ],
)
def test_the_command_has_what_the_context_s_name_tells(
    tmp_path: Path, amazon: Api, kubeplumb: Kubeplumb, context: str, command: str
) -> None:
    path = kubeconfig(tmp_path, amazon.url)
    text = path.read_text()
    assert "test" in text
    path.write_text(text.replace('"test"', json.dumps(context)).replace("name: test", f"name: {json.dumps(context)}"))
    settings = ("--kubeconfig", path, "--no-config", "-o", "json", "--rule", "managed-endpoint-open")
    (one,) = json.loads(kubeplumb("cluster", *settings).out)["findings"]
    assert f"aws eks describe-cluster {command} cluster.json" in one["reason"]


def test_what_google_always_does_is_no_decision(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    node = named("v1", "Node", "", "n1", metadata={"labels": {"cloud.google.com/gke-nodepool": "default-pool"}})
    api.serve("Node", "nodes", "v1", node, namespaced=False)
    report = json.loads(live(kubeplumb, tmp_path, api, "--profile", "all").out)
    assert {one["rule"] for one in managed(report, "manual")} == set(decisions()) - {"managed-audit-log-off"}
    (audit,) = [one for one in report["rules"] if one["id"] == "managed-audit-log-off"]
    assert audit["ruledOut"]


def test_rules_on_managed_clusters_do_not_apply_to_others(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    node = named("v1", "Node", "", "n1", metadata={"labels": {"node-role.kubernetes.io/control-plane": ""}})
    api.serve("Node", "nodes", "v1", node, namespaced=False)
    report = json.loads(live(kubeplumb, tmp_path, api, "--profile", "all").out)
    assert [one for one in report["findings"] if one["subject"] in SUBJECTS] == []
    ruled_out = {one["ruledOut"] for one in report["rules"] if one["subject"] in SUBJECTS}
    assert ruled_out == {"no provider runs the control plane"}


def test_an_answer_beside_a_live_cluster_is_judged_and_kept_without_secrets(
    tmp_path: Path, amazon: Api, kubeplumb: Kubeplumb
) -> None:
    write(tmp_path, ["eks.json", "nodegroup.json"])
    saved = tmp_path / "s.json"
    answers = ("--managed", tmp_path / "eks.json", "--managed", tmp_path / "nodegroup.json")
    first = live(kubeplumb, tmp_path, amazon, "--profile", "all", *answers, "--save", saved)
    assert first.out, first.err
    report = json.loads(first.out)
    assert {one["rule"] for one in managed(report)} == FAILED["eks.json"] | FAILED["nodegroup.json"]
    assert managed(report, "manual") == []
    assert {one["place"]["file"] for one in managed(report)} == {"eks.json", "nodegroup.json"}
    assert plain(first) == plain(scan(kubeplumb, saved, "--profile", "all"))
    assert "SECRET" not in saved.read_text()
    assert "U0VDUkVU" not in saved.read_text()


def test_a_copy_without_identity_leaves_out_what_the_provider_says(
    tmp_path: Path, amazon: Api, kubeplumb: Kubeplumb
) -> None:
    write(tmp_path, ["eks.json"])
    saved, less = tmp_path / "s.json", tmp_path / "less.json"
    live(kubeplumb, tmp_path, amazon, "--managed", tmp_path / "eks.json", "--save", saved)
    assert "111122223333" in saved.read_text()
    assert kubeplumb("snapshot", "redact", saved, less, "--drop-identity").code == 0
    assert "111122223333" not in less.read_text()
    report = json.loads(scan(kubeplumb, less).out)
    assert managed(report, "manual")
    assert any("provider" in gap["reason"] for gap in report["gaps"])


def test_an_answer_in_a_dump_is_read(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    """Beside the folders of `kubectl cluster-info dump`, and in a support bundle under a name of nobody's."""
    for folder, inside in (
        ("info", "kube-system/replication-controllers.json"),
        ("bundle", "cluster-resources/nodes.json"),
    ):
        home = tmp_path / folder
        (home / inside).parent.mkdir(parents=True)
        (home / inside).write_text('{"kind": "List", "apiVersion": "v1", "items": []}')
        write(home, ["eks.json"])
        report = json.loads(scan(kubeplumb, home, "--profile", "all").out)
        assert report["run"]["cluster"], folder
        assert {one["rule"] for one in managed(report)} == FAILED["eks.json"], folder
        assert not any("eks.json" in gap["file"] for gap in map(str, report["gaps"]) if isinstance(gap, dict))


@pytest.mark.parametrize("content", ["{}", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", "{", None])
def test_a_file_without_an_answer_is_a_usage_error(
    tmp_path: Path, amazon: Api, kubeplumb: Kubeplumb, content: str | None
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content)
    result = live(kubeplumb, tmp_path, amazon, "--managed", path)
    assert result.code == 2
    assert "x.json" in result.err
    assert amazon.seen == []


@pytest.mark.parametrize(
    ("name", "rule", "before", "after"),
    [
        ("nodegroup.json", "node-pool-image-ended", "AL2_x86_64", "AL2023_x86_64_STANDARD"),
        ("gke.yaml", "node-pool-default-account", "serviceAccount: default", "serviceAccount: nodes@example"),
    ],
)
def test_a_pool_that_was_put_right_is_fixed_and_not_gone(
    tmp_path: Path, kubeplumb: Kubeplumb, name: str, rule: str, before: str, after: str
) -> None:
    write(tmp_path, [name])
    file, reports = tmp_path / name, (tmp_path / "a.json", tmp_path / "b.json")
    for report in reports:
        scan(kubeplumb, file, "--rule", rule, "-o", f"json={report}", "--quiet")
        assert before in file.read_text() or report == reports[1]
        file.write_text(file.read_text().replace(before, after))
    found = json.loads(kubeplumb("diff", *reports, "-o", "json").out)
    assert [(one["outcome"], one["finding"]["rule"]) for one in found["findings"]] == [("fixed", rule)], found


def test_the_table_of_decisions_names_rules_and_distributions_that_exist() -> None:
    rules = all_rules(())
    for decision in decisions().values():
        assert rules[decision.rule].subject == "provider"
        for name in decision.of:
            assert distributions()[name].describe
    named_rules = {rule for one in distributions().values() for rule, _ in one.ask}
    assert named_rules <= set(decisions())
