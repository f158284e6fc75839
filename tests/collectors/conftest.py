"""An API server of objects and scripted answers, and an empty home, for tests of the live collection."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collectors.fake_api import Api, serving


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as one:
        yield one


PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty home, no proxy, no pod; and nothing of ours is left in the folder of temporary files."""
    folder, temporary = tmp_path / "home", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for name in (*PROXIES, "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    assert list(temporary.rglob("*")) == []
