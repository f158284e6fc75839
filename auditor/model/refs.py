"""Names of things: which object, and where in the input it stands."""

from functools import lru_cache
from typing import Final, NamedTuple

Path = tuple[str | int, ...]
"""A place inside a manifest: keys and list indices from its root."""

OBSERVED: Final = "observed.kubeplumb.dev/v1"
"""API version of what was observed and is no API object, such as the answer of GET /version."""


class ObjectRef(NamedTuple):
    """The identity of an API object; ordered and hashable, `str()` is the printed name.

    `namespace` is empty for cluster-scoped objects and for manifests that leave it to deploy time.
    """

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return _group(self.api_version)

    @property
    def kind_name(self) -> str:
        """The kind, with its group for a custom one, as kubectl writes it: a Service of Knative is no core Service."""
        return _kind_name(self.api_version, self.kind)

    def __str__(self) -> str:
        name = self.name or "(unnamed)"
        kind = self.kind if self.api_version == OBSERVED else self.kind_name
        return f"{kind}/{self.namespace}/{name}" if self.namespace else f"{kind}/{name}"


# An input has few API versions and kinds, and everybody asks for them.
@lru_cache(maxsize=1024)
def _group(api_version: str) -> str:
    group, slash, _ = api_version.rpartition("/")
    return group if slash else ""


@lru_cache(maxsize=1024)
def _kind_name(api_version: str, kind: str) -> str:
    group = _group(api_version)
    return f"{kind}.{group}" if "." in group and not group.endswith(".k8s.io") else kind


class Origin(NamedTuple):
    """Where a document was read: a file (`-` is standard input), the document's index and first line."""

    file: str
    document: int = 0
    line: int = 1
    base: Path = ()
    """The path of the object inside the document, for an item of a List."""


class Place(NamedTuple):
    """A position in a file, counted from 1; line or column 0 when it is not known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        known = (str(part) for part in (self.line, self.column) if part)
        return ":".join((self.file, *known))


@lru_cache(maxsize=8192)
def show_path(path: Path) -> str:
    """`("spec", "containers", 0)` in, `spec.containers[0]` out; keys that are no plain words are quoted."""
    return "".join(map(show_step, path)).lstrip(".")


@lru_cache(maxsize=4096)
def show_step(step: str | int) -> str:
    """One step of a path as text that can be joined to what stands before it: `.spec`, `[0]` or `['a.b/c']`."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.replace("_", "a").replace("-", "a").isalnum() else f"['{step}']"
