"""`kubeplumb diff` on reports that `kubeplumb scan` wrote: outputs, exit codes, and refusals with a hint."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.conftest import Kubeplumb, Result

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "diff-v1.json").read_text(encoding="utf-8"))

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, annotations: {annotations}}}
spec:
  hostNetwork: {host}
  containers:
    - name: web
      image: registry.example/web:1.2
      securityContext: {{privileged: {privileged}}}
"""
RULES = ("--rule", "container-privileged", "--rule", "host-network", "--no-config", "--today", "2026-11-21")
WAIVE = "kubeplumb.dev/waive.container-privileged"


def pod(
    name: str = "web", privileged: Any = "false", host: Any = "false", namespace: str = "shop", annotations: str = "{}"
) -> str:
    return POD.format(name=name, privileged=privileged, host=host, namespace=namespace, annotations=annotations)


Scan = Callable[..., Path]


@pytest.fixture
def scan(kubeplumb: Kubeplumb, tmp_path: Path) -> Scan:
    """Manifests in, the file of the report that a scan of them wrote out."""

    def call(name: str, *documents: str, options: tuple[str, ...] = RULES) -> Path:
        folder = tmp_path / "manifests"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for number, text in enumerate(documents):
            (folder / f"{number}.yaml").write_text(text)
        report = tmp_path / f"{name}.json"
        result = kubeplumb("scan", folder, *options, "--fail-on", "none", "-o", f"json={report}", "--quiet")
        assert result.code in (0, 5), result.err
        return report

    return call


@pytest.fixture
def diff(kubeplumb: Kubeplumb) -> Callable[..., Any]:
    """The comparison of two reports as its JSON says it, checked against the schema."""

    def call(before: Path, after: Path) -> Any:
        document = json.loads(kubeplumb("diff", before, after, "-o", "json").out)
        jsonschema.Draft202012Validator(SCHEMA).validate(document)
        return document

    return call


def told(document: Any) -> list[tuple[str, str, str, str]]:
    return sorted(
        (one["outcome"], one["cause"], one["finding"]["rule"], one["finding"]["object"]["name"])
        for one in document["findings"]
    )


@pytest.mark.parametrize("option", [("--exclude", "1.yaml"), ("--include", "0.yaml")])
def test_a_file_that_is_left_out_is_not_gone(scan: Scan, diff: Callable[..., Any], option: tuple[str, ...]) -> None:
    documents = (pod("web", "true"), pod("api", "true"))
    before, after = scan("a", *documents), scan("b", *documents, options=(*RULES, *option))
    document = diff(before, after)
    assert told(document) == [
        ("not-evaluated", "out-of-scope", "container-privileged", "api"),
        ("unchanged", "", "container-privileged", "web"),
    ]
    assert document["summary"]["objects"] == {"came": 0, "went": 0, "changed": 0, "unread": 1, "same": 1}
    assert option[1] in document["objects"][0]["unread"]


def test_new_fixed_gone_and_unchanged(scan: Scan, diff: Callable[..., Any]) -> None:
    before = scan("a", pod("web", "true"), pod("api", host="true"), pod("old", "true"))
    after = scan("b", pod("web", "true", host="true"), pod("api"), pod("fresh", "true"))
    assert told(diff(before, after)) == [
        ("fixed", "object-changed", "host-network", "api"),
        ("gone", "object-absent", "container-privileged", "old"),
        ("new", "object-absent", "container-privileged", "fresh"),
        ("new", "object-changed", "host-network", "web"),
        ("unchanged", "", "container-privileged", "web"),
    ]


