"""A policy rule of a role in, what it allows out: decided as the RBAC authorizer decides it.

The words are those of plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

Rule = Mapping[str, Any]
"""A `rbac.authorization.k8s.io` PolicyRule as decoded from a manifest."""

ALL = "*"
_FRESH = "\0"
"""Stands for a name that no rule mentions."""


class Request(NamedTuple):
    """The attributes of a request for a resource; `resource` is with its subresource, as in `pods/exec`."""

    verb: str
    group: str
    resource: str
    name: str = ""


def rule_allows(rule: Rule, request: Request) -> bool:
    """Whether the rule allows the request (RuleAllows). Verbs are opaque words: nothing but `*` is a pattern."""
    names = rule.get("resourceNames") or ()
    return (
        _matches(rule.get("verbs") or (), request.verb)
        and _matches(rule.get("apiGroups") or (), request.group)
        and resource_matches(rule.get("resources") or (), request.resource)
        and (not names or request.name in names)
    )


def url_allowed(rule: Rule, verb: str, path: str) -> bool:
    """Whether the rule allows a request for a path that is no resource (NonResourceURLMatches)."""
    return _matches(rule.get("verbs") or (), verb) and any(
        _url_covers(url, path) for url in rule.get("nonResourceURLs") or ()
    )


def resource_matches(resources: Iterable[str], resource: str) -> bool:
    """Whether a rule's resources hold one: `*` is all with their subresources, `*/exec` one subresource of all."""
    return not spellings(resource).isdisjoint(resources)


@lru_cache(maxsize=4096)
def spellings(resource: str) -> frozenset[str]:
    """The words for a resource, or for more than it, in a rule."""
    _, slash, subresource = resource.partition("/")
    return frozenset({ALL, resource, f"*/{subresource}"} if slash and subresource else {ALL, resource})


def _matches(allowed: Sequence[str], wanted: str) -> bool:
    return ALL in allowed or wanted in allowed


def _url_covers(url: str, path: str) -> bool:
    return url == path or (url.endswith("*") and path.startswith(url.rstrip("*")))


def covers(owner: Iterable[Rule], servant: Iterable[Rule]) -> bool:
    """Whether everything that `servant` permits is permitted by `owner`.

    As Covers of k8s.io/component-helpers auth/rbac/validation/policy_comparator.go: each single permission must be
    covered by one rule.
    """
    owners = list(owner)
    return all(
        part in owners or all(any(_covers_one(rule, atom) for rule in owners) for atom in _atoms(part))
        for part in servant
    )


def _atoms(rule: Rule) -> Iterator[tuple[str, Request | str]]:
    """Single permissions: of a resource rule the requests (name `_FRESH` where any will do), of the rest paths."""
    for verb in rule.get("verbs") or ():
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for name in rule.get("resourceNames") or (_FRESH,):
                    yield verb, Request(verb, group, resource, name)
        for url in rule.get("nonResourceURLs") or ():
            yield verb, url


def _covers_one(rule: Rule, atom: tuple[str, Request | str]) -> bool:
    verb, what = atom
    return url_allowed(rule, verb, what) if isinstance(what, str) else rule_allows(rule, what)
