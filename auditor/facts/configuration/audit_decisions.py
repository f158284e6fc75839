"""The rules of an audit policy and a request in, the level at which the request is recorded out.

The first rule that matches decides, as in EvaluatePolicyRule of k8s.io/apiserver v0.37.1, pkg/audit/policy/checker.go;
`tests/facts/audit-cases.json` holds what that function said.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What the API server is asked: for a resource, or where `resource` is empty for a path."""

    user: str
    groups: tuple[str, ...]
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Decision(NamedTuple):
    """What becomes of a request: `rule` is the index of the rule that decides, -1 where none matches."""

    level: str
    rule: int
    omit_stages: tuple[str, ...]


class AuditRule(NamedTuple):
    """One rule, made ready; an empty set matches everything."""

    number: int
    """Its index in the policy."""
    level: str
    users: frozenset[str]
    groups: frozenset[str]
    verbs: frozenset[str]
    namespaces: frozenset[str]
    resources: tuple[tuple[str, frozenset[str], frozenset[str]], ...]
    """Group, resources with their subresources, and names."""
    paths: tuple[str, ...]
    omit_stages: tuple[str, ...]

    def may_match(self, request: Request) -> bool:
        """Whether the rule is about such requests, whoever sends them for whatever namespace."""
        if self.verbs and request.verb not in self.verbs:
            return False
        if self.namespaces or self.resources:
            return bool(request.resource) and (not self.resources or self._names(request))
        if not self.paths:
            return True
        return not request.resource and any(_covers(path, request.path) for path in self.paths)

    def concerns(self, request: Request) -> bool:
        """Whether the rule is about who sends a request, and about its namespace."""
        return (
            (not self.users or request.user in self.users)
            and (not self.groups or not self.groups.isdisjoint(request.groups))
            and (not self.namespaces or request.namespace in self.namespaces)
        )

    def _names(self, request: Request) -> bool:
        sub = request.subresource
        whole = f"{request.resource}/{sub}" if sub else request.resource
        wanted = {"*", whole, f"{request.resource}/*"} | ({f"*/{sub}"} if sub else set())
        return any(
            group in (request.group, "*")
            and (not resources or (not wanted.isdisjoint(resources) and (not names or request.name in names)))
            for group, resources, names in self.resources
        )


def audit_rules(policy: Mapping[str, Any]) -> tuple[AuditRule, ...]:
    """The rules of a decoded policy, with the stages that the policy omits for all of them."""
    stages = policy.get("omitStages") or []
    return tuple(_rule(index, one, stages) for index, one in enumerate(policy.get("rules") or ()))


def decide(rules: Iterable[AuditRule], request: Request) -> Decision:
    """At which level a request is recorded; None where no rule matches it."""
    for rule in rules:
        if rule.may_match(request) and rule.concerns(request):
            return Decision(rule.level, rule.number, rule.omit_stages)
    return Decision("None", -1, ())


def _covers(path: str, asked: str) -> bool:
    return path in ("*", asked) or (path.endswith("*") and asked.startswith(path.rstrip("*")))


def _rule(index: int, one: Mapping[str, Any], stages: Sequence[str]) -> AuditRule:
    def words(name: str, of: Mapping[str, Any] = one) -> frozenset[str]:
        return frozenset(of.get(name) or ())

    resources = tuple(
        (str(item.get("group", "")), words("resources", item), words("resourceNames", item))
        for item in one.get("resources") or ()
    )
    return AuditRule(
        index,
        str(one.get("level", "")),
        words("users"),
        words("userGroups"),
        words("verbs"),
        words("namespaces"),
        resources,
        tuple(one.get("nonResourceURLs") or ()),
        tuple(dict.fromkeys([*stages, *(one.get("omitStages") or ())])),
    )
