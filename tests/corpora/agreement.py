"""All corpora and their mappings in, agreement per folder and every disagreement out; run it for a table in Markdown."""

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from auditor.engine.rule import Rule
from auditor.kube.versions import parse_version
from auditor.model.findings import Finding, Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings
from tests.corpora.cases import FOLDERS, Answer, Case, Disagreement, answer, read_cases, read_mapping, unused_keys
from tests.corpora.inputs import key_of, lay_out

TODAY = date(2026, 11, 21)


@dataclass(slots=True)
class Difference:
    """A case on which we differ, with what we said."""

    case: Case
    rules: tuple[str, ...]
    said: str
    meant: Disagreement | None = None


@dataclass(slots=True)
class Agreement:
    """What became of the cases of one folder."""

    folder: str
    cases: int = 0
    mapped: int = 0
    agreeing: int = 0
    manual: int = 0
    """Of those that agree: a person must look, by design of our rule."""
    undecided: int = 0
    """Of those that agree: the peer passes it and files do not tell us."""
    unmapped: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Per cent of the mapped cases that agree."""
        return 100 * self.agreeing / self.mapped if self.mapped else 100.0


Circumstances = tuple[str, tuple[str, ...], str]
"""Version, complete kinds, and parameters as text."""


def measure(folders: Iterable[str] = FOLDERS) -> list[Agreement]:
    """Judges all cases of some folders."""
    known = all_rules(())
    results = []
    for folder in folders:
        result = Agreement(folder)
        mapping = read_mapping(folder)
        cases = read_cases(folder)
        result.cases = len(cases)
        result.problems += [f"{folder}: {key} is in the mapping and no case needs it" for key in unused_keys(cases, mapping)]
        answered: list[tuple[Case, Answer]] = []
        for case in cases:
            found = answer(case, mapping)
            if found is None:
                result.problems.append(f"{folder}: {case.rule} is not in the mapping")
            elif found.unmapped:
                result.unmapped[found.unmapped] += 1
            else:
                missing = [rule for rule in found.rules if rule not in known]
                result.problems += [f"{folder}: {case.rule} is mapped to {rule}, which is no rule" for rule in missing]
                answered.append((case, found))
        result.mapped = len(answered)
        for case, found, findings in _judged(answered, known):
            _weigh(result, case, found, findings, mapping.disagreements.get(case.id))
        results.append(result)
    return results


def _judged(
    answered: list[tuple[Case, Answer]], known: Mapping[str, Rule]
) -> Iterator[tuple[Case, Answer, list[Finding]]]:
    """Each case with the findings of its rules on its input; cases in the same circumstances share one run."""
    groups: dict[Circumstances, list[tuple[Case, Answer]]] = defaultdict(list)
    for case, found in answered:
        groups[found.version, tuple(sorted(found.complete)), repr(found.params)].append((case, found))
    for group in groups.values():
        with tempfile.TemporaryDirectory() as home:
            worlds = lay_out((case for case, _ in group), Path(home))
            wanted = {rule for _, found in group for rule in found.rules}
            report = _run([str(path) for path in worlds.values()], wanted, group[0][1], known)
            by_world: dict[str, list[Finding]] = defaultdict(list)
            for finding in report.findings:
                by_world[finding.world].append(finding)
            for case, found in group:
                findings = by_world[str(worlds[key_of(case)])]
                yield case, found, [one for one in findings if one.rule in found.rules]


def _run(paths: list[str], wanted: set[str], circumstances: Answer, known: Mapping[str, Rule]) -> Report:
    rules = [rule for name, rule in known.items() if name in wanted]
    params = {rule: dict(values) for rule, values in circumstances.params.items()}
    kinds = circumstances.complete
    settings = Settings(
        paths=tuple(paths),
        rules=compiled(rules, params),
        known_rules=dict(known),
        version=parse_version(circumstances.version),
        version_source="given",
        today=TODAY,
        complete=Completeness("all" in kinds, frozenset(kinds)),
        use_waivers=False,
        jobs=1,
    )
    return audit(settings, Run("", "", "", TODAY.isoformat(), "", "", settings.paths, "", "high", "info", "", ()))


def _weigh(
    result: Agreement, case: Case, found: Answer, findings: list[Finding], meant: Disagreement | None
) -> None:
    """Counts a case."""
    said = "".join(f"rule error: {one.reason}" for one in findings if one.verdict == "rule-error")
    said = said or (_count(case, found, findings) if case.expect == "count" else _verdict(case, found, findings))
    if said:
        result.differences.append(Difference(case, found.rules, said, meant))
        return
    result.agreeing += 1
    verdicts = {one.verdict for one in findings}
    if case.expect == "fail" and "fail" not in verdicts:
        result.manual += 1
    if case.expect == "pass" and "not-evaluated" in verdicts:
        result.undecided += 1
    if meant is not None:
        result.problems.append(f"{case.folder}: {case.id} is listed as a disagreement and agrees")


def _verdict(case: Case, found: Answer, findings: list[Finding]) -> str:
    """What speaks against the expected verdict, or nothing."""
    bad = [one for one in findings if one.verdict in ("fail", "manual")]
    targets = () if found.anywhere else case.targets
    hit = [one for one in bad if not targets or any(_is(one, target) for target in targets)]
    if case.expect == "pass":
        return "; ".join(sorted({f"{one.rule} on {one.ref}: {one.message}" for one in hit}))
    missed = [target for target in targets if not any(_is(one, target) for one in hit)]
    if hit and (case.any_target or not missed):
        return ""
    where = ", ".join(f"{kind}/{name}" for kind, name, _ in missed)
    undecided = sorted({f"not evaluated: {one.reason}" for one in findings if one.verdict == "not-evaluated"})
    return f"nothing found{' on ' + where if where else ''}; {'; '.join(undecided)}".rstrip("; ")


def _is(finding: Finding, target: tuple[str, str, str]) -> bool:
    kind, name, namespace = target
    ref = finding.ref
    if (ref.kind, ref.name) != (kind, name):
        return False
    return not namespace or not ref.namespace or namespace == ref.namespace


def _count(case: Case, found: Answer, findings: list[Finding]) -> str:
    """What speaks against the expected names or numbers, or nothing."""
    bad = [one for one in findings if one.verdict in ("fail", "manual")]
    if (case.failing_names or case.passing_names) and not found.anywhere:
        names = {_name(one.ref.kind, one.ref.namespace, one.ref.name) for one in bad}
        wrong = [f"nothing on {name}" for name in case.failing_names if not _named(name, names)]
        wrong += [f"found on {name}" for name in case.passing_names if _named(name, names)]
        return "; ".join(wrong)
    units: set[object] = set()
    for one in bad:
        units.add((one.place.file, one.ref, *([one.container] if found.unit == "container" else ())))
    number = len(bad) if found.unit == "finding" else len(units)
    if number == case.failing:
        return ""
    shown = ", ".join(sorted({f"{one.ref} {one.container}".strip() for one in bad}))
    return f"{number} fail where {case.failing} should: {shown}"


def _name(kind: str, namespace: str, name: str) -> str:
    """A resource as checkov writes it; what has no namespace is in `default`."""
    return f"{kind}.{namespace or 'default'}.{name or 'unnamed'}"


def _named(wanted: str, names: set[str]) -> bool:
    """Whether a resource is among names; a pod template's own entry (`Pod.ns.owner.labels`) means its owner."""
    kind, namespace, name = (*wanted.split(".", 2), "", "")[:3]
    if wanted in names:
        return True
    owner = name.rpartition(".")[0]
    return kind == "Pod" and any(one.split(".", 2)[1:] == [namespace, owner] for one in names)


