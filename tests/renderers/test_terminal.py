"""The terminal report: whole outputs at two widths, what comes first, what is counted, and that nothing escapes."""

import re
from dataclasses import replace

import pytest

from auditor.model.findings import SEVERITIES, Finding, Report
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.renderers.terminal import render
from auditor.renderers.terminal_groups import by_object, containers, entries_of
from auditor.renderers.terminal_page import Page
from auditor.renderers.terminal_summary import SCREEN, summary
from tests.renderers.examples import finding, ref
from tests.renderers.reports import REPORTS, crowd
from tests.renderers.snapshot import check

SHOP = REPORTS["shop"]
_SGR = re.compile("\x1b\\[([0-9;]*)m")


def summary_of(report: Report, width: int = 80) -> list[str]:
    """The lines of the summary."""
    page = Page(width, color=False)
    summary(page, report, by_object(one for one in report.findings if one.verdict == "fail"), worlds=True)
    lines = page.text().split("\n")[:-1]
    assert render(report, width=width, color=False).split("\n")[0] == lines[0]
    return lines


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_snapshot(name: str, width: int) -> None:
    check(f"{name}-{width}.txt", render(REPORTS[name], width=width, color=False))


def test_snapshot_in_colour() -> None:
    check("shop-colour.txt", render(SHOP, width=80, color=True).replace("\x1b", "\\e"))


def test_snapshot_verbose() -> None:
    check("shop-verbose.txt", render(SHOP, width=80, color=False, verbose=True))


def test_snapshot_of_a_crowd() -> None:
    check("crowd-80.txt", render(crowd(1000), width=80, color=False))


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_colour_adds_nothing_but_colour(name: str, width: int) -> None:
    assert _SGR.sub("", render(REPORTS[name], width=width, color=True)) == render(
        REPORTS[name], width=width, color=False
    )


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_only_styles_and_the_sixteen_colours_are_used(name: str) -> None:
    codes = {code for group in _SGR.findall(render(REPORTS[name], width=80, color=True)) for code in group.split(";")}
    assert codes <= {"0", "1", "2", "7", "31", "32", "35"}


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize("verbose", [False, True])
def test_plain_output_holds_no_control_character(name: str, verbose: bool) -> None:
    text = render(REPORTS[name], width=80, color=False, verbose=verbose)
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_text_is_never_taken_for_markup() -> None:
    assert "[red]x[/red]" in render(REPORTS["hostile"], width=200, color=False)


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_summary_fits_one_screen(name: str, width: int) -> None:
    lines = summary_of(REPORTS[name], width)
    assert len(lines) < SCREEN
    assert all(len(line) <= width for line in lines)


def test_the_fullest_summary_fits_one_screen() -> None:
    gaps = [Gap(f"code-{number}", "why " * 40, "some/file.yaml", number) for number in range(60)]
    worst = crowd(40)
    errors = REPORTS["rule-error"]
    full = replace(
        worst,
        run=SHOP.run._replace(interrupted=True),
        coverage=SHOP.coverage,
        rules=[*worst.rules, *errors.rules, *SHOP.rules],
        gaps=gaps,
        waivers=SHOP.waivers,
        hidden={"info": 3},
    )
    assert len(summary_of(full)) < SCREEN


