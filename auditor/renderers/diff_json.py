"""A comparison in, JSON out as `schemas/diff-v1.json` describes it.

Findings, gaps, places and objects look as in a report. Every key is always there, every list is sorted; keys may be
added within a version.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from auditor import __version__
from auditor.model.comparison import OBJECT_OUTCOMES, Comparison, Difference, ObjectChange, Side
from auditor.model.inventory import ObjectEntry
from auditor.renderers import json_layout
from auditor.renderers.diff_words import matrix, verdicts
from auditor.renderers.json_report import finding_data, gap_data, ref_data, run_data, waiver_data

SCHEMA = "kubeplumb.dev/diff/v1"


def parts(comparison: Comparison) -> Iterator[str]:
    """The comparison as JSON text in parts; the same comparison yields the same bytes."""
    gaps = [("new", gap) for gap in comparison.new_gaps] + [("closed", gap) for gap in comparison.closed_gaps]
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "cautions": [caution._asdict() for caution in comparison.cautions],
        "summary": _summary(comparison),
        "findings": map(_difference, comparison.differences),
        "gaps": ({"change": change, **gap_data(gap)} for change, gap in gaps),
        "objects": map(_object, comparison.objects),
    }
    yield from json_layout.parts(document, 2)
    yield "\n"


def _side(side: Side) -> dict[str, Any]:
    report = side.report
    return {
        "name": side.name,
        "run": run_data(report.run),
        "objects": len(report.objects),
        "gaps": len(report.gaps),
        "notEvaluated": verdicts(side, "not-evaluated"),
        "ruleErrors": verdicts(side, "rule-error"),
        "hidden": sum(report.hidden.values()),
    }


def _summary(comparison: Comparison) -> dict[str, Any]:
    kinds = Counter(one.change for one in comparison.objects)
    return {
        "findings": matrix(comparison),
        "changed": len(comparison.changed),
        "gaps": {"new": len(comparison.new_gaps), "closed": len(comparison.closed_gaps)},
        "objects": {**{kind: kinds[kind] for kind in OBJECT_OUTCOMES}, "same": comparison.same_objects},
    }


def _difference(one: Difference) -> dict[str, Any]:
    before = one.before
    return {
        "outcome": one.outcome,
        "cause": one.cause,
        "note": one.note,
        "changes": list(one.changes),
        "before": before
        and {
            "severity": before.severity,
            "verdict": before.verdict,
            "waiver": waiver_data(before.waiver) if before.waiver else None,
        },
        "finding": finding_data(one.finding),
    }


def _object(one: ObjectChange) -> dict[str, Any]:
    return {
        "change": one.change,
        "unread": one.unread,
        "object": ref_data(one.entry.ref),
        "world": one.entry.world,
        "before": _entry(one.before),
        "after": _entry(one.after),
    }


def _entry(entry: ObjectEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {"place": {"file": entry.file, "line": entry.line, "column": 0}, "digest": entry.digest}
