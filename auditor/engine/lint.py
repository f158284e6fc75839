"""A rule file's content in, what is wrong with it out: keys, subject, expressions, evidence."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.engine import cel
from auditor.engine.evidence import parse
from auditor.engine.rule import Rule, build
from auditor.engine.rule_schema import complaints as schema_complaints
from auditor.model.facts import Subject


def complaints(data: Mapping[str, Any], file: str, subjects: Mapping[str, Subject]) -> list[str]:
    """One line for each thing that is wrong; empty for a good rule."""
    found = schema_complaints(data)
    if found:
        return found
    rule = build(data, file)
    subject = subjects.get(rule.subject)
    if subject is None:
        return [f"subject: {rule.subject} is none of {', '.join(sorted(subjects))}"]
    variables = (subject.variable, *(subjects[name].variable for name in subject.owners))
    return [*_expressions(rule, subject, variables)]


def _expressions(rule: Rule, subject: Subject, variables: tuple[str, ...]) -> Iterator[str]:
    judgement = "each" if rule.each else "expression"
    texts = {f"matchConditions.{item.name}": item.expression for item in rule.conditions}
    texts[judgement] = rule.each or rule.expression
    read: dict[str, set[str]] = {}
    said: set[str] = set()
    for key, text in texts.items():
        try:
            read[key] = set(cel.selected_paths(cel.compile_text(text, variables)))
        except cel.CompileError as error:
            yield f"{key}: {error}"
    if rule.message:
        try:
            said = set(cel.selected_paths(cel.compile_text(rule.message, variables)))
        except cel.CompileError as error:
            yield f"messageExpression: {error}"
    yield from _unnamed(rule, subject, variables, read.get(judgement, set()))
    yield from _not_given(rule, subject, said.union(*read.values()))
    for path in set().union(*read.values()):
        if path.startswith("params.") and parse(path)[1] not in rule.params:
            yield f"params: {path} is not declared"


def _unnamed(rule: Rule, subject: Subject, variables: tuple[str, ...], read: set[str]) -> Iterator[str]:
    """Fields that the judgement reads and `evidence` does not name, so that an unknown there would go unnoticed.

    What match conditions read is found by the judge itself, and is not shown as evidence.
    """
    # A key with dots in it looks like several steps in an expression.
    named = [tuple(".".join(parse(text)).split(".")) for text in rule.evidence]
    for path in sorted(read):
        steps = parse(path)
        if steps[0] not in variables:
            continue
        own = steps[1:] if steps[0] == subject.variable else steps
        if not own or own == ("kind",) or steps[0] == "cluster":
            continue
        if not any(_overlap(own, name) for name in named):
            yield f"evidence: does not name {'.'.join(own)}, which the expression reads"


def _not_given(rule: Rule, subject: Subject, read: set[str]) -> Iterator[str]:
    """Fields that a rule on any object reads and is not given, since it names no kinds: those of one kind alone.

    On each object without them it would have no value, or one for want of them.
    """
    if "*" not in subject.reads or rule.kinds:
        return
    given = {
        name.partition(".")[0]: None for name, field in subject.fields.items() if name != "*" and not field.optional
    }
    steps = [parse(path) for path in (*sorted(read), *(f"{subject.variable}.{text}" for text in rule.evidence))]
    wanted = {own[1]: None for own in steps if own[0] == subject.variable and len(own) > 1 and own[1] not in given}
    if wanted:
        yield (
            f"kinds: without any, the rule is not given {', '.join(wanted)} but only {', '.join(given)}; "
            "name some, such as `kinds: [Service]`"
        )


def _overlap(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    pairs = list(zip(left, right, strict=False))
    return all(a == b or "*" in (a, b) or (b.endswith("*") and a.startswith(b[:-1])) for a, b in pairs)
