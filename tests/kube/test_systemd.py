"""Words as extract_first_word in src/basic/extract-word.c of systemd splits them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kube.systemd import Unbalanced, split_line, split_variable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b\tc", ["a", "b", "c"]),
        ("  a  ", ["a"]),
        ("", []),
        ("--x='a b' \"c d\"e", ["--x=a b", "c de"]),
        ("''", [""]),
        (r"a\x20b \u0041 \101", ["a b", "A", "A"]),
        (r"\s\t\"", [' \t"']),
        (r"--re=^\d+$", [r"--re=^\d+$"]),
        (r"'a\'b'", ["a'b"]),
        ("a\\", ["a\\"]),
        (r"\x4", [r"\x4"]),
        (r"\000", [r"\000"]),
        (r"\ud800x", [r"\ud800x"]),
    ],
)
def test_words_of_a_line(text: str, words: list[str]) -> None:
    assert [token.text for token in split_line(text)] == words


def test_where_a_word_stands() -> None:
    (_, second) = split_line(' a "b c"')
    assert (second.start, second.end, second.bare) == (3, 8, False)


@pytest.mark.parametrize("text", ["'", '"a b', "a 'b"])
def test_a_quotation_that_does_not_end(text: str) -> None:
    with pytest.raises(Unbalanced):
        split_line(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("--a=1 --b=2", ["--a=1", "--b=2"]),
        ("'--a=x y'", ["--a=x y"]),
        ('"--a', ["--a"]),
        (r"a\ b c\\", ["a b", "c\\"]),
        ("a\\", ["a"]),
        ("", []),
    ],
)
def test_words_of_a_variable(text: str, words: list[str]) -> None:
    assert split_variable(text) == words


@given(st.text())
def test_any_text_is_split_or_refused(text: str) -> None:
    split_variable(text)
    try:
        tokens = split_line(text)
    except Unbalanced:
        return
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)


@given(st.lists(st.text(st.characters(blacklist_characters="'\"\\ \t\r\n"), min_size=1)))
def test_plain_words_are_themselves(words: list[str]) -> None:
    assert [token.text for token in split_line(" ".join(words))] == words
