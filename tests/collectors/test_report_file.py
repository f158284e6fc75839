"""The JSON report is read back as it was written; what is damaged or something else is said to be so."""

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.collectors.report_file import VERSION, report_of
from auditor.model.errors import UsageError
from auditor.model.findings import Report
from auditor.renderers.json_report import SCHEMA, render
from tests.renderers.reports import REPORTS, crowd


def read(text: str) -> Report:
    report = report_of("a.json", text.encode())
    assert report is not None
    return report


def test_the_format_is_the_one_that_is_written() -> None:
    assert VERSION == SCHEMA


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_what_is_read_is_written_again_byte_for_byte(name: str) -> None:
    text = render(REPORTS[name])
    assert render(read(text)) == text


@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"hostile"}))
def test_everything_comes_back(name: str) -> None:
    """But the names of rules in findings' waivers, and the lines that comments cover, which are not written."""
    written, back = REPORTS[name], read(render(REPORTS[name]))
    for key in ("run", "coverage", "rules", "gaps", "objects", "hidden"):
        assert getattr(back, key) == getattr(written, key)

    def plain(report: Report) -> list[Any]:
        bare = [replace(one, waiver=None) for one in report.findings]
        waivers = [one.waiver and (one.waiver.reason, one.waiver.expires, one.waiver.place) for one in report.findings]
        uses = [(use.state, use.findings, use.note, use.waiver._replace(line=0)) for use in report.waivers]
        return [bare, waivers, uses]

    assert plain(back) == plain(written)


def test_keys_that_a_later_version_adds_are_passed_over() -> None:
    document = json.loads(render(REPORTS["shop"]))
    document["more"] = document["run"]["more"] = document["findings"][0]["more"] = {"a": [1]}
    assert read(json.dumps(document)) == read(render(REPORTS["shop"]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_harm(encoding: str) -> None:
    text = render(REPORTS["shop"])
    assert report_of("a.json", text.encode(encoding)) == read(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"kubeplumb.dev/report/v1"',
        b'{"schema": 1}',
        b'{"schema": "kubeplumb.dev/diff/v1"}',
        b'{"schema": "kubeplumb.dev/snapshot/v1"}',
        b"apiVersion: v1",
        b'{"schema": "kubeplumb.dev/report/v1"',
        b'{"schema": NaN}',
        b"\xff\xfe\xff",
        b"\x28\xb5\x2f\xfd\x04\x00",
        b"[" * 100_000,
        b'{"schema":' * 100_000,
    ],
)
def test_something_else_is_no_report(data: bytes) -> None:
    assert report_of("a.json", data) is None


def test_a_report_in_another_format_is_refused() -> None:
    with pytest.raises(UsageError, match=r"kubeplumb\.dev/report/v2") as caught:
        report_of("a.json", b'{"schema": "kubeplumb.dev/report/v2"}')
    assert VERSION in caught.value.hint


def changed(path: tuple[str | int, ...], value: Any) -> bytes:
    document = json.loads(render(REPORTS["shop"]))
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if value is KeyError:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("findings", 0, "severity"), "dreadful", "findings[0].severity"),
        (("findings", 0, "verdict"), "pass", "findings[0].verdict"),
        (("findings", 0, "fingerprint"), "' onclick='x", "findings[0].fingerprint"),
        (("findings", 0, "rule"), "a b", "findings[0].rule"),
        (("findings", 0, "object"), None, "findings[0].object"),
        (("findings", 1, "place", "line"), "3", "findings[1].place.line"),
        (("findings", 1, "place", "line"), -3, "findings[1].place.line"),
        (("findings", 1, "place", "line"), True, "findings[1].place.line"),
        (("findings",), {}, "findings"),
        (("objects",), KeyError, "objects"),
        (("objects", 0, "digest"), 5, "objects[0].digest"),
        (("run", "interrupted"), "no", "run.interrupted"),
        (("run", "kubernetesVersion"), KeyError, "run.kubernetesVersion"),
        (("rules", 0, "verdicts"), {"fail": "many"}, "rules[0].verdicts.fail"),
        (("waivers", 0, "expires"), "tomorrow", "waivers[0].expires"),
    ],
)
def test_a_damaged_report_is_refused_with_the_place(path: tuple[str | int, ...], value: Any, where: str) -> None:
    with pytest.raises(UsageError) as caught:
        report_of("a.json", changed(path, value))
    assert f"a.json: is no valid report: {where}: " in str(caught.value)
    assert caught.value.hint


def test_a_large_report_is_read_whole() -> None:
    assert len(read(render(crowd(400))).findings) == 2000
