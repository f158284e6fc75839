"""A place told by indentation is the place that a parser tells."""

import random
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.yaml.blocks import Blocks
from auditor.collectors.yaml.documents import read_documents
from auditor.collectors.yaml.text import Unreadable, decode_text
from tests.collectors.yaml.cases import CASES, JSON, Case
from tests.collectors.yaml.reading import recorded
from tests.collectors.yaml.test_corpora import CORPORA, FOLDERS, LARGE, files
from tests.collectors.yaml.tree import paths_and_places

POD = """\
# A pod, [as it
# "stands" in most manifests
apiVersion: v1
kind: Pod   # not a Deployment
metadata:
  name: web
  labels: {}

  annotations:
    example.com/note: it's "plain", isn't it?
spec:
  containers:
  - name: web
    image: "nginx:1.25"
    args: ["-c", 'a b', "image: none"]  # in one line
    command:
    - sh
    - -c
    - |
      image: none
      - name: none, "none
      # none

        say {{ none }}
# further out than all around
    env:
      - name: A
        value: 'it''s'
      -   value: >-
            folded
            name: none
          name: B
  - image: busybox
    image: again
    securityContext:
      # nothing but a comment
  volumes: []
  on:
    0x10: hexadecimal
"""


@pytest.mark.parametrize("text", [POD, POD.rstrip("\n"), f"---\n{POD}", POD.replace("\n", "\r\n")])
def test_what_is_plainly_written_needs_no_parser(text: str) -> None:
    blocks = Blocks(text)
    answers = {path: (blocks.find(path), place) for path, place in paths_and_places(text)}
    unsure = {path for path, (found, _) in answers.items() if found is None}
    # What lies in brackets or in a text is left to a parser, as is a number or its like where there is a mapping.
    for path in unsure:
        other_style = path[3:4] == ("args",) or path[3:5] == ("command", 2)
        assert other_style or "true" in path or any(type(step) is int for step in path[-2:]), path
    assert all(found == place for found, place in answers.values() if found is not None)
    assert len(answers) - len(unsure) > 100


def at(text: str, *path: str | int) -> str | None:
    """What the line goes on with where a path leads to."""
    index = Blocks(text).find(path)
    return None if index is None else text[index:].partition("\n")[0]


def test_where_a_path_leads() -> None:
    assert at(POD, "spec", "containers", 0, "env", 1) == "value: >-"
    assert at(POD, "spec", "containers", 0, "env", 1, "name") == "name: B"
    assert at(POD, "spec", "containers", 1, "image") == "image: again"
    assert at(POD, "spec", "containers", 1, "securityContext", "privileged") == "securityContext:"
    assert at(POD, "spec", "volumes", 0, "name") == "volumes: []"
    assert at(POD, "metadata", "labels", "app") == "labels: {}"
    assert at(POD, "metadata", "name", "deeper") == "name: web"
    assert at(POD, "spec", "containers", 2, "image") == "containers:"
    assert at(POD, "nothing") == "apiVersion: v1"
    assert at(POD, "spec", 0) is None
    assert at(POD, "spec", "containers", 0, "args", 0) is None
    assert at(POD, "spec", "containers", 0, "command", 2, "image") is None


@pytest.mark.parametrize("key", ["on", "true", "0x10", "16", "two words", "a#b", "-a", ".a", ""])
def test_a_key_that_may_be_written_otherwise_is_left_to_a_parser(key: str) -> None:
    assert at("k: v\non: v\n0x10: v\ntwo words: v\na#b: v\n-a: v\n.a: v\n", key) is None


def test_a_key_is_not_the_beginning_of_a_longer_one() -> None:
    text = "image:tag: v\nimages: v\nimage: v\nan-image: v\n"
    assert at(text, "image") == "image: v"
    assert at(text, "image:tag") == "image:tag: v"
    assert at(text.replace("image: v\n", "", 1), "image") is None
    assert at(text, "imag") == at(text, "tag") == at(text, "v") == "image:tag: v"


def test_what_is_asked_for_too_often_is_left_to_a_parser() -> None:
    text = "".join(f"k{number}: v\n" for number in range(1000))
    blocks = Blocks(text)
    found = [blocks.find((f"k{number}",)) for number in range(1000)]
    assert found[:200] == [text.index(f"k{number}:") for number in range(200)]
    assert set(found[200:]) == {None}
    assert [blocks.find((f"k{number}",)) for number in range(1000)] == found


@pytest.mark.parametrize(
    "line",
    [
        "a: &anchor",
        "a: *alias",
        "a: !tag b",
        "<<: {}",
        "? a",
        "a:\tb",
        '"a": b',
        "a : b",
        "- 'a': b",
        'a: "b',
        "a: [b,",
        "a: {{ b }}",
        "a: [[b]]",
        "a: 'b' c",
        "a: b\rc: d",
        "a: b\u2028c: d",
        "\ufeff",
    ],
)
@pytest.mark.parametrize("indentation", ["", "  "])
def test_any_other_line_leaves_the_whole_document_to_a_parser(line: str, indentation: str) -> None:
    assert Blocks("k:\n  k: v\n").find(("k", "k")) == 5
    assert Blocks(f"k:\n  k: v\n{indentation}{line}\n").find(("k", "k")) is None


