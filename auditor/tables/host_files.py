"""The table of files that components rest on in, typed answers out: what a file of a node is for."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from auditor.tables.folder import load_table

MANIFESTS = "manifests"
"""What the table calls the folder of static pods, of which the files in it get roles."""


class Folder(NamedTuple):
    """A role of a folder, and the role and name pattern of the files in it."""

    role: str
    inner: str
    pattern: str


DROP_INS = Folder("kubelet-config-dir", "kubelet-drop-in", "*.conf")
"""The kubelet reads files of this name alone (kubernetes cmd/kubelet/app/server.go, mergeKubeletConfigurations)."""


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = load_table("host-files")
    return table


def roles_of_path(path: str) -> list[str]:
    """The roles that a path has by where it lies."""
    return [role for role, globs in _table()["paths"].items() if any(fnmatchcase(path, glob) for glob in globs)]


def role_of_flag(component: str, flag: str) -> str:
    """The role of the file that a flag of a component names, or empty."""
    return str(_table()["flags"].get(component, {}).get(flag, ""))


def fields_of_role(role: str) -> Mapping[str, str]:
    """Fields of a configuration file that name files, with these files' roles."""
    fields: Mapping[str, str] = _table()["fields"].get(role, {})
    return fields


def manifest_folders() -> tuple[str, ...]:
    """Where static pods lie by custom."""
    return tuple(_table()["manifests"]["folders"])


def role_of_manifest(name: str) -> str:
    """The role of a file in the folder of static pods, by its name."""
    manifests = _table()["manifests"]
    return next((str(role) for start, role in manifests["roles"].items() if name.startswith(start)), manifests["other"])


@cache
def all_roles() -> tuple[str, ...]:
    """All roles there are, sorted."""
    table = _table()
    named = [role for of in (*table["flags"].values(), *table["fields"].values()) for role in of.values()]
    manifests = (*table["manifests"]["roles"].values(), table["manifests"]["other"])
    return tuple(sorted({*table["paths"], *named, *manifests, DROP_INS.inner} - {MANIFESTS}))
