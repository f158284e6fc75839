"""The HTML report: whole pages against snapshots, its policy, and that it needs nothing but itself.

`KUBEPLUMB_UPDATE=1` writes the snapshots anew; the style and the script are left out of them.
"""

import os
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from auditor.model.findings import Report
from auditor.renderers.html import render
from tests.renderers.html_tree import Element, parse
from tests.renderers.reports import REPORTS

_SNAPSHOTS = Path(__file__).parent / "snapshots"
_RICHEST = max(REPORTS, key=lambda name: len(REPORTS[name].findings))


def _inner(page: str, tag: str) -> str:
    (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return str(inner)


def _named(elements: list[Element], class_: str) -> list[Element]:
    return [element for element in elements if class_ in element.attributes.get("class", "").split()]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_snapshot(name: str) -> None:
    page = render(REPORTS[name])
    for tag in ("style", "script"):
        page = page.replace(_inner(page, tag), "")
    page = re.sub(r"'sha256-[^']+'", "'sha256-'", page)
    file = _SNAPSHOTS / f"{name}.html"
    if os.environ.get("KUBEPLUMB_UPDATE"):
        _SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(page, encoding="utf-8", newline="\n")
    assert file.is_file(), "no snapshot: run once with KUBEPLUMB_UPDATE=1 and read what it wrote"
    assert page == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_same_report_same_page(name: str) -> None:
    assert render(REPORTS[name]) == render(REPORTS[name])


def test_policy_names_the_style_and_the_script_by_hash_and_allows_nothing_else() -> None:
    page = render(REPORTS[_RICHEST])
    policy = next(element for element in parse(page) if "http-equiv" in element.attributes).attributes["content"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        digest = b64encode(sha256(_inner(page, tag).encode()).digest()).decode()
        assert directives.pop(directive) == [f"'sha256-{digest}'"]
    none = ["'none'"]
    assert directives == {"default-src": none, "img-src": ["data:"], "base-uri": none, "form-action": none}


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_page_loads_nothing_and_carries_no_inline_style_or_handler(name: str) -> None:
    for element in parse(render(REPORTS[name])):
        assert element.tag not in ("link", "img", "iframe", "object", "embed", "base", "audio", "video", "use")
        assert not [word for word in element.attributes if word.startswith("on") or word in ("style", "src", "srcset")]
        assert element.attributes.get("href", "#").startswith("#") or element.attributes["rel"] == "noopener noreferrer"


def test_style_and_script_reach_for_nothing() -> None:
    page = render(REPORTS[_RICHEST])
    assert not re.search(r"url\(|@import|@font-face|https?:", _inner(page, "style"))
    assert not re.search(
        r"fetch|XMLHttp|WebSocket|import|innerHTML|eval|cookie|Storage|https?:", _inner(page, "script")
    )


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_finding_is_on_the_page_once(name: str) -> None:
    report = REPORTS[name]
    elements = _named(parse(render(report)), "finding")
    assert len(elements) == len(report.findings)
    printed = sorted(_named([child for element in elements for child in _below(element)], "fingerprint"), key=str)
    assert sorted(element.text for element in printed) == sorted(item.fingerprint[:16] for item in report.findings)


def _below(element: Element) -> list[Element]:
    return [element, *(below for child in element.children for below in _below(child))]


def test_the_same_object_in_two_worlds_has_two_anchors() -> None:
    report = REPORTS[_RICHEST]
    first = report.findings[0]
    twins = replace(report, findings=[first, replace(first, world="another")])
    anchors = [element.attributes["id"] for element in _named(parse(render(twins)), "finding")]
    assert sorted(anchors) == [f"f-{first.fingerprint[:16]}", f"f-{first.fingerprint[:16]}-2"]


def _notices(report: Report) -> str:
    return " ".join(element.text for element in _named(parse(render(report)), "notices"))


def test_nothing_read_is_never_clean() -> None:
    report = REPORTS[_RICHEST]
    nothing = Report(report.run, type(report.coverage)(), [], [], [])
    page = render(nothing)
    assert "this is not a clean result" in _notices(nothing)
    assert "Nothing was judged." in page
    assert "No rule failed" not in page


def test_an_interrupted_run_says_so_first() -> None:
    report = REPORTS[_RICHEST]
    assert _notices(replace(report, run=report.run._replace(interrupted=True))).strip().startswith("Interrupted.")


def test_many_findings_start_folded_and_few_do_not() -> None:
    report = REPORTS[_RICHEST]
    first = report.findings[0]
    for number, unfolded in ((2, True), (301, False)):
        many = [replace(first, fingerprint=f"{index:064x}") for index in range(number)]
        (group,) = _named(parse(render(replace(report, findings=many))), "group")
        assert ("open" in group.attributes) is unfolded
