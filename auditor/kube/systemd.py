"""A line of a systemd unit or the value of a variable in, its words out, split and unescaped as systemd does it.

Sources: extract_first_word in src/basic/extract-word.c and cunescape_one in src/basic/escape.c of systemd.
"""

from typing import NamedTuple

WHITESPACE = " \t\n\r"
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_SINGLE |= {"'": "'", "s": " "}
_CODES = {"x": (2, 16), "u": (4, 16), "U": (8, 16)}
_LARGEST = 0x10FFFF


class Token(NamedTuple):
    """One word, and where it starts and ends in the text."""

    text: str
    start: int
    end: int
    bare: bool
    """Nothing in it was quoted or escaped."""


class Unbalanced(ValueError):
    """A quotation that does not end."""


def split_line(text: str) -> list[Token]:
    """The words of a line in a unit, as of `ExecStart=` and `Environment=`; raises `Unbalanced`.

    Escapes that systemd does not know are kept as they are, which it warns about (extract_first_word_and_warn).
    """
    return _split(text, escapes=True, relaxed=False)


def split_variable(text: str) -> list[str]:
    """The words that a variable stands for as `$NAME` (replace_env_argv in src/basic/env-util.c).

    A quotation that does not end is let pass, and a backslash goes, whatever it stands before.
    """
    return [token.text for token in _split(text, escapes=False, relaxed=True)]


def _split(text: str, *, escapes: bool, relaxed: bool) -> list[Token]:
    tokens: list[Token] = []
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in WHITESPACE:
            at += 1
        if at >= end:
            return tokens
        token = _word(text, at, escapes=escapes, relaxed=relaxed)
        tokens.append(token)
        at = token.end


def _word(text: str, start: int, *, escapes: bool, relaxed: bool) -> Token:
    parts: list[str] = []
    at, end, quote, bare = start, len(text), "", True
    while at < end:
        character = text[at]
        if character == "\\":
            bare = False
            piece, at = _escape(text, at, known=escapes, kept=not relaxed)
            parts.append(piece)
        elif quote:
            quote = "" if character == quote else quote
            if quote:
                parts.append(character)
            at += 1
        elif character in "\"'":
            quote, bare = character, False
            at += 1
        elif character in WHITESPACE:
            break
        else:
            parts.append(character)
            at += 1
    if quote and not relaxed:
        raise Unbalanced("a quotation does not end")
    return Token("".join(parts), start, at, bare)


def _escape(text: str, at: int, *, known: bool, kept: bool) -> tuple[str, int]:
    """What a backslash and what follows it stand for, and where the text goes on."""
    if at + 1 >= len(text):
        return ("\\" if kept else ""), at + 1
    letter = text[at + 1]
    if not known:
        return letter, at + 2
    if letter in _SINGLE:
        return _SINGLE[letter], at + 2
    length, base = _CODES.get(letter, (3, 8))
    first = at + 2 if letter in _CODES else at + 1
    digits = text[first : first + length]
    try:
        code = int(digits, base) if len(digits) == length and digits.isalnum() and digits.isascii() else 0
    except ValueError:
        code = 0
    if 0 < code <= (255 if base == 8 else _LARGEST) and not 0xD800 <= code <= 0xDFFF:
        return chr(code), first + length
    return f"\\{letter}", at + 2
