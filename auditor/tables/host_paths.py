"""Paths of hostPath volumes in, how sensitive they are out."""

import re
from functools import cache, lru_cache
from posixpath import normpath
from typing import Any, NamedTuple

from auditor.tables.folder import load_table

_DRIVE = r"[A-Za-z]:(?=[\\/]|$)"


class _Entry(NamedTuple):
    parts: tuple[str, ...]
    sensitivity: str


def normalise(path: str) -> str:
    """The path as the kernel resolves it apart from links: `/var/../etc//` is `/etc`, a relative one starts at `/`.

    Windows paths are written in lower case with slashes: `c:/windows`, `//./pipe/docker_engine`.
    """
    text = path.strip()
    if "\\" in text or re.match(_DRIVE, text) or text.lower().startswith(("npipe:", "//./pipe")):
        text = text.replace("\\", "/").lower().removeprefix("npipe:")
        if text.lstrip("/").startswith("./pipe"):
            return "//" + text.strip("/")
        drive, rest = (text[:2], text[2:]) if re.match(_DRIVE, text) else ("c:", text)
        return drive + normpath("/" + rest.lstrip("/"))
    return normpath("/" + text.lstrip("/"))


@lru_cache(maxsize=4096)
def sensitivity(path: str) -> str:
    """How much of the node a hostPath volume hands over, by containment of paths.

    One of `root` (all of it), `runtime-socket`, `kubernetes`, `credentials`, `kernel`, `system`, `logs` and `other`,
    the most sensitive first. A directory above a sensitive path is as sensitive as it.
    """
    where = normalise(path)
    windows = re.match(_DRIVE, where) is not None
    where = where[2:] if windows else where
    if where == "/":
        return "root"
    parts = _parts(_resolve(where))
    below = [entry for entry in _entries(windows) if _covers(entry.parts, parts)]
    above = [entry for entry in _entries(windows) if len(entry.parts) > len(parts) and _covers(parts, entry.parts)]
    deepest = max(below, key=lambda entry: len(entry.parts), default=None)
    found = {entry.sensitivity for entry in (*above, *((deepest,) if deepest else ()))}
    return next((name for name in _order() if name in found), "other")


@cache
def _table() -> Any:
    return load_table("host-paths")


@cache
def _order() -> tuple[str, ...]:
    return tuple(_table()["linux"])


@cache
def _entries(windows: bool) -> tuple[_Entry, ...]:
    """The entries of the table; those of aliased directories under both names, so that a parent of either counts."""
    table = _table()["windows" if windows else "linux"]
    aliases = {target: alias for alias, target in _table()["aliases"].items()}
    return tuple(
        _Entry(_parts(name), kind)
        for kind, paths in table.items()
        for path in paths
        for name in (
            path,
            *(path.replace(target, alias, 1) for target, alias in aliases.items() if path.startswith(target)),
        )
    )


def _resolve(path: str) -> str:
    """The path with the links replaced that every distribution has, such as `/var/run`."""
    for alias, target in _table()["aliases"].items():
        if path == alias or path.startswith(alias + "/"):
            return str(target) + path[len(alias) :]
    return path


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _covers(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Whether `inner` is `outer` or lies below it; `*` in either is any one name."""
    return len(inner) >= len(outer) and all(a == b or "*" in (a, b) for a, b in zip(outer, inner, strict=False))
