"""What judging yields: findings, waivers and the report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from auditor.model.inventory import Coverage, Gap, ObjectEntry, Provenance
from auditor.model.refs import ObjectRef, Place

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Loudest first."""

Verdict = Literal["pass", "fail", "waived", "not-applicable", "not-evaluated", "manual", "rule-error"]
VERDICTS: tuple[Verdict, ...] = ("fail", "waived", "manual", "not-evaluated", "rule-error", "pass", "not-applicable")


class Evidence(NamedTuple):
    """One field that a verdict rests on. `value` is plain data, shortened; `present` is false where it is not set."""

    path: str
    value: Any
    present: bool
    place: Place


class Waiver(NamedTuple):
    """An exception that somebody granted, wherever it was written."""

    rule: str
    reason: str
    source: Literal["configuration", "annotation", "comment"]
    place: Place
    owner: str = ""
    expires: str = ""
    """The last day on which it holds, ISO 8601, or empty."""
    kind: str = "*"
    namespace: str = "*"
    name: str = "*"
    container: str = "*"
    world: str = ""
    ref: ObjectRef | None = None
    """For one written in place: the object that carries it."""
    line: int = 0
    """For a comment: the line it covers."""


class WaiverUse(NamedTuple):
    """What became of a waiver in this run."""

    waiver: Waiver
    state: Literal["used", "expired", "unmatched", "out-of-scope", "malformed", "ignored"]
    findings: int = 0
    note: str = ""


@dataclass(slots=True)
class Finding:
    """A verdict on one fact that somebody has to know of; passes are only counted."""

    rule: str
    severity: Severity
    verdict: Verdict
    subject: str
    ref: ObjectRef
    world: str
    container: str
    message: str
    place: Place
    evidence: tuple[Evidence, ...]
    want: str
    fingerprint: str
    reason: str = ""
    """Why it was not evaluated, what a person must look at, or the rule's error."""
    source_line: str = ""
    waiver: Waiver | None = None
    platform: str = ""
    """Why the object counts as the platform's own (a control plane component, an add-on), or empty."""

    def __reduce__(self) -> tuple[type["Finding"], tuple[Any, ...]]:
        """As its fields in their order: workers hand back thousands, and pickle would name every field of each."""
        return Finding, _in_order(self)


_in_order: Callable[[Finding], tuple[Any, ...]] = attrgetter(*(one.name for one in fields(Finding)))


class RuleResult(NamedTuple):
    """What a rule said over the whole run, with the words that renderers need."""

    id: str
    title: str
    subject: str
    severity: Severity
    rationale: str
    remediation: str
    references: tuple[str, ...]
    verdicts: Mapping[Verdict, int]
    ruled_out: str = ""
    """Why it does not apply to anything in the whole run, where that is so: a provider owns what it is about."""


class NamespaceLevel(NamedTuple):
    """Which Pod Security level a namespace of a cluster enforces, and which it could enforce today."""

    namespace: str
    enforced: str
    """As its label says; `privileged` where it says nothing."""
    possible: str
    """The strictest level that refuses none of its pods."""
    against: tuple[tuple[str, str], ...] = ()
    """Rules of the next stricter level that refuse something, each with the first object; not more than a few."""
    rules_against: int = 0
    """How many there are in all."""


class Run(NamedTuple):
    """The circumstances of a run: everything that is not a result."""

    version: str
    command: str
    started: str
    today: str
    kubernetes_version: str
    kubernetes_version_source: str
    targets: tuple[str, ...]
    profile: str
    fail_on: str
    min_severity: str
    config_file: str
    switched_off: tuple[str, ...]
    """What configuration and options switched off, in words."""
    interrupted: bool = False
    provenance: Provenance | None = None
    """Of a cluster or snapshot: where, when and as whom it was collected."""


@dataclass(slots=True)
class Report:
    """All that a renderer gets; every list is sorted."""

    run: Run
    coverage: Coverage
    rules: list[RuleResult]
    findings: list[Finding]
    gaps: list[Gap]
    waivers: list[WaiverUse] = field(default_factory=list)
    objects: list[ObjectEntry] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    """Findings below `--severity`, by severity: judged and counted, not shown."""
    levels: list[NamespaceLevel] = field(default_factory=list)
    """Of a cluster whose workloads could be read: the Pod Security levels of its namespaces."""
