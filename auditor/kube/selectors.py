"""Selectors of labels in, the question whether they select a set of labels answered."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_DNS_SUBDOMAIN = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_LONGEST_PREFIX = 253


class SelectorError(ValueError):
    """The selector is malformed; the API server would refuse the object."""


class Requirement(NamedTuple):
    """One condition of a selector: `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet it; NotIn and DoesNotExist also hold where the key is absent."""
        value = labels.get(self.key)
        if self.operator == "In":
            return value in self.values
        if self.operator == "NotIn":
            return value not in self.values
        return (value is not None) == (self.operator == "Exists")


class Selector(NamedTuple):
    """The conditions of a LabelSelector, all of which must hold; without any it selects everything."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse_selector(selector: Mapping[str, Any]) -> Selector:
    """A `metav1.LabelSelector` as decoded from a manifest in, the `Selector` to ask out; `SelectorError` if malformed.

    As LabelSelectorAsSelector in k8s.io/apimachinery pkg/apis/meta/v1/helpers.go. What an absent selector means
    differs from field to field and is the caller's knowledge.
    """
    labels = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not isinstance(labels, Mapping) or not isinstance(expressions, list):
        raise SelectorError("matchLabels must be a map and matchExpressions a list")
    exact = (_requirement(key, "In", [value]) for key, value in labels.items())
    return Selector((*exact, *(_expression(expression) for expression in expressions)))


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector selects these labels; `parse_selector` once is cheaper for many objects."""
    return parse_selector(selector).matches(labels)


def matches_all(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the plain map of a Service (or ReplicationController) selects these labels.

    An empty one selects nothing: such a Service gets its endpoints from elsewhere (core/v1 ServiceSpec.selector).
    """
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _expression(expression: Any) -> Requirement:
    if not isinstance(expression, Mapping):
        raise SelectorError("an item of matchExpressions must be a map")
    values = expression.get("values") or []
    if not isinstance(values, list):
        raise SelectorError("the values of a label selector must be a list")
    return _requirement(expression.get("key"), expression.get("operator"), values)


def _requirement(key: Any, operator: Any, values: list[Any]) -> Requirement:
    if not isinstance(key, str) or not _is_label_key(key):
        raise SelectorError(f"{str(key)[:60]!r} is not a label key")
    if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
        raise SelectorError(f"{str(operator)[:60]!r} is not an operator of label selectors")
    if bool(values) != (operator in ("In", "NotIn")):
        raise SelectorError(f"the operator {operator} takes {'no' if values else 'at least one'} value")
    for value in values:
        if not isinstance(value, str) or (value and not re.fullmatch(_NAME, value, re.ASCII)):
            raise SelectorError(f"{str(value)[:60]!r} is not a label value")
    return Requirement(key, operator, tuple(values))


def _is_label_key(key: str) -> bool:
    """Whether it is a qualified name (k8s.io/apimachinery pkg/api/validate/content/kube.go)."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _LONGEST_PREFIX or not re.fullmatch(_DNS_SUBDOMAIN, prefix, re.ASCII)):
        return False
    return re.fullmatch(_NAME, name, re.ASCII) is not None
