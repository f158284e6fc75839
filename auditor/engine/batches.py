"""Compiled rules in, batches of them out: one CEL program tells what each rule of a batch makes of a fact.

Most rules pass or do not apply. Asking them all at once takes a third of the time of asking one after the other; rules
that fail, or that a defective neighbour keeps from an answer, are asked on their own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from auditor.engine import cel
from auditor.engine.evidence import EvidencePlan, plan
from auditor.engine.memory import Memory, Outcomes, Views, narrowed, views
from auditor.engine.rule import Rule
from auditor.model.facts import Subject
from auditor.model.findings import Verdict

FAILED, PASSED, NOT_APPLICABLE = range(3)
VERDICT_OF: Final[tuple[Verdict, ...]] = ("fail", "pass", "not-applicable")
_LARGEST: Final = 50
"""Rules in a batch: the library bounds the length of a program and the work of one evaluation."""
_NOT_YET: Final = object()


@dataclass
class Compiled:
    """A rule with the values of its parameters; what it reads and its programs are made when first asked for."""

    rule: Rule
    variables: tuple[str, ...]
    params: dict[str, Any]
    subjects: Mapping[str, Subject]

    @cached_property
    def plan(self) -> EvidencePlan:
        """What its evidence reads."""
        return self._plan(self.rule.evidence)

    @cached_property
    def context(self) -> tuple[EvidencePlan, ...]:
        """What each match condition reads; raises `cel.CompileError`."""
        known, own, reads = set(self.variables), f"{self.variables[0]}.", []
        for item in self.rule.conditions:
            read = cel.selected_paths(self.program(item.expression))
            reads.append(self._plan(tuple(path.removeprefix(own) for path in read if path.partition(".")[0] in known)))
        return tuple(reads)

    def _plan(self, texts: tuple[str, ...]) -> EvidencePlan:
        return plan(texts, self.subjects[self.rule.subject], self.subjects)

    def program(self, text: str) -> Any:
        """The program for one of the rule's expressions; raises `cel.CompileError`."""
        return cel.compile_text(text, self.variables, checked=False)  # types were checked when it was loaded


@dataclass(slots=True)
class Batch:
    """Rules on the same kinds with the same parameters."""

    rules: tuple[Compiled, ...]
    variables: tuple[str, ...]
    kinds: tuple[str, ...]
    shared: dict[str, Any]
    """What is the same for all facts: `params`, `tables` and `today`."""
    views: Views
    """What they read of a fact and its owners, and of what is shared."""
    memory: Memory = field(default_factory=Memory)
    seen: Counter[Outcomes] = field(default_factory=Counter)
    """How often what the rules together made of a fact was this; most facts are alike."""
    _program: Any = _NOT_YET
    _shared: dict[str, Any] = field(default_factory=dict)
    """What they read of what is shared."""

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the rules read of a fact and its owners."""
        found: dict[str, Any] = narrowed(data, self.views)
        return found

    def outcomes(self, read: Mapping[str, Any], look: bytes = b"") -> Outcomes | None:
        """What each rule makes of a fact of which they read this, or None where one of them has no value."""
        if self._program is _NOT_YET:
            self._program, self._shared = self._compiled(), self.read(self.shared)
        if self._program is None:
            return None
        try:
            found = tuple(cel.as_list(self._program, cel.Activation(self.variables, {**read, **self._shared})))
        except cel.EvaluationError:
            return None
        if len(found) != len(self.rules):
            return None
        self.memory.keep(look, found)
        return found

    def _compiled(self) -> Any:
        """All rules as one program, made when the first fact comes along; None where they cannot be compiled so."""
        try:
            text = ", ".join(_outcome(compiled.rule) for compiled in self.rules)
            return cel.compile_text(f"[{text}]", self.variables, checked=False)
        except cel.CompileError:
            return None


def batches(rules: Iterable[Compiled], shared: Mapping[str, Any]) -> list[Batch]:
    """The rules of one subject in batches; `shared` are `tables` and `today`."""
    groups: dict[tuple[tuple[str, ...], str], list[Compiled]] = {}
    for compiled in rules:
        groups.setdefault((tuple(compiled.rule.kinds), repr(compiled.params)), []).append(compiled)
    return [
        _batch(tuple(group[start : start + _LARGEST]), shared)
        for group in groups.values()
        for start in range(0, len(group), _LARGEST)
    ]


def _batch(rules: tuple[Compiled, ...], shared: Mapping[str, Any]) -> Batch:
    variables, params = rules[0].variables, rules[0].params
    own = {**shared, "params": params}
    reads = views([compiled.rule for compiled in rules], (*variables, *own))
    return Batch(rules, variables, tuple(rules[0].rule.kinds), own, reads)


def _outcome(rule: Rule) -> str:
    """The rule as one expression. Conditions nest, since `&&` would hide the error of one behind another that is false.

    A line feed ends what may be a comment.
    """
    holds = f"({rule.each}\n) == []" if rule.each else f"({rule.expression}\n)"
    text = f"{holds} ? {PASSED} : {FAILED}"
    for item in reversed(rule.conditions):
        text = f"({item.expression}\n) ? ({text}) : {NOT_APPLICABLE}"
    return text
