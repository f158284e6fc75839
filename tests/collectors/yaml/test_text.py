"""Bytes are decoded as the API server's YAML reader decodes them."""

import pytest

from auditor.collectors.yaml.text import Unreadable, decode_text


@pytest.mark.parametrize(
    "data",
    [
        "a: é😀\n".encode(),
        "\ufeffa: é😀\n".encode(),
        b"\xff\xfe" + "a: é😀\n".encode("utf-16-le"),
        b"\xfe\xff" + "a: é😀\n".encode("utf-16-be"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert decode_text(data) == "a: é😀\n"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: \xff\n", 2),
        (b"a: \xed\xa0\x80\n", 1),
        (b"a: 1\n\nb\x00: c\n", 3),
        ("a: b\n".encode("utf-32"), 1),
        (b"\x00\x00\xfe\xff" + "a: b\n".encode("utf-32-be"), 1),
        ("a: b\n".encode("utf-16-le"), 1),
        (b"\xff\xfea", 1),
        ("\ufeff\ufeffa: b\n".encode(), 1),
    ],
)
def test_what_is_no_text_is_unreadable_in_a_line(data: bytes, line: int) -> None:
    with pytest.raises(Unreadable) as caught:
        decode_text(data)
    assert caught.value.line == line
    assert caught.value.reason in str(caught.value)
