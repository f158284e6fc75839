"""A live audit and its replay: the same objects give the same report, byte for byte but for the run's own data."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.collectors.fake_api import Api, forbidden, kubeconfig, named
from tests.conftest import Kubeplumb, Result

RBAC = "rbac.authorization.k8s.io/v1"
APP = {"name": "app", "image": "registry.example/app:1.0", "env": [{"name": "DB_PASSWORD", "value": "hunter2-Horse"}]}
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [APP], "hostNetwork": True}}


@pytest.fixture
def cluster(api: Api) -> Api:
    """Two namespaces with workloads, rights and a policy; a pod that differs; a list that is refused."""
    spaces = [named("v1", "Namespace", "", name) for name in ("shop", "bank")]
    api.serve("Namespace", "namespaces", "v1", *spaces, namespaced=False)
    owner = {"ownerReferences": [{"uid": "Deployment-shop-web", "controller": True}], "labels": {"app": "web"}}
    odd = {"containers": [APP, {"name": "debug", "image": "x", "securityContext": {"privileged": True}}]}
    pods = [named("v1", "Pod", "shop", f"web-{index}", metadata=owner, spec=odd) for index in range(3)]
    pods += [named("v1", "Pod", "bank", "alone", spec={"containers": [APP]})]
    api.serve("Pod", "pods", "v1", *pods)
    web = named("apps/v1", "Deployment", "shop", "web", spec={"template": TEMPLATE, "selector": {}})
    api.serve("Deployment", "deployments", "apps/v1", web)
    api.serve("ServiceAccount", "serviceaccounts", "v1", named("v1", "ServiceAccount", "shop", "default"))
    role = named(RBAC, "ClusterRole", "", "all", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}])
    api.serve("ClusterRole", "clusterroles", RBAC, role, namespaced=False)
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "shop"}
    bound = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "all"}}
    api.serve(
        *("ClusterRoleBinding", "clusterrolebindings", RBAC),
        named(RBAC, "ClusterRoleBinding", "", "b", subjects=[subject], **bound),
        namespaced=False,
    )
    api.serve("RoleBinding", "rolebindings", RBAC, named(RBAC, "RoleBinding", "bank", "b", subjects=[subject], **bound))
    api.serve("Role", "roles", RBAC)
    for path in ("roles", "namespaces/shop/roles"):
        api.routes[f"/apis/{RBAC}/{path}"] = forbidden("roles")
    policy = {"podSelector": {}, "policyTypes": ["Ingress"]}
    api.serve("NetworkPolicy", "networkpolicies", "networking.k8s.io/v1")
    api.objects["/apis/networking.k8s.io/v1/networkpolicies"] += [named("x", "NetworkPolicy", "bank", "p", spec=policy)]
    return api


def live(kubeplumb: Kubeplumb, folder: Path, api: Api, *arguments: object) -> Result:
    path = kubeconfig(folder, api.url)
    return kubeplumb("cluster", "--kubeconfig", path, "--no-config", "--qps", "0", "-o", "json", *arguments)


def scan(kubeplumb: Kubeplumb, path: object, *arguments: object) -> Result:
    return kubeplumb("scan", path, "--no-config", "-o", "json", *arguments)


def plain(result: Result) -> str:
    """A report's bytes without when and how it was made."""
    return re.sub(r'"(command|started)": ?"(\\.|[^"\\])*"', "", result.out)


@pytest.mark.parametrize("end", ["json", "json.gz", "json.zst"])
@pytest.mark.parametrize("profile", ["default", "all"])
def test_a_replay_gives_the_same_report(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, end: str, profile: str
) -> None:
    saved = tmp_path / f"s.{end}"
    first = live(kubeplumb, tmp_path, cluster, "--profile", profile, "--save", saved)
    asked = len(cluster.seen)
    again = scan(kubeplumb, saved, "--profile", profile)
    assert json.loads(first.out)["findings"]
    assert plain(first) == plain(again)
    assert first.code == again.code == 1
    assert len(cluster.seen) == asked


@pytest.mark.parametrize(
    "limits", [("-n", "shop"), ("-n", "bank", "-n", "shop"), ("--exclude-namespace", "shop"), ("-n", "none")]
)
def test_a_replay_of_some_namespaces_gives_the_same_report(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, limits: tuple[str, ...]
) -> None:
    saved = tmp_path / "s.json"
    first = live(kubeplumb, tmp_path, cluster, *limits, "--save", saved)
    again = scan(kubeplumb, saved)
    assert plain(first) == plain(again)


