"""Cases in, folders with their manifests out: one folder is one world, shared by all cases with the same input."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ryaml

from tests.corpora.cases import CORPORA, Case

Key = tuple[str, tuple[str, ...], tuple[str, ...]]


def lay_out(cases: Iterable[Case], home: Path) -> dict[Key, Path]:
    """Writes the inputs of cases below a folder; the world of each by its key."""
    worlds: dict[Key, Path] = {}
    for case in cases:
        key = key_of(case)
        if key not in worlds:
            worlds[key] = folder = home / f"{case.folder}-{len(worlds):04}"
            folder.mkdir(parents=True)
            for index, text in enumerate(case.inputs):
                changes = case.changes if index == 0 else ()
                name, content = _content(CORPORA / case.folder, text, changes)
                (folder / f"{index:03}-{name}").write_bytes(content)
    return worlds


def key_of(case: Case) -> Key:
    """What tells one input from another."""
    return case.folder, case.inputs, case.changes


def _content(home: Path, text: str, changes: tuple[str, ...]) -> tuple[str, bytes]:
    """The name and bytes of one input: a file, or the part of it that a JSON pointer names."""
    file, _, pointer = text.partition("#")
    data = (home / file).read_bytes()
    name = Path(file).name
    if pointer:
        part = _at(_load(data.decode(), file), pointer)
        if isinstance(part, str):
            return f"{Path(file).stem}.yaml", part.encode()
        return f"{Path(file).stem}.json", json.dumps(part).encode()
    if changes:
        value = ryaml.loads(data.decode())
        for change in changes:
            path, _, new = change.partition("=")
            _set(value, path.split("."), ryaml.loads(new))
        return f"{Path(file).stem}.json", json.dumps(value).encode()
    return (name if name.endswith((".yaml", ".yml", ".json")) else f"{name}.yaml"), data


def _load(text: str, file: str) -> Any:
    return json.loads(text) if file.endswith(".json") else ryaml.loads(text)


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.strip("/").split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _set(value: Any, path: list[str], new: Any) -> None:
    """Sets a field, making what lies on the way; a step `[0]` is an element of a list."""
    for step, following in zip(path, [*path[1:], ""], strict=True):
        last = not following
        empty: Any = new if last else [] if following.startswith("[") else {}
        if isinstance(value, list):
            index = int(step.strip("[]"))
            value += [{}] * (index + 1 - len(value))
            if last or not value[index]:
                value[index] = empty
            value = value[index]
        elif isinstance(value, dict):
            if last or not value.get(step):
                value[step] = empty
            value = value[step]
