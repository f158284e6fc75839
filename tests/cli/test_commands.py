"""What each command prints."""

import json
from pathlib import Path

import pytest

from tests.conftest import Kubeplumb, Result

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  initContainers:
    - name: setup
      image: registry.example/setup:1.2@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  containers:
    - name: web
      image: nginx
      env: [{name: DB_PASSWORD, value: hunter2-hunter2}]
      securityContext: {privileged: true}
"""
SECRET = "hunter2-hunter2"


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    file = tmp_path / "pods.yaml"
    file.write_text(PODS)
    return file


def test_facts_prints_one_json_object_a_line(kubeplumb: Kubeplumb, pods: Path) -> None:
    result = kubeplumb("facts", "container", pods)
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["fact"]["type"] for line in lines] == ["init", "regular"]
    assert lines[0]["place"].endswith("pods.yaml:6:7")
    assert result.code == 0


@pytest.mark.parametrize("subject", ["object", "workload", "container", "image", "cluster"])
def test_facts_of_every_subject_hold_no_credential(kubeplumb: Kubeplumb, pods: Path, subject: str) -> None:
    result = kubeplumb("facts", subject, pods)
    assert result.out
    assert SECRET not in result.out


@pytest.mark.parametrize("form", ["terminal", "json", "html", "sarif"])
def test_no_report_holds_a_credential(kubeplumb: Kubeplumb, pods: Path, form: str) -> None:
    result = kubeplumb("scan", pods, "--no-config", "--profile", "all", "-o", form, "--verbose")
    assert result.code == 1
    assert SECRET not in result.out


def test_facts_says_what_it_could_not_read(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [\n")
    assert "bad.yaml" in kubeplumb("facts", "container", tmp_path).err


def test_the_schema_of_facts_names_every_subject(kubeplumb: Kubeplumb) -> None:
    schema = json.loads(kubeplumb("facts", "--schema").out)
    assert {"object", "workload", "container", "image", "cluster"} <= set(schema)
    assert all(
        field["description"] or name.count(".")
        for subject in schema.values()
        for name, field in subject["fields"].items()
    )


@pytest.mark.parametrize(
    ("expression", "code", "lines"),
    [
        ("container.effective.privileged", 1, 1),
        ("image.?tag.orValue('latest') == 'latest'", 1, 1),
        ("image.?digest.hasValue() && container.type == 'init'", 1, 1),
        ("workload.kind == 'Deployment'", 0, 0),
        ("!container.effective.privileged", 1, 1),
    ],
)
def test_query_prints_what_matches(kubeplumb: Kubeplumb, pods: Path, expression: str, code: int, lines: int) -> None:
    result = kubeplumb("query", expression, pods)
    assert (result.code, len(result.out.splitlines())) == (code, lines)


def test_query_on_a_field_that_is_missing_is_an_error_with_a_hint(kubeplumb: Kubeplumb, pods: Path) -> None:
    result = kubeplumb("query", "image.digest == 'x'", pods)
    assert result.code == 2
    assert ".?" in result.err


def test_rules_lists_and_filters(kubeplumb: Kubeplumb) -> None:
    assert "container-privileged" in kubeplumb("rules").out
    listed = json.loads(kubeplumb("rules", "--json", "--severity", "critical", "--filter", "privileged").out)
    assert [rule["id"] for rule in listed] == ["container-privileged"]


def test_explain_shows_both_examples(kubeplumb: Kubeplumb) -> None:
    out = kubeplumb("explain", "container-privileged").out
    assert all(heading in out for heading in ("Why", "How it is judged", "Bad", "Good", "What to do", "Sources"))


def test_explain_knows_what_was_meant(kubeplumb: Kubeplumb) -> None:
    assert "container-privileged" in kubeplumb("explain", "container-priviliged").err


def test_several_reports_in_one_run(kubeplumb: Kubeplumb, pods: Path, tmp_path: Path) -> None:
    report, page = tmp_path / "out" / "report.json", tmp_path / "out" / "report.html"
    result = kubeplumb("scan", pods, "--no-config", "-o", f"json={report}", "-o", f"html={page}")
    assert json.loads(report.read_text())["coverage"]["objects"] == 1
    assert page.read_text().startswith("<!")
    assert "container-privileged" in result.out, "the terminal report is printed beside files"


def test_quiet_prints_nothing_beside_files(kubeplumb: Kubeplumb, pods: Path, tmp_path: Path) -> None:
    result = kubeplumb("scan", pods, "--no-config", "-q", "-o", f"json={tmp_path / 'r.json'}")
    assert (result.out, result.err) == ("", "")


def test_standard_input_is_read(kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("scan", "-", "--no-config", "-o", "json", stdin=PODS.encode())
    findings = json.loads(result.out)["findings"]
    privileged = next(finding for finding in findings if finding["rule"] == "container-privileged")
    assert (privileged["place"]["file"], privileged["place"]["line"]) == ("-", 12)


def test_namespaces_are_selected(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PODS + "---\n" + PODS.replace("namespace: shop", "namespace: test"))
    report = kubeplumb("scan", tmp_path, "--no-config", "-n", "sh*", "-o", "json")
    assert namespaces(report) == {"shop"}
    report = kubeplumb("scan", tmp_path, "--no-config", "--exclude-namespace", "shop", "-o", "json")
    assert namespaces(report) == {"test"}


def namespaces(result: Result) -> set[str]:
    """Of the findings' objects; a Namespace is its own, and the cluster has none."""
    objects = [one["object"] for one in json.loads(result.out)["findings"] if one["subject"] != "cluster"]
    return {one["name"] if one["kind"] == "Namespace" else one["namespace"] for one in objects}


