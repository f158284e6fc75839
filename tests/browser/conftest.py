"""One Chromium for all browser tests, or a visible reason why there is none."""

from collections.abc import Iterator

import pytest

from tests.browser.devtools import Browser, Page, find_chromium, running


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser, started once."""
    binary = find_chromium()
    if not binary:
        pytest.skip("no Chromium here: install it, or name it in KUBEPLUMB_CHROMIUM")
    with running(binary, tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab, as wide as a desk's screen, light."""
    with browser.page() as opened:
        opened.width(1280)
        opened.scheme("light")
        yield opened