@pytest.mark.parametrize("name", ["shop", "gaps", "hostile"])
def test_what_was_not_read_is_never_below_the_fold(name: str) -> None:
    report = REPORTS[name]
    first = render(report, width=80, color=False).split("\n")[: SCREEN // 2]
    assert any(line.startswith(f"not read    {len(report.gaps)} gaps") for line in first)
    assert any(gap.code in line for gap in report.gaps for line in first)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_finding_is_told_with_its_rule_and_place_when_verbose(name: str) -> None:
    text = render(REPORTS[name], width=2000, color=False, verbose=True)
    for one in REPORTS[name].findings:
        assert one.rule in text
        assert one.verdict == "not-evaluated" or repr(str(one.place))[1:-1] in text


def test_nothing_read_is_not_clean_and_a_clean_run_says_so() -> None:
    assert "nothing out of 4 files" in render(REPORTS["empty"], width=80, color=False)
    assert "failed" not in render(REPORTS["empty"], width=80, color=False)
    assert "failed      nothing\n" in render(REPORTS["clean"], width=80, color=False)
    assert "failed      nothing, in what could be judged\n" in render(REPORTS["gaps"], width=80, color=False)


def test_a_crowd_is_cut_and_what_is_cut_is_counted() -> None:
    short = render(crowd(1000), width=80, color=False)
    assert short.count("\n") < 450
    assert "980 more objects with 4,900 findings" in short
    assert render(crowd(1000), width=80, color=False, verbose=True).count("\nDeployment/") == 1000


def test_many_findings_on_one_object_are_cut_and_counted() -> None:
    many = [
        finding("run-as-root", ref("Pod/a/b", "v1"), Place("a.yaml", line, 1), f"item {line}", {"x": line})
        for line in range(1, 101)
    ]
    assert "88 more findings on this object" in render(replace(SHOP, findings=many), width=80, color=False)


def test_sections_are_cut_and_counted_as_well() -> None:
    gaps = [Gap("yaml-syntax", "bad", "a.yaml", line, 1) for line in range(1, 41)]
    waived = [
        replace(SHOP.findings[0], verdict="waived", ref=ref(f"Pod/a/p{number}", "v1"), waiver=SHOP.waivers[0].waiver)
        for number in range(40)
    ]
    text = render(replace(SHOP, gaps=gaps, findings=waived), width=80, color=False)
    assert "  25 more gaps: --verbose\n" in text
    assert "  25 more findings: --verbose\n" in text


def _root(container: str, line: int, message: str = "container {} may run as root") -> Finding:
    words, place = message.format(container), Place("a.yaml", line, 1)
    return finding("run-as-root", ref("Pod/a/b", "v1"), place, words, {"x": 1}, container=container)


def test_the_same_words_about_several_containers_are_one_entry() -> None:
    (entry,) = entries_of([_root("web", 3), _root("proxy", 9)])
    assert entry.message == "container may run as root (web, proxy)"
    assert len(entries_of([_root("web", 3), _root("proxy", 9, "container {} runs as 0")])) == 2


def test_many_containers_are_counted() -> None:
    assert containers([_root(f"c{number}", 1) for number in range(10)]).endswith("c7 and 2 more")


def test_entries_at_the_same_places_share_their_source() -> None:
    web = _root("web", 3)
    (group,) = by_object([web, replace(web, rule="image-not-pinned", message="other"), _root("proxy", 3, "{} other")])
    assert [len(block.entries) for block in group.blocks] == [3]


def test_the_object_with_the_loudest_findings_comes_first_and_the_platforms_own_last() -> None:
    groups = by_object([one for one in SHOP.findings if one.verdict == "fail"])
    ranks = [(bool(group.platform), *(-group.counts[severity] for severity in SEVERITIES)) for group in groups]
    assert ranks == sorted(ranks)
    assert groups[-1].platform


def test_a_place_is_never_cut_or_wrapped() -> None:
    path = "deploy/" + "deep/" * 30 + "web.yaml"
    one = replace(SHOP.findings[0], place=Place(path, 7, 3))
    assert f"{path}:7:3\n" in render(replace(SHOP, findings=[one]), width=80, color=False)


def test_the_worst_objects_keep_their_names_beside_long_worlds() -> None:
    deep = "a/very/long/way/down/into/a/repository/of/manifests"
    findings = [replace(SHOP.findings[0], world=world) for world in (deep, "b")]
    objects = [SHOP.objects[0]._replace(world=world) for world in (deep, "b")]
    text = render(replace(SHOP, findings=findings, objects=objects), width=80, color=False)
    name = str(SHOP.findings[0].ref)
    rows = [line for line in text.splitlines() if line.startswith(f"  {name}")]
    assert any("manifests]" in row for row in rows), text


def test_what_was_not_evaluated_is_said_once_for_each_reason_and_reasons_of_the_same_rules_together() -> None:
    blind = [
        finding(rule, ref(f"Pod/{name}/*", "v1"), Place(""), "?", {}, verdict="not-evaluated", reason=f"none in {name}")
        for name in ("a", "b", "c", "d", "e")
        for rule in ("run-as-root", "container-privileged")
    ]
    alone = replace(blind[0], reason="another")
    text = render(replace(SHOP, findings=[*blind, blind[0], alone]), width=80, color=False)
    assert text.partition("12 not evaluated\n")[2].partition("\n\n")[0].splitlines() == [
        "        3   none in a",
        "        2   none in b",
        "        2   none in c",
        "        4   2 more reasons for the same rules",
        "            2 rules: container-privileged, run-as-root",
        "        1   another",
        "            run-as-root",
    ]
    whole = render(replace(SHOP, findings=blind), width=80, color=False, verbose=True)
    assert [line for line in whole.splitlines() if "none in" in line] == [f"        2   none in {n}" for n in "abcde"]


def test_a_long_list_of_rules_is_counted_and_whole_with_verbose() -> None:
    rules = [f"rule-{number:02}" for number in range(40)]
    one = finding("run-as-root", ref("Pod/a/*", "v1"), Place(""), "?", {}, verdict="not-evaluated", reason="none")
    report = replace(SHOP, findings=[replace(one, rule=rule) for rule in rules])
    short, whole = (render(report, width=80, color=False, verbose=verbose) for verbose in (False, True))
    assert " ".join(short.split()).count("40 rules: rule-00, rule-01,") == 1
    assert "rule-11 and 28 more\n" in short
    assert f"40 rules: {', '.join(rules)}" in " ".join(whole.split())
