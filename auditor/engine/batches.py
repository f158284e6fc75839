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
from auditor.engine.memory import Memory, Said, Steps, Views, narrowed, reads, views
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
    def reads(self) -> frozenset[Steps]:
        """What it reads to decide."""
        rule = self.rule
        texts = (rule.each or rule.expression, *(item.expression for item in rule.conditions))
        return reads(texts, (*self.variables, *cel.COMMON, "today"))

    @cached_property
    def told(self) -> Views:
        """What its message reads."""
        return views(reads((self.rule.message,), (*self.variables, *cel.COMMON, "today", "item")))

    @property
    def asks(self) -> bool:
        """Whether it reads parameters to decide."""
        return any(path[0] == "params" for path in self.reads)

    @property
    def unlike(self) -> bool:
        """Whether it reads what seldom is the same in two facts."""
        fields = [(self.variables[0], *field.split(".")) for field in self.subjects[self.rule.subject].unlike]
        return any(path[: len(field)] == field[: len(path)] for path in self.reads for field in fields)

    @cached_property
    def context(self) -> tuple[EvidencePlan, ...]:
        """What each match condition reads; raises `cel.CompileError`."""
        known, own, plans = set(self.variables), f"{self.variables[0]}.", []
        for item in self.rule.conditions:
            read = cel.selected_paths(self.program(item.expression))
            plans.append(self._plan(tuple(path.removeprefix(own) for path in read if path.partition(".")[0] in known)))
        return tuple(plans)

    def _plan(self, texts: tuple[str, ...]) -> EvidencePlan:
        return plan(texts, self.subjects[self.rule.subject], self.subjects)

    def program(self, text: str) -> Any:
        """The program for one of the rule's expressions; raises `cel.CompileError`."""
        return cel.compile_text(text)  # types were checked when it was loaded


@dataclass(slots=True)
class Batch:
    """Rules on the same kinds, of which those that read parameters have the same."""

    rules: tuple[Compiled, ...]
    kinds: tuple[str, ...]
    shared: dict[str, Any]
    """What is the same for all facts: `params`, `tables` and `today`."""
    views: Views
    """What they read of a fact and its owners, and of what is shared."""
    memory: Memory = field(default_factory=Memory)
    seen: Counter[bytes] = field(default_factory=Counter)
    """How often what the rules together made of a fact was this; most facts are alike."""
    _program: Any = _NOT_YET
    _shared: dict[str, Any] = field(default_factory=dict)
    """What they read of what is shared."""

    def said(self, data: Mapping[str, Any]) -> Said | None:
        """What each rule makes of a fact, given with its owners, or None where one of them has no value."""
        read = narrowed(data, self.views)
        look = self.memory.look(read)
        known = self.memory.recall(look) if look else None
        if known is not None:
            return known
        said = self.asked(read)
        if said is not None:
            self.memory.keep(look, said)
        return said

    def asked(self, read: Mapping[str, Any]) -> Said | None:
        """The same of a fact of which the rules read this."""
        if self._program is _NOT_YET:
            self._program, self._shared = self._compiled(), narrowed(self.shared, self.views)
        if self._program is None:
            return None
        try:
            found = cel.values(self._program, cel.Activation({**read, **self._shared}))
        except cel.EvaluationError:
            return None
        return _said(found) if len(found) == len(self.rules) else None

    def _compiled(self) -> Any:
        """All rules as one program, made when the first fact comes along; None where they cannot be compiled so."""
        try:
            text = ", ".join(_outcome(compiled.rule) for compiled in self.rules)
            return cel.compile_text(f"[{text}]")
        except cel.CompileError:
            return None


def batches(rules: Iterable[Compiled], shared: Mapping[str, Any]) -> list[Batch]:
    """The rules of one subject in batches; `shared` are `tables` and `today`.

    Those that read what seldom is the same in two facts are apart, so that the others are mostly remembered.
    """
    groups: dict[tuple[tuple[str, ...], bool], dict[str, list[Compiled]]] = {}
    for compiled in sorted(rules, key=lambda compiled: not compiled.asks):
        group = groups.setdefault((tuple(compiled.rule.kinds), compiled.unlike), {})
        params = repr(compiled.params) if compiled.asks else next(iter(group), "")
        group.setdefault(params, []).append(compiled)
    return [
        _batch(tuple(some[start : start + _LARGEST]), shared)
        for group in groups.values()
        for some in group.values()
        for start in range(0, len(some), _LARGEST)
    ]


def _batch(rules: tuple[Compiled, ...], shared: Mapping[str, Any]) -> Batch:
    own = {**shared, "params": rules[0].params}  # of the rules that read some, if there are any
    seen = views(frozenset[Steps]().union(*(compiled.reads for compiled in rules)))
    return Batch(rules, tuple(rules[0].rule.kinds), own, seen)


def _outcome(rule: Rule) -> str:
    """The rule as one expression; one that lists offending items gives a list with their list, or an empty one.

    Conditions nest, since `&&` would hide the error of one behind another that is false. A line feed ends what may be a
    comment.
    """
    text = f"[({rule.each}\n)]" if rule.each else f"({rule.expression}\n) ? {PASSED} : {FAILED}"
    for item in reversed(rule.conditions):
        text = f"({item.expression}\n) ? ({text}) : {'[]' if rule.each else NOT_APPLICABLE}"
    return text


def _said(found: list[Any]) -> Said | None:
    """What the program's values say of the rules; None where one of them is no list, and should be."""
    outcomes = bytearray()
    failed: dict[int, list[Any] | None] = {}
    for number, outcome in enumerate(found):
        items = None
        if type(outcome) is list:
            items = outcome[0] if len(outcome) == 1 else None
            if outcome and type(items) is not list:
                return None
            outcome = NOT_APPLICABLE if items is None else FAILED if items else PASSED
        outcomes.append(outcome)
        if outcome == FAILED:
            failed[number] = items and cel.in_order(items)
    return Said(bytes(outcomes), failed)
