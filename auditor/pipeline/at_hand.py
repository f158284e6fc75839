"""Documents that were judged in, those of which more is to be told out, without reading their files again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from auditor.collectors.yaml.documents import Document

_ROOM = 16 << 20
"""Characters of documents that are kept: what is beyond them is read again."""
_FILES_AT_HAND = 100
"""Files that were read again and are kept: facts of one file mostly come together."""


@dataclass(slots=True)
class AtHand:
    """Documents with objects that joins need, by file and first line, as far as this process read them."""

    _documents: dict[tuple[str, int], Document] = field(default_factory=dict)
    _room: int = _ROOM

    def keep(self, file: str, documents: Mapping[int, Document], lines: Iterable[int]) -> None:
        """Keeps the documents that begin on these lines of a file, without their values."""
        for line in lines:
            document = documents.get(line)
            if document is not None and len(document.text) <= self._room:
                self._room -= len(document.text)
                unread = Document(document.index, line, document.text, None, places=document.places)
                self._documents[file, line] = unread

    def finder(self, read: Callable[[str], Mapping[int, Document]]) -> Callable[[str, int], Document | None]:
        """What finds the document that begins on a line of a file; `read` reads all of a file, values left out."""
        again = lru_cache(_FILES_AT_HAND)(read)
        return lambda file, line: self._documents.get((file, line)) or again(file).get(line)
