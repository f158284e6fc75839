"""One file read: what it is, what it holds, and which gaps it leaves."""

import os
from pathlib import Path

import pytest

from auditor.collectors.read import KUBERNETES, FileRead, read_file
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import DEFAULT, Limits

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def read(
    data: bytes | str, name: str = "x.yaml", limits: Limits = DEFAULT, charts: frozenset[str] = frozenset()
) -> FileRead:
    raw = data.encode() if isinstance(data, str) else data
    return read_file(Target("w", name, name, len(raw)), set(charts), (), limits, raw)


def gaps(result: FileRead) -> list[str]:
    return [gap.code for gap in result.gaps]


def refs(result: FileRead) -> list[str]:
    return [str(resource.ref) for resource in result.resources]


def test_lists_are_opened_also_inside_each_other() -> None:
    text = """\
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}}
  - apiVersion: v1
    kind: PodList
    items: [{metadata: {name: b}}]
"""
    result = read(text)
    assert refs(result) == ["Pod/shop/a", "Pod/b"]
    assert result.resources[1].origin.base == ("items", 1, "items", 0)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("kustomization.yaml", "resources: [a.yaml]\n", "kustomization"),
        ("Chart.yaml", "apiVersion: v2\nname: a\n", "Helm chart"),
        ("values-prod.yaml", "a: 1\n", "Helm values"),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n", "GitHub workflow"),
        ("ci.yml", "on: push\njobs: {}\n", "GitHub workflow"),
        ("stack.yml", "version: '3'\nservices: {}\n", "Compose file"),
        ("rules.yaml", "groups: []\n", "alert rules"),
        ("data.json", "[1, 2]", "other YAML or JSON"),
        ("empty.yaml", "# nothing\n", "empty file"),
    ],
)
def test_what_is_not_kubernetes_is_counted_as_what_it_is(name: str, text: str, what: str) -> None:
    result = read(text, name)
    assert (result.what, result.gaps, result.resources) == (what, [], [])


def test_a_broken_file_is_a_gap_with_its_line_whatever_it_is() -> None:
    result = read("a: 1\nb: [\n", "values.yaml")
    assert gaps(result) == ["yaml-syntax"]
    assert result.gaps[0].line >= 2


def test_a_broken_document_hides_no_other() -> None:
    result = read(f"{OBJECT}---\nkind: [\n---\n{OBJECT.replace('name: a', 'name: b')}")
    assert refs(result) == ["ConfigMap/a", "ConfigMap/b"]
    assert gaps(result) == ["yaml-syntax"]
    assert result.what == KUBERNETES


def test_a_template_of_a_chart_is_the_charts_gap() -> None:
    result = read("name: {{ .Release.Name }}\n", "shop/templates/a.yaml", charts=frozenset({"shop"}))
    assert (result.chart, result.gaps) == ("shop", [])


def test_a_template_outside_a_chart_is_a_gap() -> None:
    assert gaps(read("{{ if x }}\nname: {{ y }}\n{{ end }}\n")) == ["template"]


def test_braces_inside_texts_are_no_template() -> None:
    assert read(OBJECT + "data: {a: 'x {{ $labels.y }}'}\n").what == KUBERNETES


def test_an_object_without_kind_is_a_gap() -> None:
    assert gaps(read("apiVersion: v1\nmetadata: {name: a}\nspec: {}\n")) == ["incomplete-object"]


def test_a_duplicate_key_is_a_gap_and_the_last_one_counts() -> None:
    result = read(OBJECT + "data: {a: '1', a: '2'}\n")
    assert gaps(result) == ["duplicate-key"]
    assert result.resources[0].manifest["data"] == {"a": "2"}


@pytest.mark.parametrize(
    ("kind", "taken"), [("apiserver.config.k8s.io/v1 EncryptionConfiguration", 0), ("audit.k8s.io/v1 Policy", 1)]
)
def test_a_file_that_is_decoded_strictly_is_refused_for_a_duplicate_key(kind: str, taken: int) -> None:
    version, _, name = kind.partition(" ")
    result = read(f"apiVersion: {version}\nkind: {name}\nrules: []\nrules: []\n")
    assert (gaps(result), len(result.resources)) == (["duplicate-key"], taken)
    assert ("the API server does not start" in result.gaps[0].reason) == (not taken)


@pytest.mark.parametrize(
    "data",
    [b"a: \x00\n", b"a: \xff\xfe\xfa\n", OBJECT.encode("utf-16")[:-1] + b"\xd8", b"\xff\xff\xff\xff"],
    ids=["nul", "latin", "cut utf-16", "noise"],
)
def test_bytes_that_are_no_text_are_a_gap(data: bytes) -> None:
    assert read(data).gaps


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    assert refs(read(OBJECT.encode(encoding))) == ["ConfigMap/a"]


def test_a_file_beyond_the_limit_is_a_gap() -> None:
    assert gaps(read("a" * 101, limits=DEFAULT._replace(file_bytes=100))) == ["unreadable"]


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "{a: " * 50_000, "- " * 100_000, "a: &a [x, x]\n" + "b: [*a, *a]\n" * 3]
)
def test_hostile_shapes_end_in_a_gap_or_a_value(text: str) -> None:
    read(text)


def test_an_alias_bomb_is_a_gap() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert read("\n".join(lines)).gaps


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_without_permission_is_a_gap(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(OBJECT)
    file.chmod(0)
    assert gaps(read_file(Target("w", str(file), str(file), 10), set(), (), DEFAULT)) == ["unreadable"]
