"""A case and the findings on its input in, what of ours speaks against the peer's verdict out."""

from collections.abc import Sequence

from auditor.model.findings import Finding
from tests.corpora.cases import Answer, Case, Target

BAD = ("fail", "manual")
"""Our verdicts that answer a peer's failure: it is so, or a person must look."""


def difference(case: Case, answer: Answer, findings: Sequence[Finding]) -> str:
    """What we say otherwise, in words; empty where we agree. An error of a rule agrees with nothing."""
    errors = sorted({f"{one.rule}: {one.reason}" for one in findings if one.verdict == "rule-error"})
    if errors:
        return f"rule error: {'; '.join(errors)}"
    bad = [one for one in findings if one.verdict in BAD]
    if case.expect == "count":
        named = (case.failing_names or case.passing_names) and not answer.anywhere
        return _names(case, bad) if named else _number(case, answer, bad)
    targets = () if answer.anywhere else case.targets
    hit = [one for one in bad if not targets or any(_is(one, target) for target in targets)]
    if case.expect == "pass":
        return "; ".join(sorted({f"{one.rule} on {one.ref}: {one.message}" for one in hit}))
    return _missing(case, targets, hit, findings)


def _missing(case: Case, targets: Sequence[Target], hit: Sequence[Finding], findings: Sequence[Finding]) -> str:
    missed = [target for target in targets if not any(_is(one, target) for one in hit)]
    if hit and (case.any_target or not missed):
        return ""
    where = ", ".join(f"{kind}/{name}" for kind, name, _ in missed)
    undecided = sorted({one.reason for one in findings if one.verdict == "not-evaluated"})
    return f"nothing found{' on ' if where else ''}{where}{'; not evaluated: ' if undecided else ''}" + "; ".join(
        undecided
    )


def _is(finding: Finding, target: Target) -> bool:
    kind, name, namespace = target
    ref = finding.ref
    same_namespace = not namespace or not ref.namespace or namespace == ref.namespace
    return (ref.kind, ref.name) == (kind, name) and same_namespace


def _names(case: Case, bad: Sequence[Finding]) -> str:
    found = {_name(one) for one in bad}
    wrong = [f"nothing on {name}" for name in case.failing_names if not _named(name, found)]
    wrong += [f"found on {name}" for name in case.passing_names if _named(name, found)]
    return "; ".join(wrong)


def _name(finding: Finding) -> str:
    """An object as checkov writes it; what names no namespace is in `default`."""
    ref = finding.ref
    return f"{ref.kind}.{ref.namespace or 'default'}.{ref.name or 'unnamed'}"


def _named(wanted: str, names: set[str]) -> bool:
    """Whether an object is among names; the pod of a template, `Pod.namespace.owner.labels`, means its owner."""
    if wanted in names:
        return True
    kind, _, rest = wanted.partition(".")
    namespace, _, name = rest.partition(".")
    owner = f"{namespace}.{name.rpartition('.')[0]}"
    return kind == "Pod" and any(one.partition(".")[2] == owner for one in names)


def _number(case: Case, answer: Answer, bad: Sequence[Finding]) -> str:
    units = {(one.place.file, one.ref, one.container if answer.unit == "container" else "") for one in bad}
    if len(units) == case.failing:
        return ""
    shown = ", ".join(sorted({f"{one.ref} {one.container}".strip() for one in bad}))
    return f"{len(units)} fail where {case.failing} should: {shown}"
