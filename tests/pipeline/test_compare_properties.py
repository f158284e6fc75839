"""Of any two reports: no finding and no object is lost or counted twice, and nothing is fixed without an answer."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from auditor.model.findings import Report, Verdict
from auditor.model.refs import ObjectRef
from auditor.pipeline.compare import PROBLEMS
from tests.pipeline.test_compare import (
    API,
    BROKEN,
    INTERRUPTED,
    NO_FOLDER,
    NOT_SHOP,
    NOT_WEB,
    ONLY_OTHERS,
    SHOP,
    WEB,
    compared,
    entry,
    found,
    hiding,
    made,
    without_rule,
)
from tests.renderers.examples import run

RULE_NAMES = ("run-as-root", "capability-added", "token-automounted")
VERDICT_NAMES: tuple[Verdict, ...] = ("fail", "waived", "manual", "not-evaluated", "rule-error")
TARGETS = (WEB, API, SHOP, ObjectRef("", "Cluster", "", ""))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports of few words, so that two have much in common; fingerprints may even be there twice."""
    findings = draw(
        st.lists(
            st.builds(
                found,
                st.sampled_from(RULE_NAMES),
                st.sampled_from(TARGETS),
                st.sampled_from(VERDICT_NAMES),
                st.sampled_from(("deploy/a.yaml", "deploy/b.yaml")),
                container=st.sampled_from(("", "a")),
                world=st.sampled_from(("deploy", "other")),
            ),
            max_size=8,
        )
    )
    objects = draw(
        st.lists(
            st.builds(entry, st.sampled_from(TARGETS[:3]), st.sampled_from("12"), st.sampled_from(("deploy", "other"))),
            max_size=5,
        )
    )
    about = draw(st.sampled_from((run(), INTERRUPTED, ONLY_OTHERS, NOT_SHOP, NOT_WEB)))
    gaps = draw(st.sampled_from(([], BROKEN, NO_FOLDER)))
    whole = made(findings, sorted(objects), about=about, gaps=gaps)
    whole = without_rule(whole, draw(st.sampled_from((*RULE_NAMES, ""))))
    return hiding(whole, draw(st.sampled_from(("info", "high"))))


def problems(given: Report) -> Counter[int]:
    return Counter(id(one) for one in given.findings if one.verdict in PROBLEMS)


@given(reports(), reports())
def test_every_finding_is_in_exactly_one_class(before: Report, after: Report) -> None:
    comparison = compared(before, after)
    old = [
        one.before if one.outcome == "unchanged" else one.finding
        for one in comparison.differences
        if one.outcome != "new"
    ]
    new = [one.finding for one in comparison.differences if one.outcome in ("new", "unchanged")]
    assert Counter(map(id, old)) == problems(before)
    assert Counter(map(id, new)) == problems(after)


@given(reports(), reports())
def test_every_object_is_counted_once(before: Report, after: Report) -> None:
    comparison = compared(before, after)
    kinds = Counter(one.change for one in comparison.objects)
    unread = Counter(bool(one.after) for one in comparison.objects if one.change == "unread")
    assert kinds["went"] + unread[False] + kinds["changed"] + comparison.same_objects == len(before.objects)
    assert kinds["came"] + unread[True] + kinds["changed"] + comparison.same_objects == len(after.objects)


@given(reports(), reports())
def test_nothing_is_fixed_without_an_answer(before: Report, after: Report) -> None:
    """Said once more in the plainest way: the rule ran, the whole run ended, and it left nothing open there."""
    comparison = compared(before, after)
    for one in comparison.of("fixed"):
        rule = next(rule for rule in after.rules if rule.id == one.finding.rule)
        same = [other for other in after.findings if (other.rule, other.ref) == (rule.id, one.finding.ref)]
        several = len({other.world for report in (before, after) for other in (*report.objects, *report.findings)}) > 1
        here = [other for other in same if not several or other.world == one.finding.world]
        assert not [other for other in here if other.verdict in ("not-evaluated", "rule-error")]
        assert not after.run.interrupted


@given(reports())
def test_a_report_does_not_differ_from_itself(given: Report) -> None:
    comparison = compared(given, given)
    assert {one.outcome for one in comparison.differences} <= {"unchanged"}
    assert not comparison.changed
    assert not comparison.objects
    assert not comparison.new_gaps
    assert not comparison.closed_gaps


@given(reports(), reports())
def test_what_is_new_one_way_is_lost_the_other_way(before: Report, after: Report) -> None:
    there, back = compared(before, after), compared(after, before)
    assert len(there.of("unchanged")) == len(back.of("unchanged"))
    assert len(there.of("new")) == len(back.differences) - len(back.of("unchanged")) - len(back.of("new"))