def markdown(results: list[Agreement], *, all_differences: bool = True) -> Iterator[str]:
    """The table, and what stands behind it."""
    yield "| folder | cases | mapped | agreeing | % | of these manual | of these undecided |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for one in results:
        numbers = f"{one.cases} | {one.mapped} | {one.agreeing} | {one.share:.1f} | {one.manual} | {one.undecided}"
        yield f"| {one.folder} | {numbers} |"
    total = Agreement("all", *(sum(getattr(one, key) for one in results) for key in ("cases", "mapped", "agreeing")))
    yield f"| {total.folder} | {total.cases} | {total.mapped} | {total.agreeing} | {total.share:.1f} | | |"
    for one in results if all_differences else ():
        yield f"\n## {one.folder}\n"
        for reason, number in one.unmapped.most_common():
            yield f"- {number} cases have no rule of ours: {reason}"
        for difference in one.differences:
            meant = difference.meant
            why = f"**{meant.kind}**: {meant.reason}" if meant else "**UNEXPLAINED**"
            case = difference.case
            yield f"- `{case.id}` ({case.rule}, expected {case.expect}): {difference.said}. {why}"
        yield from (f"- PROBLEM {problem}" for problem in sorted(set(one.problems)))


if __name__ == "__main__":
    print("\n".join(markdown(measure(sys.argv[1:] or FOLDERS))))
