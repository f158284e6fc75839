"""What YAML 1.1 takes for a boolean or number is read quickly where the text tells how it is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.yaml.exact import read_exact
from auditor.collectors.yaml.fast import InvalidYaml, agrees, may_be_fast, read_fast
from auditor.collectors.yaml.nodes import Refused

STRINGS = ("on", "y", "0644", "1_0", ".5", "-.inf", "<<", "0b1")
FORMS = (
    "{}", "a: {}", "- {}", "{}: a", "[{}, b]", "{{{}: a}}", "'{}'", '"{}"', "a: '{}'", '- "{}"', '"{}": a',
    "- |-\n  {}", "a: >-\n  {}", "a:\n  {}", "? {}", "&a {}", "- ! {}", "# {}", "a: {} # {}",
    "a: x{}", "a: {}x", "a: {} {}",
)  # fmt: skip
PIECES = (
    *FORMS,
    "\n",
    "\r\n",
    "\x85",
    " ",
    "  ",
    '"o\\\n  n"',
    '"\\x6fn"',
    "a: ",
    "- ",
    "b: ",
    '"true": 1',
    "420: 1",
    "*a",
)


def fast(text: str) -> object:
    """What the fast reader makes of a text, None where it leaves that to the exact one."""
    try:
        tree = read_fast(text) if may_be_fast(text) else None
    except (InvalidYaml, ValueError):
        return None
    return tree if tree is not None and agrees(tree, text, 100) else None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on:\n  push: [main]\njobs: {}\n", {"true": {"push": ["main"]}, "jobs": {}}),
        ("a: 1\non: off\nb: no\n", {"a": 1, "true": False, "b": False}),
        ("mode: 0644\nmodes: [0755, 1_0]\n", {"mode": 420, "modes": [493, 10]}),
        ("cpu: '.5'\nmemory: \".5\"\n", {"cpu": ".5", "memory": ".5"}),
        ('a: on\nb: "x\\n"\n', {"a": True, "b": "x\n"}),
        ("a: on\nb: turn it on\nc: |\n  on and\n  off\n", {"a": True, "b": "turn it on", "c": "on and\noff\n"}),
    ],
)
def test_what_is_surely_plain_or_surely_quoted_needs_no_exact_reader(text: str, value: object) -> None:
    assert repr(fast(text)) == repr(value) == repr(read_exact(text, 100).value)


@pytest.mark.parametrize(
    "text",
    [
        "a: on\nb: 'on'\n",
        'a: on\nb: "on"\n',
        'a: on\nb: "\\x6fn"\n',
        'a: on\nb: "o\\\n  n"\n',
        "a: on\nb: |-\n  on\n",
        "a: on\nb: |-\x85  on\n",
        "a: on\nb: |-\r  on\r\n",
        "a: on\nb: >-\n  on",
        "on",
        "a: -.inf\n",
        "- &a {}\n- <<: *a\n",
        "on: 1\nyes: 2\n",
        "on: 1\n'true': 2\n",
        "a: 0_" + "1" * 100,
    ],
)
def test_anything_else_is_left_to_it(text: str) -> None:
    assert fast(text) is None


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(STRINGS), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_fast_reader_never_differs_from_the_exact_one(string: str, text: str) -> None:
    text = text.replace("{{", "{").replace("}}", "}").replace("{}", string)
    found = fast(text)
    if found is None:
        return
    try:
        assert repr(read_exact(text, 100).value) == repr(found), text
    except Refused as refused:
        raise AssertionError(text) from refused
