"""Two reports in, what became of every finding, object and gap out (DESIGN section 1: unknown is never pass).

A finding is a failure, waived or not, or a thing to check by hand. Where one report does not have it, the other report
is asked whether it could have had it: only what was judged again and passed is fixed.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from auditor.model.comparison import OUTCOMES, Change, Comparison, Difference, ObjectChange, Side
from auditor.model.findings import Finding, Report
from auditor.model.inventory import Gap, ObjectEntry
from auditor.pipeline.cautions import cautions
from auditor.pipeline.could_tell import Answer, View, below, view_of, why_absent
from auditor.pipeline.outcome import at_least
from auditor.pipeline.report import order

PROBLEMS = ("fail", "waived", "manual")
"""Verdicts that are findings here; the others say that there is no answer."""

T = TypeVar("T")


def compare(before: Side, after: Side) -> Comparison:
    """What changed between two reports. Every finding of either is in exactly one difference."""
    one_world = _one_world(before.report) and _one_world(after.report)
    old = view_of(before.report, after.report, one_world)
    new = view_of(after.report, before.report, one_world)
    both, only_old, only_new = _matched(old, new)
    differences = [
        *(_kept(*pair, after.report.run.today) for pair in both),
        *(_lost(finding, old, new) for finding in only_old),
        *(_found(finding, old, new) for finding in only_new),
    ]
    objects, same = _objects(old, new)
    _, closed_gaps, new_gaps = _pair(
        before.report.gaps, after.report.gaps, partial(_gap_key, before.report), partial(_gap_key, after.report)
    )
    return Comparison(
        before,
        after,
        sorted(differences, key=_order),
        objects,
        same,
        new_gaps,
        closed_gaps,
        cautions(before.report, after.report, objects_in_both=bool(old.objects.keys() & new.objects.keys())),
    )


def exit_code(comparison: Comparison, fail_on: str) -> int:
    """1 if a new failure is at or above `fail_on`, else 0."""
    fresh = (one.finding for one in comparison.of("new"))
    return int(any(one.verdict == "fail" and at_least(one.severity, fail_on) for one in fresh))


def _one_world(report: Report) -> bool:
    """Whether a report has one world at most: two such worlds are the same one, whatever they are called."""
    return len({entry.world for entry in report.objects} | {one.world for one in report.findings}) <= 1


def _matched(old: View, new: View) -> tuple[list[tuple[Finding, Finding]], list[Finding], list[Finding]]:
    """Findings that are the same, and what is left of either side.

    A fingerprint tells them; but one that two findings would share has their file in it (DESIGN section 3), and so
    changes when an object gets a namesake or the files move. What says the very same of the same object is then it.
    """
    both: list[tuple[Finding, Finding]] = []
    only_old, only_new = ([one for one in view.report.findings if one.verdict in PROBLEMS] for view in (old, new))
    for key in (_by_fingerprint, _by_content_and_file, _by_content):
        more, only_old, only_new = _pair(only_old, only_new, partial(key, old), partial(key, new))
        both += more
    return both, only_old, only_new


def _by_fingerprint(view: View, one: Finding) -> Hashable:
    return one.fingerprint, view.home(one.ref, one.world)


def _by_content(view: View, one: Finding) -> Hashable:
    seen = repr([(item.path, item.present, item.value) for item in one.evidence])
    return one.rule, view.home(one.ref, one.world), one.container, one.message, seen


def _by_content_and_file(view: View, one: Finding) -> Hashable:
    return _by_content(view, one), one.place.file


def _pair(
    old: Iterable[T], new: Iterable[T], old_key: Callable[[T], Hashable], new_key: Callable[[T], Hashable]
) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """Items with the same key in the order in which they come, and what is left of either side."""
    waiting: defaultdict[Hashable, list[T]] = defaultdict(list)
    for item in old:
        waiting[old_key(item)].append(item)
    both, only_new = [], []
    for item in new:
        match = waiting.get(new_key(item))
        if match:
            both.append((match.pop(0), item))
        else:
            only_new.append(item)
    return both, [item for items in waiting.values() for item in items], only_new


def _kept(before: Finding, after: Finding, today: str) -> Difference:
    """A finding of both, with what changed about it."""
    old, new = before.waiver, after.waiver
    granted = [waiver and (waiver.reason, waiver.owner, waiver.expires, waiver.source) for waiver in (old, new)]
    changed: dict[Change, bool] = {
        "severity": before.severity != after.severity,
        "verdict": before.verdict != after.verdict,
        "waiver": granted[0] != granted[1],
    }
    notes = [f"{before.severity}, now {after.severity}"] if changed["severity"] else []
    if new and not old:
        notes.append("newly waived")
    elif old and not new:
        over = old.expires and old.expires < today
        notes.append(f"waiver expired on {old.expires}" if over else "no longer waived")
    elif changed["waiver"]:
        notes.append("waived otherwise")
    elif changed["verdict"]:
        notes.append(f"{before.verdict}, now {after.verdict}")
    changes = tuple(name for name, is_so in changed.items() if is_so)
    return Difference("unchanged", after, note="; ".join(notes), before=before, changes=changes)


def _lost(finding: Finding, old: View, new: View) -> Difference:
    """A finding that is no longer there."""
    answer = new.could_tell(finding, old.paths_of(finding))
    if answer.cause == "object-absent":
        return Difference("gone", finding, *answer)
    if answer.cause:
        return Difference("not-evaluated", finding, *answer)
    return Difference("fixed", finding, *_reason(finding, old, new))


def _found(finding: Finding, old: View, new: View) -> Difference:
    """A finding that was not there before."""
    answer = old.could_tell(finding, new.paths_of(finding))
    return Difference("new", finding, *(answer if answer.cause else _reason(finding, old, new)))


def _reason(finding: Finding, old: View, new: View) -> Answer:
    """Both reports judged the rule on the object: whether it was the object that changed."""
    digests = [sorted(entry.digest for entry in view.entries(finding)) for view in (old, new)]
    return Answer("object-changed" if digests[0] != digests[1] else "elsewhere")


def _objects(old: View, new: View) -> tuple[list[ObjectChange], int]:
    """Objects that came, went or changed, and how many are the same."""
    changes, same = [], 0
    for home in sorted(old.objects.keys() | new.objects.keys()):
        was, now = old.objects.get(home, []), new.objects.get(home, [])
        both, was, now = _pair(was, now, _digest, _digest)
        same += len(both)
        changes += [ObjectChange(*pair, _unread(*pair, old, new)) for pair in zip_longest(was, now)]
    return sorted(changes, key=lambda one: (one.change, one.entry)), same


def _unread(was: ObjectEntry | None, now: ObjectEntry | None, old: View, new: View) -> str:
    """Why the report that lacks an object may just not have read it; empty if it would have."""
    entry, has, lacks = (was, old, new) if was else (now, new, old)
    if entry is None or (was and now):
        return ""
    answer = lacks.absence(entry.ref, entry.world, (entry.file, has.below(entry.file)))
    return "" if answer.cause == "object-absent" else why_absent(answer)


def _digest(entry: ObjectEntry) -> str:
    return entry.digest


def _gap_key(report: Report, gap: Gap) -> Hashable:
    """Lines move."""
    return gap.code, below(gap.file, report.run.targets), gap.ref, gap.path, gap.reason


def _order(one: Difference) -> tuple[object, ...]:
    return (OUTCOMES.index(one.outcome), *order(one.finding), one.finding.fingerprint)
