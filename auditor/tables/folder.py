"""Where the files that ship with the program lie: nothing in, paths out."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def bundle_root() -> Path:
    """The folder that holds `rules/` and `reports/`: inside the wheel, or the checkout's root.

    FileNotFoundError if neither is there, which means a damaged installation.
    """
    for folder in (_PACKAGE / "_bundle", _PACKAGE.parent):
        if (folder / "rules" / "data").is_dir():
            return folder
    raise FileNotFoundError(f"the rules that belong to {_PACKAGE} are missing; install the package again")


def data_root() -> Path:
    """The folder of the tables, `rules/data/`."""
    return bundle_root() / "rules" / "data"


def fixtures_root() -> Path:
    """The folder of the shipped rules' fixtures, one folder per rule; it may be absent from a build."""
    root = bundle_root()
    return root / "tests" / "fixtures" / "rules" if root == _PACKAGE.parent else root / "fixtures" / "rules"


def load_table(name: str) -> Any:
    """The content of `rules/data/<name>.json`; callers cache what they make of it."""
    return orjson.loads((data_root() / f"{name}.json").read_bytes())