def test_what_is_not_evaluated_is_not_fixed(scan: Scan, diff: Callable[..., Any]) -> None:
    before = scan("a", pod("web", "true"), pod("api", "true"), pod("net", host="true"))
    rules = ("--rule", "container-privileged", *RULES[4:])
    after = scan("b", pod("web", "1.5"), "kind: [\n", pod("net"), options=rules)
    document = diff(before, after)
    assert told(document) == [
        ("not-evaluated", "not-evaluated", "container-privileged", "web"),
        ("not-evaluated", "object-unread", "container-privileged", "api"),
        ("not-evaluated", "rule-absent", "host-network", "net"),
    ]
    assert document["summary"]["gaps"] == {"new": 2, "closed": 0}
    assert {"selection", "rules"} <= {caution["code"] for caution in document["cautions"]}


@pytest.mark.parametrize(
    "narrowed",
    [
        ("--namespace", "data"),
        ("--exclude-namespace", "sh*"),
        ("--namespace", "d*", "--namespace", "x", "--exclude-namespace", "y"),
    ],
)
def test_what_is_out_of_scope_is_not_fixed(scan: Scan, diff: Callable[..., Any], narrowed: tuple[str, ...]) -> None:
    texts = pod("web", "true"), pod("db", "true", namespace="data")
    before, after = scan("a", *texts), scan("b", *texts, options=(*RULES, *narrowed))
    assert told(diff(before, after)) == [
        ("not-evaluated", "out-of-scope", "container-privileged", "web"),
        ("unchanged", "", "container-privileged", "db"),
    ]


def test_what_is_hidden_is_not_fixed(scan: Scan, diff: Callable[..., Any]) -> None:
    before = scan("a", pod("web", "true", host="true"))
    after = scan("b", pod("web", "true", host="true"), options=(*RULES, "--severity", "critical"))
    document = diff(before, after)
    assert told(document) == [
        ("not-evaluated", "hidden", "host-network", "web"),
        ("unchanged", "", "container-privileged", "web"),
    ]
    assert "hidden" in {caution["code"] for caution in document["cautions"]}


@pytest.mark.parametrize(
    ("expires", "note"), [("; expires=2026-11-20", "waiver expired on 2026-11-20"), ("", "newly waived")]
)
def test_waivers(scan: Scan, diff: Callable[..., Any], expires: str, note: str) -> None:
    waived = pod("web", "true", annotations=f"{{{WAIVE}: 'it drives the node{expires}'}}")
    dated = (*RULES[:-1], "2026-11-20")
    before = scan("a", waived, options=dated) if expires else scan("a", pod("web", "true"))
    (one,) = diff(before, scan("b", waived))["findings"]
    assert (one["outcome"], one["note"], one["changes"]) == ("unchanged", note, ["verdict", "waiver"])


def test_objects(scan: Scan, diff: Callable[..., Any]) -> None:
    before = scan("a", pod("same"), pod("changed"), pod("went"))
    document = diff(before, scan("b", pod("came"), pod("changed", "true"), pod("same")))
    assert [(one["change"], one["object"]["name"]) for one in document["objects"]] == [
        ("came", "came"),
        ("changed", "changed"),
        ("went", "went"),
    ]
    assert document["summary"]["objects"]["same"] == 1


def test_a_real_audit_does_not_differ_from_itself(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    report = tmp_path / "shop.json"
    shop = Path(__file__).parents[2] / "examples" / "shop"
    kubeplumb("scan", shop, "--profile", "all", "--today", "2026-11-21", "-o", f"json={report}", "--quiet")
    document = json.loads(kubeplumb("diff", report, report, "-o", "json").out)
    assert Counter(one["outcome"] for one in document["findings"]).keys() == {"unchanged"}
    assert (document["cautions"], document["objects"], document["gaps"]) == ([], [], [])


def test_exit_codes(scan: Scan, kubeplumb: Kubeplumb) -> None:
    good, bad = scan("a", pod("web")), scan("b", pod("web", "true"))
    assert kubeplumb("diff", good, bad).code == 1
    assert kubeplumb("diff", good, bad, "--fail-on", "none").code == 0
    assert kubeplumb("diff", good, bad, "--fail-on", "critical").code == 1
    assert kubeplumb("diff", bad, good).code == 0
    assert kubeplumb("diff", bad, bad, "--fail-on", "info").code == 0


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--fail-on", "dreadful"), "dreadful"),
        (("-o", "pdf"), "pdf"),
        (("-o", "sarif"), "sarif"),
        (("-o", "sarif=x.sarif"), "sarif"),
        (("-o", "json", "-o", "html"), "json and html"),
        (("-o", "json="), "json="),
        (("--frobnicate",), "frobnicate"),
    ],
)
def test_2_for_usage(scan: Scan, kubeplumb: Kubeplumb, options: tuple[str, ...], word: str) -> None:
    report = scan("a", pod())
    result = kubeplumb("diff", report, report, *options)
    assert (result.code, result.out) == (2, "")
    assert word in result.err


