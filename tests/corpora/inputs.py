"""Cases in, folders with their manifests out: one folder is one world, shared by all cases with the same input.

What our collectors read only where it is named is a world of its own beside the folder.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ryaml

from auditor.collectors.dumps import read_dump
from tests.corpora.cases import CORPORA, Case
from tests.corpora.hostdata import Written, told

Key = tuple[str, tuple[str, ...], tuple[str, ...]]


def lay_out(cases: Iterable[Case], home: Path) -> dict[Key, list[Path]]:
    """Writes the inputs of cases below a folder; the worlds of each by its key."""
    worlds: dict[Key, list[Path]] = {}
    for case in cases:
        key = key_of(case)
        if key not in worlds:
            folder = home / f"{case.folder}-{len(worlds):04}"
            folder.mkdir(parents=True)
            found = [*_written(case)]
            named = [Path(f"{folder}-{path}") for path, _, named in found if named]
            worlds[key] = [folder, *named] if len(named) < len(found) else named
            for path, content, is_named in found:
                file = Path(f"{folder}-{path}") if is_named else folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    return worlds


def _written(case: Case) -> Iterator[Written]:
    for index, text in enumerate(case.inputs):
        if (CORPORA / case.folder / text).is_dir():
            yield from _dumped(CORPORA / case.folder / text)
            continue
        name, content = _content(CORPORA / case.folder, text, case.changes if index == 0 else ())
        files = told(content)
        if files is None:
            yield Written(f"{index:03}-{name}", content)
        for path, data, named in files or ():
            yield Written(f"{index:03}{'-' if named else '/'}{path}", data, named)


def _dumped(path: Path) -> Iterator[Written]:
    """What a dump of a cluster tells of its components: pods of the system, and what each kubelet runs with."""
    inventory = read_dump(str(path), lambda resource: resource, ("Pod", "*"))
    for number, (ref, manifest, *_) in enumerate(inventory.resources):
        if ref.kind == "KubeletConfigz" or (ref.kind, ref.namespace) == ("Pod", "kube-system"):
            whole = {**manifest, "apiVersion": ref.api_version, "kind": ref.kind}
            yield Written(f"{number}.json", json.dumps(whole).encode())


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
