"""What the README says works."""

import re
from pathlib import Path

import jsonschema
import pytest
import ryaml

from auditor.engine.config import json_schema
from auditor.engine.select import matching
from auditor.pipeline.prepare import all_rules
from auditor.pipeline.rule_tests import run_folder
from tests.conftest import Kubeplumb

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def block(language: str, mark: str) -> str:
    return next(text for kind, text in BLOCKS if kind == language and mark in text)


def test_the_rule_of_five_minutes_works(tmp_path: Path) -> None:
    rule, fixture = block("yaml", "id: image-not-ours"), block("yaml", "image: nginx")
    folder = tmp_path / "rules"
    fixtures = folder / "fixtures" / "image-not-ours"
    fixtures.mkdir(parents=True)
    (folder / "image-not-ours.yaml").write_text(rule)
    (fixtures / "fail-docker-hub.yaml").write_text(fixture)
    (fixtures / "pass-ours.yaml").write_text(fixture.replace("nginx:1.29 # FAIL", "registry.example/nginx:1.29"))
    outcome = run_folder(str(folder))
    assert (outcome.rules, outcome.fixtures, outcome.complaints) == (1, 2, [])


def test_the_configuration_is_valid_and_its_rules_exist() -> None:
    data = ryaml.loads(block("yaml", "failOn" if "failOn" in README else "profile: default"))
    for waiver in data["waivers"]:
        waiver["expires"] = str(waiver["expires"])
    jsonschema.validate(data, json_schema())
    rules = all_rules(())
    named = [*data["rules"]["enable"], *data["rules"]["disable"], *data["rules"]["severity"], *data["rules"]["params"]]
    assert matching(rules, [*named, *(waiver["rule"] for waiver in data["waivers"])])
    for rule, values in data["rules"]["params"].items():
        assert set(values) <= set(rules[rule].params)


def test_the_rules_named_in_text_exist() -> None:
    rules = all_rules(())
    named = set(re.findall(r"(?:kubeplumb:waive |kubeplumb\.dev/waive\.|explain )([a-z0-9-]+)", README))
    assert named
    assert named <= set(rules)


@pytest.mark.parametrize(
    "command",
    [
        *([], ["scan"], ["cluster"], ["rbac-needed"], ["diff"], ["rules"], ["explain"], ["facts"], ["query"]),
        *(["rules", "test"], ["snapshot"], ["snapshot", "show"], ["snapshot", "redact"], ["snapshot", "diff"]),
    ],
)
def test_every_command_has_help(kubeplumb: Kubeplumb, command: list[str]) -> None:
    result = kubeplumb(*command, "--help")
    assert result.code == 0
    assert "Usage" in result.out


def test_the_exit_codes_of_the_readme_are_those_of_the_help(kubeplumb: Kubeplumb) -> None:
    table = set(re.findall(r"^\| (\d+) \|", README, re.MULTILINE))
    helped = " ".join(kubeplumb("scan", "--help").out.split())
    assert table == set(re.findall(r"(?:codes: |, )(\d+) ", helped))
