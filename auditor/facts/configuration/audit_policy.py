"""Audit policies of a world in, what each of them records, misses and reveals out."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from auditor.facts.configuration.audit_decisions import AuditRule, Decision, Request, audit_rules
from auditor.facts.configuration.audit_topics import MOST_RULES, SOMEWHERE, Outcome, outcomes
from auditor.facts.configuration.documents import document_fact, documents, numbered, unknown_fields
from auditor.facts.world import World
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path, show_path

_TYPE: Final = "config.AuditPolicy"
_ANY_GROUP_SINCE: Final = 36
"""The first minor version that takes `*` for every API group (release notes of 1.36)."""
_MOST_WORDS: Final = 20_000
_DONE: Final = "ResponseComplete"

AUDIT_POLICY = Subject(
    name="auditPolicy",
    description="An audit policy: at which level the API server records which requests, by the order of its rules.",
    variable="auditPolicy",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "levels": Field(
            "map",
            "By topic (`secrets`, `configmaps`, `token reviews`, `service account tokens`, `certificate requests`, "
            "`commands in pods`, `connections to pods and nodes`, `permissions`, `admission`, `workloads`, `everything "
            "else`): `least` and `most` that is recorded of a request of anybody but components and nodes.",
        ),
        "recordsNothing": Field("bool", "Whether no request of any topic is recorded."),
        "unrecorded": Field(
            "list",
            "Topics of which some request is not recorded: `topic`, `client`, `verb`, `resource`, `namespace` (one "
            "that a rule names or kube-system, empty where any will do), and `rule`, the rule that does so by its "
            "index, -1 where none matches.",
        ),
        "revealed": Field("list", "Topics of which some record holds a credential: the same, and `level`."),
        "outcomeOmitted": Field("list", "Rules that record, but not how the request ended: `rule`, `level`, `stages`."),
        "unreachable": Field("list", "Rules that never match, since an earlier one does: `rule`, `level`, `by`."),
        "ignoredFields": Field("list", "Fields that no policy has: the server warns and passes over them."),
        "rules": Field("int", "How many there are."),
    },
)


def audit_policy_facts(world: World) -> Iterator[Fact]:
    """One fact for each audit policy."""
    for name, resource in documents(world, _TYPE):
        yield _fact(name, resource, world)


def _fact(name: str, resource: Resource, world: World) -> Fact:
    rules = audit_rules(resource.manifest)
    unclear = _unclear(rules, world)
    few = () if unclear else rules
    found = outcomes(few)
    missed = [(one, one.missed) for one in found if one.missed]
    revealed = [(one, one.revealed) for one in found if one.revealed]
    silent = [rule for rule in few if rule.level != "None" and _DONE in rule.omit_stages]
    shadowed = list(_shadowed(few))
    ignored = list(unknown_fields(name, resource.manifest))
    value: dict[str, Any] = {
        "levels": {one.topic: {"least": one.least, "most": one.most} for one in found},
        "recordsNothing": all(one.most == "None" for one in found),
        "unrecorded": [_about(*one) for one in missed],
        "revealed": [_about(*one) | {"level": one[1][2].level} for one in revealed],
        "outcomeOmitted": [{"rule": one.number, "level": one.level, "stages": list(one.omit_stages)} for one in silent],
        "unreachable": [{"rule": one.number, "level": one.level, "by": by.number} for one, by in shadowed],
        "ignoredFields": [show_path(path) for path in ignored],
        "rules": len(rules),
    }
    of_policy = _DONE in (resource.manifest.get("omitStages") or ())
    places: dict[str, Path] = {
        "recordsNothing": ("rules",),
        "rules": ("rules",),
        **numbered("unrecorded", [_place(one[2].rule) for _, one in missed]),
        **numbered("revealed", [_place(one[2].rule) for _, one in revealed]),
        **numbered("outcomeOmitted", [("omitStages",) if of_policy else ("rules", one.number) for one in silent]),
        **numbered("unreachable", [("rules", one.number) for one, _ in shadowed]),
        **numbered("ignoredFields", ignored),
    }
    return document_fact(AUDIT_POLICY, resource, world, value, places, undecided=unclear)


def _unclear(rules: Sequence[AuditRule], world: World) -> str:
    """Why the policy is not judged, or empty."""
    if len(rules) > MOST_RULES or sum(map(_words, rules)) > _MOST_WORDS:
        return f"the policy is larger than {MOST_RULES} rules of {_MOST_WORDS} words"
    any_group = any(one[0] == "*" for rule in rules for one in rule.resources)
    if any_group and world.cluster.value["minor"] < _ANY_GROUP_SINCE:
        return "a rule names the group *, which API servers before 1.36 refuse, so they do not start"
    return ""


def _words(rule: AuditRule) -> int:
    named = (rule.users, rule.groups, rule.verbs, rule.namespaces, rule.paths)
    return sum(map(len, named)) + sum(1 + len(one[1]) + len(one[2]) for one in rule.resources)


def _place(rule: int) -> Path:
    return ("rules", rule) if rule >= 0 else ("rules",)


def _about(outcome: Outcome, found: tuple[str, Request, Decision]) -> dict[str, Any]:
    client, request, decision = found
    resource = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    about = {"topic": outcome.topic, "client": client, "verb": request.verb, "resource": resource}
    named = "" if request.namespace == SOMEWHERE else request.namespace
    return about | {"namespace": named, "rule": decision.rule}


def _shadowed(rules: Sequence[AuditRule]) -> Iterator[tuple[AuditRule, AuditRule]]:
    """Rules with an earlier rule that matches all of what they match."""
    for at, rule in enumerate(rules):
        by = next((one for one in rules[:at] if _wider(one, rule)), None)
        if by is not None:
            yield rule, by


def _wider(one: AuditRule, other: AuditRule) -> bool:
    """Whether a rule surely matches whatever another one does."""
    for mine, its in (
        (one.users, other.users),
        (one.groups, other.groups),
        (one.verbs, other.verbs),
        (one.namespaces, other.namespaces),
    ):
        if mine and not (its and its <= mine):
            return False
    if one.namespaces or one.resources:
        resource_only = bool(other.namespaces or other.resources)
        return resource_only and (not one.resources or _all_named(one, other))
    if one.paths:
        return bool(other.paths) and all(path in one.paths or "*" in one.paths for path in other.paths)
    return True


def _all_named(one: AuditRule, other: AuditRule) -> bool:
    """Whether every resource that a rule names is among those that another names, by the same words or by none."""
    return bool(other.resources) and all(
        any(
            mine[0] in (its[0], "*")
            and (not mine[1] or ((its[1] and its[1] <= mine[1]) or "*" in mine[1]))
            and (not mine[2] or (its[2] and its[2] <= mine[2]))
            for mine in one.resources
        )
        for its in other.resources
    )
