"""What a screen reader, a keyboard and a weak eye need of the page, checked on its elements and its colours."""

import re
from itertools import pairwise

import pytest

from auditor.model.findings import Report
from auditor.renderers.html import render
from auditor.tables.folder import bundle_root
from tests.renderers.html_tree import Element, parse
from tests.renderers.reports import REPORTS

_STYLE = (bundle_root() / "reports" / "templates" / "report.css").read_text(encoding="utf-8")
_TEXT = ("ink", "faint", "link", "critical", "high", "medium", "low", "info")


@pytest.fixture(params=sorted(REPORTS))
def elements(request: pytest.FixtureRequest) -> list[Element]:
    report: Report = REPORTS[request.param]
    return parse(render(report))


def test_every_tag_is_closed_and_every_id_is_there_once(elements: list[Element]) -> None:
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_landmarks_are_there_once_and_named(elements: list[Element]) -> None:
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert sum(element.tag == tag for element in elements) == 1, tag
    assert next(element for element in elements if element.tag == "html").attributes["lang"] == "en"
    assert next(element for element in elements if element.tag == "nav").attributes["aria-label"]


def test_the_first_link_skips_to_the_report(elements: list[Element]) -> None:
    assert next(element for element in elements if element.tag == "a").attributes["href"] == "#main"


def test_links_within_the_page_lead_somewhere(elements: list[Element]) -> None:
    ids = {element.attributes.get("id") for element in elements}
    links = [element.attributes["href"] for element in elements if element.tag == "a"]
    assert not [link for link in links if link.startswith("#") and link[1:] not in ids]


def test_references_by_id_resolve(elements: list[Element]) -> None:
    ids = {element.attributes.get("id") for element in elements}
    named = [
        element.attributes[name]
        for element in elements
        for name in ("aria-labelledby", "for")
        if name in element.attributes
    ]
    assert set(named) <= ids


def test_headings_never_skip_a_level(elements: list[Element]) -> None:
    levels = [int(element.tag[1]) for element in elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert not [(before, after) for before, after in pairwise(levels) if after > before + 1]
    assert not [element for element in elements if re.fullmatch("h[1-6]", element.tag) and not element.text.strip()]


def test_tables_have_captions_and_scoped_headers(elements: list[Element]) -> None:
    for table in (element for element in elements if element.tag == "table"):
        assert table.children[0].tag == "caption"
        assert table.children[0].text.strip()
    assert not [element for element in elements if element.tag == "th" and "scope" not in element.attributes]


def test_controls_are_labelled(elements: list[Element]) -> None:
    labelled = {element.attributes.get("for") for element in elements if element.tag == "label"}
    for control in (element for element in elements if element.tag in ("input", "select", "button")):
        named = control.text.strip() if control.tag == "button" else control.within("label")
        assert named or control.attributes.get("id") in labelled, control.attributes


def test_scrolling_regions_take_the_keyboard_and_are_named(elements: list[Element]) -> None:
    for region in (element for element in elements if element.attributes.get("class") == "scroll"):
        assert region.attributes["tabindex"] == "0"
        assert region.attributes["aria-label"]


def test_filtered_results_are_announced(elements: list[Element]) -> None:
    announced = [element for element in elements if element.attributes.get("aria-live") == "polite"]
    assert len(announced) == any(element.tag == "form" for element in elements)


def test_severity_is_written_out_wherever_it_is_coloured(elements: list[Element]) -> None:
    for badge in (element for element in elements if "severity" in element.attributes.get("class", "").split()):
        assert badge.attributes["class"].split()[-1] in badge.text


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


_LIGHT, _DARK, _PRINT = (
    _colours(_STYLE[_STYLE.index(start) :].split("}")[0])
    for start in (":root {", "(prefers-color-scheme: dark)", "@media print")
)


@pytest.mark.parametrize("colours", [_LIGHT, _LIGHT | _DARK, _LIGHT | _PRINT], ids=["light", "dark", "print"])
def test_contrast_is_enough_for_text_and_for_controls(colours: dict[str, str]) -> None:
    pairs = [(text, ground, 4.5) for text in _TEXT for ground in ("paper", "raised")]
    pairs += [("on-severity", "critical", 4.5)]
    pairs += [(line, ground, 3.0) for line in ("strong-rule", "focus") for ground in ("paper", "raised")]
    weak = {
        (a, b): round(_contrast(colours[a], colours[b]), 2)
        for a, b, least in pairs
        if _contrast(colours[a], colours[b]) < least
    }
    assert not weak


def test_dark_redefines_every_colour() -> None:
    assert set(_DARK) == set(_LIGHT)
