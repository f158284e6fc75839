"""A name and a text in; AssertionError where the text differs from what is stored. `KUBEPLUMB_UPDATE=1` stores it."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def check(name: str, text: str) -> None:
    """Compares a whole output with its snapshot."""
    file = FOLDER / name
    if os.environ.get("KUBEPLUMB_UPDATE"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert file.is_file(), "no snapshot: run once with KUBEPLUMB_UPDATE=1 and read what it wrote"
    assert text == file.read_text(encoding="utf-8")
