"""`kubelet-config-cases.json` in, what a real kubelet 1.37.1 made of flags, configuration file and drop-ins out."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

OUTPUT = Path(__file__).with_name("kubelet-config-cases.json")
BASES = {"flags": "neither flag nor file", "file": "a file that sets nothing"}
"""The cases whose answers are written in full; all others as what differs from one of them."""


class Case(NamedTuple):
    """One start of a kubelet."""

    group: str
    """`default`, `value`, `flag`, `drop-in`, `precedence` or `name`."""
    name: str
    words: list[str]
    files: dict[str, str]
    """By path below /etc/kubernetes, where words and the answer have them; `-> TARGET` is a symbolic link."""
    base: str
    """`file` where `--config` is among the words, else `flags`."""
    effective: Any
    """What it serves at `/configz`; None if it does not start."""
    refused: str
    """Why it does not start; empty if it does."""


@cache
def cases() -> tuple[Case, ...]:
    """All of them, in the order in which they were recorded."""
    read = json.loads(OUTPUT.read_text("utf-8"))
    bases = read["bases"]
    return tuple(Case(*row[:5], None if row[6] else _patched(bases[row[4]], row[5]), row[6]) for row in read["cases"])


def reduced(case: Case, bases: dict[str, Any]) -> list[Any]:
    """A case as it is written."""
    patch = None if case.refused else _difference(bases[case.base], case.effective)
    return [*case[:5], patch, case.refused]


def _difference(old: Any, new: Any) -> Any:
    """A merge patch (RFC 7386); no value of a configuration is null."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    changed = {key: _difference(old.get(key), value) for key, value in new.items() if old.get(key) != value}
    return {**changed, **dict.fromkeys(old.keys() - new.keys())}


def _patched(old: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    kept = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = _patched(kept.get(key), value)
    return kept
