"""Waivers: where they are written, what they cover, and what is said of each."""

from datetime import date
from pathlib import Path

import pytest

from auditor.engine.waivers import Malformed, parse_text
from auditor.model.findings import Report
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import prepare
from auditor.pipeline.request import Request

TODAY = date(2026, 11, 21)
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations: {{{annotation}}}
spec:
  containers:
    - name: web
      image: registry.example/web:1.2
      securityContext:
{above}        privileged: true{comment}
    - name: other
      image: registry.example/other:1.2
      securityContext:
        privileged: true
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        kubeplumb.dev/waive.container-privileged: needs the device
    spec:
      containers:
        - name: web
          image: registry.example/web:1.2
          securityContext: {privileged: true}
"""


def scan(tmp_path: Path, text: str, config: str = "", **options: object) -> Report:
    (tmp_path / "pod.yaml").write_text(text)
    if config:
        (tmp_path / ".kubeplumb.yaml").write_text(config)
    request = Request(
        paths=(str(tmp_path),),
        rules=("container-privileged",),
        today=TODAY,
        jobs=1,
        config=str(tmp_path / ".kubeplumb.yaml") if config else "",
        no_config=not config,
        **options,  # type: ignore[arg-type]  # a test's own keywords
    )
    prepared = prepare(request)
    return audit(prepared.settings, prepared.run)


def pod(annotation: str = "", above: str = "", comment: str = "") -> str:
    return POD.format(annotation=annotation, above=above, comment=comment)


def verdicts(report: Report) -> dict[str, str]:
    return {finding.container: finding.verdict for finding in report.findings}


def states(report: Report) -> list[str]:
    return [use.state for use in report.waivers]


def test_an_annotation_covers_the_whole_object(tmp_path: Path) -> None:
    text = pod(annotation='kubeplumb.dev/waive.container-privileged: "device; expires=2027-01-31; owner=infra"')
    report = scan(tmp_path, text)
    assert verdicts(report) == {"web": "waived", "other": "waived"}
    waiver = report.findings[0].waiver
    assert waiver is not None
    assert (waiver.reason, waiver.expires, waiver.owner, waiver.source) == (
        "device",
        "2027-01-31",
        "infra",
        "annotation",
    )
    counts = report.rules[0].verdicts
    assert (counts["fail"], counts["waived"]) == (0, 2)


def test_an_annotation_of_the_template_covers_its_containers(tmp_path: Path) -> None:
    assert verdicts(scan(tmp_path, DEPLOYMENT)) == {"web": "waived"}


def test_a_comment_covers_the_finding_on_its_line_only(tmp_path: Path) -> None:
    report = scan(tmp_path, pod(comment="  # kubeplumb:waive container-privileged needs the device"))
    assert verdicts(report) == {"web": "waived", "other": "fail"}


def test_a_comment_alone_covers_the_line_below(tmp_path: Path) -> None:
    report = scan(tmp_path, pod(above="        # kubeplumb:waive container-privileged device; owner=infra\n"))
    assert verdicts(report) == {"web": "waived", "other": "fail"}


def test_a_comment_inside_a_text_is_none(tmp_path: Path) -> None:
    report = scan(tmp_path, pod(annotation='note: "# kubeplumb:waive container-privileged device"'))
    assert verdicts(report) == {"web": "fail", "other": "fail"}
    assert report.waivers == []


def test_the_last_day_counts(tmp_path: Path) -> None:
    text = pod(annotation='kubeplumb.dev/waive.container-privileged: "device; expires=2026-11-21"')
    assert states(scan(tmp_path, text)) == ["used"]


def test_an_expired_waiver_does_not_waive_and_is_reported(tmp_path: Path) -> None:
    text = pod(annotation='kubeplumb.dev/waive.container-privileged: "device; expires=2026-11-20"')
    report = scan(tmp_path, text)
    assert set(verdicts(report).values()) == {"fail"}
    assert states(report) == ["expired"]


@pytest.mark.parametrize(
    "annotation",
    [
        'kubeplumb.dev/waive.container-privileged: "expires=2027-01-31"',
        'kubeplumb.dev/waive.container-privileged: ""',
        'kubeplumb.dev/waive.container-privileged: "device; expires=soon"',
        'kubeplumb.dev/waive.no-such-rule: "device"',
    ],
)
def test_a_malformed_waiver_does_not_waive_and_is_reported(tmp_path: Path, annotation: str) -> None:
    report = scan(tmp_path, pod(annotation=annotation))
    assert set(verdicts(report).values()) == {"fail"}
    assert states(report) == ["malformed"]


def test_a_waiver_that_matched_nothing_is_reported(tmp_path: Path) -> None:
    text = pod(annotation="kubeplumb.dev/waive.container-privileged: device").replace("true", "false")
    assert states(scan(tmp_path, text)) == ["unmatched"]


def test_a_waiver_of_a_rule_that_did_not_run_is_out_of_scope(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own-rule.yaml").write_text(
        "id: own-rule\ntitle: t\nsubject: container\nseverity: low\nexpression: container.image != ''\n"
        "evidence: [image]\nrationale: r.\nremediation: r\n"
    )
    report = scan(
        tmp_path,
        pod(annotation="kubeplumb.dev/waive.own-rule: why"),
        rule_folders=(str(rules),),
        include=("pod.yaml",),
    )
    assert states(report) == ["out-of-scope"]


def test_no_waivers_ignores_them_all(tmp_path: Path) -> None:
    text = pod(annotation="kubeplumb.dev/waive.container-privileged: device")
    report = scan(tmp_path, text, no_waivers=True)
    assert set(verdicts(report).values()) == {"fail"}
    assert report.waivers == []


CONFIG = """\
waivers:
  - rule: container-privileged
    objects: {{kind: {kind}, namespace: sh*, name: w*}}
    container: "{container}"
    reason: needs the device
    owner: infra
    expires: 2027-01-31
"""


def test_the_configuration_waives_by_object_and_container(tmp_path: Path) -> None:
    report = scan(tmp_path, pod(), CONFIG.format(kind="Pod", container="ot*"))
    assert verdicts(report) == {"web": "fail", "other": "waived"}
    assert report.waivers[0].waiver.place.line == 2


def test_a_waiver_of_the_configuration_that_matches_no_object_is_reported(tmp_path: Path) -> None:
    report = scan(tmp_path, pod(), CONFIG.format(kind="Job", container="*"))
    assert states(report) == ["unmatched"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("why", ("why", "", "")),
        (" why ; owner = team a ;expires=2027-01-31;", ("why", "2027-01-31", "team a")),
        ("one; two; owner=x", ("one; two", "", "x")),
        ("a=b is why", ("a=b is why", "", "")),
    ],
)
def test_the_grammar(text: str, wanted: tuple[str, str, str]) -> None:
    assert parse_text(text) == wanted


@pytest.mark.parametrize("text", ["", ";", "owner=x", "x; expires=", "x; expires=2027-02-30"])
def test_what_the_grammar_refuses(text: str) -> None:
    with pytest.raises(Malformed):
        parse_text(text)
