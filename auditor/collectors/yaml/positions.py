"""A document and the path of a field in, the line and column where that field is written out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.collectors.yaml.blocks import Blocks
from auditor.collectors.yaml.documents import Document
from auditor.collectors.yaml.lines import line_starts, place_by_starts
from auditor.model.refs import Path

if TYPE_CHECKING:
    from auditor.collectors.yaml.trees import Tree


class Positions:
    """Positions of the fields of one document; it is parsed again, once, when the first is asked for that needs it."""

    __slots__ = ("_blocks", "_document", "_starts", "_tree")

    def __init__(self, document: Document) -> None:
        self._document = document
        self._blocks: Blocks | None = None
        self._starts: list[int] = []
        self._tree: Tree | None = None

    def find(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 1) of the key or list item at path, or of its nearest existing parent."""
        if self._document.places is not None:
            self._starts = self._starts or line_starts(self._document.text)
            return place_by_starts(self._starts, self._document.line, _nearest(self._document.places, tuple(path)))
        if self._blocks is None:
            self._starts = line_starts(self._document.text)
            self._blocks = Blocks(self._document.text)
        index = self._blocks.find(tuple(path))
        return place_by_starts(self._starts, self._document.line, self._parsed(path) if index is None else index)

    def line(self, number: int) -> str:
        """The line of that number in the file without its end, empty if the document has none such."""
        row = number - self._document.line
        if not 0 <= row < len(self._starts):
            return ""
        start = self._starts[row]
        end = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(self._document.text)
        return self._document.text[start:end].removesuffix("\r")

    def _parsed(self, path: Sequence[str | int]) -> int:
        """The index of a field as a parser of the whole document tells it."""
        if self._tree is None:
            from auditor.collectors.yaml.trees import Tree  # loads PyYAML, as long as a tenth of a small file's scan

            self._tree = Tree(self._document.text)
        return self._tree.find(path)


def _nearest(places: Mapping[Path, int], path: Path) -> int:
    """Where the part at a path begins, or else its nearest parent's."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, 0)


def locate(text: str, first_line: int, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column of the field at path in a document whose text starts in first_line; for one look-up."""
    return Positions(Document(0, first_line, text, None)).find(path)
