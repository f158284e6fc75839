"""Facts and compiled rules in, drafts of findings and counts of verdicts out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.engine import cel
from auditor.engine.batches import FAILED, NOT_APPLICABLE, VERDICT_OF, Batch, Compiled, batches
from auditor.engine.evidence import EvidencePath, EvidencePlan, Seen, item_paths, key_words, overlaps, resolve
from auditor.engine.memory import Said, narrowed
from auditor.engine.messages import joined
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
class Tally:
    """Verdicts counted per rule; passes are nowhere else."""

    counts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a rule does not apply to anything in the whole run, by rule."""

    def add(self, rule: str, verdict: Verdict) -> None:
        """Counts one verdict."""
        self.counts[rule, verdict] += 1

    def rule_out(self, rule: str, reason: str) -> None:
        """Notes that a rule does not apply to the run as a whole, and why."""
        self.add(rule, "not-applicable")
        self.reasons[rule] = reason


@dataclass(slots=True)
class Judge:
    """The compiled rules by subject, and what they all see. What it keeps between facts are verdicts, and programs."""

    rules: Mapping[str, list[Compiled]]
    subjects: Mapping[str, Subject]
    tables: Mapping[str, Any]
    today: str
    complete: Completeness
    _tally: Tally = field(default_factory=Tally)
    _batches: dict[str, list[Batch]] = field(default_factory=dict)
    _fitting: dict[tuple[str, str, str, bool], list[Batch]] = field(default_factory=dict)
    """Those of a subject that are about a kind, by subject, API version and kind."""

    def judge(self, fact: Fact) -> Iterator[Draft]:
        """What all rules of the fact's subject say about it; passes and inapplicable rules are only counted."""
        subject = self.subjects[fact.subject]
        data: dict[str, Any] = {subject.variable: fact.value}
        for name in subject.owners:
            data[self.subjects[name].variable] = fact.owners[name].value
        sure = not fact.unknown and not fact.undecided
        for batch in self._about(fact):
            said = batch.said(data)
            if said is None:
                for compiled in batch.rules:
                    yield from self._apply(compiled, fact, data)
            elif sure:
                batch.seen[said.outcomes] += 1
                for number, items in said.failed.items():
                    yield from self._failed(batch.rules[number], fact, data, items)
            else:
                yield from self._ask(batch, fact, data, said)

    def _about(self, fact: Fact) -> list[Batch]:
        """The batches of rules on such facts."""
        key = fact.subject, fact.ref.api_version, fact.ref.kind, fact.head
        found = self._fitting.get(key)
        if found is None:
            if fact.subject not in self._batches:
                shared = {"tables": self.tables, "today": self.today}
                self._batches[fact.subject] = batches(self.rules.get(fact.subject, ()), shared)
            kind, some = fact.ref.kind_name, self._batches[fact.subject]
            found = self._fitting[key] = [
                batch for batch in some if not batch.kinds or (not fact.head and kind in batch.kinds)
            ]
        return found

    def _ask(self, batch: Batch, fact: Fact, data: Mapping[str, Any], said: Said) -> Iterator[Draft]:
        """Drafts of the rules of one batch on a fact of which something is unknown, which some of them rest on."""
        for number, (compiled, outcome) in enumerate(zip(batch.rules, said.outcomes, strict=True)):
            blocked = self._why_blocked(compiled, fact)
            if blocked:
                ruled_out = outcome == NOT_APPLICABLE and self._ruled_out(compiled, fact, data)
                yield from self._undecided(compiled, fact, blocked, ruled_out=ruled_out)
            elif outcome == FAILED:
                yield from self._failed(compiled, fact, data, said.failed[number])
            else:
                self._tally.add(compiled.rule.id, VERDICT_OF[outcome])

    def _visible(self, compiled: Compiled, data: Mapping[str, Any]) -> dict[str, Any]:
        """All that a rule sees, beside a fact and its owners what is the same for all."""
        return {**data, "tables": self.tables, "today": self.today, "params": compiled.params}

    def tally(self) -> Tally:
        """All verdicts so far."""
        whole = Tally(self._tally.counts.copy())
        for batch in (batch for some in self._batches.values() for batch in some):
            for outcomes, times in batch.seen.items():
                for compiled, outcome in zip(batch.rules, outcomes, strict=True):
                    if outcome != FAILED:  # counted as what became of it
                        whole.counts[compiled.rule.id, VERDICT_OF[outcome]] += times
        return whole

    def _apply(self, compiled: Compiled, fact: Fact, data: Mapping[str, Any]) -> Iterator[Draft]:
        """One rule on its own on one fact, where one of its batch has no value."""
        rule = compiled.rule
        blocked = self._why_blocked(compiled, fact) if fact.unknown or fact.undecided else ""
        if blocked:
            yield from self._undecided(compiled, fact, blocked, ruled_out=self._ruled_out(compiled, fact, data))
            return
        act, items = cel.Activation(self._visible(compiled, data)), None
        try:
            if not all(cel.is_true(compiled.program(item.expression), act) for item in rule.conditions):
                self._tally.add(rule.id, "not-applicable")
                return
            if rule.each:
                items = cel.as_list(compiled.program(rule.each), act)
                passed = not items
            else:
                passed = cel.is_true(compiled.program(rule.expression), act)
        except cel.UNDECIDABLE as error:
            yield self._draft(compiled, fact, "rule-error", rule.title, str(error))
            return
        if passed:
            self._tally.add(rule.id, "pass")
        else:
            yield from self._failed(compiled, fact, data, items)

    def _undecided(self, compiled: Compiled, fact: Fact, why: str, *, ruled_out: bool) -> Iterator[Draft]:
        """A rule that rests on something unknown, unless it surely does not apply."""
        if ruled_out:
            self._tally.add(compiled.rule.id, "not-applicable")
        else:
            yield self._draft(compiled, fact, "not-evaluated", compiled.rule.title, why)

    def _failed(
        self, compiled: Compiled, fact: Fact, data: Mapping[str, Any], items: list[Any] | None
    ) -> Iterable[Draft]:
        """Drafts of a rule that does not hold, for the offending items if it lists them."""
        rule = compiled.rule
        if rule.absence and (reason := self._why_not_sure(rule, fact)):
            return (self._draft(compiled, fact, "not-evaluated", rule.title, reason),)
        if items is None:
            return (self._verdict(compiled, fact, data),)
        return self._each(compiled, fact, data, items)

    def _why_not_sure(self, rule: Rule, fact: Fact) -> str:
        """Why what a rule misses may be there all the same; empty where it is surely not."""
        namespace = fact.ref.name if fact.ref.kind == "Namespace" else fact.ref.namespace
        if self.complete.covers(rule.absence, namespace):
            return ""
        kinds = " or ".join(rule.absence)
        return self.complete.why(rule.absence, namespace) or (
            f"the cluster may hold a {kinds} that is not in the input; declare the input complete to decide"
        )

    def _why_blocked(self, compiled: Compiled, fact: Fact) -> str:
        reasons = (_blocked(reads, fact) for reads in (compiled.plan, *compiled.context))
        return next((reason for reason in reasons if reason), "")

    def _ruled_out(self, compiled: Compiled, fact: Fact, data: Mapping[str, Any]) -> bool:
        """Whether a match condition that reads nothing unknown is false, so that what is unknown does not matter."""
        act = cel.Activation(self._visible(compiled, data))
        try:
            return any(
                not _blocked(reads, fact) and not cel.is_true(compiled.program(item.expression), act)
                for reads, item in zip(compiled.context, compiled.rule.conditions, strict=True)
            )
        except cel.UNDECIDABLE:
            # A condition may rely on an earlier one that cannot be decided.
            return False

    def _verdict(self, compiled: Compiled, fact: Fact, data: Mapping[str, Any]) -> Draft:
        rule = compiled.rule
        try:
            message = self._message(compiled, data)
        except cel.UNDECIDABLE as error:
            return self._draft(compiled, fact, "rule-error", rule.title, str(error))
        return self._draft(compiled, fact, rule.on_false, message, rule.want if rule.on_false == "manual" else "")

    def _each(self, compiled: Compiled, fact: Fact, data: Mapping[str, Any], items: list[Any]) -> Iterator[Draft]:
        rule, written = compiled.rule, compiled.plan.written[0]
        others = _resolve_all(fact, compiled.plan.sources[1:])
        reason = rule.want if rule.on_false == "manual" else ""
        try:
            for item, seen in item_paths(fact, written, compiled.plan.sources[0], items):
                message = self._message(compiled, {**data, "item": item})
                self._tally.add(rule.id, rule.on_false)
                yield Draft(rule, fact, rule.on_false, message, reason, (seen, *others))
        except cel.UNDECIDABLE as error:
            yield self._draft(compiled, fact, "rule-error", rule.title, str(error))

    def _message(self, compiled: Compiled, data: Mapping[str, Any]) -> str:
        """What a rule has to say of the data; its title if it has no words of its own."""
        rule = compiled.rule
        if not rule.message:
            return rule.title
        message = joined(rule.message, data)
        if message is not None:
            return message
        told = narrowed(self._visible(compiled, data), compiled.told)
        return cel.as_text(compiled.program(rule.message), cel.Activation(told))

    def _draft(self, compiled: Compiled, fact: Fact, verdict: Verdict, message: str, reason: str) -> Draft:
        self._tally.add(compiled.rule.id, verdict)
        return Draft(compiled.rule, fact, verdict, message, reason, _resolve_all(fact, compiled.plan.sources))


def _resolve_all(fact: Fact, paths: tuple[EvidencePath, ...]) -> tuple[Seen, ...]:
    """All fields the paths name; what is there comes before what is not."""
    if len(paths) == 1:
        found = resolve(fact, paths[0])
        if len(found) == 1:
            return (found[0],)
    seen = {(item.origin, item.path): item for path in paths for item in resolve(fact, path)}
    return tuple(sorted(seen.values(), key=lambda item: not item.present))


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


def compile_rule(rule: Rule, subjects: Mapping[str, Subject], overrides: Mapping[str, Any]) -> Compiled:
    """A rule with its parameters; its programs are compiled in batches, or when needed."""
    subject = subjects[rule.subject]
    return Compiled(
        rule,
        (subject.variable, *(subjects[name].variable for name in subject.owners)),
        {name: overrides.get(name, parameter.default) for name, parameter in rule.params.items()},
        subjects,
    )
