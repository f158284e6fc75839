"""A stream of JSON values in, each value with its place and problems out, as kubectl and the API server read them.

Sources: k8s.io/apimachinery pkg/util/yaml decoder.go (YAMLOrJSONDecoder) and sigs.k8s.io/json, where numbers without
a point or an exponent are integers if they fit an int64, and of repeated keys the last one counts.
"""

import json
import math
import re
from collections import Counter
from typing import Any, Final, NamedTuple

from auditor.collectors.yaml.scalars import MAX_INT64

_BRACE = re.compile(r"\s*+\{")
_SPACE = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = "[\ud800-\udfff]"
_MAX_DIGITS: Final = 400


class JSONError(Exception):
    """Text that is no JSON, or more than the server takes: a problem's code, the reason, the index in the text."""

    def __init__(self, code: str, reason: str, index: int) -> None:
        self.code, self.reason, self.index = code, reason, index


class JSONValue(NamedTuple):
    """One value of a stream: what it is, where it starts and ends, which keys stand in it twice, why it is refused."""

    value: Any
    start: int
    end: int
    repeated: list[str]
    refused: str


def looks_like_json(text: str) -> bool:
    """Whether the first character that is no white space is a brace (decoder.go, IsJSONBuffer)."""
    return _BRACE.match(text) is not None


def read_json(text: str, index: int, depth: int) -> JSONValue | None:
    """The JSON value that starts at or after index, None at the end of the text; raises JSONError."""
    found = _SPACE.match(text, index)
    start = found.end() if found else index
    if start >= len(text):
        return None
    repeated: list[str] = []
    out_of_range: list[str] = []
    try:
        value, end = _decoder(repeated, out_of_range).raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JSONError("json-syntax", error.msg, error.pos) from None
    except RecursionError:
        raise JSONError("nesting", f"nested more than {depth} levels deep", start) from None
    except ValueError as error:
        raise JSONError("json-syntax", str(error), start) from None
    if _levels(value, depth) > depth:
        raise JSONError("nesting", f"nested more than {depth} levels deep", start)
    if "\\u" in text and _has_surrogate(text, start, end):
        value = _without_surrogates(value)
    refused = f"the number {out_of_range[0][:20]}... is out of range" if out_of_range else ""
    return JSONValue(value, start, end, repeated, refused)


def _decoder(repeated: list[str], out_of_range: list[str]) -> json.JSONDecoder:
    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = Counter(name for name, _ in pairs)
            repeated.extend(name for name, count in names.items() if count > 1)
        return found

    def floating(digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            out_of_range.append(digits)
        return number

    def integer(digits: str) -> int | float:
        if len(digits) > _MAX_DIGITS:
            return floating(digits)
        number = int(digits)
        return number if -MAX_INT64 - 1 <= number <= MAX_INT64 else floating(digits)

    return json.JSONDecoder(
        object_pairs_hook=mapping, parse_int=integer, parse_float=floating, parse_constant=_refuse_constant
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _levels(value: Any, most: int) -> int:
    """How deep collections nest, counted no further than one beyond `most`."""
    levels, level = 0, [value] if isinstance(value, dict | list) else []
    while level and levels <= most:
        levels += 1
        inner = (item for one in level for item in (one.values() if isinstance(one, dict) else one))
        level = [item for item in inner if isinstance(item, dict | list)]
    return levels


def _has_surrogate(text: str, start: int, end: int) -> bool:
    return re.compile(r"\\u[dD][89a-fA-F]").search(text, start, end) is not None


def _without_surrogates(value: Any) -> Any:
    # encoding/json writes U+FFFD for a surrogate that has no partner.
    if isinstance(value, str):
        return re.sub(_LONE_SURROGATE, "\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
