"""What all tests share."""

import os

import pytest


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the colours, width or clock settings of whoever runs it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "KUBECONFIG", "KUBEPLUMB_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    os.environ.setdefault("TZ", "UTC")
