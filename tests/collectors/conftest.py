"""An API server of objects and scripted answers, for tests of the live collection."""

from collections.abc import Iterator

import pytest

from tests.collectors.fake_api import Api, serving


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as one:
        yield one
