"""Scanned text may say anything: it stays text. The page of a hostile report has the very elements of a tame one."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from auditor.model.findings import Report, RuleResult
from auditor.renderers.html import render
from tests.renderers.html_tree import Element, parse
from tests.renderers.reports import REPORTS

_OURS = (
    "severity",
    "verdict",
    "verdicts",
    "state",
    "source",
    "fingerprint",
    "today",
    "expires",
    "fail_on",
    "min_severity",
)
"""Fields that hold words of ours, never scanned text."""

HOSTILE = (
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 1</script>",
    "</style><img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' onmouseover='window.pwned=1",
    "x onfocus=window.pwned=1 autofocus tabindex=1",
    "javascript:window.pwned=1",
    'https://example.com/"onclick=window.pwned=1',
    "data:text/html,<script>window.pwned=1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "--><!--",
    "&lt;b&gt; &#x202e; &quot;",
    "safe\u202egnp.exe\u2066\u2069\u200f",
    "\x1b[31mred\x07\x00\x9b2J",
    "zero\u200bwidth\ufeff tag\U000e0041 line\u2028separator",
    "\ud800 lone",
)


def fill(value: Any, text: str) -> Any:
    """The same report with every text of others replaced."""
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: fill(getattr(value, f.name), text) for f in fields(value) if f.name not in _OURS}
        return replace(value, **changed)
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            names = zip(value._fields, value, strict=True)
            return type(value)(*(part if name in _OURS else fill(part, text) for name, part in names))
        return tuple(fill(part, text) for part in value)
    if isinstance(value, list):
        return [fill(part, text) for part in value]
    if isinstance(value, dict):
        return {text if isinstance(key, str) else key: fill(part, text) for key, part in value.items()}
    return text if isinstance(value, str) and value else value


def _shape(elements: list[Element]) -> list[tuple[str, tuple[str, ...]]]:
    return [(element.tag, tuple(element.attributes)) for element in elements]


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(name: str, text: str) -> None:
    page = render(fill(REPORTS[name], text))
    assert _shape(parse(page)) == _shape(parse(render(fill(REPORTS[name], "tame"))))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_holds_no_control_and_no_bidi_character(text: str) -> None:
    page = render(fill(REPORTS[max(REPORTS, key=lambda name: len(REPORTS[name].findings))], text))
    assert not re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0041]", page
    )
    page.encode()


def _references(*references: str) -> list[Element]:
    report = next(iter(REPORTS.values()))
    rule = RuleResult("some-rule", "Some rule", "object", "low", "", "", references, {"pass": 1})
    alone = Report(report.run, report.coverage, [rule], [], [])
    return [element for element in parse(render(alone)) if element.tag == "a" and "rel" in element.attributes]


def test_only_web_addresses_become_links() -> None:
    assert not _references(
        "javascript:alert(1)",
        " https://example.com",
        "HTTPS://example.com",
        "ftp://example.com",
        "//example.com",
        "https://",
        "https://exam ple.com",
        "https://example.com/\u202e",
        'https://example.com/"x',
        "https://example.com/" + "x" * 600,
        "KEP-2579",
    )
    (link,) = _references("https://kubernetes.io/docs/?a=1&b=2#c")
    assert link.attributes == {"href": "https://kubernetes.io/docs/?a=1&b=2#c", "rel": "noopener noreferrer"}
    assert link.text == link.attributes["href"]


def test_a_very_long_value_does_not_make_a_very_long_page() -> None:
    name = max(REPORTS, key=lambda key: len(REPORTS[key].findings))
    assert len(render(fill(REPORTS[name], "x" * 1_000_000))) < 50_000_000
