"""A provider's document and the names of fields in, their values with place and doubt out: unknown is never false."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from auditor.kube.spelling import spelt
from auditor.model.refs import Path, show_path

_WORDS: Final = {bool: "true or false", str: "a text", dict: "an object", list: "a list", int: "a number"}
NO_ANSWER: Final = "the document does not show {}"


class Found(NamedTuple):
    """What stands at a path: the value, None where nothing does; the path as written; why it is of no use, or empty."""

    value: Any
    path: Path
    problem: str = ""

    @property
    def there(self) -> bool:
        """Whether something usable stands there."""
        return self.value is not None and not self.problem


class Reading:
    """The fields of one fact as they are read from a document: values, where each lies, and what is undecided.

    Fields may stand under several `roots`: some answers have them under `properties`. What the API leaves out of a
    `whole` answer has the value that leaving out means.
    """

    def __init__(self, document: Mapping[str, Any], roots: tuple[Path, ...] = ((),), *, whole: bool = True) -> None:
        self.document, self.roots, self.whole = document, roots, whole
        self.values: dict[str, Any] = {}
        self.paths: dict[str, Path] = {}
        self.undecided: dict[str, str] = {}

    def look(self, wanted: type, *steps: str) -> Found:
        """What stands at a path if it is of the wanted type; keys as the provider's tool spells them, for nulls."""
        found = [follow(self.document, root, steps, wanted) for root in self.roots]
        return next((one for one in found if one.value is not None or one.problem), found[0])

    def flag(self, name: str, *steps: str, absent: bool | str = "") -> bool | None:
        """Reads a boolean. `absent` is what leaving it out means to the API, or why that tells nothing."""
        value: bool | None = self._typed(name, bool, steps, absent)
        return value

    def text(self, name: str, *steps: str, absent: str | None = None) -> str | None:
        """Reads a text. `absent` is what leaving it out means to the API; None: nothing."""
        value: str | None = self._typed(name, str, steps, absent)
        return value

    def _typed(self, name: str, wanted: type, steps: tuple[str, ...], absent: Any) -> Any:
        found = self.look(wanted, *steps)
        if found.there:
            return self.put(name, found.value, found.path)
        usable = isinstance(absent, wanted) and (wanted is bool or absent is not None)
        if not found.problem and usable and self.whole:
            return self.put(name, absent, found.path)
        reason = found.problem or (absent if wanted is bool and isinstance(absent, str) else "")
        self.leave(name, reason or NO_ANSWER.format(show_path(steps)), found.path, wanted())
        return None

    def put(self, name: str, value: Any, path: Path = ()) -> Any:
        """Sets a field that is known."""
        self.undecided.pop(name, None)
        self.values[name], self.paths[name] = value, path
        return value

    def leave(self, name: str, reason: str, path: Path = (), value: Any = "") -> None:
        """Leaves a field undecided; the value is what expressions see that are never asked."""
        self.values[name], self.paths[name], self.undecided[name] = value, path, reason


def follow(document: Mapping[str, Any], root: Path, steps: Iterable[str], wanted: type) -> Found:
    """What stands below a root, its keys in whatever spelling."""
    node: Any = document
    path: list[str | int] = []
    for step in (*root, *steps):
        if node is None:
            path.append(step)
            continue
        if not isinstance(node, dict):
            return Found(None, tuple(path), _wrong(path, node, dict))
        key = spelt(node, str(step)) or str(step)
        path.append(key)
        node = node.get(key)
    if node is None or type(node) is wanted:
        return Found(node, tuple(path))
    return Found(None, tuple(path), _wrong(path, node, wanted))


def texts(found: Found) -> tuple[list[str], str]:
    """The texts of a list, and why it is none, or empty."""
    items = found.value if isinstance(found.value, list) else []
    if any(not isinstance(item, str) for item in items):
        return [], f"{show_path(found.path)} holds something that is no text"
    return items, found.problem


def mappings(found: Found) -> list[tuple[int, Mapping[str, Any]]]:
    """The objects of a list with their indices; what is none is left out."""
    items = found.value if isinstance(found.value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _wrong(path: Iterable[str | int], value: Any, wanted: type) -> str:
    found = _WORDS.get(type(value), "a number")
    return f"{show_path(tuple(path))} is {found} where {_WORDS[wanted]} is wanted"
