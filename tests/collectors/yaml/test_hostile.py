"""No text makes the reader raise, hang or run out of memory; what is too much has a problem that says so."""

import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.collectors.yaml.comments import comments
from auditor.collectors.yaml.documents import Limits, read_document, read_documents
from auditor.collectors.yaml.exact import read_exact
from auditor.collectors.yaml.fast import InvalidYaml, agrees, may_be_fast, read_fast
from auditor.collectors.yaml.positions import Positions
from auditor.collectors.yaml.scalars import WORDS, plain
from auditor.collectors.yaml.text import Unreadable, decode_text

SIGNS = """a b 1 yes ~ null 0644 1_0 .5 1e3 x?y ? : - [ ] { } , # ' " | > & * ! !! % @ ` \\ << = --- ... {{ }}"""
PIECES = SIGNS.split()
PIECES += ["\n", "\n  ", "\n- ", ": ", "- ", "? ", "\t", "\r", "\x85", "\u2028", "\ufeff", "é", "😀", "\x7f", "\x00"]
PIECES += ["\n# ", "\n  # !!", "\n#'", "# !!x\n", "\x85!!str ", '\n# x" !!']
PIECES += ["a: ", "&a ", "*a", "<<: *a", "!!str ", "!x ", "|\n  ", ">-\n  ", "\n---\n", "\\u00e9", "\\ud800", "{a: b}"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def codes(text: str, limits: Limits = Limits()) -> list[str]:  # noqa: B008  frozen
    return [problem.code for document in read_documents(text, limits) for problem in document.problems if problem.fatal]


@settings(max_examples=400, deadline=None)
@given(text=TEXTS | st.text(max_size=60), json_hint=st.booleans())
def test_any_text_is_read_or_has_a_problem(text: str, json_hint: bool) -> None:
    for document in read_documents(text, json_hint=json_hint):
        assert document.value is not None or document.problems
        Positions(document).find(("a", 0, "b"))
    comments(text, 1, "a")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | TEXTS.map(str.encode))
def test_any_bytes_are_text_or_unreadable(data: bytes) -> None:
    try:
        text = decode_text(data)
    except Unreadable:
        return
    assert "\x00" not in text


def trees_to_trust(text: str) -> list[Any]:
    """What the fast reader makes of a text; none where it leaves that to the exact one."""
    if not may_be_fast(text):
        return []
    try:
        tree = read_fast(text)
    except (InvalidYaml, ValueError):
        return []
    return [tree] if agrees(tree, text, 100) else []


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_fast_reader_never_differs_from_the_exact_one(text: str) -> None:
    for tree in trees_to_trust(text) if "?" not in text else ():
        assert read_exact(text, 100).value == tree


DEFINITION = "kind: CustomResourceDefinition\nmetadata: {{a: {}}}\n"
NUMBERS = st.text("0123456789", min_size=1, max_size=20) | st.text("0123456789.-+eExo_", min_size=1, max_size=9)
PLACES = ("{}", "- {}", "- [{}, a]", "a: {}", "a: {}\nb: {}", "a: {{b: {}}}", DEFINITION + "status: {}\n", DEFINITION)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PLACES), NUMBERS | st.builds("{}.0".format, NUMBERS))
def test_numbers_of_the_fast_reader_are_those_of_the_exact_one(place: str, number: str) -> None:
    text = place.format(number, number)
    for tree in trees_to_trust(text):
        assert repr(read_exact(text, 100).value) == repr(tree)


@given(NUMBERS | st.builds("{}{}".format, st.sampled_from(("", "+", "-")), st.sampled_from([*WORDS])))
@example("20000000000000000000")
def test_every_string_that_is_a_number_is_suspected(text: str) -> None:
    if text and text[0] in "+-.0123456789" and type(plain(text)) is not str and agrees([f"{text}"], text, 100):
        try:
            assert read_fast(text) == plain(text), text
        except InvalidYaml:  # beyond 64 bits: where ryaml gives such a string, it was quoted
            assert text.isdecimal()


