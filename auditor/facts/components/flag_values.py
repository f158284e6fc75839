"""The texts given to a flag in, its value as the program holds it out."""

import csv
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_UNIT = r"(?:ns|us|µs|μs|ms|s|m|h)"
_DURATION = re.compile(rf"[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+){_UNIT})+)", re.ASCII)
_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?\d)*|0)", re.ASCII
)
_NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_LARGEST = 2**63
_SHOWN = 60
_LONGEST_INTEGER = 140
"""More digits than 64 bits and all underscores between them need; Python refuses to convert very long texts."""
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def value_of(kind: str, texts: Sequence[str]) -> Any:
    """What a flag of a kind holds after it was given these texts in order; ValueError if the program refuses one.

    The last text wins, but for `list` and `strings` (pflag's stringSlice and stringArray) and for `map` and `gates`
    (k8s.io/component-base/cli/flag), which gather all of them.
    """
    if kind in _GATHERED:
        return _GATHERED[kind](texts)
    return [_SINGLE.get(kind, str)(text) for text in texts][-1]


def _bool(text: str) -> bool:
    """As strconv.ParseBool."""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(f"{text[:_SHOWN]!r} is no boolean")


def _integer(text: str) -> int:
    """As strconv.ParseInt with base 0."""
    if len(text) > _LONGEST_INTEGER or not _INTEGER.fullmatch(text):
        raise ValueError(f"{text[:_SHOWN]!r} is no integer")
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    if re.fullmatch(r"0[0-7_]+", digits):
        digits = "0o" + digits[1:].lstrip("_")
    value = int(sign + digits, 0)
    if not -_LARGEST <= value < _LARGEST:
        raise ValueError(f"{text[:_SHOWN]!r} is out of range")
    return value


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text[:_SHOWN]!r} is no number")
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:_SHOWN]!r} is out of range")
    return value


def nanoseconds(text: str) -> float:
    """A duration as time.ParseDuration reads it; ValueError if it is none."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text[:_SHOWN]!r} is no duration")
    parts = re.findall(r"([\d.]+)([a-z]+)", _plain(text))
    found = sum(float(number) * _NANOSECONDS[unit] for number, unit in parts)
    if found >= _LARGEST:
        raise ValueError(f"{text[:_SHOWN]!r} is out of range")
    return -found if text.startswith("-") else found


def _duration(text: str) -> str:
    """The text is kept, and CEL's `duration` reads it."""
    nanoseconds(text)
    return _plain(text) if text.strip("+-0") else "0s"


def _plain(text: str) -> str:
    return text.replace("µ", "u").replace("μ", "u")


def _list(texts: Sequence[str]) -> list[str]:
    return [item for text in texts for item in _comma_separated(text)]


def _comma_separated(text: str) -> list[str]:
    """One line of CSV, as stringSlice reads it with encoding/csv."""
    if '"' not in text:
        return text.split(",") if text else []
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise ValueError(f"{text[:_SHOWN]!r} is no comma-separated list: {error}") from None


def _urls(text: str) -> list[str]:
    """As etcd's UniqueURLs and StringsValue (go.etcd.io/etcd/pkg/v3/flags)."""
    return [item.strip() for item in text.split(",") if item.strip()]


def _map(texts: Sequence[str]) -> dict[str, str]:
    result: dict[str, str] = {}
    for item in ",".join(texts).split(","):
        name, _, value = item.partition("=")
        if name.strip():
            result[name.strip()] = value.strip()
    return result


def _gates(texts: Sequence[str]) -> dict[str, bool]:
    """Feature gates; since 1.32 a component's name may stand before them (`kube:Gate=true`)."""
    return {name.rpartition(":")[2]: _bool(value) for name, value in _map(texts).items()}


_SINGLE: Mapping[str, Callable[[str], Any]] = {
    "bool": _bool,
    "int": _integer,
    "float": _decimal,
    "duration": _duration,
    "urls": _urls,
}
_GATHERED: Mapping[str, Callable[[Sequence[str]], Any]] = {
    "list": _list,
    "strings": list,
    "map": _map,
    "gates": _gates,
}
