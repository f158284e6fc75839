"""Streams are split as kubectl splits them; what is wrong with a document has a place and hides no other document."""

import pytest

from auditor.collectors.yaml.documents import Problem, read_document, read_documents


def values(text: str, json_hint: bool = False) -> list[object]:
    return [document.value for document in read_documents(text, json_hint=json_hint)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\na: 1\n---\n---\n# nothing\n--- # c\nb: 2", [{"a": 1}, {"b": 2}]),
        ("a: 1\r\n---\r\nb: 2\r\n", [{"a": 1}, {"b": 2}]),
        ("a: |\n  x\n  ---\n  y\n", [{"a": "x\n---\ny\n"}]),
        ("a: |\n  x", [{"a": "x\n"}]),  # kubectl ends every line, even the last
        ("a: 1\n...\nb: 2\n", [{"a": 1}]),
        ("null\n---\n~\n---\n", []),
        ("", []),
        ("a\n---\n[b]\n", ["a", ["b"]]),
        ('{"a": 1}{"b": 2}\n{"c": 3}', [{"a": 1}, {"b": 2}, {"c": 3}]),
        ('{"a": 1}\n---\n{"b": 2}\n---\nc: 3\n', [{"a": 1}, {"b": 2}, {"c": 3}]),
        ("{a: 1}\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("a: 1\n---\n\ufeffb: 2\n", [{"a": 1}, {"b": 2}]),
    ],
)
def test_splitting(text: str, expected: list[object]) -> None:
    assert values(text) == expected


def test_a_list_is_json_in_a_json_file() -> None:
    assert values(r'["\ud83d\ude00"]', json_hint=True) == [["😀"]]
    assert values("a: 1\n", json_hint=True) == [{"a": 1}]


def test_a_json_file_that_is_neither_is_told_as_json() -> None:
    (document,) = read_documents('{"a": [1,\n}', json_hint=True)
    assert [(problem.code, problem.line) for problem in document.problems] == [("json-syntax", 2)]


def test_lines_of_documents_are_those_of_the_file() -> None:
    found = list(read_documents("# c\n---\na: 1\n---\n\nb: 2\n"))
    assert [(document.number, document.line) for document in found] == [(0, 3), (1, 5)]
    found = list(read_documents('{"a": 1}\n\n{"b":\n 2}\n{"c": 3}'))
    assert [document.line for document in found] == [1, 3, 5]


def test_a_broken_document_hides_no_other() -> None:
    first, second, third = read_documents("a: 1\n---\na: [\n---\nb: 2\n")
    assert (first.value, second.value, third.value) == ({"a": 1}, None, {"b": 2})
    assert second.problems[0].fatal
    assert second.problems[0].line == 4  # where the list should have ended


def test_text_after_a_separator_breaks_that_piece_alone() -> None:
    found = list(read_documents("a: 1\n---\nb: 2\n--- c\n---\nd: 4\n"))
    assert [document.value for document in found] == [{"a": 1}, None, {"d": 4}]
    assert found[1].problems[0].line == 4


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "yaml-syntax", 3, 2),
        ("a: 1\n  b: 2\n", "yaml-syntax", 2, 4),
        ("a:\n  b: *c\n", "yaml-syntax", 2, 6),
        ("a: 1\nb: !!int x\n", "yaml-tag", 2, 4),
        ("a: .nan\n", "yaml-tag", 1, 4),
        ("a:\n  ? [b]\n  : c\n", "yaml-syntax", 2, 5),
        ("é: é\nb: \x07\n", "yaml-syntax", 2, 4),
        ("a: {{ .Values.b }}\nb: {{ c }}: d: e\n", "yaml-syntax", 2, 11),
        ("# {{ x }}\na: b: c\n", "yaml-syntax", 2, 5),
    ],
)
def test_fatal_problems_have_places(text: str, code: str, line: int, column: int) -> None:
    (document,) = read_documents(text)
    (problem,) = document.problems
    assert (problem.code, problem.line, problem.column, problem.fatal) == (code, line, column, True)
    assert document.value is None


def test_duplicate_keys_are_told_and_the_last_counts() -> None:
    _, document = read_documents("a: 0\n---\na:\n  b: 1\n  c: 2\n  b: 3\n")
    assert document.value == {"a": {"b": 3, "c": 2}}
    assert document.problems == (Problem("duplicate-key", 6, 3, 'key "b" stands twice, the last one counts', False),)


def test_duplicate_keys_in_json() -> None:
    (document,) = read_documents('{"a": 1,\n "a": 2}')
    assert document.value == {"a": 2}
    assert [(problem.code, problem.line, problem.column) for problem in document.problems] == [("duplicate-key", 2, 2)]


def test_a_template_with_a_duplicate_key_is_no_broken_template() -> None:
    (document,) = read_documents("a: '{{ x }}'\na: 2\n")
    assert document.value == {"a": 2}


def test_overriding_what_was_merged_is_no_problem_but_the_reverse_is() -> None:
    base = "- &x {a: 1}\n"
    assert read_document(base + "- {<<: *x, a: 2}\n").problems == ()
    (problem,) = read_document(base + "- {a: 2, <<: *x}\n").problems
    assert problem.code == "merge-override"


def test_keys_that_become_the_same_are_told() -> None:
    (problem,) = read_document("1: a\n'1': b\n").problems
    assert problem.code == "ambiguous-key"


def test_what_follows_the_end_of_a_document_is_told() -> None:
    (document,) = read_documents("a: 1\n...\nb: 2\n")
    assert document.value == {"a": 1}
    assert [(problem.code, problem.line, problem.fatal) for problem in document.problems] == [
        ("ignored-document", 3, False)
    ]
    assert read_document("a: 1\n...\n# nothing\n").problems == ()


def test_a_number_that_json_cannot_hold_breaks_one_value_alone() -> None:
    first, second = read_documents('{"a": 1e999}\n{"b": 2}')
    assert (first.value, second.value) == (None, {"b": 2})
    assert first.problems[0].fatal
