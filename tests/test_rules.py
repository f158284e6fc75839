"""Every rule against its fixtures: the file name is the verdict, the marked line is the finding's line."""

from pathlib import Path

import pytest

from auditor.engine.lint import complaints
from auditor.engine.load import rule_files
from auditor.pipeline.prepare import all_rules
from auditor.pipeline.rule_tests import cases, check_case, check_rule
from auditor.pipeline.subjects import SUBJECTS

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures" / "rules"
RULES = all_rules(())


@pytest.mark.parametrize("rule", sorted(RULES))
def test_fixtures_give_the_verdict_in_their_name(rule: str) -> None:
    assert check_rule(RULES[rule], RULES, cases(FIXTURES / rule)) == []


def test_every_rule_has_fixtures_and_every_fixture_a_rule() -> None:
    assert {folder.name for folder in FIXTURES.iterdir()} == set(RULES)


@pytest.mark.parametrize("file", rule_files(ROOT / "rules"), ids=lambda file: file.stem)
def test_rule_file_is_well_formed(file: Path) -> None:
    import ryaml

    text = file.read_text("utf-8")
    data = ryaml.loads(text)
    assert complaints(data, str(file), SUBJECTS) == []
    assert data["id"] == file.stem, "the file is named after the rule"
    assert len(text.splitlines()) - _prose(data) < 40, "a rule file stays under 40 lines, prose apart"
    assert data["rationale"].rstrip().endswith("."), "the rationale is made of sentences"
    assert data.get("references"), "a rule names its primary sources"


def _prose(data: dict[str, str]) -> int:
    return sum(len(data[key].splitlines()) for key in ("rationale", "remediation"))


def test_a_wrong_fixture_is_noticed(tmp_path: Path) -> None:
    rule = RULES["container-privileged"]
    good = (FIXTURES / rule.id / "pass-unset.yaml").read_text()
    (tmp_path / "fail-unmarked.yaml").write_text(good)
    (tmp_path / "pass-privileged.yaml").write_text(f"{good}      securityContext: {{privileged: true}}\n")
    (tmp_path / "fail-wrong-line.yaml").write_text(f"{good} # FAIL\n      securityContext: {{privileged: true}}\n")
    found = [text for case in cases(tmp_path) for text in check_case(rule, RULES, case)]
    assert len(found) >= 4
