"""All bytes of a file are read, whatever its size was said to be, and no more than the limit tells."""

import os
import threading
from pathlib import Path

import pytest

from auditor.collectors.loading import load_bytes
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import Limits
from auditor.collectors.yaml.text import Unreadable

TEXT = bytes(range(256)) * 40


@pytest.mark.parametrize("size", [0, 1, len(TEXT) - 1, len(TEXT), len(TEXT) + 1, 10 * len(TEXT)])
def test_a_file_that_grew_or_shrank_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(TEXT)
    assert load_bytes(Target("w", "a.yaml", str(file), size), Limits()) == TEXT


@pytest.mark.parametrize("size", [0, 50, len(TEXT)])
def test_one_byte_more_than_the_limit_at_most(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(TEXT)
    assert load_bytes(Target("w", "a.yaml", str(file), size), Limits(file_bytes=100)) == TEXT[:101]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_read_however_it_is_written(tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)

    def write() -> None:
        with open(pipe, "wb", buffering=0) as handle:
            for start in range(0, len(TEXT), 1000):
                handle.write(TEXT[start : start + 1000])

    writer = threading.Thread(target=write)
    writer.start()
    assert load_bytes(Target("w", "pipe", pipe, 0), Limits()) == TEXT
    writer.join()


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="directory"):
        load_bytes(Target("w", "a", str(tmp_path), 0), Limits())
