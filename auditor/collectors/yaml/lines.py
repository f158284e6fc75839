"""A text and an index in, line and column out, counted as editors and code hosts count them: lines end at a line feed.

YAML also ends lines at U+0085, U+2028 and a lone carriage return; counting those would point past the line shown.
"""

from bisect import bisect_right


def place(text: str, first_line: int, index: int) -> tuple[int, int]:
    """Line (the text starts in first_line) and column, in characters from 1, of the character at index."""
    return first_line + text.count("\n", 0, index), index - text.rfind("\n", 0, index)


def line_starts(text: str) -> list[int]:
    """Index of the first character of each line."""
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def place_by_starts(starts: list[int], first_line: int, index: int) -> tuple[int, int]:
    """As place, for many look-ups in one text."""
    row = bisect_right(starts, index) - 1
    return first_line + row, index - starts[row] + 1
