"""A program whose types were not checked again has the values of the one whose were, whatever it runs on."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from auditor.engine import cel
from auditor.engine.lint import complaints
from auditor.engine.load import rule_files
from auditor.pipeline.prepare import all_rules
from auditor.pipeline.rule_tests import cases, check_case
from auditor.pipeline.subjects import SUBJECTS

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "rules"
RULES = all_rules(())
VARIABLES = tuple(subject.variable for subject in SUBJECTS.values())


class Both:
    """A program that is evaluated with and without its types checked."""

    compared = 0

    def __init__(self, text: str, variables: tuple[str, ...]) -> None:
        self.programs = [
            cel.environment(variables).compile(text, disable_check=False),
            cel.environment().compile(text, disable_check=True),
        ]
        self.text = text

    def eval(self, act: Any) -> Any:
        """The value that both have."""
        values = [program.eval(act) for program in self.programs]
        types = [value.type().name() for value in values]
        assert types[0] == types[1], self.text
        if types[0] != "ERROR":
            assert values[0].plain_value() == values[1].plain_value(), self.text
        Both.compared += 1
        return values[1]

    def serialize(self) -> bytes:
        """The checked program."""
        return bytes(self.programs[0].serialize())


def test_programs_of_all_rules_on_their_fixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    @cache
    def compile_both(text: str, variables: tuple[str, ...] = VARIABLES) -> Any:
        return Both(text, variables)

    monkeypatch.setattr(cel, "compile_text", compile_both)
    for name, rule in RULES.items():
        for case in cases(FIXTURES / name):
            assert list(check_case(rule, RULES, case)) == []
    assert Both.compared > len(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "container.types.exists(type, type == 'a') && type(container.types) == list",
        "container.keys.all(string, string.size() == 1) ? [1] : []",
        "optional.of(container.size).orValue(2) + math.greatest(1, 2)",
        "cel.bind(container, container.inner, container.size)",
        "container.size == '1' ? 'text' : 'number'",
        "container.types.map(int, int + '!').join(', ')",
        "container.absent.size == 1",
        "container.size + container.types",
    ],
)
def test_names_of_types_and_functions_mean_the_same(text: str) -> None:
    data = {"container": {"size": 1, "types": ["a", "b"], "keys": ["x"], "inner": {"size": 3}}}
    Both(text, ("container",)).eval(cel.Activation(data).converted())


def test_types_are_checked_where_a_rule_is_loaded() -> None:
    (file,) = [one for one in rule_files(ROOT / "rules") if one.stem == "container-privileged"]
    import ryaml

    data = {**ryaml.loads(file.read_text("utf-8")), "expression": "'a' + 1 == 2"}
    assert any("no matching overload" in found for found in complaints(data, str(file), SUBJECTS))
