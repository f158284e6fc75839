"""Foreign text in, text that is safe to print out: nothing in it moves a cursor, reorders a line or floods a page.

A dangerous character is spelt the way Python spells it (`\\x1b`, `\\u202e`), so that a reader sees that it was there.
"""

import json
import re
from functools import cache
from typing import Any

LONGEST_TEXT = 4000
"""Characters of a text of several lines."""
LONGEST_LINE = 200
"""Characters of a name, a message or a value."""

_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1: escape sequences begin with one of them
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"  # invisible, or marks of direction
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # breaks, overrides, isolates, fillers
    "\ud800-\udfff"  # lone surrogates: no encoding can write them
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # tags and selectors, which hide text in plain sight
)
_IN_TEXT, _IN_LINE, _IN_JSON = f"[\t{_UNSAFE}]", f"[\t\n{_UNSAFE}]", f"[{_UNSAFE}]"
_compiled = cache(re.compile)  # half a millisecond for each, and few reports need all
_SPELT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def safe_text(text: str, limit: int = LONGEST_TEXT) -> str:
    """A text of one or several lines: line feeds stay, a tab becomes four spaces, anything else unsafe is spelt."""
    return _compiled(_IN_TEXT).sub(_spell_in_text, shorten(text, limit))


def safe_line(text: str, limit: int = LONGEST_LINE) -> str:
    """A text that must stay on its line, such as a name: line feeds and tabs are spelt too."""
    short = shorten(text, limit)
    return short if short.isascii() and short.isprintable() else _compiled(_IN_LINE).sub(_spell, short)


def safe_value(value: Any, limit: int = LONGEST_LINE) -> str:
    """A value out of a manifest in YAML's flow style, on one line; strings are quoted, so that `"0"` is not `0`."""
    return safe_line(json.dumps(value, ensure_ascii=False, default=str), limit)


def safe_json(text: str) -> str:
    """JSON written with `ensure_ascii=False` in, the same JSON out with unsafe characters as its own escapes.

    What a parser reads is unchanged but for lone surrogates: they are spelt, since strict parsers refuse the document.
    """
    if text.isascii() and "\x7f" not in text:
        return text  # JSON has escaped the rest; most reports end here
    return _compiled(_IN_JSON).sub(_escape_in_json, text)


def shorten(text: str, limit: int) -> str:
    """A long text without its middle, which is replaced by an ellipsis and the whole length; at most `limit` long."""
    if len(text) <= limit:
        return text
    cut = f"…({len(text):,} characters)…"
    room = limit - len(cut)
    if room < 2:
        return text[: max(limit - 1, 0)] + "…"
    return text[: room - room // 3] + cut + text[len(text) - room // 3 :]


def _spell(match: re.Match[str]) -> str:
    """As Python's `repr` would."""
    character = match[0]
    if character in _SPELT:
        return _SPELT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _spell_in_text(match: re.Match[str]) -> str:
    return "    " if match[0] == "\t" else _spell(match)


def _escape_in_json(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:
        return f"\\\\u{code:04x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