def refused(result: Result, code: int, words: str) -> None:
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert "hint: " in result.err


def test_2_for_what_is_no_report(scan: Scan, kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    report, other = scan("a", pod()), tmp_path / "other.json"
    for text in ("{}", pod(), '{"schema": "kubeplumb.dev/snapshot/v1"}'):
        other.write_text(text)
        refused(kubeplumb("diff", report, other), 2, "other.json: is no report of kubeplumb")
        refused(kubeplumb("diff", other, report), 2, "other.json: is no report of kubeplumb")
    other.write_text('{"schema": "kubeplumb.dev/report/v1"}')
    refused(kubeplumb("diff", report, other), 2, "is no valid report")
    refused(kubeplumb("diff", "-", "-"), 2, "standard input")


def test_3_for_what_cannot_be_read(scan: Scan, kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    report = scan("a", pod())
    refused(kubeplumb("diff", report, tmp_path / "missing.json"), 3, "missing.json: cannot be read")
    refused(kubeplumb("diff", tmp_path, report), 3, "cannot be read")


def test_standard_input_is_one_of_them(scan: Scan, kubeplumb: Kubeplumb) -> None:
    good, bad = scan("a", pod("web")), scan("b", pod("web", "true"))
    result = kubeplumb("diff", good, "-", stdin=bad.read_bytes())
    assert result.code == 1
    assert "1 new finding" in result.out


def test_outputs(scan: Scan, kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    good, bad = scan("a", pod("web")), scan("b", pod("web", "true"))
    page, data = tmp_path / "out" / "diff.html", tmp_path / "out" / "diff.json"
    result = kubeplumb("diff", good, bad, "-o", f"html={page}", "-o", f"json={data}")
    assert "1 new finding" in result.out, "the terminal's form stays where all others have files"
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(data.read_text("utf-8"))["schema"] == "kubeplumb.dev/diff/v1"
    quiet = kubeplumb("diff", good, bad, "-o", f"html={page}", "--quiet")
    assert (quiet.code, quiet.out) == (1, "")
    refused(kubeplumb("diff", good, bad, "-o", f"html={good}/x.html", "--quiet"), 2, "cannot be written")


def test_colours_are_asked_for(scan: Scan, kubeplumb: Kubeplumb) -> None:
    good, bad = scan("a", pod("web")), scan("b", pod("web", "true"))
    assert "\x1b" not in kubeplumb("diff", good, bad).out
    assert "\x1b[" in kubeplumb("diff", good, bad, "--color").out
    assert "\x1b" not in kubeplumb("diff", good, bad, "--no-color").out


def test_hostile_names_reach_no_terminal(scan: Scan, kubeplumb: Kubeplumb) -> None:
    evil = pod('"we\\e[2Jb\\u202E"', "true").replace("name: web", 'name: "c\\e[31m"')
    result = kubeplumb("diff", scan("a", pod("web")), scan("b", evil))
    assert "\\x1b[2J" in result.out
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out


def test_it_has_help(kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("diff", "--help")
    assert result.code == 0
    assert "Exit codes" in result.out
