"""The page of a comparison in a real Chromium: it asks for nothing, its filters work, and hostile text runs nothing."""

from pathlib import Path

import pytest

from auditor.renderers.diff_html import render
from tests.browser.devtools import Page
from tests.renderers.comparisons import COMPARISONS
from tests.renderers.test_diff_html import hostile
from tests.renderers.test_html_hostile import HOSTILE

pytestmark = pytest.mark.browser

_VISIBLE = "[...document.querySelectorAll('.finding')].filter(node => !node.closest('[hidden]')).length"
_SETTLED = "new Promise(done => setTimeout(done, 250))"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "diff.html"
    path.write_text(render(COMPARISONS["shop"]), encoding="utf-8")
    return path


def test_it_opens_without_a_complaint_and_asks_for_nothing(page: Page, file: Path) -> None:
    page.open(file)
    page.evaluate(_SETTLED)
    assert page.complaints() == []
    assert page.requests() == [file.as_uri()]


def test_new_findings_can_be_filtered(page: Page, file: Path) -> None:
    page.open(file)
    assert page.evaluate(_VISIBLE) == len(COMPARISONS["shop"].of("new"))
    page.evaluate("document.querySelectorAll('input[name=severity]:not([value=high])').forEach(box => box.click())")
    page.evaluate(_SETTLED)
    assert page.evaluate(_VISIBLE) == 1


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone_and_a_desk(page: Page, file: Path, width: int, scheme: str) -> None:
    page.width(width)
    page.scheme(scheme)
    page.open(file)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_runs_nothing(page: Page, tmp_path: Path, text: str) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(render(hostile("shop", text)), encoding="utf-8")
    page.open(path)
    page.evaluate(_SETTLED)
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.requests() == [path.as_uri()]


def test_it_can_be_printed(page: Page, file: Path, tmp_path: Path) -> None:
    page.open(file)
    assert page.pdf(tmp_path / "diff.pdf").startswith(b"%PDF")
