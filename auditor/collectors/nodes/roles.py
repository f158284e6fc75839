"""A node bundle in, what each of its files is for out: by where it lies, and by the flags and fields that name it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from posixpath import basename, dirname
from typing import Final

from auditor.collectors.nodes.bundle import Bundle, File, Process
from auditor.tables.host_files import (
    DROP_INS,
    MANIFESTS,
    fields_of_role,
    manifest_folders,
    role_of_flag,
    role_of_manifest,
    roles_of_path,
)

_FIELD: Final = re.compile(
    r"""(?<![\w./-])["']?([A-Za-z][A-Za-z-]*)["']?[ \t]*:[ \t]*["']?(?:unix://)?(/[^"',\s}\]]+)"""
)
_ETCD: Final = "ETCD_"
_FOLDERS: Final = frozenset({DROP_INS.role, "pki-directory", "etcd-data"})
"""Roles that only folders have."""
_SOCKETS: Final = frozenset({"runtime-socket"})


def roles(bundle: Bundle) -> dict[str, list[str]]:
    """The roles of each file by its name in the bundle, sorted."""
    views = {(view.pid, view.path): view.file for view in bundle.views}
    found: dict[str, set[str]] = defaultdict(set)
    for file in bundle.files:
        found[file.name].update(roles_of_path(file.name))
    for process in bundle.processes:
        for role, path in _named(process):
            found[views.get((process.pid, path), path)].add(role)
    _by_fields(bundle, found)
    _inside(bundle, found)
    kinds = {file.name: file.type for file in bundle.files}
    return {
        name: sorted(role for role in some if _fits(role, kinds[name])) for name, some in found.items() if name in kinds
    }


def flags_of(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Flags with their values, as `--flag=value` or `--flag value`; of a bare one the value is empty."""
    words = [*arguments, ""]
    for word, following in pairwise(words):
        if word.startswith("-"):
            flag, equals, value = word.partition("=")
            yield flag, value if equals or following.startswith("-") else following


def _named(process: Process) -> Iterator[tuple[str, str]]:
    """Roles and paths that the arguments and variables of a process name."""
    words = list(flags_of(process.arguments or ()))
    for text in process.environment or ():
        name, _, value = text.partition("=")
        if process.component == "etcd" and name.startswith(_ETCD):  # etcd server/etcdmain/config.go, SetPflagsFromEnv
            words.append((f"--{name.removeprefix(_ETCD).lower().replace('_', '-')}", value))
    for flag, value in words:
        role = role_of_flag(process.component, flag if flag.startswith("--") or len(flag) == 2 else f"-{flag}")
        if role:
            yield role, value.removeprefix("unix://").rstrip("/")


def _by_fields(bundle: Bundle, found: Mapping[str, set[str]]) -> None:
    """Files that configuration files name. They are of the file system that the configuration file is in."""
    for file in bundle.files:
        for role in tuple(found[file.name]):
            wanted = fields_of_role(role)
            for field, path in _FIELD.findall(file.content or "") if wanted else ():
                if field in wanted:
                    found[f"{prefix_of(file.name)}{path.rstrip('/')}"].add(wanted[field])


def _inside(bundle: Bundle, found: Mapping[str, set[str]]) -> None:
    """Roles of files by those of the folder that they are in."""
    folders = {*manifest_folders(), *(name for name, some in found.items() if MANIFESTS in some)}
    dropped = {name for name, some in found.items() if DROP_INS.role in some}
    for file in bundle.files:
        folder, name = dirname(file.name), basename(file.name)
        if folder in folders:
            found[file.name].add(role_of_manifest(name))
        if folder in dropped and fnmatchcase(name, DROP_INS.pattern):
            found[file.name].add(DROP_INS.inner)


def _fits(role: str, kind: str) -> bool:
    if role == MANIFESTS:
        return False
    if role in _FOLDERS:
        return kind in ("directory", "unknown")
    return kind in ("socket", "unknown") if role in _SOCKETS else kind in ("file", "unknown")


def prefix_of(name: str) -> str:
    """`etcd:` of the name of a file that only etcd sees; empty for the node's own."""
    return "" if name.startswith("/") else f"{name.partition(':')[0]}:"


def path_of(file: File) -> str:
    """The path of a file in the file system that it is in."""
    return file.name.removeprefix(prefix_of(file.name))
