"""Rules in, the words of `kubeplumb rules` and `kubeplumb explain` out."""

import json
import textwrap
from collections.abc import Sequence
from typing import Any


def as_table(rules: Sequence[Any]) -> str:
    """Id, severity, subject and title, one rule a line."""
    widths = [max((len(getattr(rule, name)) for rule in rules), default=0) for name in ("id", "severity", "subject")]
    lines = [
        f"{rule.id:<{widths[0]}}  {rule.severity:<{widths[1]}}  {rule.subject:<{widths[2]}}  {rule.title}"
        for rule in rules
    ]
    return "\n".join([*lines, f"{len(rules)} rules", ""])


def as_json(rules: Sequence[Any]) -> str:
    """The same as a JSON list, with everything that `explain` says."""
    return json.dumps([_plain(rule) for rule in rules], indent=2) + "\n"


def _plain(rule: Any) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "subject": rule.subject,
        "severity": rule.severity,
        "kinds": list(rule.kinds),
        "matchConditions": [{"name": item.name, "expression": item.expression} for item in rule.conditions],
        "expression": rule.expression,
        "each": rule.each,
        "evidence": list(rule.evidence),
        "want": rule.want,
        "onFalse": rule.on_false,
        "absence": list(rule.absence),
        "params": {name: {"type": item.type, "default": item.default} for name, item in rule.params.items()},
        "aliases": list(rule.aliases),
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "references": list(rule.references),
    }


def explanation(rule: Any, good: str, bad: str) -> str:
    """One rule under fixed headings: why, how it is judged, examples, what to do, sources."""
    judged = [f"  applies where {item.name}: {item.expression}" for item in rule.conditions]
    judged.append(f"  each of: {rule.each}" if rule.each else f"  {rule.expression}")
    judged += [f"  evidence: {', '.join(rule.evidence)}"]
    judged += [f"  wanted: {rule.want}"] if rule.want else []
    judged += [
        f"  parameter {name} ({item.type}): {item.default!r}  {item.description}" for name, item in rule.params.items()
    ]
    if rule.absence:
        judged.append(f"  argues from the absence of {', '.join(rule.absence)}: not evaluated on files unless complete")
    sections = [
        (f"{rule.id}  [{rule.severity}, {rule.subject}]", rule.title),
        ("Why", textwrap.fill(rule.rationale, 100, initial_indent="  ", subsequent_indent="  ")),
        ("How it is judged", "\n".join(judged)),
        ("Bad", _indent(bad)),
        ("Good", _indent(good)),
        ("What to do", _indent(rule.remediation)),
        ("Sources", "\n".join(f"  {url}" for url in rule.references)),
    ]
    return "\n\n".join(f"{title}\n{text.rstrip()}" for title, text in sections if text.strip()) + "\n"


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
