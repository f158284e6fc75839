"""The behaviour of the CEL library that we rely on, pinned: where it changes, this module is the place that knows."""

from typing import Any

import pytest

from auditor.engine import cel

NAMES = ("container", "workload")


def truth(text: str, container: Any) -> bool:
    act = cel.Activation({"container": container, "workload": {}, "params": {}, "tables": {}, "today": "2026-11-21"})
    return cel.is_true(cel.compile_text(text, NAMES), act)


@pytest.mark.parametrize(
    ("text", "container", "wanted"),
    [
        ("container.?securityContext.?privileged.orValue(false)", {}, False),
        ("container.?securityContext.?privileged.orValue(false)", {"securityContext": {"privileged": True}}, True),
        ("has(container.image)", {}, False),
        ("'a' in container.list", {"list": ["a"]}, True),
        ("container.n == 1 && container.n == 1.0", {"n": 1}, True),
        ("container.name.matches('^[a-z]+$')", {"name": "web"}, True),
        ("container.list.exists(x, x == container.name)", {"list": ["web"], "name": "web"}, True),
        ("container.map.all(k, container.map[k] > 0)", {"map": {"a": 1}}, True),
        ("cel.bind(x, container.?a.orValue({}), x.?b.orValue(2) == 2)", {}, True),
        ("container.name.lowerAscii().split('-')[0] == 'web'", {"name": "Web-1"}, True),
        ("today < '2026-12-01'", {}, True),
        ("quantityAbove('1Gi', '1000M')", {}, True),
    ],
)
def test_expressions_have_the_value_that_cel_gives_them(text: str, container: Any, wanted: bool) -> None:
    assert truth(text, container) is wanted


@pytest.mark.parametrize(
    ("text", "container"),
    [
        ("container.missing == 1", {}),
        ("container.list[5] == 1", {"list": []}),
        ("container.a.?b.orValue(true)", {"a": "text"}),
        ("container.a > 1", {"a": "text"}),
        ("container.a", {"a": "text"}),
        ("container.a.all(x, x.matches('('))", {"a": ["text"]}),
        ("quantityAbove(container.a, '1')", {"a": "much"}),
    ],
)
def test_what_has_no_truth_is_an_error_and_never_a_verdict(text: str, container: Any) -> None:
    with pytest.raises(cel.EvaluationError):
        truth(text, container)


def test_an_error_does_not_quote_data() -> None:
    with pytest.raises(cel.EvaluationError) as caught:
        truth("container.password", {"password": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["container.(", "unknown.x == 1", "namespace.x == 1", "1 + 'a' == 1", ""])
def test_what_is_no_expression_is_refused_at_load(text: str) -> None:
    with pytest.raises(cel.CompileError):
        cel.compile_text(text, NAMES)


def test_a_comprehension_that_runs_away_is_an_error() -> None:
    many = list(range(300))
    with pytest.raises(cel.EvaluationError):
        truth("container.a.all(x, container.a.all(y, container.a.all(z, x + y + z >= 0)))", {"a": many})


def test_data_as_deep_as_a_document_may_be_is_converted() -> None:
    deep: Any = 1
    for _ in range(128):
        deep = {"a": deep}
    assert truth("has(container.a)", deep)


def test_lists_and_texts_come_back_as_plain_data() -> None:
    act = cel.Activation({"container": {"a": [{"b": [1]}, 2]}})
    assert cel.as_list(cel.compile_text("container.a.filter(x, true)", NAMES), act) == [{"b": [1]}, 2]
    assert cel.as_text(cel.compile_text("'n: ' + string(size(container.a))", NAMES), act) == "n: 2"


def test_lists_come_with_their_keys_in_order() -> None:
    keys = list("hgfedcba")
    act = cel.Activation({"container": {"a": [[dict.fromkeys(keys, 1)]]}})
    ((found,),) = cel.as_list(cel.compile_text("container.a.filter(x, true)", NAMES), act)
    assert list(found) == sorted(keys)


@pytest.mark.parametrize("text", ["1", "optional.none()", "container.missing"])
def test_what_is_no_list_is_an_error(text: str) -> None:
    act = cel.Activation({"container": {}})
    with pytest.raises(cel.EvaluationError):
        cel.as_list(cel.compile_text(text, NAMES), act)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!container.?a.?b.orValue(false)", ["container.a.b"]),
        ("has(container.a.b) && container.x[0].y == 1", ["container.a.b", "container.x", "container.x[*].y"]),
        (
            "container.?env.orValue([]).exists(e, e.?valueFrom.hasValue())",
            ["container.env", "container.env[*].valueFrom"],
        ),
        ("cel.bind(s, container.?s.orValue({}), s.?uid.orValue(0) > 0)", ["container.s.uid"]),
        ("container['a'] == workload.b && params.c", ["container.a", "params.c", "workload.b"]),
        ("[container.a].exists(x, x == {'k': container.b}.k)", ["container.a", "container.b"]),
    ],
)
def test_the_paths_that_an_expression_reads(text: str, wanted: list[str]) -> None:
    assert list(cel.selected_paths(cel.compile_text(text, NAMES))) == wanted
    assert list(cel.selected_paths(cel.compile_text(text))) == wanted
