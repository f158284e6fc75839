"""A text and a needle in, the YAML comments that contain it out; what only looks like a comment is left out."""

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from auditor.collectors.yaml.text import forbidden_character

_NUMBER_SIGN: Final = re.compile(r"(?<![^ \t\n])#")


class Comment(NamedTuple):
    """One comment from its number sign to the end of the line; `alone` if nothing else stands in that line."""

    line: int
    text: str
    alone: bool


def comments(text: str, first_line: int, needle: str) -> list[Comment]:
    """The comments that contain needle, in order; first_line is the number of the line in which the text starts.

    Text after a syntax error is taken to hold no scalars, so that a comment there is still found.
    """
    if not _follows_sign(text, needle):
        return []
    spans = _scalar_spans(text)
    starts = [start for start, _ in spans]
    found: list[Comment] = []
    line, counted, end = first_line, 0, 0
    while (at := text.find(needle, end)) >= 0:
        begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = len(text) if end < 0 else end
        line, counted = line + text.count("\n", counted, begin), begin
        for sign in _NUMBER_SIGN.finditer(text, begin, end):
            span = bisect_right(starts, sign.start()) - 1
            if span < 0 or sign.start() >= spans[span][1]:
                comment = text[sign.start() : end].rstrip("\r")
                if needle in comment:
                    found.append(Comment(line, comment, not text[begin : sign.start()].strip()))
                break
    return found


def _follows_sign(text: str, needle: str) -> bool:
    """Whether needle stands behind a number sign in its line: few lines have one, and one sign is found fastest."""
    at = text.find("#")
    while at >= 0:
        end = text.find("\n", at)
        if text.find(needle, at, end if end >= 0 else len(text)) >= 0:
            return True
        at = text.find("#", end) if end >= 0 else end
    return False


def _scalar_spans(text: str) -> list[tuple[int, int]]:
    """Where scalars start and end, in order, as far as the text can be scanned."""
    import yaml  # few texts hold a needle
    from yaml._yaml import CParser

    spans: list[tuple[int, int]] = []
    if forbidden_character(text) is not None:
        return spans
    parser = CParser(text)
    try:
        while (token := parser.get_token()) is not None:
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                if token.style in ("|", ">"):
                    # The rest of the line with the indicator may be a comment; the text starts in the next.
                    start = text.find("\n", start, end) + 1 or end
                spans.append((start, end))
    except yaml.YAMLError:
        pass  # whoever reads the document reports the error
    return spans
