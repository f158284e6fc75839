"""Words of a report in, words for the page out: values, counts, paragraphs; escaping is the template engine's."""

import json
import re
from itertools import groupby
from textwrap import dedent
from typing import TYPE_CHECKING, Any, NamedTuple

from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.safe import safe_line, safe_text

if TYPE_CHECKING:
    from markupsafe import Markup

LONGEST = 600
"""Characters of anything printed but prose: longer ones lose their middle."""
_TICKS = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```.*$", re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>\"'`\\]+")


class Block(NamedTuple):
    """A paragraph, or lines to paste."""

    verbatim: bool
    text: str


def blocks(text: str) -> list[Block]:
    """Paragraphs of a rule's rationale or remediation; fenced or indented lines are verbatim."""
    found: list[Block] = []
    for number, part in enumerate(_FENCE.split(text)):
        if number % 2:
            found.append(Block(True, dedent(part.strip("\n"))))
            continue
        for chunk in re.split(r"\n\s*\n", part.strip("\n")):
            for indented, lines in groupby(chunk.split("\n"), key=lambda line: line.startswith("  ")):
                body = "\n".join(lines)
                if body.strip():
                    found.append(Block(indented, dedent(body) if indented else " ".join(body.split())))
    return found


def ticks(text: str) -> "Markup":
    """Text with `code` set as code."""
    from markupsafe import Markup, escape

    parts = [escape(part) for part in _TICKS.split(safe_text(text))]
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup("").join(parts)


def lines(text: str) -> "Markup":
    """Text whose line breaks stay: what is there to be pasted."""
    from markupsafe import escape

    return escape(safe_text(text))


def plain(value: Any) -> str:
    """A value as it stood in the manifest: flow style with quoted strings, which is JSON and YAML alike."""
    return json.dumps(value, ensure_ascii=False, default=str)


def count(number: int, one: str, many: str = "") -> str:
    """`1 object`, `2 objects`, `1,200 entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def is_link(text: str) -> bool:
    """Whether a reference may become a link: http and https only, and printed as it is."""
    return _LINK.fullmatch(text) is not None and safe_line(text, LONGEST) == text


def position(gap: Gap) -> Place:
    """Where a gap lies."""
    return Place(gap.file, gap.line, gap.column)
