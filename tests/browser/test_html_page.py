"""The HTML report in a real Chromium: filters, links, both colour schemes, a telephone, paper, and no script at all."""

import re
from collections import Counter
from pathlib import Path

import pytest

from auditor.renderers.html import render
from tests.browser.devtools import Page
from tests.renderers.reports import REPORTS
from tests.renderers.test_html_hostile import HOSTILE, fill

pytestmark = pytest.mark.browser

REPORT = max(REPORTS.values(), key=lambda report: len(report.findings))
ALL = len(REPORT.findings)

_VISIBLE = "[...document.querySelectorAll('.finding')].filter(node => !node.closest('[hidden]'))"
_SETTLED = "new Promise(done => setTimeout(done, 250))"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The richest report as a page."""
    path = tmp_path / "report.html"
    path.write_text(render(REPORT), encoding="utf-8")
    return path


def visible(page: Page) -> int:
    """How many findings the filter leaves."""
    return int(page.evaluate(f"{_VISIBLE}.length"))


def choose(page: Page, control: str, value: str) -> None:
    """Set one of the filter's controls as a person would, and wait for the result."""
    event = "dispatchEvent(new Event('input', {bubbles: true}))"
    page.evaluate(f"(node => {{ node.value = {value!r}; node.{event} }})(document.getElementById({control!r}))")
    page.evaluate(_SETTLED)


def status(page: Page) -> str:
    """What a screen reader is told of the filter."""
    return str(page.evaluate("document.getElementById('shown').textContent"))


def test_it_opens_without_a_complaint_and_asks_for_nothing(page: Page, file: Path) -> None:
    page.open(file)
    page.evaluate(_SETTLED)
    assert page.complaints() == []
    assert page.requests() == [file.as_uri()]


def test_everything_is_shown_at_first(page: Page, file: Path) -> None:
    page.open(file)
    assert visible(page) == ALL
    assert page.evaluate("getComputedStyle(document.getElementById('filters')).display") == "flex"


@pytest.mark.parametrize("severity", sorted({finding.severity for finding in REPORT.findings}))
def test_filter_by_severity(page: Page, file: Path, severity: str) -> None:
    page.open(file)
    boxes = f"document.querySelectorAll('input[name=severity]:not([value={severity}])')"
    page.evaluate(f"{boxes}.forEach(box => box.click())")
    page.evaluate(_SETTLED)
    expected = sum(finding.severity == severity for finding in REPORT.findings)
    assert visible(page) == expected
    assert status(page).startswith("Filtered: " if expected < ALL else str(ALL))


@pytest.mark.parametrize("verdict", sorted({finding.verdict for finding in REPORT.findings}))
def test_filter_by_verdict(page: Page, file: Path, verdict: str) -> None:
    page.open(file)
    page.evaluate(
        f"document.querySelectorAll('input[name=verdict]:not([value={verdict}])').forEach(box => box.click())"
    )
    page.evaluate(_SETTLED)
    assert visible(page) == sum(finding.verdict == verdict for finding in REPORT.findings)


def test_filter_by_rule(page: Page, file: Path) -> None:
    page.open(file)
    rule, number = Counter(finding.rule for finding in REPORT.findings).most_common()[-1]
    choose(page, "filter-rule", rule)
    assert visible(page) == number
    assert status(page) == f"Filtered: {number} of {ALL} findings"


def test_filter_by_namespace(page: Page, file: Path) -> None:
    page.open(file)
    for namespace, number in Counter(finding.ref.namespace for finding in REPORT.findings).items():
        choose(page, "filter-namespace", namespace)
        assert visible(page) == number, namespace


def test_search_takes_all_words_in_any_order_and_reset_shows_all(page: Page, file: Path) -> None:
    page.open(file)
    wanted = REPORT.findings[0]
    words = f"{wanted.rule.upper()}  {wanted.ref.name} {wanted.fingerprint[:16]}"
    choose(page, "filter-text", words)
    assert visible(page) == 1
    choose(page, "filter-text", "no-such-word-anywhere")
    assert visible(page) == 0
    assert status(page) == f"Filtered: 0 of {ALL} findings"
    page.evaluate("document.querySelector('button[type=reset]').click()")
    page.evaluate(_SETTLED)
    assert visible(page) == ALL
    assert status(page) == f"{ALL} findings"


def test_enter_in_the_search_stays_on_the_page(page: Page, file: Path) -> None:
    page.open(file)
    page.evaluate("document.getElementById('filter-text').focus()")
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    page.evaluate(_SETTLED)
    assert page.evaluate("location.href") == file.as_uri()
    assert page.complaints() == []


