"""A corpus folder's `cases.jsonl` and its mapping file in, the cases with the rules of ours that answer them out."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import ryaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CORPORA = Path(os.environ.get("KUBEPLUMB_CORPORA") or ROOT.parent / "shared" / "corpora")
FOLDERS = tuple(sorted(file.stem for file in (HERE / "mapping").glob("*.yaml")))
CLASSES = ("kubernetes-behaviour", "peer-defect", "other-policy", "undecided-in-files")
"""Why we disagree: Kubernetes decides otherwise, the peer errs, the peer wants something else, or files cannot tell."""

Expect = Literal["pass", "fail", "count", "skip", "warn"]

Target = tuple[str, str, str]
"""Kind, name, and namespace or nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One verdict of a peer. Without `targets` the whole input is meant."""

    folder: str
    id: str
    rule: str
    expect: Expect
    inputs: tuple[str, ...]
    changes: tuple[str, ...] = ()
    """Edits of the first input, as `path=value`."""
    targets: tuple[Target, ...] = ()
    any_target: bool = False
    """One failing target is enough: the file is applied as a whole and refused as a whole."""
    part: str = ""
    """The rule inside an upstream policy that has several."""
    failing: int = 0
    """How many fail, where only that is known."""
    passing_names: tuple[str, ...] = ()
    failing_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What of ours answers an upstream rule, and in which circumstances its cases are judged."""

    rules: tuple[str, ...] = ()
    unmapped: str = ""
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    complete: tuple[str, ...] = ()
    """Kinds of which the peer takes the input for the whole world; `all` for every kind."""
    version: str = "1.34"
    anywhere: bool = False
    """A finding on another object of the input counts as well: the peer blames the binding, we the role, or so."""
    unit: Literal["object", "container"] = "object"
    """What the peer counts."""
    only: str = ""
    """The one verdict of the peer that says something of ours: `fail` where it asks for less than we do, `pass` where
    it asks for more. Its other verdicts are unmapped for this reason."""
    why: str = ""
    """The reason for `only`."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A difference that is meant."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class MappingFile:
    """One mapping file, read."""

    answers: Mapping[str, Answer]
    unmapped_cases: Mapping[str, str]
    disagreements: Mapping[str, Disagreement]
    recorded: str = ""
    """What cases are judged on that have no input of their own: a dump, by its path from the corpus folder."""


def read_cases(folder: str) -> list[Case]:
    """All cases of a corpus folder."""
    with open(CORPORA / folder / "cases.jsonl", encoding="utf-8") as lines:
        return [_case(folder, json.loads(line)) for line in lines]


def _case(folder: str, data: Mapping[str, Any]) -> Case:
    return Case(
        folder,
        data["id"],
        data["rule"],
        data["expect"],
        (*data["inputs"], *data.get("inventory", ())),
        tuple(data.get("field_changes") or ()),
        tuple((item["kind"], item["name"], item.get("namespace") or "") for item in data.get("targets", ())),
        data.get("form") == "chainsaw",
        data.get("upstream_rule", ""),
        len(data.get("messages", ())) or data.get("n_failed", 0),
        tuple(data.get("passing", ())),
        tuple(data.get("failing", ())),
    )


def read_mapping(folder: str) -> MappingFile:
    """The mapping of a corpus folder."""
    data = ryaml.loads((HERE / "mapping" / f"{folder}.yaml").read_text("utf-8"))
    defaults = _answer(data.get("defaults", {}), Answer())
    answers = {rule: _answer(value, defaults) for rule, value in data["rules"].items()}
    cases: dict[str, str] = {}
    for group in data.get("unmapped") or ():
        answers |= {rule: Answer(unmapped=group["reason"]) for rule in group.get("rules", ())}
        cases |= dict.fromkeys(group.get("cases", ()), group["reason"])
    meant: dict[str, Disagreement] = {}
    for group in data.get("disagreements") or ():
        meant |= dict.fromkeys(group["cases"], Disagreement(group["class"], group["reason"]))
    return MappingFile(answers, cases, meant, data.get("recorded", ""))


def _answer(value: Any, base: Answer) -> Answer:
    if isinstance(value, list):
        return replace(base, rules=_flat(value))
    fixed: Any = {key: _flat(item) if isinstance(item, list) else item for key, item in value.items()}
    return replace(base, **fixed)


def _flat(items: list[Any]) -> tuple[Any, ...]:
    """A list with the lists in it unpacked: an alias of a list of rules stands for its rules."""
    return tuple(one for item in items for one in (_flat(item) if isinstance(item, list) else (item,)))


def answer(case: Case, mapping: MappingFile) -> Answer | None:
    """What answers a case; None where the mapping does not know its rule."""
    if case.expect in ("skip", "warn"):
        return Answer(unmapped="the peer did not judge it")
    for pattern, reason in mapping.unmapped_cases.items():
        if pattern == case.id or fnmatchcase(case.id, pattern):
            return Answer(unmapped=reason)
    for rule in (case.id, f"{case.rule}/{case.part}", case.rule):
        found = mapping.answers.get(rule)
        if found is not None:
            return Answer(unmapped=found.why) if found.only and found.only != case.expect else found
    return None


def unused_keys(cases: list[Case], mapping: MappingFile) -> Iterator[str]:
    """Entries of a mapping that no case needs."""
    ids = {case.id for case in cases}
    rules = {case.rule for case in cases} | {f"{case.rule}/{case.part}" for case in cases}
    for key in (*mapping.answers, *mapping.unmapped_cases, *mapping.disagreements):
        if key not in ids and key not in rules and not any(fnmatchcase(one, key) for one in ids):
            yield key
