"""Foreign text is spelt where it could do harm, and left alone where it could not."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.renderers.safe import safe_json, safe_line, safe_text, safe_value, shorten

_ANY = st.text(st.characters(codec=None, categories=None), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Deployment/shop/web", "Deployment/shop/web"),
        ("Größe 東京 🚀 “naïve”", "Größe 東京 🚀 “naïve”"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m\x07\x00\x7f", "\\x9b31m\\x07\\x00\\x7f"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("safe\u202egpj.exe\u2066\u2069", "safe\\u202egpj.exe\\u2066\\u2069"),
        ("\u200e\u200f\u061c\u200b\u2060\ufeff\xad", "\\u200e\\u200f\\u061c\\u200b\\u2060\\ufeff\\xad"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("caf\udce9", "caf\\udce9"),
        ("tag\U000e0041", "tag\\U000e0041"),
    ],
)
def test_a_line_spells_what_is_unsafe(text: str, shown: str) -> None:
    assert safe_line(text) == shown


def test_a_text_keeps_its_lines_and_widens_tabs() -> None:
    assert safe_text("a\n\tb\r\x1b") == "a\n    b\\r\\x1b"


@settings(deadline=None)
@given(_ANY)
def test_nothing_unsafe_is_left_of_any_text(text: str) -> None:
    for shown, allowed in ((safe_line(text), ""), (safe_text(text), "\n")):
        for character in shown:
            assert character in allowed or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
            assert unicodedata.bidirectional(character) not in (
                "LRE",
                "RLE",
                "LRO",
                "RLO",
                "PDF",
                "LRI",
                "RLI",
                "FSI",
                "PDI",
            )
        shown.encode()
        assert safe_line(safe_line(text)) == safe_line(text)


@settings(deadline=None)
@given(_ANY)
def test_json_reads_back_as_it_was_but_for_lone_surrogates(text: str) -> None:
    written = safe_json(json.dumps({text: text}, ensure_ascii=False))
    spelt = text.encode("utf-8", "backslashreplace").decode()
    assert json.loads(written.encode()) == {spelt: spelt}
    assert safe_text(written) == written


@settings(deadline=None)
@given(_ANY, st.integers(0, 80))
def test_shortened_text_is_no_longer_than_allowed(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= max(limit, 1)
    assert shorten(text, len(text)) == text


def test_shortened_text_shows_both_ends_and_its_length() -> None:
    shown = shorten("a" * 500 + "b" * 500, 60)
    assert shown.startswith("aaaa")
    assert shown.endswith("bbbb")
    assert "(1,000 characters)" in shown


def test_a_value_is_written_in_flow_style() -> None:
    assert safe_value("0") == '"0"'
    assert safe_value({"a": [True, None, 1.5]}) == '{"a": [true, null, 1.5]}'
    assert safe_value("\x1b\u202e") == '"\\u001b\\u202e"'
