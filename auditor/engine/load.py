"""Folders of rule files in, rules by id out; a defective file names itself and its complaint."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ryaml

from auditor.engine.rule import Rule, build
from auditor.model.errors import InvalidDefinition
from auditor.model.facts import Subject

NOT_RULES = frozenset({"data", "frameworks", "profiles"})
"""Folders below rules/ that hold something else."""


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder, sorted."""
    return [Path(file) for file in _files(str(folder))]


def _files(folder: str) -> list[str]:
    found: list[str] = []
    for entry in _entries(folder):
        if entry.is_dir() and entry.name not in NOT_RULES:
            found += [inner.path for inner in _entries(entry.path) if inner.name.endswith(".yaml")]
        elif entry.name.endswith((".yaml", ".yml")) and entry.is_file():
            found.append(entry.path)
    return found


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def load_rules(own: Path, extra: Iterable[Path], subjects: Mapping[str, Subject]) -> dict[str, Rule]:
    """The project's own rules and those of `--rules` folders, by id; raises `InvalidDefinition`.

    The project's own are validated by its tests, a user's here.
    """
    rules: dict[str, Rule] = {}
    taken: dict[str, Rule] = {}
    for file in _files(str(own)):
        _add(rules, taken, build(_read(file), file))
    for folder in extra:
        if not folder.is_dir():
            raise InvalidDefinition(f"{folder}: no such folder of rules", "--rules takes a folder of rule files.")
        for file in map(str, rule_files(folder)):
            data = _read(file)
            validate(data, file, subjects)
            _add(rules, taken, build(data, file))
    return rules


def _read(file: str) -> dict[str, Any]:
    try:
        with open(file, "rb", buffering=0) as opened:
            data = ryaml.loads(opened.read().decode())
    except (ryaml.InvalidYamlError, UnicodeDecodeError) as error:
        raise InvalidDefinition(f"{file}: {error}", "A rule file is one YAML mapping.") from error
    if not isinstance(data, dict):
        raise InvalidDefinition(f"{file}: is no mapping", "A rule file is one YAML mapping.")
    return data


def _add(rules: dict[str, Rule], taken: dict[str, Rule], rule: Rule) -> None:
    """Adds a rule; `taken` holds every id and alias."""
    for name in (rule.id, *rule.aliases):
        other = taken.setdefault(name, rule)
        if other is not rule:
            raise InvalidDefinition(
                f"{rule.file}: the id {name} is taken by {other.file}", "Choose another id; ids are never reused."
            )
    rules[rule.id] = rule


def validate(data: Mapping[str, Any], file: str, subjects: Mapping[str, Subject]) -> None:
    """Checks a rule file: its keys, its subject, its expressions, and that evidence names what they read."""
    from auditor.engine.lint import complaints

    found = complaints(data, file, subjects)
    if found:
        raise InvalidDefinition(f"{file}: {'; '.join(found)}", "`kubeplumb explain` shows how a good rule looks.")
