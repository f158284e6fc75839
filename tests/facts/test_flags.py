"""Command lines are read as pflag and Go's flag package read them: `flag-cases.json` holds what these two said."""

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.components.flag_values import value_of
from auditor.facts.components.flags import Word, read_go_flags, read_pflags
from auditor.tables.components import Flag

CASES = json.loads(Path(__file__).with_name("flag-cases.json").read_text("utf-8"))
ACCEPTED = [case for case in CASES if case[2] is not None]
REFUSED = [case for case in CASES if case[2] is None]
KINDS = {
    "anonymous-auth": ("bool", "true", ""),
    "quiet": ("bool", "true", "q"),
    "token-auth-file": ("string", "", ""),
    "secure-port": ("int", "", ""),
    "v": ("int", "", "v"),
    "authorization-mode": ("list", "", ""),
    "key-file": ("strings", "", ""),
    "request-timeout": ("duration", "", ""),
    "client-cert-auth": ("bool", "true", ""),
    "cert-file": ("string", "", ""),
    "max-wals": ("int", "", ""),
}
FLAGS = {name: Flag(name, kind, None, bare, short) for name, (kind, bare, short) in KINDS.items()}
PFLAGS = {name: FLAGS[name] for name in list(FLAGS)[:8]}
GO_FLAGS = {name: FLAGS[name] for name in list(FLAGS)[8:]}
UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def read(kind: str, words: list[str]) -> dict[str, Any]:
    """The value of each flag that is set."""
    reader, flags = (read_pflags, PFLAGS) if kind == "pflag" else (read_go_flags, GO_FLAGS)
    texts: dict[str, list[str]] = {}
    for one in reader([Word(word) for word in words], flags):
        texts.setdefault(one.name, []).append(one.text)
    return {name: value_of(flags[name].kind if name in flags else "string", given) for name, given in texts.items()}


def nanoseconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * round(sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)([a-z]+)", text)))


@pytest.mark.parametrize(("kind", "words", "wanted"), ACCEPTED, ids=[f"{case[0]} {case[1]}" for case in ACCEPTED])
def test_reads_what_go_reads(kind: str, words: list[str], wanted: dict[str, Any]) -> None:
    found = read(kind, words)
    if "request-timeout" in found:
        found["request-timeout"] = nanoseconds(found["request-timeout"])
    assert found == wanted


@pytest.mark.parametrize(("kind", "words", "wanted"), REFUSED, ids=[f"{case[0]} {case[1]}" for case in REFUSED])
def test_what_go_refuses_does_no_harm(kind: str, words: list[str], wanted: None) -> None:
    with contextlib.suppress(ValueError):
        read(kind, words)


@given(st.lists(st.text(max_size=8)), st.sampled_from(["pflag", "flag"]))
def test_no_word_does_harm(words: list[str], kind: str) -> None:
    with contextlib.suppress(ValueError):
        read(kind, words)


@given(st.dictionaries(st.sampled_from(["token-auth-file", "key-file"]), st.text(max_size=8), min_size=1))
def test_both_spellings_say_the_same(given_texts: dict[str, str]) -> None:
    joined = [f"--{name}={text}" for name, text in given_texts.items()]
    apart = [part for name, text in given_texts.items() for part in (f"--{name.replace('-', '_')}", text)]
    assert read("pflag", joined) == read("pflag", apart)


@given(st.lists(st.lists(st.from_regex(r"[A-Za-z/.]{1,6}", fullmatch=True), min_size=1, max_size=3), min_size=1))
def test_lists_gather_and_texts_do_not(lists: list[list[str]]) -> None:
    words = [f"--authorization-mode={','.join(items)}" for items in lists]
    assert read("pflag", words)["authorization-mode"] == [item for items in lists for item in items]
    words = [f"--token-auth-file={items[0]}" for items in lists]
    assert read("pflag", words)["token-auth-file"] == lists[-1][0]


@pytest.mark.parametrize(
    ("kind", "texts", "wanted"),
    [
        ("map", ["api/all=true", "a=b,c"], {"api/all": "true", "a": "b", "c": ""}),
        ("gates", ["A=true,kube:B=false"], {"A": True, "B": False}),
        ("urls", ["http://a", "https://b, https://c"], ["https://b", "https://c"]),
        ("duration", ["5µs"], "5us"),
        ("duration", ["0"], "0s"),
        ("float", ["1.5"], 1.5),
    ],
)
def test_values_of_kubernetes_own_kinds(kind: str, texts: list[str], wanted: Any) -> None:
    assert value_of(kind, texts) == wanted


@pytest.mark.parametrize(
    ("kind", "text"),
    [("bool", "yes"), ("int", "8O"), ("int", "9" * 20), ("duration", "5"), ("duration", "9999999h"), ("gates", "A=on")],
)
def test_values_that_keep_the_component_from_starting(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"boolean|integer|duration|range"):
        value_of(kind, [text])
