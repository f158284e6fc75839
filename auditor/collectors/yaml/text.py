"""Bytes of a file in, its text out, decoded as the API server's YAML reader decodes a request body."""

import codecs
import re

# Only these three marks are looked at (go.yaml.in/yaml/v2 readerc.go, yaml_parser_determine_encoding); what starts
# with a UTF-32 mark is therefore read as UTF-16 and refused for its NULs, or refused as UTF-8.
_MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_ANY_MARK = tuple(mark for mark, _ in _MARKS)
# The same file's list of characters that may stand in a stream, turned round.
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"


class Unreadable(Exception):
    """Bytes that are no text: the reason, and the line (from 1) where that shows, if it can be told."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason, self.line = reason, line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"{self.reason} in line {self.line}"


def decode_text(data: bytes) -> str:
    """The text in data, without its byte order mark: UTF-8, or UTF-16 where a mark says so.

    Raises Unreadable for bytes that are not valid in that encoding and for NUL characters, and for
    a second mark, which makes the server drop the first letter of each line.
    Source: go.yaml.in/yaml/v2 readerc.go, yaml_parser_determine_encoding and yaml_parser_update_buffer.
    """
    mark, encoding = b"", "utf-8"
    if data.startswith(_ANY_MARK):
        mark, encoding = next(found for found in _MARKS if data.startswith(found[0]))
        data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        raise Unreadable(f"not valid {encoding.upper()}: {error.reason}", before.count("\n") + 1) from None
    if mark and text.startswith("\ufeff"):
        raise Unreadable("two byte order marks", 1)
    if "\x00" in text:
        raise Unreadable("NUL character", text.count("\n", 0, text.index("\x00")) + 1)
    return text


def forbidden_character(text: str) -> int | None:
    """Index of the first character that YAML refuses anywhere in a stream (control characters, surrogates)."""
    found = re.search(_FORBIDDEN, text)
    return found.start() if found else None
