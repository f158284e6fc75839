"""A workload's namespace and name in, the platform's add-on that it is out."""

from functools import cache
from typing import Any

from auditor.tables.folder import load_table


def add_on(namespace: str, name: str) -> str:
    """What a platform installs under this name in this namespace, or empty. A name proves nothing: it only sorts."""
    for namespaces, names in _table().items():
        if _fits(namespace, namespaces):
            for pattern, what in names.items():
                if _fits(name, pattern):
                    return str(what)
    return ""


def _fits(name: str, pattern: str) -> bool:
    """Whether a name is what a pattern says, which may end in `*`."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


@cache
def _table() -> Any:
    return load_table("platform-workloads")["workloads"]
