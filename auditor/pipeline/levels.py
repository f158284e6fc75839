"""Workload and container facts in, the Pod Security level that each namespace could enforce today out.

The rules of the profiles `pss-baseline` and `pss-restricted` decide as the admission plugin does; they are asked here
whether they were selected or not, and say nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.engine.judge import Judge
from auditor.engine.rule import Rule
from auditor.engine.select import load_profile
from auditor.model.facts import Fact
from auditor.model.findings import NamespaceLevel
from auditor.model.inventory import Completeness, Resource
from auditor.pipeline.prepare import compiled
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.folder import bundle_root

LEVELS: Final = ("restricted", "baseline", "privileged")
"""The strictest first."""
_SUBJECTS: Final = ("workload", "container")
_LABEL: Final = "pod-security.kubernetes.io/enforce"
_MOST: Final = 5


@dataclass(slots=True)
class Levels:
    """What the levels refuse, by namespace: the rules of each level that fail there, and an object for each."""

    refused: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """Namespace, level that would refuse, rule; and the first object."""

    def add(self, other: "Levels") -> None:
        """Adds what another process found."""
        for namespace, levels in other.refused.items():
            for level, rules in levels.items():
                mine = self.refused.setdefault(namespace, {}).setdefault(level, {})
                for rule, name in rules.items():
                    mine[rule] = min(name, mine.get(rule, name))


@dataclass(slots=True)
class LevelJudge:
    """Asks the rules of both levels about the facts of workloads."""

    judge: Judge
    baseline: frozenset[str]
    levels: Levels = field(default_factory=Levels)

    def look(self, fact: Fact) -> None:
        """Notes which level would refuse a fact's pods; what cannot be decided counts as refused."""
        if fact.subject not in _SUBJECTS:
            return
        for draft in self.judge.judge(fact):
            level = "baseline" if draft.rule.id in self.baseline else "restricted"
            rules = self.levels.refused.setdefault(fact.ref.namespace, {}).setdefault(level, {})
            rules[draft.rule.id] = min(str(fact.ref), rules.get(draft.rule.id, str(fact.ref)))


def level_judge(known: Mapping[str, Rule], tables: Mapping[str, Any], today: str) -> LevelJudge:
    """A judge of levels, from the rules that the profiles name."""
    folder = bundle_root() / "rules" / "profiles"
    baseline = frozenset(load_profile(folder, "pss-baseline").rules)
    names = {*baseline, *load_profile(folder, "pss-restricted").rules}
    rules = compiled((known[name] for name in sorted(names) if known[name].subject in _SUBJECTS), {})
    return LevelJudge(Judge(rules, SUBJECTS, tables, today, Completeness(all=True)), baseline)


def namespace_levels(resources: Iterable[Resource], levels: Levels) -> Iterator[NamespaceLevel]:
    """For each Namespace the level that is enforced, the strictest that would refuse nothing, and what stands against
    the next one: rules, each with an object that it refuses.
    """
    for resource in sorted(resources, key=lambda resource: resource.ref.name):
        if resource.ref.kind != "Namespace" or resource.ref.group:
            continue
        labels = (resource.manifest.get("metadata") or {}).get("labels") or {}
        refused = levels.refused.get(resource.ref.name, {})
        possible = (
            "privileged" if refused.get("baseline") else "baseline" if refused.get("restricted") else "restricted"
        )
        against = refused.get("baseline") or refused.get("restricted") or {}
        enforced = str(labels.get(_LABEL) or "privileged")
        yield NamespaceLevel(
            resource.ref.name, enforced, possible, tuple(sorted(against.items()))[:_MOST], len(against)
        )