@pytest.mark.parametrize(("text", "fast"), [
    ("# !!! what\na: 1 # no\n", True), ("a: |\n  x\n  # !!str\n", True), ("a: 'x\n  # y !!'\n", True),
    ("a: 'x\n  #' !!str b", False), ("# x\x85!!str a", False), ("# x\r!!str a", False), ("a: 1 # !!x", False),
    ("# a\nb: !!str c", False), ("# \"\nb: !<x> c", False), ("#\u2028!!str a", False),
])  # fmt: skip
def test_what_looks_like_a_tag_in_a_comment_of_its_own_line_is_none(text: str, fast: bool) -> None:
    assert may_be_fast(text) is fast


@pytest.mark.parametrize(("text", "value"), [("a: 1.0\nb: [2e3, -0.0]", {"a": 1, "b": [2000, 0]}), ("- 1.0", [1])])
def test_whole_floats_are_integers_without_the_exact_reader(text: str, value: object) -> None:
    tree = read_fast(text)
    assert agrees(tree, text, 100)
    assert repr(tree) == repr(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 200_000, "nesting"),
        ("[\n" * 200_000, "nesting"),
        ("- " * 200_000, "nesting"),
        ("? " * 200_000, "nesting"),
        ("a: " + "{a: " * 200_000, "nesting"),
        ("x: " + "[{a: " * 100_000, "nesting"),
        ("".join(" " * depth + "a:\n" for depth in range(2000)), "nesting"),
        ('{"a":' * 200_000, "nesting"),
        ("[" * 101 + "]" * 101, "nesting"),
        ("a: &a\n  b: *a\n", "yaml-syntax"),
        ("a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ), "alias-bomb"),
        ("a0: &a0 {}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 3000)), "nesting"),
        ("a: '" + "\n" * 1_000_000, "yaml-syntax"),
        ("a: " + "&a " * 100_000, "yaml-syntax"),
        ('"' + "\\'" * 5000 + '"', "yaml-syntax"),
        ("a: \ud800\n", "yaml-syntax"),
        ("a: b\x00c\n", "yaml-syntax"),
    ],
)  # fmt: skip
def test_too_much_is_refused_soon(text: str, code: str) -> None:
    began = time.process_time()
    assert codes(text) == [code]
    assert time.process_time() - began < 10


def test_long_lines_and_long_numbers_are_no_trouble() -> None:
    assert codes("a: " + "x" * 5_000_000) == []
    assert codes("a: " + "1" * 1_000_000) == []
    assert codes('{"a": ' + "1" * 1_000_000 + "}") == ["json-syntax"]
    assert codes("a: 0x" + "0" * 100_000 + "1") == []


def test_limits_are_told() -> None:
    assert codes("a: 1\n---\n" * 5, Limits(documents=3)) == ["too-many-documents"]
    assert len(list(read_documents("a: 1\n---\n" * 5, Limits(documents=3)))) == 4
    assert codes("a: " + "x" * 100, Limits(document_bytes=50)) == ["document-too-large"]
    assert codes('{"a": "' + "x" * 100 + '"}', Limits(document_bytes=50)) == ["document-too-large"]
    assert codes("a: [[]]", Limits(depth=3)) == []
    assert codes("a: [[]]", Limits(depth=2)) == ["nesting"]
    assert codes("a: [[1.0]]", Limits(depth=3)) == []
    assert codes("a: [[1.0]]", Limits(depth=2)) == ["nesting"]


@pytest.mark.parametrize(
    "text",
    [
        "{" + '"a":1,' * 80_000 + '"b":1}',
        '- "\\\'"\n' * 20_000,
        "- [a]\n" * 80_000 + "- b?\n",
        "".join(f"- 0_{number:o}\n" for number in range(40_000)),
        "- on" + " \x85 on" * 100_000,
        "- on\n- |\n" + f"{' ' * 400}on\n" * 2000,
        f"- {'0_' * 200_000}\n",
    ],
)
def test_repetition_takes_no_longer_than_its_length(text: str) -> None:
    began = time.process_time()
    list(read_documents(text))
    assert time.process_time() - began < 10


def test_many_documents_take_no_longer_than_their_number() -> None:
    began = time.process_time()
    assert sum(1 for _ in read_documents("a: 1\n---\n" * 19_000)) == 19_000
    assert time.process_time() - began < 10


def test_an_alias_of_a_large_list_is_copied_not_shared() -> None:
    value = read_document("a: &a [1]\nb: *a\nc: 1.0\n").value
    assert value["a"] is not value["b"]
