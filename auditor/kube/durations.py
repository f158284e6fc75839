"""A duration as Go writes it in, seconds out."""

import re
from typing import Final

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)"
_WHOLE: Final = rf"([+-]?)((?:{_PART})+|0)"
_LARGEST: Final = (1 << 63) / 1e9


def seconds(text: str) -> float:
    """What time.ParseDuration makes of a text such as `1h2m3.5s`; ValueError where that refuses it."""
    found = re.fullmatch(_WHOLE, text, re.ASCII) if len(text) < 200 else None
    if found is None:
        raise ValueError("no duration such as 1h2m3s")
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, found[2]))
    if total >= _LARGEST:
        raise ValueError("longer than 292 years")
    return -total if found[1] == "-" else total
