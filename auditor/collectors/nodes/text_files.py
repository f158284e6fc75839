"""The nouns of configuration that is neither YAML nor JSON: what a text holds, and where each part of it stands."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from auditor.model.refs import Path

LONGEST = 1 << 20
"""Characters of such a text that are read; systemd refuses longer lines (LONG_LINE_MAX)."""


class Broken(ValueError):
    """A text that breaks the rules of its format; says how, and where if it can."""


class TextFile(NamedTuple):
    """A text as a mapping, the index in the text at which each path's part begins, and what must not be printed."""

    manifest: Mapping[str, Any]
    places: Mapping[Path, int]
    secrets: tuple[str, ...] = ()
