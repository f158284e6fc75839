"""The rules of an audit policy in, for each kind of request that matters the least and the most that is recorded out.

Users, namespaces and verbs are tried one by one: matching is by whole words, so that a word which no rule names stands
for all such words.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from auditor.facts.configuration.audit_decisions import AuditRule, Decision, Request, decide
from auditor.facts.configuration.checks import LEVELS
from auditor.tables.folder import load_table

MOST_RULES: Final = 300
"""A policy with more rules is not looked into."""
_MOST_NAMESPACES: Final = 12
_NOBODY: Final = "kubeplumb-somebody"
"""A name that no policy holds."""
SOMEWHERE: Final = "kubeplumb-somewhere"
"""A namespace that no policy names."""
_CLIENTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "users": (_NOBODY, ("system:authenticated",)),
    "administrators": (_NOBODY, ("system:masters", "system:authenticated")),
    "service accounts": (
        f"system:serviceaccount:{SOMEWHERE}:{_NOBODY}",
        ("system:serviceaccounts", f"system:serviceaccounts:{SOMEWHERE}", "system:authenticated"),
    ),
    "anonymous clients": ("system:anonymous", ("system:unauthenticated",)),
}
"""Who asks; components and nodes, which policies leave out for good reasons, are not among them."""


class Outcome(NamedTuple):
    """What becomes of the requests of a topic."""

    topic: str
    least: str
    most: str
    missed: tuple[str, Request, Decision] | None
    """A request that is not recorded at all."""
    revealed: tuple[str, Request, Decision] | None
    """A request whose record holds a credential."""


def outcomes(rules: Sequence[AuditRule]) -> list[Outcome]:
    """The outcome of every topic of `rules/data/audit-topics.json`."""
    named = [name for rule in rules for name in sorted(rule.namespaces) if name]
    namespaces = tuple(dict.fromkeys((SOMEWHERE, "kube-system", *named)))[:_MOST_NAMESPACES]
    return [_outcome(name, asked, rules, namespaces) for name, asked in _topics()]


def _outcome(
    topic: str, asked: Sequence[tuple[Request, bool, str]], rules: Sequence[AuditRule], namespaces: Sequence[str]
) -> Outcome:
    least, most = len(LEVELS) - 1, 0
    missed = revealed = None
    for request, namespaced, reveals in asked:
        about = [rule for rule in rules if rule.may_match(request)]
        for client, one in _sent(request, namespaces if namespaced else ("",)):
            decision = decide(about, one)
            level = LEVELS.index(decision.level) if decision.level in LEVELS else 0
            least, most = min(least, level), max(most, level)
            if not level and missed is None:
                missed = client, one, decision
            if reveals and level >= LEVELS.index(reveals) and revealed is None:
                revealed = client, one, decision
    return Outcome(topic, LEVELS[least], LEVELS[most], missed, revealed)


def _sent(request: Request, namespaces: Sequence[str]) -> Iterator[tuple[str, Request]]:
    for client, (user, groups) in _CLIENTS.items():
        for namespace in namespaces:
            yield client, request._replace(user=user, groups=groups, namespace=namespace)


@cache
def _topics() -> tuple[tuple[str, tuple[tuple[Request, bool, str], ...]], ...]:
    """Each topic with its requests: whether for a namespace, and the level that reveals something."""
    table = load_table("audit-topics")
    scoped = frozenset(table["cluster_scoped"])
    return tuple((name, tuple(_asked(topic, scoped))) for name, topic in table["topics"].items())


def _asked(topic: Mapping[str, Any], scoped: frozenset[str]) -> Iterator[tuple[Request, bool, str]]:
    for text, verbs in topic["resources"].items():
        group, resource, sub = (*text.split("/"), "")[:3]
        for verb in verbs.split():
            request = Request("", (), verb, group, resource, sub, name=_NOBODY)
            yield request, resource not in scoped, topic.get("reveals", {}).get(verb, "")
