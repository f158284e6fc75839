"""PATH arguments in, the files to read out: ignore files, globs and bounds applied, what was left out said."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from auditor.collectors.nodes.names import may_be
from auditor.model.errors import NothingRead
from auditor.model.inventory import Gap

SUFFIXES = (".yaml", ".yml", ".json")
TEMPLATE_SUFFIXES = (".tpl",)
IGNORE_FILES = (".gitignore", ".kubeplumbignore")
SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__"})
"""Folders that hold nobody's manifests; named here so that the README can say so."""
MAX_DEPTH = 64


class Target(NamedTuple):
    """One file to read: the world it belongs to, its printed name, where it is, and its size in bytes."""

    world: str
    name: str
    path: str
    size: int
    named: bool = False
    """Given on the command line, so that it is read whatever its suffix."""
    data: bytes | None = None
    """Its content, if it is no file of its own: one that a node bundle holds."""


@dataclass(slots=True)
class Walk:
    """What walking found; `charts` are folders with a Chart.yaml, by printed name."""

    targets: list[Target] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    charts: set[str] = field(default_factory=set)
    ignored: int = 0


def walk(paths: Sequence[str], include: Sequence[str], exclude: Sequence[str]) -> Walk:
    """All files below the paths, in a stable order. Raises `NothingRead` for a path that does not exist."""
    found = Walk()
    for text in paths:
        if text == "-":
            found.targets.append(Target("-", "-", "-", 0, named=True))
            continue
        if not os.path.lexists(text):
            raise NothingRead(f"{text}: no such file or directory", "Check the PATH arguments.")
        if os.path.isdir(text):
            _walk_folder(_shown(text), found, _Filter.of(include, exclude))
        else:
            _add_file(found, _shown(text), _shown(text), text, named=True)
    return found


def file_filter(include: Sequence[str], exclude: Sequence[str]) -> Callable[[str], bool]:
    """Whether globs keep a file, by its path relative to the PATH argument."""
    return _Filter.of(include, exclude).keeps


def _shown(path: str) -> str:
    """A path as reports name it: relative to the working directory where it lies below that, else as given."""
    normal = os.path.normpath(path)
    if os.path.isabs(normal):
        relative = os.path.relpath(normal)
        return normal if relative.startswith(os.pardir) else relative
    return normal


class _Filter:
    """Include and exclude globs, in .gitignore syntax, relative to the PATH argument."""

    def __init__(self, include: Any, exclude: Any) -> None:
        self.include = include
        self.exclude = exclude

    @classmethod
    def of(cls, include: Sequence[str], exclude: Sequence[str]) -> "_Filter":
        return cls(_spec(include) if include else None, _spec(exclude) if exclude else None)

    def keeps(self, relative: str) -> bool:
        if self.exclude is not None and self.exclude.match_file(relative):
            return False
        return self.include is None or bool(self.include.match_file(relative))


def _spec(lines: Sequence[str]) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _walk_folder(root: str, found: Walk, keep: _Filter) -> None:
    specs = [(folder, spec) for folder in _parents(root) for spec in _ignore_specs(str(folder))]
    _scan(root, root, "", specs, found, keep, ())


def _parents(root: str) -> list[Path]:
    """The folders above a root up to its repository's root, whose ignore files hold below as well."""
    above = Path(root).resolve()
    for folder in above.parents:
        if (above / ".git").exists():
            return []
        if (folder / ".git").exists():
            inner = list(above.relative_to(folder).parents)
            return [folder / part for part in reversed(inner)]
    return []


def _ignore_specs(folder: str) -> list[Any]:
    specs = []
    for name in IGNORE_FILES:
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as handle:
                specs.append(_spec(handle.read().splitlines()))
        except OSError:
            continue
    return specs


def _scan(
    world: str,
    folder: str,
    relative: str,
    specs: list[tuple[Any, Any]],
    found: Walk,
    keep: _Filter,
    above: tuple[Any, ...],
) -> None:
    try:
        status = os.stat(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        found.gaps.append(Gap("unreadable", f"the folder cannot be read: {error.strerror}", folder))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above or len(above) >= MAX_DEPTH:
        reason = "a symbolic link leads back to a folder above it" if identity in above else "folders nest too deep"
        found.gaps.append(Gap("folder-loop", f"{reason}; not followed", folder))
        return
    if any(entry.name in IGNORE_FILES for entry in entries):
        specs = [*specs, *((Path(os.path.abspath(folder)), spec) for spec in _ignore_specs(folder))]
    if any(entry.name == "Chart.yaml" for entry in entries):
        found.charts.add(os.path.normpath(folder))
    for entry in entries:
        inner = f"{relative}{entry.name}"
        is_folder = entry.is_dir()
        if specs and _ignored(os.path.abspath(entry.path), is_folder, specs):
            found.ignored += 1
            continue
        if is_folder:
            if entry.name not in SKIPPED_FOLDERS:
                _scan(world, entry.path, f"{inner}/", specs, found, keep, (*above, identity))
        elif (entry.name.endswith(SUFFIXES) or may_be(entry.name, folder)) and keep.keeps(inner):
            _add_file(found, world, os.path.normpath(entry.path), entry.path, named=False)


def _ignored(path: str, is_folder: bool, specs: list[tuple[Any, Any]]) -> bool:
    """Whether ignore files leave a path out; the nearest file that says anything about it decides."""
    for folder, spec in reversed(specs):
        relative = os.path.relpath(path, folder).replace(os.sep, "/")
        verdict = spec.check_file(f"{relative}/" if is_folder else relative).include
        if verdict is not None:
            return bool(verdict)
    return False


def _add_file(found: Walk, world: str, name: str, path: str, *, named: bool) -> None:
    try:
        status = os.stat(path)
    except OSError as error:
        found.gaps.append(Gap("unreadable", f"the file cannot be read: {error.strerror}", name))
        return
    if not stat.S_ISREG(status.st_mode):
        if named and stat.S_ISFIFO(status.st_mode) and path.startswith(("/dev/fd/", "/proc/")):
            found.targets.append(Target(world, name, path, 0, named=True))
            return
        found.gaps.append(Gap("not-a-file", "is no regular file and was not opened", name))
        return
    found.targets.append(Target(world, name, path, status.st_size, named))


def chart_of(name: str, charts: set[str]) -> str:
    """The chart whose templates a file belongs to, or empty: the file lies in `templates` of a chart's folder."""
    folder = os.path.dirname(name)
    while folder:
        parent, leaf = os.path.split(folder)
        if leaf == "templates" and (parent or ".") in charts:
            return parent or "."
        if parent == folder:
            break
        folder = parent
    return ""


def world_names(targets: Sequence[Target]) -> Iterator[str]:
    """The worlds of some targets, each once, in order."""
    yield from dict.fromkeys(target.world for target in targets)
