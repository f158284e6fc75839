"""A rule of a role in, what it permits and what of it is dead in words out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from auditor.facts.rbac.rules import ALL, Rule, spellings
from auditor.tables.rbac import Pattern, capabilities, cluster_scoped

Words = tuple[str, ...]
Candidate = tuple[str, Pattern, str]
"""A capability, and a pattern of it with one of its resources."""

_PARTS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
_LONGEST = 160
_UNNAMED = frozenset({"create", "deletecollection"})
"""Verbs whose requests on a resource itself carry no name (apiserver pkg/endpoints/request/requestinfo.go)."""
_LISTED = frozenset({"list", "watch"})
_OWN_NAMESPACE = frozenset({"get", "update", "patch", "delete"})


class Told(NamedTuple):
    """What a rule permits, in words."""

    cluster: Words
    """The capabilities (tables.rbac) that it gives."""
    namespace: Words
    """Those that it gives through a RoleBinding."""
    breadth: str
    """How wide wildcards open it: `everything`, `group` (everything in some API groups), or empty."""
    summary: str
    """`get, list on secrets` or `update on deployments in apps named web`, cut where it gets long."""
    dead: Words
    """What in it no request can ever match, in words, wherever it stands."""

    def allows(self, *, cluster: bool) -> Words:
        """The capabilities that it gives in all of the cluster, or else in a namespace."""
        return self.cluster if cluster else self.namespace


def told(rule: Rule) -> Told:
    """What a rule permits, in words; of rules that are alike it is worked out once."""
    return _told(*[tuple(words) if words else () for words in map(rule.get, _PARTS)])


@lru_cache(maxsize=16384)
def _told(verbs: Words, groups: Words, resources: Words, names: Words, urls: Words) -> Told:
    allowed = frozenset(verbs)
    given = {
        (capability, pattern.cluster)
        for capability, pattern, resource in _candidates(groups, resources)
        if _gives(allowed, names, pattern, resource)
    }
    return Told(
        _in_order({capability for capability, _ in given}),
        _in_order({capability for capability, beyond in given if not beyond}),
        _breadth(verbs, groups, resources, names),
        _summary(verbs, groups, resources, names, urls),
        tuple(_dead(verbs, resources, names)),
    )


def _candidates(groups: Words, resources: Words) -> Iterator[Candidate]:
    """The capabilities that a rule on these resources gives if its verbs and names suffice."""
    known = _by_resource()
    for group in (ALL,) if ALL in groups else groups:
        for resource in resources if group in known else ():
            yield from known[group].get(resource, ())
            name, slash, _ = resource.partition("/")
            if slash and name != ALL:
                yield from known[group].get(f"{name}/?", ())


@cache
def _by_resource() -> Mapping[str, Mapping[str, Sequence[Candidate]]]:
    """All capabilities by the API groups and the resources that a rule may name for them.

    The capabilities of `x/?` are given by any subresource of x that a rule names; `*/y` names none of them.
    """
    result: dict[str, dict[str, list[Candidate]]] = {}
    for capability, patterns in capabilities().items():
        for pattern in patterns:
            for group in (ALL, *pattern.groups):
                for resource in pattern.resources:
                    for words in spellings(resource):
                        found = result.setdefault(group, {}).setdefault(words, [])
                        found.append((capability, pattern, resource))
    return result


def _in_order(found: Collection[str]) -> Words:
    return tuple(word for word in capabilities() if word in found) if found else ()


def _gives(verbs: frozenset[str], names: Words, pattern: Pattern, resource: str) -> bool:
    """Whether a rule for one of the pattern's resources allows one of its requests, on any name or, where it says so,
    on a listed one.
    """
    if ALL not in verbs and verbs.isdisjoint(pattern.verbs):
        return False
    if not names:
        return True
    wanted = (verb for verb in pattern.verbs if ALL in verbs or verb in verbs)
    return any(_name_allowed(names, verb, resource, pattern) for verb in wanted)


def _name_allowed(names: Sequence[str], verb: str, resource: str, pattern: Pattern) -> bool:
    if verb in _UNNAMED and "/" not in resource:
        return "" in names
    return (verb in _LISTED and "" in names) or (pattern.named and any(names))


def _breadth(verbs: Words, groups: Words, resources: Words, names: Words) -> str:
    if ALL not in verbs or ALL not in resources or names:
        return ""
    return "everything" if ALL in groups else "group"


def _summary(verbs: Words, groups: Words, resources: Words, names: Words, urls: Words) -> str:
    text = f"{', '.join(verbs)} on {', '.join(resources) or ', '.join(urls)}"
    where, which = ", ".join(filter(None, groups)), ", ".join(names)
    text += f" in {where}" if where else ""
    text += f" named {which}" if which else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _dead(verbs: Words, resources: Words, names: Words) -> Iterator[str]:
    for item in resources:
        if ALL in item and _dead_resource(item):
            yield f"resource {item} matches nothing"
    if names:
        for item in _dead_names(verbs, resources, names):
            yield f"resourceName {item} is no pattern"
        if _never_named(verbs, resources, names):
            yield f"{' and '.join(verbs)} requests carry no name that resourceNames could match"


def _dead_resource(resource: str) -> bool:
    name, _, subresource = resource.partition("/")
    if (
        name == "userextras"
    ):  # The check for many extras at once asks for `userextras/*` (filters/impersonation/mode.go).
        return False
    return ALL in subresource or (ALL in name and (name != ALL or (resource != ALL and not subresource)))


def _dead_names(verbs: Words, resources: Words, names: Words) -> list[str]:
    """Names with an asterisk: equality decides, but admission asks for `domain/*` of signers, impersonation for `*`."""
    odd = any(verb.startswith("impersonate") for verb in verbs) or "signers" in resources
    return [] if odd or ALL in verbs else [name for name in names if ALL in name]


def _never_named(verbs: Words, resources: Words, names: Words) -> bool:
    whole = all("/" not in item and item != ALL for item in resources)
    return bool(verbs and resources) and "" not in names and whole and set(verbs) <= _UNNAMED


def dead_in_namespace(rule: Rule) -> Iterator[str]:
    """What else no request can match, in words, where the rule stands in a Role."""
    for url in rule.get("nonResourceURLs") or ():
        yield f"nonResourceURL {url} cannot be granted in a namespace"
    for item in _outside(rule):
        yield f"{item} lie outside of namespaces"


def _outside(rule: Rule) -> list[str]:
    """Resources that lie outside of namespaces in an API group that the rule names.

    A namespace's own object can be read and changed through a RoleBinding, since its path names the namespace, and
    `bind` of a ClusterRole is asked for in the namespace of the RoleBinding (pkg/registry/rbac/escalation_check.go).
    """
    verbs, groups, scoped = set(rule.get("verbs") or ()), rule.get("apiGroups") or (), cluster_scoped()
    found = []
    for item in rule.get("resources") or ():
        name = item.partition("/")[0]
        if not any((group, name) in scoped for group in groups):
            continue
        alive = (name == "namespaces" and verbs & {*_OWN_NAMESPACE, ALL}) or (
            name == "clusterroles" and verbs & {"bind", ALL}
        )
        if not alive:
            found.append(item)
    return found
