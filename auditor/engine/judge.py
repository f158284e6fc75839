"""Facts and compiled rules in, drafts of findings and counts of verdicts out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.engine import cel
from auditor.engine.evidence import EvidencePath, EvidencePlan, Seen, item_paths, key_words, overlaps, plan, resolve
from auditor.engine.rule import Rule
from auditor.model.facts import Fact, Subject
from auditor.model.findings import Verdict
from auditor.model.inventory import Completeness


class Draft(NamedTuple):
    """A finding before positions, waivers and fingerprints are known."""

    rule: Rule
    fact: Fact
    verdict: Verdict
    message: str
    reason: str
    seen: tuple[Seen, ...]
    """The fields it rests on, the primary one first."""


@dataclass(slots=True)
class Compiled:
    """A rule with its programs."""

    rule: Rule
    variables: tuple[str, ...]
    conditions: tuple[tuple[str, Any], ...]
    program: Any
    message: Any
    plan: EvidencePlan
    params: dict[str, Any]
    context: tuple[EvidencePlan, ...] | None = None
    """What each match condition reads; made when the first fact with an unknown field comes along."""


@dataclass(slots=True)
class Tally:
    """Verdicts counted per rule; passes are nowhere else."""

    counts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)

    def add(self, rule: str, verdict: Verdict) -> None:
        """Counts one verdict."""
        self.counts[rule, verdict] += 1


@dataclass(slots=True)
class Judge:
    """The compiled rules by subject, and what they all see. Holds no state between facts but the tally."""

    rules: Mapping[str, list[Compiled]]
    subjects: Mapping[str, Subject]
    tables: Mapping[str, Any]
    today: str
    complete: Completeness
    tally: Tally = field(default_factory=Tally)

    def judge(self, fact: Fact) -> Iterator[Draft]:
        """What all rules of the fact's subject say about it; passes and inapplicable rules are only counted."""
        rules = self.rules.get(fact.subject)
        if not rules:
            return
        subject = self.subjects[fact.subject]
        data: dict[str, Any] = {subject.variable: fact.value, "tables": self.tables, "today": self.today}
        for name in subject.owners:
            data[self.subjects[name].variable] = fact.owners[name].value
        act = cel.activation(rules[0].variables, {**data, "params": {}})
        met: dict[Any, bool] = {}
        for compiled in rules:
            kinds = compiled.rule.kinds
            if kinds and fact.ref.kind not in kinds:
                continue
            own = act
            if compiled.params:
                own = cel.activation(compiled.variables, {**data, "params": compiled.params})
            yield from self._apply(compiled, fact, own, data, met if own is act else {})

    def _apply(
        self, compiled: Compiled, fact: Fact, act: Any, data: dict[str, Any], met: dict[Any, bool]
    ) -> Iterator[Draft]:
        """One rule on one fact; `met` holds the match conditions that other rules have asked of it already."""
        rule = compiled.rule
        blocked = self._why_blocked(compiled, fact) if fact.unknown or fact.undecided else ""
        if blocked:
            if self._ruled_out(compiled, fact, act):
                self.tally.add(rule.id, "not-applicable")
            else:
                yield self._draft(compiled, fact, "not-evaluated", rule.title, blocked)
            return
        try:
            if not _conditions_met(compiled, act, met):
                self.tally.add(rule.id, "not-applicable")
                return
            if rule.each:
                items = cel.as_list(compiled.program, act)
                passed = not items
            else:
                passed, items = cel.is_true(compiled.program, act), []
            if passed:
                self.tally.add(rule.id, "pass")
            elif rule.absence and not self.complete.covers(rule.absence):
                kinds = " or ".join(rule.absence)
                reason = (
                    f"the cluster may hold a {kinds} that is not in the input; declare the input complete to decide"
                )
                yield self._draft(compiled, fact, "not-evaluated", rule.title, reason)
            elif rule.each:
                yield from self._each(compiled, fact, items, data)
            else:
                yield self._verdict(compiled, fact, act)
        except cel.EvaluationError as error:
            yield self._draft(compiled, fact, "rule-error", rule.title, str(error))

    def _why_blocked(self, compiled: Compiled, fact: Fact) -> str:
        reasons = (_blocked(reads, fact) for reads in (compiled.plan, *self._context(compiled)))
        return next((reason for reason in reasons if reason), "")

    def _context(self, compiled: Compiled) -> tuple[EvidencePlan, ...]:
        """What each match condition reads."""
        if compiled.context is None:
            subject, known = self.subjects[compiled.rule.subject], set(compiled.variables)
            compiled.context = ()
            for _, program in compiled.conditions:
                read = [path for path in cel.selected_paths(program) if path.partition(".")[0] in known]
                texts = tuple(path.removeprefix(f"{subject.variable}.") for path in read)
                compiled.context += (plan(texts, subject, self.subjects),)
        return compiled.context

    def _ruled_out(self, compiled: Compiled, fact: Fact, act: Any) -> bool:
        """Whether a match condition that reads nothing unknown is false, so that what is unknown does not matter."""
        try:
            return any(
                not _blocked(reads, fact) and not cel.is_true(program, act)
                for reads, (_, program) in zip(self._context(compiled), compiled.conditions, strict=True)
            )
        except cel.EvaluationError:
            # A condition may rely on an earlier one that cannot be decided.
            return False

    def _verdict(self, compiled: Compiled, fact: Fact, act: Any) -> Draft:
        rule = compiled.rule
        message = cel.as_text(_message(compiled), act) if rule.message else rule.title
        return self._draft(compiled, fact, rule.on_false, message, rule.want if rule.on_false == "manual" else "")

    def _each(self, compiled: Compiled, fact: Fact, items: list[Any], data: dict[str, Any]) -> Iterator[Draft]:
        rule, written = compiled.rule, compiled.plan.written[0]
        others = _resolve_all(fact, compiled.plan.written[1:])
        for item, seen in item_paths(fact, written, compiled.plan.sources[0], items):
            message = rule.title
            if rule.message:
                act = cel.activation(compiled.variables, {**data, "params": compiled.params, "item": item})
                message = cel.as_text(_message(compiled), act)
            self.tally.add(rule.id, rule.on_false)
            reason = rule.want if rule.on_false == "manual" else ""
            yield Draft(rule, fact, rule.on_false, message, reason, (seen, *others))

    def _draft(self, compiled: Compiled, fact: Fact, verdict: Verdict, message: str, reason: str) -> Draft:
        self.tally.add(compiled.rule.id, verdict)
        return Draft(compiled.rule, fact, verdict, message, reason, _resolve_all(fact, compiled.plan.sources))


