"""Words and styles in, lines for a terminal of some width out: wrapped, coloured or plain, and always safe to print."""

from typing import TYPE_CHECKING

from auditor.model.findings import Severity
from auditor.renderers.safe import safe_line

if TYPE_CHECKING:
    from rich.text import Text

Part = str | tuple[str, str]
"""Words, or words with a style of rich."""

LONGEST = 400
NARROWEST = 40

# The sixteen colours only, and of those the ones that a light and a dark background both leave readable: yellow and
# cyan vanish on white, blue on black.
SEVERITY_STYLES: dict[Severity, str] = {
    "critical": "bold reverse red",
    "high": "bold red",
    "medium": "magenta",
    "low": "bold",
    "info": "dim",
}
STRONG, FAINT, BAD, GOOD = "bold", "dim", "bold red", "green"


class Page:
    """Lines under construction. Whatever is added passes `safe_line` here, so that no caller can forget it."""

    def __init__(self, width: int, color: bool) -> None:
        from rich.console import Console

        self.width = max(width, NARROWEST)
        self._color = color
        self._lines: list[Text] = []
        self._console = Console(
            width=self.width, color_system="standard" if color else None, force_terminal=color, legacy_windows=False
        )

    @property
    def height(self) -> int:
        """Lines so far."""
        return len(self._lines)

    def blank(self) -> None:
        """An empty line, but never two."""
        from rich.text import Text

        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def line(self, *parts: Part, indent: int = 0) -> None:
        """One line; what does not fit is cut, with an ellipsis."""
        text = _assemble(" " * indent, *parts)
        text.truncate(self.width, overflow="ellipsis")
        self._add(text)

    def whole(self, *parts: Part, indent: int = 0) -> None:
        """One line that is never cut, such as a place that can be clicked on."""
        self._add(_assemble(" " * indent, *parts))

    def wrap(self, *parts: Part, indent: int = 0, label: Part = "") -> None:
        """As many lines as it takes, all but a label at the front indented."""
        body = _assemble(*parts).wrap(self._console, self.width - indent)
        lead = _assemble(label)
        lead.pad_right(indent - lead.cell_len)
        for number, text in enumerate(body):
            self._add((lead if not number else _assemble(" " * indent)) + text)

    def text(self) -> str:
        """All lines so far, each with its end."""
        return "".join(self._show(line) + "\n" for line in self._lines)

    def _add(self, text: "Text") -> None:
        text.rstrip()
        self._lines.append(text)

    def _show(self, text: "Text") -> str:
        if not self._color or not text.spans:
            return text.plain
        from rich.color import ColorSystem

        return "".join(
            segment.style.render(segment.text, color_system=ColorSystem.STANDARD) if segment.style else segment.text
            for segment in text.render(self._console)
        )


def _assemble(*parts: Part) -> "Text":
    from rich.text import Text

    text = Text(end="")
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        shown = safe_line(words, LONGEST)
        margin = len(shown) - len(shown.lstrip(" "))
        # A reversed or underlined margin would look like a bar.
        text.append(shown[:margin]).append(shown[margin:], style or None)
    return text


def count(number: int, one: str, many: str = "") -> str:
    """`1 object`, `2 objects`, `1,200 entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def severities(counts: dict[Severity, int]) -> list[Part]:
    """`1 critical · 4 medium`, each in its colour; zeros are left out."""
    parts: list[Part] = []
    for severity, number in counts.items():
        if number:
            parts += [" · ", (f"{number:,} {severity}", SEVERITY_STYLES[severity])]
    return parts[1:]
