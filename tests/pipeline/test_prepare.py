"""Command line and configuration joined: where the file is found, what it changes, and what wins."""

from pathlib import Path

import pytest

from auditor.model.errors import InvalidDefinition, UsageError
from auditor.pipeline.configuration import find_config
from auditor.pipeline.prepare import Prepared, prepare
from auditor.pipeline.request import Request


def prepared(folder: Path, config: str = "", **options: object) -> Prepared:
    if config:
        (folder / ".kubeplumb.yaml").write_text(config)
    return prepare(Request(paths=(str(folder),), **options))  # type: ignore[arg-type]  # a test's own keywords


def selected(result: Prepared) -> set[str]:
    return {compiled.rule.id for group in result.settings.rules.values() for compiled in group}


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".kubeplumb.yaml").write_text("profile: all\n")
    assert prepared(deep).run.profile == "all"
    (tmp_path / "a" / ".kubeplumb.yaml").write_text("profile: default\n")
    assert prepared(deep).run.profile == "default"


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (tmp_path / ".kubeplumb.yaml").write_text("profile: all\n")
    assert find_config([str(repository)]) == ""


def test_no_config_looks_for_none(tmp_path: Path) -> None:
    result = prepared(tmp_path, "profile: all\n", no_config=True)
    assert (result.run.profile, result.run.config_file) == ("default", "")


def test_the_command_line_wins(tmp_path: Path) -> None:
    config = "profile: all\nfailOn: low\nseverity: medium\nkubernetesVersion: '1.30'\n"
    result = prepared(
        tmp_path, config, profile="default", fail_on="critical", severity="low", kubernetes_version="1.33"
    )
    run = result.run
    assert (run.profile, run.fail_on, run.min_severity, run.kubernetes_version) == (
        "default",
        "critical",
        "low",
        "1.33",
    )


def test_rules_are_enabled_disabled_and_overridden(tmp_path: Path) -> None:
    config = "rules: {disable: [container-privileged]}\n"
    assert "container-privileged" not in selected(prepared(tmp_path, config))
    config = "rules: {severity: {container-privileged: low}}\n"
    assert "container-privileged" not in selected(prepared(tmp_path, config)), "the default profile asks for medium"
    config += "profile: all\n"
    result = prepared(tmp_path, config)
    assert result.settings.severity(result.settings.known_rules["container-privileged"]) == "low"


def test_rule_runs_alone_whatever_its_severity(tmp_path: Path) -> None:
    assert selected(prepared(tmp_path, rules=("container-priv*",))) == {"container-privileged"}


def test_skip_rule_takes_one_away(tmp_path: Path) -> None:
    assert "container-privileged" not in selected(prepared(tmp_path, skip_rules=("container-privileged",)))


def test_what_is_switched_off_is_said(tmp_path: Path) -> None:
    result = prepared(tmp_path, "rules: {disable: [container-privileged]}\nexclude: [old/**]\n", no_waivers=True)
    text = "\n".join(result.run.switched_off)
    assert "container-privileged" in text
    assert "old/**" in text
    assert "--no-waivers" in text


@pytest.mark.parametrize(
    "config",
    [
        "unknown: 1",
        "profile: 7",
        "- a list",
        "a: [",
        "profile: all\n---\nprofile: all",
        "profile: all\nprofile: default",
        "kubernetesVersion: 1.30",
        "waivers: [{rule: container-privileged}]",
        "waivers: [{rule: container-privileged, reason: x, expires: soon}]",
        "rules: {params: {container-privileged: {nothing: 1}}}",
        "rules: {severity: {container-privileged: dreadful}}",
        "rules: {enable: [no-such-rule]}",
    ],
)
def test_what_is_invalid_is_refused(tmp_path: Path, config: str) -> None:
    with pytest.raises(InvalidDefinition):
        prepared(tmp_path, config)


def test_a_profile_that_does_not_exist_is_refused_with_the_others_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        prepared(tmp_path, profile="cis")
    assert "pss-baseline" in caught.value.hint


def test_completeness_is_declared_by_kind_or_for_all(tmp_path: Path) -> None:
    assert not prepared(tmp_path).settings.complete.covers(("NetworkPolicy",))
    assert prepared(tmp_path, "complete: [NetworkPolicy]\n").settings.complete.covers(("NetworkPolicy",))
    assert not prepared(tmp_path, "complete: [NetworkPolicy]\n").settings.complete.covers(("Role",))
    assert prepared(tmp_path, "complete: true\n").settings.complete.covers(("Role",))
    assert prepared(tmp_path, "complete: false\n", complete=("all",)).settings.complete.covers(("Role",))


def test_a_waiver_of_an_unknown_rule_in_the_configuration_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition):
        prepared(tmp_path, "waivers: [{rule: no-such-rule, reason: x}]\n")