def test_the_keyboard_reaches_the_skip_link_first_and_sees_where_it_is(page: Page, file: Path) -> None:
    page.open(file)
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") == 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_link_opens_what_it_points_into_even_if_it_is_filtered_away(page: Page, file: Path) -> None:
    page.open(file)
    page.evaluate("document.getElementById('fold').click()")
    choose(page, "filter-text", "no-such-word-anywhere")
    anchor = f"f-{REPORT.findings[0].fingerprint[:16]}"
    page.evaluate(f"location.hash = {anchor!r}")
    page.evaluate(_SETTLED)
    assert page.evaluate(f"document.getElementById({anchor!r}).checkVisibility()")
    page.evaluate(f"location.hash = 'rule-' + {REPORT.findings[0].rule!r}")
    page.evaluate(_SETTLED)
    assert page.evaluate(f"document.getElementById('rule-' + {REPORT.findings[0].rule!r}).checkVisibility()")


def test_fold_and_unfold_all(page: Page, file: Path) -> None:
    page.open(file)
    for button, number in (
        ("unfold", 0),
        ("fold", len({(f.ref, f.world) for f in REPORT.findings if f.verdict != "not-evaluated"})),
    ):
        page.evaluate(f"document.getElementById({button!r}).click()")
        assert page.evaluate("document.querySelectorAll('.object:not([open])').length") == number


def test_without_script_all_is_there_but_the_filters(page: Page, file: Path) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(file)
    text = page.call("DOM.getOuterHTML", nodeId=page.call("DOM.getDocument", depth=-1)["root"]["nodeId"])["outerHTML"]
    assert re.search(r'<form class="filters"[^>]* hidden', text)
    assert text.count('class="finding"') == ALL
    assert page.complaints() == []


def test_hostile_text_does_nothing(page: Page, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        file = tmp_path / f"{number}.html"
        file.write_text(render(fill(REPORT, text)), encoding="utf-8")
        page.open(file)
        choose(page, "filter-text", "window")
        assert page.evaluate("typeof window.pwned") == "undefined", text
        assert page.complaints() == [], text
        assert page.requests() == [file.as_uri()], text


@pytest.mark.parametrize("pixels", [320, 390, 768, 1280, 2200])
def test_no_width_scrolls_sideways(page: Page, file: Path, pixels: int) -> None:
    page.width(pixels)
    page.open(file)
    page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_very_long_word_breaks(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "long.html"
    file.write_text(render(fill(REPORT, "w" * 5000)), encoding="utf-8")
    page.width(390)
    page.open(file)
    page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_light_and_dark_follow_the_reader(page: Page, file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.open(file)
    assert page.evaluate(ground) == "rgb(252, 251, 248)"
    light = page.screenshot()
    page.scheme("dark")
    assert page.evaluate(ground) == "rgb(22, 24, 27)"
    assert page.screenshot() != light


def test_the_accessibility_tree_names_every_control_and_landmark(page: Page, file: Path) -> None:
    page.open(file)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = {
        "button",
        "checkbox",
        "combobox",
        "searchbox",
        "link",
        "heading",
        "navigation",
        "search",
        "table",
        "region",
    }
    assert not [(role, name) for role, name in seen if role in roles and not name.strip()]
    assert {"banner", "navigation", "main", "contentinfo", "search", "status"} <= {role for role, _ in seen}


def test_paper_has_all_that_is_folded_with_and_without_script(page: Page, file: Path) -> None:
    page.open(file)
    page.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true })")
    unfolded = _pages(page.pdf())
    for disabled in (False, True):
        page.call("Emulation.setScriptExecutionDisabled", value=disabled)
        closed = file.with_name(f"closed-{disabled}.html")
        closed.write_text(
            re.sub(r'(<details class="[^"]*"(?: data-namespace="[^"]*")?) open>', r"\1>", file.read_text("utf-8")),
            "utf-8",
        )
        page.open(closed)
        assert _pages(page.pdf()) == unfolded, "without script" if disabled else "with script"


def _pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-")
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_paper_shows_no_controls_but_says_when_it_is_filtered(page: Page, file: Path) -> None:
    page.open(file)
    page.call("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.getElementById({!r})).display"
    assert page.evaluate(shown.format("filters")) == "none"
    assert page.evaluate(shown.format("shown")) == "none"
    choose(page, "filter-text", "no-such-word-anywhere")
    assert page.evaluate(shown.format("shown")) == "block"
    assert page.evaluate("getComputedStyle(document.querySelector('.signature')).display") == "grid"
