"""The page of a comparison: whole pages, its policy, what a screen reader needs, and that scanned text stays text."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest

from auditor.model.comparison import Comparison
from auditor.renderers.diff_html import MOST_UNCHANGED, render
from tests.renderers.comparisons import COMPARISONS, compared
from tests.renderers.html_tree import Element, parse
from tests.renderers.reports import crowd
from tests.renderers.snapshot import check
from tests.renderers.test_html_hostile import HOSTILE, fill


def inner(page: str, tag: str) -> str:
    (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return str(text)


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_snapshot(name: str) -> None:
    page = render(COMPARISONS[name])
    for tag in ("style", "script"):
        page = page.replace(inner(page, tag), "")
    check(f"diff-{name}.html", re.sub(r"'sha256-[^']+'", "'sha256-'", page))


def test_policy_names_the_style_and_the_script_by_hash_and_allows_nothing_else() -> None:
    page = render(COMPARISONS["shop"])
    policy = next(element for element in parse(page) if "http-equiv" in element.attributes).attributes["content"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        digest = b64encode(sha256(inner(page, tag).encode()).digest()).decode()
        assert directives.pop(directive) == [f"'sha256-{digest}'"]
    none = ["'none'"]
    assert directives == {"default-src": none, "img-src": ["data:"], "base-uri": none, "form-action": none}


@pytest.fixture(params=sorted(COMPARISONS))
def elements(request: pytest.FixtureRequest) -> list[Element]:
    return parse(render(COMPARISONS[request.param]))


def test_it_needs_nothing_but_itself(elements: list[Element]) -> None:
    for element in elements:
        assert element.tag not in ("link", "img", "iframe", "object", "embed", "base", "audio", "video", "use")
        assert not [word for word in element.attributes if word.startswith("on") or word in ("style", "src", "srcset")]


def test_ids_are_there_once_and_links_lead_to_them(elements: list[Element]) -> None:
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [element.attributes["href"] for element in elements if element.tag == "a"]
    assert links[0] == "#main"
    assert not [link for link in links if link.startswith("#") and link[1:] not in ids]
    named = [e.attributes[word] for e in elements for word in ("aria-labelledby", "for") if word in e.attributes]
    assert set(named) <= set(ids)


def test_landmarks_headings_and_tables_are_in_order(elements: list[Element]) -> None:
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert sum(element.tag == tag for element in elements) == 1, tag
    levels = [int(element.tag[1]) for element in elements if re.fullmatch("h[1-6]", element.tag)]
    assert not [(before, after) for before, after in pairwise(levels) if after > before + 1]
    for table in (element for element in elements if element.tag == "table"):
        assert table.children[0].tag == "caption"
    assert not [element for element in elements if element.tag == "th" and "scope" not in element.attributes]


@pytest.mark.parametrize("name", sorted(COMPARISONS))
def test_new_findings_are_there_in_full_and_all_others_in_a_row(name: str) -> None:
    comparison = COMPARISONS[name]
    elements = parse(render(comparison))
    assert sum(element.attributes.get("class") == "finding" for element in elements) == len(comparison.of("new"))
    rows = [e for e in elements if e.tag == "tr" and (table := e.within("table")) and e.within("tbody")]
    listed = [row for row in rows if (table := row.within("table")) and table.attributes.get("class") == "differences"]
    others = len(comparison.differences) - len(comparison.of("new"))
    assert len(listed) == others + len(comparison.changed)


def test_unchanged_findings_are_cut_and_counted() -> None:
    many = crowd(MOST_UNCHANGED // 5 + 1)
    page = render(compared(many, many))
    assert f"The first {MOST_UNCHANGED:,};" in page
    assert page.count("<tr><td><span") == MOST_UNCHANGED


def hostile(name: str, text: str) -> Comparison:
    before, after = (fill(side.report, text) for side in (COMPARISONS[name].before, COMPARISONS[name].after))
    return compared(before, after, (text, text))


def shape(page: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(element.tag, tuple(element.attributes)) for element in parse(page)]


@pytest.mark.parametrize("name", ["shop", "back", "hostile", "hostile-back"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element_and_no_attribute(name: str, text: str) -> None:
    page = render(hostile(name, text))
    assert shape(page) == shape(render(hostile(name, "tame")))
    assert not re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0041]", page
    )