@pytest.mark.parametrize("line", ["---", "...", "--- # c", "---a: b", "-- a"])
def test_a_line_that_may_end_the_document_does_too(line: str) -> None:
    assert (Blocks(f"k:\n  k: v\n{line}\n").find(("k", "k")) is None) == (line != "-- a")


@pytest.mark.parametrize(
    "text", ["", "# c\n", "{a: b}\n", "  a: b\n", "--- {a: b}\n", "%YAML 1.1\n---\na: b\n", "|\n a"]
)
def test_any_other_beginning_does_too(text: str) -> None:
    assert Blocks(text).find(("a",)) is None
    assert Blocks(text).find(()) is None


def agree(text: str) -> bool:
    """Whether a text is YAML; asserts that nothing in it is found elsewhere than the tree has it."""
    try:
        found = list(paths_and_places(text))
    except (yaml.YAMLError, ValueError):
        return False
    blocks = Blocks(text)
    for path, place in found:
        assert blocks.find(path) in (None, place), path
    return True


@pytest.mark.parametrize("case", [case for case in CASES if case.content_type != JSON], ids=lambda case: case.name)
def test_hard_cases(case: Case) -> None:
    if recorded()["cases"][case.name].get("refused"):
        return
    text = decode_text(case.data)
    if not re.search(r"[&*]\w", text):  # the tree of an alias has no end
        agree(text)


WORDS = [
    *("k:", "a:", "- ", "-", "", "# c", "k: v", "image: x", "- k: v", "- image: x", "- - a", "- a", "text", "x y: z"),
    *(
        "k: |",
        "k: >-",
        "- |",
        "- image: |2",
        "a: # c",
        'k: "x"',
        "k: 'it''s'",
        "k: [a]",
        "k: {}",
        'k: "x',
        'y"',
        "k: [a,",
    ),
    *(
        "b]",
        '"k": v',
        "k : v",
        "on: v",
        "0: v",
        "? k",
        ": v",
        "k:v",
        "http://x",
        'x "w"',
        "- {k: v}",
        "!t",
        "k: a !b",
        "-a: b",
    ),
]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(WORDS)), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=400)
def test_any_lines(lines: list[tuple[int, str]], end: str) -> None:
    """Most are no YAML, and nobody asks for places in those; a few thousand were found to be."""
    agree("".join(" " * indentation + word + end for indentation, word in lines))


VALUES = st.recursive(
    st.sampled_from(["v", '"a: b"', "'it''s'", "[a, b]", "{}", "x y", "http://x:1", "1", "", '"a', "[a", "{k: v"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(
            st.sampled_from(["k", "image", "true", "a.b/c", "yes", "two words"]), inner, min_size=1, max_size=3
        )
    ),
    max_leaves=12,
)
TEXT = ["image: none", "- k: none", '"none', "# none", "", "k:"]


@given(VALUES.filter(lambda value: not isinstance(value, str)), st.integers(0, 1 << 32))
@settings(max_examples=200)
def test_nested_values(value: Any, seed: int) -> None:
    """Mappings and lists as people indent them, with comments and blocks of text in between."""
    assert agree("".join(f"{line}\n" for line in written(value, random.Random(seed))))


def written(value: Any, dice: random.Random) -> list[str]:
    """The lines of a value, none of them indented further than it has to be."""
    if isinstance(value, list):
        parts = [("-", item) for item in value]
    else:
        parts = [(f"{key}:", item) for key, item in value.items()]
    lines: list[str] = []
    for sign, item in parts:
        lines += dice.choice([[], [], [], ["# k: none"], [""]])
        if isinstance(item, str):
            lines += text_of(sign, item, dice)
            continue
        below = written(item, dice)
        pad = " " * dice.choice([1, 2, 4])
        if sign == "-" and below[0] and below[0][0] != "#":
            lines += [f"-{pad}{below[0]}", *(f" {pad}{line}" if line else "" for line in below[1:])]
        elif isinstance(item, list) and sign != "-" and dice.random() < 0.5:
            lines += [sign, *below]
        else:
            lines += [sign + dice.choice(["", " ", " # c"]), *(f"{pad}{line}" if line else "" for line in below)]
    return lines


def text_of(sign: str, item: str, dice: random.Random) -> list[str]:
    """The lines of an entry with a text, some of it in a block, and some in quotes or brackets that end in the next."""
    closing = {'"': '"', "[": "]", "{": "}"}.get(item[:1], "")
    if closing and not item.endswith(closing):
        return [f"{sign} {item}", f"  image: none{closing}" if closing == '"' else f"  , image: none{closing}"]
    if item == "v" and dice.random() < 0.5:
        return [f"{sign} {dice.choice(['|', '>-', '|+'])}", *(f"   {line}" for line in dice.sample(TEXT, 3))]
    return [f"{sign} {item}"]


@pytest.mark.corpora
@pytest.mark.skipif(not FOLDERS, reason=f"no corpora in {CORPORA}")
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_manifests(folder: str) -> None:
    for file in files(folder):
        if file.stat().st_size > LARGE:
            continue
        try:
            text = decode_text(file.read_bytes())
        except Unreadable:
            continue
        for document in read_documents(text):
            fatal = any(problem.fatal for problem in document.problems)
            if not fatal and not re.search(r"[&*]\w", document.text):
                agree(document.text)
