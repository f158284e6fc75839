"""A policy rule of a role in, what it allows out: decided as the RBAC authorizer decides it.

The words are those of plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from auditor.tables.rbac import Pattern, capabilities, cluster_scoped

Rule = Mapping[str, Any]
"""A `rbac.authorization.k8s.io` PolicyRule as decoded from a manifest."""

ALL = "*"
_LONGEST = 160
_FRESH = "\0"
"""Stands for a name that no rule mentions."""
_UNNAMED = frozenset({"create", "deletecollection"})
"""Verbs whose requests on a resource itself carry no name (apiserver pkg/endpoints/request/requestinfo.go)."""
_LISTED = frozenset({"list", "watch"})
_OWN_NAMESPACE = frozenset({"get", "update", "patch", "delete"})


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
    return not _spellings(resource).isdisjoint(resources)


@lru_cache(maxsize=4096)
def _spellings(resource: str) -> frozenset[str]:
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
    return all(any(_covers_one(rule, atom) for rule in owners) for part in servant for atom in _atoms(part))


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


def allowed_words(rule: Rule, *, cluster: bool) -> tuple[str, ...]:
    """The capabilities (tables.rbac) that a rule gives; with `cluster` false, through a RoleBinding."""
    return _words(_key(rule), cluster)


def _key(rule: Rule) -> tuple[tuple[str, ...], ...]:
    verbs, groups, resources, names = map(rule.get, ("verbs", "apiGroups", "resources", "resourceNames"))
    return tuple(verbs or ()), tuple(groups or ()), tuple(resources or ()), tuple(names or ())


@lru_cache(maxsize=16384)
def _words(key: tuple[tuple[str, ...], ...], cluster: bool) -> tuple[str, ...]:
    verbs, groups, resources, names = key
    patterns = _by_group()
    found = {
        word
        for group in ((ALL,) if ALL in groups else groups)
        for word, pattern in patterns.get(group, ())
        if (cluster or not pattern.cluster) and _gives(verbs, resources, names, pattern)
    }
    return tuple(word for word in capabilities() if word in found) if found else ()


@cache
def _by_group() -> Mapping[str, list[tuple[str, Pattern]]]:
    """The patterns of all capabilities by the API groups that a rule may name for them."""
    result: dict[str, list[tuple[str, Pattern]]] = {}
    for word, patterns in capabilities().items():
        for pattern in patterns:
            for group in (ALL, *pattern.groups):
                result.setdefault(group, []).append((word, pattern))
    return result


def _gives(verbs: Sequence[str], resources: Sequence[str], names: Sequence[str], pattern: Pattern) -> bool:
    """Whether a rule for the pattern's group allows one of its requests, on any name or, where it says so, on a listed
    one.
    """
    wanted = pattern.verbs if ALL in verbs else [verb for verb in pattern.verbs if verb in verbs]
    return bool(wanted) and any(
        resource_matches(resources, _spelt(resources, resource))
        and any(_name_allowed(names, verb, resource, pattern) for verb in wanted)
        for resource in pattern.resources
    )


def _spelt(resources: Iterable[str], resource: str) -> str:
    """For `x/?` the subresource of x that the rule names, not one that `*/y` happens to match; else the resource."""
    if not resource.endswith("/?"):
        return resource
    return next((item for item in resources if item.startswith(resource[:-1])), resource)


def _name_allowed(names: Sequence[str], verb: str, resource: str, pattern: Pattern) -> bool:
    if not names:
        return True
    if verb in _UNNAMED and "/" not in resource:
        return "" in names
    return (verb in _LISTED and "" in names) or (pattern.named and any(names))


def breadth(rule: Rule) -> str:
    """How wide wildcards open a rule: `everything`, `group` (everything in some API groups), or empty."""
    if ALL not in (rule.get("verbs") or ()) or ALL not in (rule.get("resources") or ()) or rule.get("resourceNames"):
        return ""
    return "everything" if ALL in (rule.get("apiGroups") or ()) else "group"


def summary(rule: Rule) -> str:
    """`get, list on secrets` or `update on deployments in apps named web`, cut where it gets long."""
    shown = {key: ", ".join(rule.get(key) or ()) for key in ("verbs", "resources", "resourceNames", "nonResourceURLs")}
    text = f"{shown['verbs']} on {shown['resources'] or shown['nonResourceURLs']}"
    groups = ", ".join(group for group in rule.get("apiGroups") or () if group)
    text += f" in {groups}" if groups else ""
    text += f" named {shown['resourceNames']}" if shown["resourceNames"] else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def dead_parts(rule: Rule, *, namespaced: bool) -> list[str]:
    """What in a rule no request can ever match, in words; `namespaced` for the rule of a Role."""
    found = [f"resource {item} matches nothing" for item in rule.get("resources") or () if _dead_resource(item)]
    found += [f"resourceName {item} is no pattern" for item in _dead_names(rule)]
    if _never_named(rule):
        found.append(f"{' and '.join(rule['verbs'])} requests carry no name that resourceNames could match")
    if namespaced:
        found += [
            f"nonResourceURL {item} cannot be granted in a namespace" for item in rule.get("nonResourceURLs") or ()
        ]
        found += [f"{item} lie outside of namespaces" for item in _outside(rule)]
    return found


def _dead_resource(resource: str) -> bool:
    name, _, subresource = resource.partition("/")
    if (
        name == "userextras"
    ):  # The check for many extras at once asks for `userextras/*` (filters/impersonation/mode.go).
        return False
    return ALL in subresource or (ALL in name and (name != ALL or (resource != ALL and not subresource)))


def _dead_names(rule: Rule) -> list[str]:
    """Names with an asterisk: equality decides, but admission asks for `domain/*` of signers, impersonation for `*`."""
    names = [name for name in rule.get("resourceNames") or () if ALL in name]
    verbs = rule.get("verbs") or ()
    odd = any(verb.startswith("impersonate") for verb in verbs) or "signers" in (rule.get("resources") or ())
    return [] if odd or ALL in verbs else names


def _never_named(rule: Rule) -> bool:
    names, verbs, resources = (rule.get(key) or () for key in ("resourceNames", "verbs", "resources"))
    whole = all("/" not in item and item != ALL for item in resources)
    return bool(names and verbs and resources) and "" not in names and whole and set(verbs) <= _UNNAMED


def _outside(rule: Rule) -> list[str]:
    """Resources that lie outside of namespaces in an API group that the rule names.

    A namespace's own object can be read and changed through a RoleBinding, since its path names the namespace, and
    `bind` of a ClusterRole is asked for in the namespace of the RoleBinding (pkg/registry/rbac/escalation_check.go).
    """
    verbs, groups = set(rule.get("verbs") or ()), rule.get("apiGroups") or ()
    found = []
    for item in rule.get("resources") or ():
        name = item.partition("/")[0]
        if not any((group, name) in cluster_scoped() for group in groups):
            continue
        alive = (name == "namespaces" and verbs & {*_OWN_NAMESPACE, ALL}) or (
            name == "clusterroles" and verbs & {"bind", ALL}
        )
        if not alive:
            found.append(item)
    return found
