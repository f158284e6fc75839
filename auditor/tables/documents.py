"""A kind of configuration file in, which API servers take it and how they decode it out."""

from functools import cache
from typing import Any

from auditor.tables.components import every_config_kind
from auditor.tables.folder import load_table
from auditor.tables.tools import KUBEADM


def is_strict(api_version: str, kind: str) -> bool:
    """Whether such a file is decoded strictly: no unknown field, and no key twice (serializer.EnableStrict)."""
    table = _table()
    name = table["kinds"].get(f"{api_version} {kind}")
    return name is not None and name not in table["lenient"]


def unserved(api_version: str, kind: str, minor: int) -> str:
    """Why an API server of a minor version does not start with a file of this kind, whatever is in it; or empty."""
    since, *ended = _table()["versions"].get(f"{api_version} {kind}", [0])
    if since <= minor and all(minor < end for end in ended):
        return ""
    which = f"before 1.{since}" if minor < since else f"from 1.{ended[0]} on"
    return f"{api_version} is no version of a {kind} that API servers {which} know, so they do not start"


@cache
def file_kinds() -> frozenset[str]:
    """Kinds of documents that lie in files, which no server has: of these, of components' own, and of kubeadm's."""
    named = frozenset(name.rpartition("/")[2] for name in (*every_config_kind(), *KUBEADM))
    return named | {name.partition(" ")[2] for name in _table()["kinds"]}


@cache
def _table() -> Any:
    return load_table("config-documents")
