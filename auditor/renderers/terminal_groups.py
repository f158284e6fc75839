"""Findings in, groups by object out, the worst first; what says the same twice is said once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from auditor.model.findings import SEVERITIES, Finding, Severity
from auditor.model.refs import ObjectRef, Place

_NAMES = 8
"""Containers that are named before the rest is counted."""


class Entry(NamedTuple):
    """What one rule says, in the same words, about one or several containers of an object."""

    findings: list[Finding]
    message: str

    @property
    def severity(self) -> Severity:
        """The same for all of them."""
        return self.findings[0].severity


class Block(NamedTuple):
    """Entries that point to the very same places."""

    entries: list[Entry]
    lines: dict[Place, str]
    """The places, and their line of source."""


class ObjectGroup(NamedTuple):
    """One object with all that is wrong about it, the loudest first."""

    ref: ObjectRef
    world: str
    counts: dict[Severity, int]
    blocks: list[Block]
    platform: str = ""
    """Why it is the platform's own, which comes last, or empty."""

    def name(self, worlds: bool) -> str:
        """The printed name, with the world if there are several."""
        return f"{self.ref}  [{self.world}]" if worlds else str(self.ref)


def by_object(findings: Iterable[Finding]) -> list[ObjectGroup]:
    """The object with most of the loudest findings first; what the platform owns comes last."""
    grouped: defaultdict[tuple[ObjectRef, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.ref, finding.world, finding.platform].append(finding)
    counted = [(key, Counter(one.severity for one in members), members) for key, members in grouped.items()]
    counted.sort(key=lambda row: (bool(row[0][2]), *(-row[1][severity] for severity in SEVERITIES), row[0]))
    return [
        ObjectGroup(
            ref,
            world,
            {severity: counts[severity] for severity in SEVERITIES},
            _blocks(entries_of(members)),
            platform,
        )
        for (ref, world, platform), counts, members in counted
    ]


def entries_of(findings: Iterable[Finding]) -> list[Entry]:
    """Findings of one object that differ only in the container become one entry; the order of the first is kept."""
    grouped: defaultdict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.rule, finding.verdict, finding.waiver, _unnamed(finding)].append(finding)
    return [Entry(members, _message(members)) for members in grouped.values()]


def containers(findings: Iterable[Finding]) -> str:
    """The names of their containers, in order, the last ones counted if there are many."""
    names = list(dict.fromkeys(one.container for one in findings if one.container))
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _blocks(entries: Iterable[Entry]) -> list[Block]:
    grouped: defaultdict[tuple[Place, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[tuple(sorted({one.place for one in entry.findings}))].append(entry)
    return [
        Block(members, {one.place: one.source_line for entry in members for one in sorted(entry.findings, key=_place)})
        for members in grouped.values()
    ]


def _place(finding: Finding) -> Place:
    return finding.place


def _unnamed(finding: Finding) -> str:
    """The message without the container's name, where it says `container <name>`."""
    named = f"container {finding.container}"
    return finding.message.replace(named, "container \0", 1) if finding.container else finding.message


def _message(findings: list[Finding]) -> str:
    first = findings[0]
    if len({one.container for one in findings}) < 2:
        return first.message
    general = _unnamed(first).replace(" \0", "")
    return f"{general} ({containers(findings)})"
