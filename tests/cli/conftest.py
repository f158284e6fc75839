"""The command line in this process: fast, with its exit code and both streams."""

import io
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from auditor.cli.main import run


class Result(NamedTuple):
    code: int
    out: str
    err: str


Kubeplumb = Callable[..., Result]


@pytest.fixture
def kubeplumb(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kubeplumb:
    """`kubeplumb("scan", "x.yaml", stdin=b"...")` as on a command line."""

    def call(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["kubeplumb", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run()
        streams = capsys.readouterr()
        return Result(code, streams.out, streams.err)

    return call
