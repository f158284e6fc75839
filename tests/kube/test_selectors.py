"""Label selectors as the API server decides them."""

from typing import Any

import pytest

from auditor.kube.selectors import SelectorError, matches, matches_all

LABELS = {"app": "web", "tier": "front", "empty": ""}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {}, "matchExpressions": []}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchLabels": {"empty": ""}}, True),
        ({"matchLabels": {"absent": ""}}, False),
        (_expression("app", "In", "api", "web"), True),
        (_expression("app", "In", "api"), False),
        (_expression("absent", "In", "api"), False),
        (_expression("app", "NotIn", "web"), False),
        (_expression("app", "NotIn", "api"), True),
        (_expression("absent", "NotIn", "api"), True),
        (_expression("empty", "Exists"), True),
        (_expression("absent", "Exists"), False),
        (_expression("absent", "DoesNotExist"), True),
        (_expression("empty", "DoesNotExist"), False),
        ({"matchLabels": {"app": "web"}, **_expression("tier", "NotIn", "front")}, False),
        ({"matchExpressions": [{"key": "example.com/app", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_a_selector_selects_when_all_conditions_hold(selector: dict[str, Any], selected: bool) -> None:
    assert matches(selector, LABELS) is selected


@pytest.mark.parametrize(
    "selector",
    [
        _expression("app", "In"),
        _expression("app", "NotIn"),
        _expression("app", "Exists", "web"),
        _expression("app", "DoesNotExist", "web"),
        _expression("app", "Gt", "1"),
        _expression("app", "in", "web"),
        _expression("", "Exists"),
        _expression("a b", "Exists"),
        _expression("Upper.Case/app", "Exists"),
        _expression("a/b/c", "Exists"),
        _expression("app", "In", "not valid"),
        {"matchLabels": {"app": "x" * 64}},
        {"matchLabels": {"app": 1}},
        {"matchLabels": ["app"]},
        {"matchExpressions": {"key": "app"}},
        {"matchExpressions": ["app"]},
        {"matchExpressions": [{"operator": "Exists"}]},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": "web"}]},
    ],
)
def test_malformed_selectors_are_refused(selector: dict[str, Any]) -> None:
    with pytest.raises(SelectorError):
        matches(selector, LABELS)


def test_the_plain_map_of_a_service() -> None:
    assert matches_all({"app": "web"}, LABELS)
    assert not matches_all({"app": "web", "tier": "back"}, LABELS)
    assert not matches_all({}, LABELS)
