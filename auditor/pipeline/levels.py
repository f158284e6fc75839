"""What rules say about workloads in, the Pod Security level that each namespace could enforce today out.

The rules of the profiles `pss-baseline` and `pss-restricted` decide as the admission plugin does. Those of them that
were not selected are judged along with the others, and say nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from auditor.engine.batches import Compiled
from auditor.engine.judge import Draft
from auditor.engine.rule import Rule
from auditor.engine.select import load_profile
from auditor.model.findings import NamespaceLevel
from auditor.model.inventory import Resource
from auditor.pipeline.prepare import compiled
from auditor.tables.folder import bundle_root

_LABEL: Final = "pod-security.kubernetes.io/enforce"
_MOST: Final = 5
_STRICTEST: Final = "restricted"


@dataclass(slots=True)
class Levels:
    """What the levels refuse, by namespace: the rules of each level that fail there, and an object for each."""

    selected: frozenset[str] = frozenset()
    """Rules that were selected, and not only judged for the sake of the levels."""
    refused: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """Namespace, level that would refuse, rule; and the first object."""

    def heard(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """Notes which level would refuse the pods of the drafts' facts, and passes on what selected rules say.

        What cannot be decided counts as refused.
        """
        for draft in drafts:
            rule, ref = draft.rule.id, draft.fact.ref
            level = level_of().get(rule)
            if level is not None and draft.verdict != "rule-error":
                self._note(ref.namespace, level, rule, str(ref))
            if rule in self.selected:
                yield draft

    def add(self, other: "Levels") -> None:
        """Adds what another process found."""
        for namespace, levels in other.refused.items():
            for level, rules in levels.items():
                for rule, name in rules.items():
                    self._note(namespace, level, rule, name)

    def _note(self, namespace: str, level: str, rule: str, name: str) -> None:
        rules = self.refused.setdefault(namespace, {}).setdefault(level, {})
        rules[rule] = min(name, rules.get(rule, name))


@cache
def level_of() -> Mapping[str, str]:
    """The level that a rule belongs to: the weakest that refuses what it finds."""
    folder = bundle_root() / "rules" / "profiles"
    restricted = dict.fromkeys(load_profile(folder, "pss-restricted").rules, "restricted")
    return {**restricted, **dict.fromkeys(load_profile(folder, "pss-baseline").rules, "baseline")}


def with_level_rules(
    selected: Mapping[str, Sequence[Compiled]], known: Mapping[str, Rule]
) -> dict[str, list[Compiled]]:
    """The selected rules and those of the levels that are not among them."""
    present = {one.rule.id for rules in selected.values() for one in rules}
    silent = compiled((known[name] for name in sorted(level_of()) if name not in present), {})
    return {
        subject: [*selected.get(subject, ()), *silent.get(subject, ())]
        for subject in dict.fromkeys((*selected, *silent))
    }


def namespace_levels(resources: Iterable[Resource], levels: Levels) -> Iterator[NamespaceLevel]:
    """For each Namespace the level that is enforced, the strictest that would refuse nothing, and what stands against
    the next one: rules, each with an object that it refuses.
    """
    for resource in sorted(resources, key=lambda resource: resource.ref.name):
        if resource.ref.kind != "Namespace" or resource.ref.group:
            continue
        labels = (resource.manifest.get("metadata") or {}).get("labels") or {}
        refused = levels.refused.get(resource.ref.name, {})
        possible = "baseline" if refused.get("restricted") else _STRICTEST
        possible = "privileged" if refused.get("baseline") else possible
        against = refused.get("baseline") or refused.get("restricted") or {}
        enforced = str(labels.get(_LABEL) or "privileged")
        yield NamespaceLevel(
            resource.ref.name, enforced, possible, tuple(sorted(against.items()))[:_MOST], len(against)
        )
