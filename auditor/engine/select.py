"""Profiles, configuration and options in, the rules that run out."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import ryaml

from auditor.engine.rule import Rule
from auditor.model.errors import InvalidDefinition, UsageError
from auditor.model.findings import SEVERITIES, Severity


class Profile(NamedTuple):
    """A named selection of rules: all of some severity and above, or those it names."""

    name: str
    description: str
    severity: Severity | None = None
    rules: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def load_profile(folder: Path, name: str) -> Profile:
    """A profile by name; raises `UsageError` naming those that exist."""
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        raise UsageError(f"there is no profile {name}", f"Profiles: {', '.join(known)}.")
    data: Any = ryaml.loads((folder / f"{name}.yaml").read_text("utf-8"))
    return Profile(
        name,
        data["description"],
        data.get("severity"),
        tuple(data.get("rules") or ()),
        tuple(data.get("without") or ()),
    )


def resolve_id(rules: Mapping[str, Rule], name: str) -> str | None:
    """The id that an id or alias stands for."""
    if name in rules:
        return name
    return next((rule.id for rule in rules.values() if name in rule.aliases), None)


def matching(rules: Mapping[str, Rule], names: Iterable[str]) -> list[str]:
    """The ids that names, aliases or globs stand for; raises `InvalidDefinition` for one that stands for none."""
    found: list[str] = []
    for name in names:
        if any(mark in name for mark in "*?["):
            ids = [rule for rule in rules if fnmatchcase(rule, name)]
        else:
            known = resolve_id(rules, name)
            ids = [known] if known else []
        if not ids:
            raise InvalidDefinition(f"there is no rule {name}", "`kubeplumb rules --profile all` lists them.")
        found += ids
    return found


def select(
    rules: Mapping[str, Rule],
    profile: Profile,
    extra: Iterable[str],
    disabled: Iterable[str],
    only: Iterable[str],
    severities: Mapping[str, Severity],
) -> list[Rule]:
    """The rules that run: `only` if given, else those of the profile and `extra`; never the disabled ones."""
    chosen = set(matching(rules, only))
    if not chosen:
        chosen = {rule.id for rule in rules.values() if _in_profile(rule, profile, severities)}
        chosen |= set(matching(rules, extra))
    chosen -= set(matching(rules, disabled))
    return [rule for rule in rules.values() if rule.id in chosen]


def _in_profile(rule: Rule, profile: Profile, severities: Mapping[str, Severity]) -> bool:
    if rule.id in profile.without:
        return False
    if profile.rules:
        return rule.id in profile.rules
    severity = severities.get(rule.id, rule.severity)
    return profile.severity is None or SEVERITIES.index(severity) <= SEVERITIES.index(profile.severity)