def _conditions_met(compiled: Compiled, act: Any, met: dict[Any, bool]) -> bool:
    for _, program in compiled.conditions:
        if program not in met:
            met[program] = cel.is_true(program, act)
        if not met[program]:
            return False
    return True


def _resolve_all(fact: Fact, paths: tuple[EvidencePath, ...]) -> tuple[Seen, ...]:
    """All fields the paths name; what is there comes before what is not."""
    seen = [item for path in paths for item in resolve(fact, path)]
    return tuple(sorted(seen, key=lambda item: not item.present))


def _blocked(reads: EvidencePlan, fact: Fact) -> str:
    """Why a rule that reads these fields cannot be decided on this fact: one of them is unknown."""
    for path in reads.written:
        home = fact.owners[path.owner] if path.owner else fact
        for key in key_words(path.steps):
            if key in home.undecided:
                return home.undecided[key]
    if not fact.unknown:
        return ""
    for path in reads.sources:
        for seen in resolve(fact, path):
            for origin, unknown, reason in fact.unknown:
                if overlaps(seen, origin, unknown):
                    return reason
    return ""


def _message(compiled: Compiled) -> Any:
    if compiled.message is None:
        compiled.message = cel.compile_text(compiled.rule.message, compiled.variables)
    return compiled.message


def compile_rule(rule: Rule, subjects: Mapping[str, Subject], overrides: Mapping[str, Any]) -> Compiled:
    """A rule with its programs and parameters; raises `cel.CompileError`. The message is compiled when needed."""
    subject = subjects[rule.subject]
    variables = (subject.variable, *(subjects[name].variable for name in subject.owners))
    return Compiled(
        rule,
        variables,
        tuple((item.name, cel.compile_text(item.expression, variables)) for item in rule.conditions),
        cel.compile_text(rule.each or rule.expression, variables),
        None,
        plan(rule.evidence, subject, subjects),
        {name: overrides.get(name, parameter.default) for name, parameter in rule.params.items()},
    )
