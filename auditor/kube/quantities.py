"""Texts of resource quantities in, exact fractions out."""

import re
from fractions import Fraction
from math import ceil

_QUANTITY = r"([+-]?)([0-9]*)(?:\.([0-9]*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+|)"

_SCALES: dict[str, Fraction] = {
    "": Fraction(1),
    **{
        suffix: Fraction(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{letter}i": Fraction(2) ** (10 * power) for power, letter in enumerate("KMGTPE", start=1)},
}
_SMALLEST = Fraction(1, 10**9)
_LONGEST = 1000
_LARGEST_EXPONENT = 1000
_LARGEST_BINARY = 2**63 - 1


def parse_quantity(text: str | float) -> Fraction:
    """`100m`, `1.5Gi`, `1e3` or a plain number in, its exact value out; ValueError where the API server refuses.

    As ParseQuantity in k8s.io/apimachinery pkg/api/resource/quantity.go: finer than nano is rounded away from zero,
    binary values end at 2^63-1, and a missing number means zero. Exponents beyond 1000 are refused here: the
    server takes them, but no quantity of anything needs them.
    """
    written = "" if isinstance(text, bool) else str(text).strip()
    match = re.fullmatch(_QUANTITY, written, re.ASCII) if 0 < len(written) <= _LONGEST else None
    if match is None:
        raise ValueError(f"{str(text)[:60]!r} is not a resource quantity; write it like 100m, 1.5Gi or 1e3")
    sign, whole, decimals, suffix = match.groups(default="")
    scale = _scale(suffix)
    if not whole + decimals and (scale < _SMALLEST or suffix in ("Pi", "Ei")):
        # The parser's fast path, which takes a missing number for zero, ends at these.
        raise ValueError(f"{written[:60]!r} is not a resource quantity: it has no number")
    amount = Fraction(int(whole + decimals or "0"), 10 ** len(decimals)) * scale
    amount = ceil(amount / _SMALLEST) * _SMALLEST
    if suffix.endswith("i"):
        amount = min(amount, Fraction(_LARGEST_BINARY))
    return -amount if sign == "-" else amount


def _scale(suffix: str) -> Fraction:
    scale = _SCALES.get(suffix)
    if scale is not None:
        return scale
    exponent = int(suffix[1:])
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(f"the exponent of a resource quantity is out of range: {suffix[:60]!r}")
    return Fraction(10) ** exponent
