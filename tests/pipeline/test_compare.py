"""What becomes of findings, objects and gaps between two reports: each class, each reason, and that none is lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from auditor.model.comparison import Comparison, Difference, Side
from auditor.model.findings import Finding, Report, Run, Verdict, Waiver
from auditor.model.inventory import Coverage, Gap, ObjectEntry
from auditor.model.refs import ObjectRef, Place
from auditor.pipeline.compare import compare, exit_code
from auditor.pipeline.needs import NEVER_LISTED
from tests.renderers.examples import finding, hash_of, ref, report, run

WEB, API, SHOP = ref("Deployment/shop/web"), ref("Deployment/shop/api"), ref("Namespace/shop", "v1")
KUBEADM = ref("ConfigMap/kube-system/kubeadm-config", "v1")
WAIVER = Waiver(
    "run-as-root", "until the new image", "annotation", Place("web.yaml", 4, 5), owner="web", expires="2026-11-30"
)


def entry(target: ObjectRef, digest: str = "same", world: str = "deploy", file: str = "deploy/web.yaml") -> ObjectEntry:
    return ObjectEntry(target, world, file, 1, digest)


def found(
    rule: str = "run-as-root",
    target: ObjectRef = WEB,
    verdict: Verdict = "fail",
    file: str = "deploy/web.yaml",
    **more: Any,
) -> Finding:
    one = finding(rule, target, Place(file, 9, 3), f"{rule} on {target.name}", {"spec.x": 1}, verdict=verdict, **more)
    # As the pipeline makes it: the world and the place stay out.
    one.fingerprint = hash_of(rule, target.group, *target[1:], one.container)
    return one


def made(findings: Sequence[Finding] = (), objects: Sequence[ObjectEntry] = (entry(WEB),), **more: Any) -> Report:
    """A report with exactly these objects."""
    return replace(report(findings, **more), objects=list(objects))


def compared(before: Report, after: Report) -> Comparison:
    return compare(Side("a.json", before), Side("b.json", after))


def only(comparison: Comparison) -> Difference:
    (one,) = comparison.differences
    return one


def without_rule(given: Report, rule: str) -> Report:
    return replace(given, rules=[one for one in given.rules if one.id != rule])


def hiding(given: Report, level: str) -> Report:
    """As `--severity` leaves it; the counts of rules stay."""
    order = ("critical", "high", "medium", "low", "info")
    kept = [one for one in given.findings if order.index(one.severity) <= order.index(level)]
    hidden = Counter(str(one.severity) for one in given.findings if one not in kept)
    return replace(given, findings=kept, hidden=dict(hidden), run=given.run._replace(min_severity=level))


def unlisted(kind: str, namespace: str, objects: Sequence[ObjectEntry] = (), reason: str = "it was refused") -> Report:
    """A report without findings of a cluster of which a list is not there."""
    return replace(made([], objects), coverage=Coverage(unlisted={(kind, namespace): reason}))


UNKNOWN = found(verdict="not-evaluated", reason="runAsUser is a string")
ERROR = found(verdict="rule-error", reason="no such overload")
BROKEN = [Gap("yaml-syntax", "broken", "deploy/web.yaml", 7, 1)]
NO_FOLDER = [Gap("unreadable", "the folder cannot be read", "deploy")]
INTERRUPTED = run(interrupted=True)
ONLY_OTHERS, NOT_SHOP, NOT_WEB, ONLY_API = (
    run(switched_off=(words,))
    for words in (
        "only namespaces web, data-*",
        "namespaces excluded: sh*",
        "files excluded: *.json, /web.yaml",
        "only files api.yaml",
    )
)
POD, ROLLOUT = ref("Pod/shop/web", "v1"), ref("Rollout/shop/web", "argoproj.io/v1alpha1")
PROBED = ObjectRef("observed.kubeplumb.dev/v1", "NodeProbe", "", "node-1")
NO_DEFINITIONS = [
    Gap("forbidden", "no", "/apis/x", ref=ObjectRef("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "*"))
]


def of_cluster(report: Report, *kinds: str) -> Report:
    """The same as a report on a cluster of which these kinds were looked for."""
    return replace(report, coverage=replace(report.coverage, kinds=kinds))


CASES: dict[str, tuple[Report, Report, str, str]] = {
    "new on a new object": (made([], [entry(API)]), made([found()], [entry(API), entry(WEB)]), "new", "object-absent"),
    "new on a changed object": (made([]), made([found()], [entry(WEB, "other")]), "new", "object-changed"),
    "new on the same object": (made([]), made([found()]), "new", "elsewhere"),
    "new with the rule": (without_rule(made([]), "run-as-root"), made([found()]), "new", "rule-absent"),
    "known at last": (made([UNKNOWN]), made([found()]), "new", "not-evaluated"),
    "the rule was defective": (made([ERROR]), made([found()]), "new", "rule-error"),
    "hidden before": (hiding(made([found()]), "high"), made([found()]), "new", "hidden"),
    "nothing was hidden": (hiding(made([]), "high"), made([found()]), "new", "elsewhere"),
    "unread before": (made([], [], gaps=BROKEN), made([found()]), "new", "object-unread"),
    "not judged before": (made([], about=ONLY_OTHERS), made([found()]), "new", "out-of-scope"),
    "interrupted before": (made([], about=INTERRUPTED), made([found()]), "new", "interrupted"),
    "fixed": (made([found()]), made([], [entry(WEB, "other")]), "fixed", "object-changed"),
    "fixed from elsewhere": (made([found()]), made([]), "fixed", "elsewhere"),
    "fixed in a newer API version": (
        made(
            [found(target=WEB._replace(api_version="apps/v1beta1"))], [entry(WEB._replace(api_version="apps/v1beta1"))]
        ),
        made([], [entry(WEB, "other")]),
        "fixed",
        "object-changed",
    ),
    "another container is undecided": (
        made([found(container="a")]),
        made([found(container="b", verdict="not-evaluated", reason="wrong type")]),
        "not-evaluated",
        "not-evaluated",
    ),
    "another rule is undecided": (
        made([found()]),
        made([found("token-automounted", verdict="not-evaluated", reason="wrong type")]),
        "fixed",
        "elsewhere",
    ),
    "gone": (made([found()]), made([], [entry(API)]), "gone", "object-absent"),
    "gone with the last object": (made([found()]), made([], []), "gone", "object-absent"),
    "gone, while another file is broken": (
        made([found()], gaps=[]),
        made([], [entry(API)], gaps=[Gap("yaml-syntax", "broken", "deploy/api.yaml")]),
        "gone",
        "object-absent",
    ),
    "gone though the rule is off": (
        made([found()]),
        without_rule(made([], []), "run-as-root"),
        "gone",
        "object-absent",
    ),
    "the rule is off": (made([found()]), without_rule(made([]), "run-as-root"), "not-evaluated", "rule-absent"),
    "not evaluated": (made([found()]), made([UNKNOWN]), "not-evaluated", "not-evaluated"),
    "the rule is defective": (made([found()]), made([ERROR]), "not-evaluated", "rule-error"),
    "hidden": (made([found()]), hiding(made([found()]), "high"), "not-evaluated", "hidden"),
    "fixed, hidden or not": (made([found()]), hiding(made([]), "high"), "fixed", "elsewhere"),
    "unread": (made([found()]), made([], [], gaps=BROKEN), "not-evaluated", "object-unread"),
    "in an unread folder": (made([found()]), made([], [], gaps=NO_FOLDER), "not-evaluated", "object-unread"),
    "unread in another checkout": (
        made([found(file="old/web.yaml")], [entry(WEB, file="old/web.yaml")], about=run(targets=("old/",))),
        made([], [], gaps=[Gap("yaml-syntax", "broken", "new/web.yaml")], about=run(targets=("./new",))),
        "not-evaluated",
        "object-unread",
    ),
    "not listed": (made([found()]), unlisted("Deployment", "shop"), "not-evaluated", "object-unread"),
    "not listed anywhere": (made([found()]), unlisted("Deployment", ""), "not-evaluated", "object-unread"),
    "not listed where nobody knows": (made([found()]), unlisted("Deployment", "*"), "not-evaluated", "object-unread"),
    "gone, with another namespace not listed": (
        made([found()]),
        unlisted("Deployment", "bank"),
        "gone",
        "object-absent",
    ),
    "gone, with another kind not listed": (made([found()]), unlisted("Job", ""), "gone", "object-absent"),
    "gone from a namespace that is known": (
        made([found()]),
        unlisted("Deployment", "*", [entry(API)]),
        "gone",
        "object-absent",
    ),
    "gone though such are only read by name": (
        made([found(target=KUBEADM)], [entry(KUBEADM)]),
        unlisted("ConfigMap", "", reason=NEVER_LISTED["ConfigMap"]),
        "gone",
        "object-absent",
    ),
    "not listed, and not read by name either": (
        made([found(target=KUBEADM)], [entry(KUBEADM)]),
        unlisted("ConfigMap", ""),
        "not-evaluated",
        "object-unread",
    ),
    "not judged": (made([found()]), made([], about=ONLY_OTHERS), "not-evaluated", "out-of-scope"),
    "left out and not read": (made([found()]), made([], [], about=NOT_SHOP), "not-evaluated", "out-of-scope"),
    "not asked for by namespace": (made([found()]), made([], [], about=ONLY_OTHERS), "not-evaluated", "out-of-scope"),
    "its namespace was left out": (
        made([found(target=SHOP)], [entry(SHOP)]),
        made([], [], about=NOT_SHOP),
        "not-evaluated",
        "out-of-scope",
    ),
    "of no namespace, and so asked for": (
        made([found(target=SHOP._replace(kind="Node"))], [entry(SHOP._replace(kind="Node"))]),
        made([], [], about=ONLY_OTHERS),
        "gone",
        "object-absent",
    ),
    "its file was left out": (made([found()]), made([], [], about=NOT_WEB), "not-evaluated", "out-of-scope"),
    "its file was left out of another checkout": (
        made([found(file="old/web.yaml")], [entry(WEB, file="old/web.yaml")], about=run(targets=("old",))),
        made([], [], about=NOT_WEB),
        "not-evaluated",
        "out-of-scope",
    ),
    "another file was left out": (
        made([found(file="deploy/a/web.yaml")], [entry(WEB, file="deploy/a/web.yaml")]),
        made([], [], about=NOT_WEB),
        "gone",
        "object-absent",
    ),
    "its file was not among those asked for": (
        made([found()]),
        made([], [], about=ONLY_API),
        "not-evaluated",
        "out-of-scope",
    ),
    "nobody looked for its kind": (
        of_cluster(made([found(target=POD)], [entry(POD)]), "Namespace", "Pod"),
        of_cluster(made([], []), "Namespace"),
        "not-evaluated",
        "out-of-scope",
    ),
    "its kind was looked for": (
        of_cluster(made([found(target=POD)], [entry(POD)]), "Pod"),
        of_cluster(made([], []), "Namespace", "Pod"),
        "gone",
        "object-absent",
    ),
    "nobody looked for custom resources": (
        of_cluster(made([found(target=ROLLOUT)], [entry(ROLLOUT)]), "*/PodTemplateSpec"),
        of_cluster(made([], []), "Pod"),
        "not-evaluated",
        "out-of-scope",
    ),
    "custom resources were looked for": (
        of_cluster(made([found(target=ROLLOUT)], [entry(ROLLOUT)]), "*/PodTemplateSpec"),
        of_cluster(made([], []), "*/PodTemplateSpec"),
        "gone",
        "object-absent",
    ),
    "which custom resources there are is not known": (
        of_cluster(made([found(target=ROLLOUT)], [entry(ROLLOUT)]), "*/PodTemplateSpec"),
        of_cluster(made([], [], gaps=NO_DEFINITIONS), "*/PodTemplateSpec"),
        "not-evaluated",
        "object-unread",
    ),
    "nobody asked the nodes": (
        of_cluster(made([found(target=PROBED)], [entry(PROBED)]), "Node"),
        of_cluster(made([], []), "Node"),
        "not-evaluated",
        "out-of-scope",
    ),
    "other nodes were asked": (
        of_cluster(made([found(target=PROBED)], [entry(PROBED)]), "Node"),
        of_cluster(made([], [entry(PROBED._replace(name="node-2"))]), "Node"),
        "gone",
        "object-absent",
    ),
    "left out": (made([found()]), made([], about=NOT_SHOP), "not-evaluated", "out-of-scope"),
    "interrupted": (made([found()]), made([], about=INTERRUPTED), "not-evaluated", "interrupted"),
    "interrupted before it was read": (
        made([found()]),
        made([], [], about=INTERRUPTED),
        "not-evaluated",
        "interrupted",
    ),
    "unchanged": (made([found()]), made([found()], [entry(WEB, "other")]), "unchanged", ""),
    "unchanged in a world of another name": (
        made([found(world="old")], [entry(WEB, world="old")]),
        made([found(world="new")], [entry(WEB, world="new")]),
        "unchanged",
        "",
    ),
    "unchanged in a file of another name": (
        made([found()]),
        made([replace(found(), place=Place("deploy/moved.yaml", 90, 3))]),
        "unchanged",
        "",
    ),
    "unchanged with a fingerprint that tells its file": (
        made([found()]),
        made([replace(found(), fingerprint=hash_of("salted"))]),
        "unchanged",
        "",
    ),
    "the cluster is always there": (
        made([found(target=ObjectRef("", "Cluster", "", ""))]),
        made([]),
        "fixed",
        "elsewhere",
    ),
    "a namespace that objects lie in is there": (made([found(target=SHOP)]), made([]), "fixed", "elsewhere"),
    "a namespace that nothing lies in is not": (
        made([found(target=SHOP)]),
        made([], [entry(API._replace(namespace="data"))]),
        "gone",
        "object-absent",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_a_finding(name: str) -> None:
    before, after, outcome, cause = CASES[name]
    one = only(compared(before, after))
    assert (one.outcome, one.cause) == (outcome, cause)


def test_every_outcome_and_cause_has_a_case() -> None:
    from typing import get_args

    from auditor.model.comparison import OUTCOMES, Cause

    assert {case[2] for case in CASES.values()} == set(OUTCOMES)
    assert {case[3] for case in CASES.values()} == set(get_args(Cause))
    lost = {case[3] for case in CASES.values() if case[2] in ("fixed", "gone", "not-evaluated")}
    assert lost == set(get_args(Cause)) - {""}
    assert {case[3] for case in CASES.values() if case[2] == "new"} == set(get_args(Cause)) - {""}


def test_the_reason_comes_along() -> None:
    assert only(compared(made([found()]), made([UNKNOWN]))).note == "runAsUser is a string"
    assert only(compared(made([found()]), made([], [], gaps=BROKEN))).note == "deploy/web.yaml: broken"
    assert only(compared(made([found()]), made([], [], about=NOT_SHOP))).note == "namespaces excluded: sh*"
    assert only(compared(made([found()]), made([], about=ONLY_OTHERS))).note == "only namespaces web, data-*"
    assert only(compared(made([found()]), hiding(made([found()]), "high"))).note == "--severity high"


LATE = run(today="2026-12-01")
WAIVED = found(verdict="waived", waiver=WAIVER)
LOUDER = replace(found(), severity="critical")


@pytest.mark.parametrize(
    ("before", "after", "changes", "note"),
    [
        (found(), LOUDER, ("severity",), "medium, now critical"),
        (found(), WAIVED, ("verdict", "waiver"), "newly waived"),
        (WAIVED, found(), ("verdict", "waiver"), "waiver expired on 2026-11-30"),
        (replace(WAIVED, waiver=WAIVER._replace(expires="")), found(), ("verdict", "waiver"), "no longer waived"),
        (
            replace(WAIVED, waiver=WAIVER._replace(expires="2026-12-01")),
            found(),
            ("verdict", "waiver"),
            "no longer waived",
        ),
        (WAIVED, replace(WAIVED, waiver=WAIVER._replace(expires="2027-01-31")), ("waiver",), "waived otherwise"),
        (WAIVED, replace(WAIVED, waiver=WAIVER._replace(place=Place("web.yaml", 40, 5))), (), ""),
        (found(), replace(found(), verdict="manual"), ("verdict",), "fail, now manual"),
        (
            replace(WAIVED, severity="low"),
            LOUDER,
            ("severity", "verdict", "waiver"),
            "low, now critical; waiver expired on 2026-11-30",
        ),
        (found(), replace(found(), message="in other words"), (), ""),
    ],
)
def test_what_changes_about_an_unchanged_finding(
    before: Finding, after: Finding, changes: tuple[str, ...], note: str
) -> None:
    one = only(compared(made([before]), made([after], about=LATE)))
    assert (one.outcome, one.changes, one.note) == ("unchanged", changes, note)
    assert one.finding is after
    assert one.before is before


def test_a_namesake_makes_no_finding_new() -> None:
    """Two findings that would share a fingerprint have their file in it, so that both are other ones."""
    other = "deploy/overlay.yaml"
    both = [replace(found(file=file), fingerprint=hash_of("salted", file)) for file in (other, "deploy/web.yaml")]
    comparison = compared(made([found()]), made(both, [entry(WEB), entry(WEB, file=other)]))
    assert [(one.outcome, one.finding.place.file) for one in comparison.differences] == [
        ("new", other),
        ("unchanged", "deploy/web.yaml"),
    ]
    back = compared(made(both, [entry(WEB), entry(WEB, file=other)]), made([found()]))
    assert [(one.outcome, one.finding.place.file) for one in back.differences] == [
        ("fixed", other),
        ("unchanged", "deploy/web.yaml"),
    ]


def test_another_value_with_another_fingerprint_is_another_finding() -> None:
    other = finding("run-as-root", WEB, Place("deploy/web.yaml", 9, 3), found().message, {"spec.x": 2})
    assert [one.outcome for one in compared(made([found()]), made([other])).differences] == ["new", "fixed"]


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (("./web/",), "not-evaluated"),
        (("web", "infra"), "gone"),
        (("web", "/home/me/infra/"), "gone"),
        (("elsewhere",), "gone"),
    ],
)
def test_a_path_that_was_left_out_is_not_gone(now: tuple[str, ...], outcome: str) -> None:
    about = run(targets=("web", "infra"))
    objects = [entry(WEB, world="web"), entry(WEB, world="infra")]
    comparison = compared(
        made([found(world="infra")], objects, about=about), made([], objects[:1], about=run(targets=now))
    )
    assert [one.outcome for one in comparison.differences] == [outcome]
    assert [bool(one.unread) for one in comparison.objects] == [outcome == "not-evaluated"]


def test_several_worlds_are_kept_apart() -> None:
    """Production has what only staging had: that is new there, and fixed here."""
    objects = [entry(WEB, world="staging"), entry(WEB, world="production")]
    before, after = made([found(world="staging")], objects), made([found(world="production")], objects)
    assert [(one.outcome, one.finding.world) for one in compared(before, after).differences] == [
        ("new", "production"),
        ("fixed", "staging"),
    ]


def test_verdicts_without_an_answer_are_no_findings() -> None:
    assert compared(made([UNKNOWN]), made([ERROR])).differences == []


def test_objects() -> None:
    before = [entry(WEB, "1"), entry(API, "1"), entry(SHOP, "1")]
    after = [entry(WEB, "2"), entry(API, "1", file="moved.yaml"), entry(SHOP._replace(name="data"), "1")]
    comparison = compared(made([], before), made([], after))
    assert [(one.change, str(one.entry.ref)) for one in comparison.objects] == [
        ("came", "Namespace/data"),
        ("changed", "Deployment/shop/web"),
        ("went", "Namespace/shop"),
    ]
    assert comparison.same_objects == 1


@pytest.mark.parametrize(
    ("about", "unread"),
    [(NOT_SHOP, "namespaces excluded: sh*"), (NOT_WEB, "files excluded: *.json, /web.yaml"), (run(), "")],
)
def test_an_object_that_may_just_not_have_been_read_neither_came_nor_went(about: Run, unread: str) -> None:
    for reports in ((made([]), made([], [], about=about)), (made([], [], about=about), made([]))):
        (one,) = compared(*reports).objects
        assert one.unread == unread
        assert (one.change == "unread") == bool(unread)


def test_objects_that_are_there_several_times() -> None:
    before = [entry(WEB, digest) for digest in "aabc"]
    after = [entry(WEB, digest) for digest in "abdef"]
    comparison = compared(made([], before), made([], after))
    assert Counter(one.change for one in comparison.objects) == {"changed": 2, "came": 1}
    assert comparison.same_objects == 2


def test_gaps() -> None:
    moved = Gap("yaml-syntax", "broken", "deploy/web.yaml", 70, 1)
    fresh, old = Gap("too-long", "more than 3 MiB", "deploy/b.yaml"), Gap("wrong-type", "x", "deploy/a.yaml", ref=WEB)
    comparison = compared(made([], gaps=[*BROKEN, old]), made([], gaps=[moved, fresh]))
    assert (comparison.new_gaps, comparison.closed_gaps) == ([fresh], [old])


@pytest.mark.parametrize(
    ("fresh", "fail_on", "code"),
    [
        ([found("capability-added")], "high", 1),
        ([found("capability-added")], "critical", 0),
        ([found("capability-added")], "none", 0),
        ([found("run-as-root")], "high", 0),
        ([found("run-as-root")], "info", 1),
        ([found("capability-added", verdict="waived", waiver=WAIVER)], "info", 0),
        ([found("capability-added", verdict="manual")], "info", 0),
    ],
)
def test_only_new_failures_decide_the_exit_code(fresh: list[Finding], fail_on: str, code: int) -> None:
    assert exit_code(compared(made([]), made(fresh)), fail_on) == code
    assert exit_code(compared(made(fresh), made(fresh)), fail_on) == 0
    assert exit_code(compared(made(fresh), made([])), fail_on) == 0


def codes(before: Report, after: Report) -> list[str]:
    return [caution.code for caution in compared(before, after).cautions]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (made(), made(), []),
        (made(), made(about=run(version="0.2.0")), ["tool-version"]),
        (made(), made(about=run(kubernetes_version="1.36")), ["kubernetes-version"]),
        (made(), made(about=run(profile="all")), ["profile"]),
        (made(), made(about=run(min_severity="high")), ["severity"]),
        (made(), made(about=run(config_file="x.yaml")), ["configuration"]),
        (made(), made(about=run(targets=("other",))), ["targets"]),
        (made(), made(about=run(switched_off=("--skip-rule x",))), ["selection"]),
        (made(about=run(switched_off=("a",))), made(about=run(switched_off=("b",))), ["selection", "selection"]),
        (made(), made(about=INTERRUPTED), ["interrupted"]),
        (made(about=INTERRUPTED), made(), ["interrupted"]),
        (made(), made([], []), ["nothing-read"]),
        (made(), made([], [entry(API)]), ["nothing-in-common"]),
        (made(hidden={"low": 2}), made(), ["hidden"]),
        (made(), without_rule(made(), "run-as-root"), ["rules"]),
        (without_rule(made(), "run-as-root"), made(), ["rules"]),
        (made(), replace(made(), rules=[one._replace(severity="info") for one in made().rules]), ["rules"]),
        (made(about=run(started="2026-11-22T00:00:00+00:00")), made(), ["reversed"]),
        (made(), made(about=run(today="2026-12-24")), []),
    ],
)
def test_cautions(before: Report, after: Report, expected: list[str]) -> None:
    assert codes(before, after) == expected
