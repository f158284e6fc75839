"""`kubeplumb snapshot`: what is shown, what a copy leaves out, and what counts as a change."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.collectors.fake_api import Api, forbidden, kubeconfig, named
from tests.conftest import Kubeplumb

POD = {"containers": [{"name": "app", "image": "x:1", "env": [{"name": "API_TOKEN", "value": "hunter2-Horse"}]}]}


@pytest.fixture
def cluster(api: Api) -> Api:
    spaces = [named("v1", "Namespace", "", name) for name in ("shop", "team-a", "team-b")]
    api.serve("Namespace", "namespaces", "v1", *spaces, namespaced=False)
    notes = {"annotations": {"note": "internal"}}
    pods = [named("v1", "Pod", name, "p", metadata=notes, spec=POD) for name in ("shop", "team-a", "team-b")]
    api.serve("Pod", "pods", "v1", *pods)
    api.serve("NetworkPolicy", "networkpolicies", "networking.k8s.io/v1")
    api.routes["/apis/networking.k8s.io/v1/networkpolicies"] = forbidden("networkpolicies")
    for name in ("shop", "team-b"):
        api.routes[f"/apis/networking.k8s.io/v1/namespaces/{name}/networkpolicies"] = forbidden("networkpolicies")
    return api


def save(kubeplumb: Kubeplumb, folder: Path, api: Api, name: str = "s.json") -> Path:
    path = folder / name
    kubeplumb("cluster", "--kubeconfig", kubeconfig(folder, api.url), "--no-config", "--save", path, "-q")
    assert path.exists()
    return path


def test_show_says_where_it_comes_from_what_it_holds_and_what_is_missing(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    result = kubeplumb("snapshot", "show", save(kubeplumb, tmp_path, cluster, "s.json.zst"))
    assert result.code == 0
    lines = [line.split() for line in result.out.splitlines()]
    assert ["cluster", "test", cluster.url] in lines
    assert ["as", "anna", "(devs,", "system:authenticated)"] in lines
    assert ["version", "v1.34.2"] in lines
    assert ["objects", "6"] in lines
    assert ["3", "Pod"] in lines
    missing = [line for line in result.out.splitlines() if line.startswith("missing")]
    assert len(missing) == 2
    assert "NetworkPolicy in shop: anna could not list networkpolicies" in missing[0]


def test_show_as_json_prints_every_object(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("snapshot", "show", save(kubeplumb, tmp_path, cluster), "--json")
    kinds = [json.loads(line)["kind"] for line in result.out.splitlines()]
    assert sorted(kinds) == ["Namespace"] * 3 + ["Pod"] * 3 + ["Probe", "ServerVersion"]


def test_show_prints_no_control_characters(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path = save(kubeplumb, tmp_path, cluster)
    path.write_text(path.read_text().replace('"user":"anna"', '"user":"\\u001b[31manna\\nx"'))
    result = kubeplumb("snapshot", "show", path)
    assert "\x1b" not in result.out
    assert not any(line.startswith("x") for line in result.out.splitlines())


@pytest.mark.parametrize("command", ["show", "redact", "diff"])
def test_what_is_no_snapshot_is_nothing_read(tmp_path: Path, kubeplumb: Kubeplumb, command: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: b\n")
    more = [] if command == "show" else [tmp_path / "y"]
    result = kubeplumb("snapshot", command, path, *more)
    assert result.code == 3
    assert "is no snapshot" in result.err


def test_standard_input_may_be_a_snapshot(
    tmp_path: Path,
    cluster: Api,
    kubeplumb: Kubeplumb,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from auditor.cli.main import run

    for name in ("s.json", "s.json.gz", "s.json.zst"):
        data = save(kubeplumb, tmp_path, cluster, name).read_bytes()
        assert "3  Pod" in kubeplumb("snapshot", "show", "-", stdin=data).out
        monkeypatch.setattr(sys, "argv", ["kubeplumb", "scan", "-", "-o", "json", "--no-config"])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        assert run() == 1
        assert json.loads(capsys.readouterr().out)["coverage"]["objects"] == 6


# Copies


def test_a_copy_holds_the_same(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path, copy = save(kubeplumb, tmp_path, cluster), tmp_path / "copy.json"
    result = kubeplumb("snapshot", "redact", path, copy)
    assert (result.code, result.out) == (0, "")
    assert "8 objects kept, 0 left out" in result.err
    assert copy.read_bytes() == path.read_bytes()


def test_a_copy_without_a_namespace_does_not_say_that_it_is_empty(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    path, copy = save(kubeplumb, tmp_path, cluster), tmp_path / "copy.json"
    kubeplumb("snapshot", "redact", path, copy, "--drop-namespace", "team-*")
    document = json.loads(copy.read_text())
    assert {one["object"]["metadata"].get("namespace") for one in document["objects"]} == {None, "shop"}
    pods = {one["namespace"] for one in document["missing"] if one["kind"] == "Pod"}
    assert pods == {"team-a", "team-b"}
    cluster_wide = {one["kind"] for one in document["missing"] if one["namespace"] in ("team-a", "team-b")}
    assert not cluster_wide & {"ClusterRole", "Namespace", "CustomResourceDefinition"}


def test_a_copy_without_annotations_and_identity(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path, copy = save(kubeplumb, tmp_path, cluster), tmp_path / "copy.json"
    kubeplumb("snapshot", "redact", path, copy, "--drop-annotations", "--drop-identity")
    text = copy.read_text()
    for gone in ("internal", "anna", "devs", cluster.url, "127.0.0.1"):
        assert gone in path.read_text()
        assert gone not in text
    assert json.loads(text)["missing"]
    assert kubeplumb("scan", copy, "--no-config", "-q").code == kubeplumb("scan", path, "--no-config", "-q").code


def test_a_copy_without_identity_has_no_certificate_and_says_so(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    path, copy = save(kubeplumb, tmp_path, cluster), tmp_path / "copy.json"
    head = {"apiVersion": "observed.kubeplumb.dev/v1", "kind": "Certificate", "metadata": {"name": "kubeconfig-user"}}
    lines = path.read_text().splitlines()
    lines.insert(1, json.dumps({"path": "the kubeconfig (user)", "object": {**head, "pem": "CN=anna"}}) + ",")
    path.write_text("\n".join(lines) + "\n")
    kubeplumb("snapshot", "redact", path, copy, "--drop-identity")
    document = json.loads(copy.read_text())
    assert "Certificate" not in [one["object"]["kind"] for one in document["objects"]]
    assert "left-out" in [gap["code"] for gap in document["gaps"]]


def test_a_copy_of_a_doctored_snapshot_has_no_secret(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path, copy = save(kubeplumb, tmp_path, cluster), tmp_path / "copy.json"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "aHVudGVyMg=="}}
    lines = path.read_text().splitlines()
    lines.insert(1, json.dumps({"path": "/x", "object": secret}) + ",")
    path.write_text("\n".join(lines) + "\n")
    kubeplumb("snapshot", "redact", path, copy)
    assert "aHVudGVyMg" not in copy.read_text()
    assert '"Secret"' in copy.read_text()


def test_a_copy_may_take_the_place_of_its_source(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    path = save(kubeplumb, tmp_path, cluster, "s.json.gz")
    assert kubeplumb("snapshot", "redact", path, path, "--drop-annotations").code == 0
    assert "6" in kubeplumb("snapshot", "show", path).out


# Differences


def test_the_same_cluster_twice_is_no_difference(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    old = save(kubeplumb, tmp_path, cluster, "a.json")
    for pod in cluster.objects["/api/v1/pods"]:
        pod["metadata"]["resourceVersion"] = "99"
        pod["metadata"]["managedFields"] = [{"manager": "x", "apiVersion": "v1"}]
    result = kubeplumb("snapshot", "diff", old, save(kubeplumb, tmp_path, cluster, "b.json.gz"))
    assert (result.code, result.out) == (0, "")


def test_what_came_went_and_changed(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    old = save(kubeplumb, tmp_path, cluster, "a.json")
    pods = cluster.objects["/api/v1/pods"]
    pods[0]["spec"] = {**POD, "hostNetwork": True}
    pods[0]["metadata"]["labels"] = {"a": "b"}
    pods[1]["metadata"]["name"] = "other"
    result = kubeplumb("snapshot", "diff", old, save(kubeplumb, tmp_path, cluster, "b.json"))
    assert result.code == 1
    assert result.out.splitlines() == [
        "~ Pod/shop/p  metadata.labels, spec.hostNetwork",
        "+ Pod/team-a/other",
        "- Pod/team-a/p",
    ]


def test_what_may_just_not_have_been_read_is_not_gone(tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb) -> None:
    """A list that is refused in one namespace, or was not asked for, and a namespace that was left out."""
    cluster.serve(
        "Role", "roles", "rbac.authorization.k8s.io/v1", named("rbac.authorization.k8s.io/v1", "Role", "a", "r")
    )
    old = save(kubeplumb, tmp_path, cluster, "a.json")
    cluster.routes["/api/v1/pods"] = forbidden("pods")
    cluster.routes["/api/v1/namespaces/shop/pods"] = forbidden("pods")
    options = ("--rule", "container-privileged", "--exclude-namespace", "team-b")
    kept = tmp_path / "b.json"
    config = kubeconfig(tmp_path, cluster.url)
    kubeplumb("cluster", "--kubeconfig", config, "--no-config", "--save", kept, "-q", *options)
    result = kubeplumb("snapshot", "diff", old, kept)
    lines = result.out.splitlines()
    assert result.code == 1
    assert not [line for line in lines if not line.startswith("? ")]
    assert {line.split("  ")[0]: line.partition("  ")[2][:34] for line in lines} == {
        "? Namespace/team-b": "namespaces excluded: team-b",
        "? Pod/shop/p": "anna could not list pods in namesp",
        "? Pod/team-b/p": "namespaces excluded: team-b",
        "? Probe/anonymous": "no Probe was looked for",
        "? Role/a/r": "no Role was looked for",
    }
    back = kubeplumb("snapshot", "diff", kept, old).out.splitlines()
    assert back == lines


def test_custom_resources_whose_definitions_were_refused_are_not_gone(
    tmp_path: Path, cluster: Api, kubeplumb: Kubeplumb
) -> None:
    path = save(kubeplumb, tmp_path, cluster, "a.json")
    rollout = {"apiVersion": "argoproj.io/v1", "kind": "Rollout", "metadata": {"name": "r", "namespace": "shop"}}
    lines = path.read_text().splitlines()
    lines.insert(1, json.dumps({"path": "/x", "object": rollout}) + ",")
    path.write_text("\n".join(lines) + "\n")
    fewer = save(kubeplumb, tmp_path, cluster, "b.json")
    assert kubeplumb("snapshot", "diff", path, fewer).out == "- Rollout.argoproj.io/shop/r\n"
    missing = {"kind": "*/PodTemplateSpec", "namespace": "", "reason": "refused"}
    fewer.write_text(fewer.read_text().replace('"missing":[', f'"missing":[{json.dumps(missing)},'))
    assert kubeplumb("snapshot", "diff", path, fewer).out == "? Rollout.argoproj.io/shop/r  refused\n"
