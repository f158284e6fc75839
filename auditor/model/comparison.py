"""What comparing two reports yields: what became of each finding and object, and what to beware of."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from auditor.model.findings import Finding, Report
from auditor.model.inventory import Gap, ObjectEntry

Outcome = Literal["new", "fixed", "gone", "not-evaluated", "unchanged"]
OUTCOMES: tuple[Outcome, ...] = ("new", "fixed", "not-evaluated", "gone", "unchanged")
"""What became of a finding, in the order of interest. A finding is a failure, waived or not, or a thing to check."""

ObjectOutcome = Literal["came", "went", "changed", "unread"]
OBJECT_OUTCOMES: tuple[ObjectOutcome, ...] = ("came", "went", "changed", "unread")
"""What became of an object; `unread`: one report may just not have read it."""

Cause = Literal[
    "object-absent",
    "object-unread",
    "out-of-scope",
    "rule-absent",
    "not-evaluated",
    "rule-error",
    "hidden",
    "interrupted",
    "object-changed",
    "elsewhere",
    "",
]
"""Why the other report does not have a finding. All but the last three say that it could not have had it; `elsewhere`
is a change in something else than the object: another object, a waiver, a rule, the version or the date."""

Change = Literal["severity", "verdict", "waiver"]


class Difference(NamedTuple):
    """A finding of either report, or of both, and what became of it."""

    outcome: Outcome
    finding: Finding
    """As it is after; for one that is no longer there, as it was before."""
    cause: Cause = ""
    note: str = ""
    """More about the cause or the changes, in words; may be empty."""
    before: Finding | None = None
    """For an unchanged one: as it was before."""
    changes: tuple[Change, ...] = ()
    """For an unchanged one: what is not the same, though the finding is."""


class ObjectChange(NamedTuple):
    """An object that came, went or has other content; which of them, `before` and `after` tell."""

    before: ObjectEntry | None
    after: ObjectEntry | None
    unread: str = ""
    """For one of a single report: why the other one may just not have read it, in words."""

    @property
    def change(self) -> ObjectOutcome:
        """In a word."""
        if self.unread:
            return "unread"
        if self.before is None:
            return "came"
        return "changed" if self.after else "went"

    @property
    def entry(self) -> ObjectEntry:
        """The newer of the two."""
        entry = self.after or self.before
        assert entry is not None, "one of them is there"
        return entry


class Caution(NamedTuple):
    """Something that lets the reports differ though nothing that they are about has."""

    code: str
    text: str


class Side(NamedTuple):
    """One of the two reports, and the name under which it was given."""

    name: str
    report: Report


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that a renderer of differences gets; every list is sorted."""

    before: Side
    after: Side
    differences: list[Difference]
    objects: list[ObjectChange]
    same_objects: int
    """Objects whose content is the same in both."""
    new_gaps: list[Gap]
    closed_gaps: list[Gap]
    cautions: list[Caution]

    def of(self, outcome: Outcome) -> list[Difference]:
        """The findings of one outcome."""
        return [one for one in self.differences if one.outcome == outcome]

    @property
    def changed(self) -> list[Difference]:
        """Findings that are in both, and are not the same in everything."""
        return [one for one in self.differences if one.changes]
