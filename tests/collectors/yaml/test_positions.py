"""A field's position is where an editor shows it."""

import pytest

from auditor.collectors.yaml.documents import Document, read_documents
from auditor.collectors.yaml.positions import Positions, locate

TEXT = """\
base: &base
  image: nginx
  ports: [80, 443]
pod:
  <<: *base
  name: é "x"
  on: {a: 1, b: [x, {c: 2}]}
  0x10: sixteen
list:
- a
-   b: 1
    c: 2
copy: *base
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (1, 1)),
        (("base",), (1, 1)),
        (("base", "image"), (2, 3)),
        (("base", "ports", 1), (3, 15)),
        (("pod", "name"), (6, 3)),
        (("pod", "true", "b", 1, "c"), (7, 22)),
        (("pod", "16"), (8, 3)),
        (("list", 0), (10, 3)),
        (("list", 1, "c"), (12, 5)),
        (("pod", "image"), (2, 3)),
        (("copy", "ports", 0), (3, 11)),
        (("pod", "nothing", "below"), (4, 1)),
        (("list", 7), (9, 1)),
        (("list", "name"), (9, 1)),
    ],
)
def test_yaml(path: tuple[str | int, ...], expected: tuple[int, int]) -> None:
    assert locate(TEXT, 1, path) == expected
    assert locate(TEXT, 11, path) == (expected[0] + 10, expected[1])
    assert locate(TEXT.replace("\n", "\r\n"), 1, path) == expected


def test_the_last_of_duplicate_keys_counts() -> None:
    assert locate("a: 1\nb: 2\na: 3\n", 1, ("a",)) == (3, 1)


@pytest.mark.parametrize("sign", ["\u0085", "\u2028", "\u2029", "\r"])
def test_only_line_feeds_end_lines(sign: str) -> None:
    """YAML ends lines at these as well, but editors and code hosts number lines by line feeds."""
    text = f"a: 'x{sign}y'\nb:\n  c: 1\n"
    assert locate(text, 1, ("b", "c")) == (3, 3)
    positions = Positions(Document(0, 1, text, None))
    assert positions.find(("b", "c")) == (3, 3)
    assert positions.line(3) == "  c: 1"


def test_json() -> None:
    text = '{\n\t"a": {"b": [1,\n  {"c": "\\ud83d\\ude00 \\/", "d": 2}]}\n}\n{"e": 1}\n'
    first, second = read_documents(text)
    assert Positions(first).find(("a", "b", 1, "d")) == (3, 28)
    assert Positions(second).find(("e",)) == (5, 2)


def test_documents_of_a_stream() -> None:
    found = list(read_documents("a: 1\n---\n# c\nb:\n  - c: 1\n"))
    assert Positions(found[1]).find(("b", 0, "c")) == (5, 5)
    marked = list(read_documents("a: 1\n---\n\ufeffb:\n  c: 1\n"))
    assert Positions(marked[1]).find(("b", "c")) == (4, 3)


def test_a_mapping_that_merges_itself_and_a_broken_text_have_positions() -> None:
    assert locate("a: &x\n  <<: *x\n  b: 1\n", 1, ("a", "b")) == (3, 3)
    assert locate("a: [", 5, ("a",)) == (5, 1)


def test_lines_of_source() -> None:
    positions = Positions(Document(0, 5, "a:\r\n  b: 1\n", None))
    positions.find(("a", "b"))
    assert [positions.line(number) for number in (4, 5, 6, 7, 8)] == ["", "a:", "  b: 1", "", ""]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("|\n    x:\n      w: 1\n", (4, 7)),
        ("|-\n\n    # why\n    x:\n      w: 1\n", (6, 7)),
        ("|\n    ---\n    x:\n      w: 1\n", (5, 7)),
        ("|\n    x: {w: 1}\n", (3, 9)),
        ("|\n    x: &a\n      w: 1\n    z: *a\n", (4, 7)),
        ('|\n    {"x": {"w": 1}}\n', (3, 12)),
        ("|\n    a: 1\n    ---\n    x:\n      w: 1\n", (2, 3)),
        ("|\n    only text\n", (2, 3)),
        ("|\n    only *text\n    &and !more\n", (2, 3)),
        (">\n    x:\n      w: 1\n", (2, 3)),
        ('"x: {w: 1}"\n', (2, 3)),
        ("|\n    x: [\n", (2, 3)),
        ("|\n", (2, 3)),
    ],
)
@pytest.mark.parametrize("first", ["data:\n", "data: &anchor\n"])
def test_a_document_inside_a_literal_block(first: str, block: str, expected: tuple[int, int]) -> None:
    text = f"{first}  key: {block}\nother: 1\n"
    assert locate(text, 1, ("data", "key", "x", "w")) == expected
