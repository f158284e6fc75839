"""What all tests share: a plain environment, and the command line in this process."""

import io
import os
import signal
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is; times are what benchmarks are for.
settings.register_profile("kubeplumb", deadline=None)
settings.load_profile("kubeplumb")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a job in the background of a shell has it; what is started by tests would inherit it, and can be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Result(NamedTuple):
    code: int
    out: str
    err: str


Kubeplumb = Callable[..., Result]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the colours, width or clock settings of whoever runs it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "KUBECONFIG", "KUBEPLUMB_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    os.environ.setdefault("TZ", "UTC")


@pytest.fixture
def kubeplumb(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kubeplumb:
    """`kubeplumb("scan", "x.yaml", stdin=b"...")` as on a command line, with its exit code and both streams."""
    from auditor.cli.main import run

    def call(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["kubeplumb", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run()
        streams = capsys.readouterr()
        return Result(code, streams.out, streams.err)

    return call
