"""A page in, its elements out; AssertionError where a tag is not closed or closed twice."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "input", "br", "link", "img", "hr"})


@dataclass(slots=True)
class Element:
    """One element, its attributes, the text inside it, and what it lies in."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None"
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def within(self, tag: str) -> "Element | None":
        """The nearest element of this tag around it."""
        node = self.parent
        while node and node.tag != tag:
            node = node.parent
        return node


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in {self.get_starttag_text()}"
        parent = self.open[-1] if self.open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if parent:
            parent.children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop().tag if self.open else "nothing"
        assert closed == tag, f"</{tag}> at {self.getpos()} closes {closed}"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def parse(page: str) -> list[Element]:
    """All elements in document order."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    assert not builder.open, f"never closed: {[element.tag for element in builder.open]}"
    return builder.elements
