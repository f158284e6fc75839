"""How the table's answers are asked for, stored and compared."""

import json
from pathlib import Path
from typing import Any

from auditor.collectors.yaml.documents import DEFAULT
from auditor.collectors.yaml.exact import read_exact
from auditor.collectors.yaml.json_text import JSONError, read_json
from auditor.collectors.yaml.nodes import Refused
from auditor.collectors.yaml.text import Unreadable, decode_text
from tests.collectors.yaml.cases import JSON, Case

RECORDED = Path(__file__).with_name("recorded.json")


def recorded() -> Any:
    """The server's version, and for each case its value and how often a key stood twice, or that it was refused."""
    return json.loads(RECORDED.read_text(encoding="utf-8"), parse_int=integer)


def integer(digits: str) -> int | float:
    """Integers as the server has them in memory: a float beyond 64 bits."""
    number = int(digits)
    return number if -(1 << 63) <= number < 1 << 63 else float(digits)


def content(value: Any) -> Any:
    """What tells one case from another: an object without its type and metadata; None for what is no object."""
    if not isinstance(value, dict) or value.get("kind") != "Anything" or "apiVersion" not in value:
        return None
    return {key: item for key, item in value.items() if key not in ("apiVersion", "kind", "metadata")}


def our_answer(case: Case) -> dict[str, Any]:
    """Our reading of a case in the form of a recorded answer."""
    try:
        text = decode_text(case.data)
        if case.content_type == JSON:
            found = read_json(text, 0, DEFAULT.depth)
            value, duplicates = (found.value, len(found.repeated)) if found and not found.refused else (None, 0)
        else:
            reading = read_exact(text, DEFAULT.depth)
            value, duplicates = reading.value, sum(each.code != "ambiguous-key" for each in reading.duplicates)
    except (Unreadable, Refused, JSONError):
        return {"refused": True}
    shown = content(value)
    return {"refused": True} if shown is None else {"value": shown, "duplicates": duplicates}


def same(ours: Any, theirs: Any) -> bool:
    """Equality that tells booleans from numbers, and no more than JSON does integers from floats."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)
