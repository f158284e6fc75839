"""A kind of configuration file in, how the API server decodes it out."""

from functools import cache
from typing import Any

from auditor.tables.folder import load_table


def is_strict(api_version: str, kind: str) -> bool:
    """Whether such a file is decoded strictly: no unknown field, and no key twice (serializer.EnableStrict)."""
    table = _table()
    name = table["kinds"].get(f"{api_version} {kind}")
    return name is not None and name not in table["lenient"]


@cache
def _table() -> Any:
    return load_table("config-documents")