def test_a_snapshot_of_some_namespaces_says_nothing_of_others(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    saved = tmp_path / "s.json"
    live(kubeplumb, tmp_path, cluster, "-n", "shop", "-n", "bank", "--save", saved)
    assert scan(kubeplumb, saved, "-n", "sh*").code == 1
    result = scan(kubeplumb, saved, "-n", "other")
    assert result.code == 2
    assert "nothing of namespace other" in result.err
    assert "shop, bank" in result.err


def test_a_replay_in_two_processes_gives_the_same_report(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.pipeline.inventories._WORTH_A_PROCESS", 2)
    saved = tmp_path / "s.json"
    first = live(kubeplumb, tmp_path, cluster, "--save", saved, "--jobs", "1")
    assert plain(first) == plain(scan(kubeplumb, saved, "--jobs", "3"))


def test_a_replay_is_judged_by_the_day_of_the_collection_unless_one_is_given(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    saved = tmp_path / "s.json"
    live(kubeplumb, tmp_path, cluster, "--save", saved)
    saved.write_text(saved.read_text().replace('"collected":"20', '"collected":"19'))
    assert json.loads(scan(kubeplumb, saved).out)["run"]["today"].startswith("19")
    assert json.loads(scan(kubeplumb, saved, "--today", "2030-01-02").out)["run"]["today"] == "2030-01-02"
    saved.write_text(saved.read_text().replace('"collected":"19', '"collected":"no'))
    assert scan(kubeplumb, saved).code == 3


def test_kinds_that_were_not_collected_are_not_evaluated_by_other_rules(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    saved = tmp_path / "s.json"
    live(kubeplumb, tmp_path, cluster, "--rule", "container-privileged", "--save", saved)
    report = json.loads(scan(kubeplumb, saved, "--rule", "workload-no-ingress-policy").out)
    assert {one["verdict"] for one in report["findings"]} == {"not-evaluated"}
    assert any("NetworkPolicy was looked for" in one["reason"] for one in report["findings"])
    same = json.loads(scan(kubeplumb, saved, "--rule", "container-privileged").out)
    assert {one["verdict"] for one in same["findings"]} == {"fail"}


def test_pods_that_differ_are_named_with_owner_parts_and_number(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    report = json.loads(live(kubeplumb, tmp_path, cluster, "--rule", "container-privileged").out)
    (differing,) = report["coverage"]["differing"]
    assert differing["pod"] == "Pod/shop/web-0"
    assert differing["owner"] == "Deployment/shop/web"
    assert "container debug was added" in differing["differs"]
    assert differing["alike"] == 2
    (finding,) = report["findings"]
    assert (finding["object"]["kind"], finding["object"]["name"], finding["container"]) == ("Pod", "web-0", "debug")
    assert finding["place"]["file"] == "/api/v1/namespaces/shop/pods/web-0"


def test_evidence_names_the_object_that_it_stands_in(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    report = json.loads(live(kubeplumb, tmp_path, cluster, "--profile", "all").out)
    seen = 0
    for finding in report["findings"]:
        if finding["subject"] in ("workload", "container", "image", "namespace") and finding["object"]["name"] != "*":
            seen += 1
            places = [finding["place"], *(evidence["place"] for evidence in finding["evidence"])]
            assert {place["file"].rpartition("/")[2] for place in places} == {finding["object"]["name"]}
    assert seen > 20


def test_no_credential_is_in_a_report_a_snapshot_or_on_a_stream(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    saved = tmp_path / "s.json"
    outputs = [item for name in ("html", "sarif", "terminal") for item in ("-o", f"{name}={tmp_path / name}")]
    result = live(kubeplumb, tmp_path, cluster, "--profile", "all", "--save", saved, *outputs)
    assert any(one["rule"] == "credential-in-environment" for one in json.loads(result.out)["findings"])
    texts = [result.out, result.err, *(path.read_text() for path in tmp_path.iterdir())]
    assert len(texts) == 7
    assert not any("hunter2" in text for text in texts)


# What is read in the place of a snapshot


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"apiVersion: v1\nkind: Pod\n"),
        b"\x1f\x8b\x08",
        zstandard.compress(b"hello"),
        b'{"schema":"kubeplumb.dev/snapshot/v9","objects":[\n]}',
    ],
    ids=["gzip-of-a-manifest", "cut-gzip", "zstandard-of-words", "another-schema"],  # gzip tells the time: no two alike
)
def test_what_is_no_snapshot_is_said_clearly(tmp_path: Path, kubeplumb: Kubeplumb, content: bytes) -> None:
    path = tmp_path / "s.json.gz"
    path.write_bytes(content)
    result = scan(kubeplumb, path)
    assert result.code == 3
    assert "s.json.gz: is no snapshot" in result.err
    assert "hint: " in result.err


def test_a_snapshot_that_is_not_alone_is_a_usage_error(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    saved = tmp_path / "s.json.gz"
    live(kubeplumb, tmp_path, cluster, "--save", saved)
    result = scan(kubeplumb, saved, saved)
    assert result.code == 2
    assert "not the only path" in result.err


def test_a_snapshot_that_was_cut_gives_a_report_that_is_incomplete(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    saved = tmp_path / "s.json"
    live(kubeplumb, tmp_path, cluster, "--save", saved)
    saved.write_bytes(b"\n".join(saved.read_bytes().splitlines()[:-2]))
    result = scan(kubeplumb, saved, "--rule", "workload-no-ingress-policy")
    report = json.loads(result.out)
    assert (result.code, report["run"]["interrupted"]) == (130, True)
    assert {one["verdict"] for one in report["findings"]} == {"not-evaluated"}
    assert all("the snapshot ends" in one["reason"] for one in report["findings"])


def test_a_snapshot_that_cannot_be_written_is_a_usage_error(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    result = live(kubeplumb, tmp_path, cluster, "--save", tmp_path / "no" / "s.json")
    assert result.code == 2
    assert "cannot be written" in result.err


def test_a_run_that_fails_leaves_no_half_of_a_snapshot_in_the_place_of_an_older_one(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "s.json"
    live(kubeplumb, tmp_path, cluster, "--save", saved)
    before = saved.read_bytes()

    def broken(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("auditor.pipeline.cluster.redacted", broken)
    result = live(kubeplumb, tmp_path, cluster, "--save", saved)
    assert result.code == 70
    assert saved.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("s.")] == ["s.json"]