def test_two_processes_say_what_one_says(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.yaml").write_text(PODS.replace("name: web,", f"name: web-{number},"))
    one, two = (kubeplumb("scan", tmp_path, "--no-config", "--jobs", jobs, "-o", "json").out for jobs in (1, 3))
    circumstances = ("started", "command")
    first, second = (
        [line for line in text.splitlines() if not any(f'"{key}"' in line for key in circumstances)]
        for text in (one, two)
    )
    assert first == second


def test_the_version_of_an_api_server_in_the_input_is_used(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "apiserver.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec:\n  containers:\n"
        "    - {name: kube-apiserver, image: 'registry.k8s.io/kube-apiserver:v1.34.2', command: [kube-apiserver]}\n"
    )
    run = json.loads(kubeplumb("scan", tmp_path, "--no-config", "-o", "json").out)["run"]
    assert (run["kubernetesVersion"], run["kubernetesVersionSource"]) == ("1.34.2", "seen")


def test_a_version_that_one_of_several_paths_tells_is_not_the_others(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    server = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver}\nspec:\n  containers:\n"
        "    - {name: kube-apiserver, image: 'k8s.gcr.io/kube-apiserver:v1.6.0', command: [kube-apiserver]}\n"
    )
    (tmp_path / "old.yaml").write_text(server)
    (tmp_path / "same.yaml").write_text(server)
    (tmp_path / "web.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n")

    def judged_as(*names: str) -> str:
        paths = [tmp_path / name for name in names]
        return str(json.loads(kubeplumb("scan", *paths, "--no-config", "-o", "json").out)["run"]["kubernetesVersion"])

    assert judged_as("old.yaml") == judged_as("old.yaml", "same.yaml") == "1.6.0"
    assert judged_as("old.yaml", "web.yaml") == judged_as("web.yaml")


def test_a_null_character_in_a_key_is_no_second_key(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"": "b", "\\u0000": "c"}},'
        ' "spec": {"containers": [{"": false, "\\u0000": false, "x": {"": 1, "\\u0000": 2}}]}}'
    )
    result = kubeplumb("scan", tmp_path, "--no-config", "--profile", "all")
    assert result.code == 0
    assert "container-no-cpu-limit" in result.out or "capabilities-not-dropped" in result.out
    assert "rule error" not in result.out
