"""The corpora and their mappings in, agreement per folder and every difference out.

`python -m tests.corpora.agreement [FOLDER ...]` prints it in Markdown.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from auditor.engine.rule import Rule
from auditor.model.findings import Finding
from auditor.pipeline.prepare import all_rules
from tests.corpora.cases import (
    FOLDERS,
    Answer,
    Case,
    Disagreement,
    MappingFile,
    answer,
    read_cases,
    read_mapping,
    unused_keys,
)
from tests.corpora.runs import Answered, judged
from tests.corpora.verdicts import difference


@dataclass(frozen=True, slots=True)
class Difference:
    """A case on which we differ, with what we say, and the explanation if the mapping has one."""

    case: Case
    said: str
    meant: Disagreement | None


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
    """Of those that agree: the peer passes it, and to us files do not tell."""
    unmapped: Counter[str] = field(default_factory=Counter)
    """Cases that no rule of ours answers, by reason."""
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What is wrong with the mapping."""

    @property
    def share(self) -> float:
        """Per cent of the mapped cases that agree."""
        return 100 * self.agreeing / self.mapped if self.mapped else 100.0


def measure(folders: Iterable[str] = FOLDERS) -> list[Agreement]:
    """Judges all cases of some folders."""
    known = all_rules(())
    return [_measure(folder, known) for folder in folders]


def _measure(folder: str, known: Mapping[str, Rule]) -> Agreement:
    mapping = read_mapping(folder)
    recorded = (mapping.recorded,) if mapping.recorded else ()
    cases = [replace(one, inputs=one.inputs or recorded) for one in read_cases(folder)]
    result = Agreement(folder, len(cases))
    answered = list(_answered(cases, mapping, known, result))
    result.mapped = len(answered)
    for case, found, findings in judged(answered, known):
        said = difference(case, found, findings)
        if said:
            result.differences.append(Difference(case, said, mapping.disagreements.get(case.id)))
        else:
            _agree(result, case, findings)
    differing = {one.case.id for one in result.differences}
    stale = mapping.disagreements.keys() - differing
    result.problems += [f"{case} is listed as a disagreement and is none" for case in stale]
    result.problems += [f"{key} is in the mapping and no case needs it" for key in unused_keys(cases, mapping)]
    result.problems = sorted(set(result.problems))
    return result


def _answered(
    cases: list[Case], mapping: MappingFile, known: Mapping[str, Rule], result: Agreement
) -> Iterator[Answered]:
    """The cases that rules of ours answer; the others are counted with their reason."""
    single = {(case.rule, case.inputs) for case in cases if case.expect != "count"}
    for case in cases:
        found = answer(case, mapping)
        if case.expect == "count" and all((case.rule, (file,)) in single for file in case.inputs):
            found = Answer(unmapped="the total over files that are cases of their own")
        if found is None:
            result.problems.append(f"{case.rule} is not in the mapping")
        elif found.unmapped:
            result.unmapped[found.unmapped] += 1
        else:
            missing = [rule for rule in found.rules if rule not in known]
            result.problems += [f"{case.rule} is mapped to {rule}, which is no rule" for rule in missing]
            yield case, found


def _agree(result: Agreement, case: Case, findings: list[Finding]) -> None:
    verdicts = {one.verdict for one in findings}
    result.agreeing += 1
    result.manual += case.expect == "fail" and "fail" not in verdicts
    result.undecided += case.expect == "pass" and "not-evaluated" in verdicts


def markdown(results: list[Agreement], *, details: bool = True) -> Iterator[str]:
    """The table, and what stands behind it."""
    yield "| folder | cases | mapped | agreeing | % | of these manual | of these undecided |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    keys = ("cases", "mapped", "agreeing", "manual", "undecided")
    total = Agreement("all", *(sum(getattr(one, key) for one in results) for key in keys))
    for one in (*results, total):
        numbers = f"{one.cases} | {one.mapped} | {one.agreeing} | {one.share:.1f} | {one.manual} | {one.undecided}"
        yield f"| {one.folder} | {numbers} |"
    for one in results if details else ():
        yield f"\n## {one.folder}\n"
        for reason, number in one.unmapped.most_common():
            yield f"- {number} cases are not mapped: {reason}"
        for each in one.differences:
            why = f"**{each.meant.kind}**: {each.meant.reason}" if each.meant else "**unexplained**"
            yield f"- `{each.case.id}` ({each.case.rule}, expected {each.case.expect}): {each.said}. {why}"
        yield from (f"- wrong in the mapping: {problem}" for problem in one.problems)


if __name__ == "__main__":
    sys.stdout.write("\n".join([*markdown(measure(sys.argv[1:] or FOLDERS)), ""]))
