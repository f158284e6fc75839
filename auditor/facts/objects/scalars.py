"""A scalar of a manifest in, the scalar that the API server's JSON decoder makes of it out, or `WRONG`.

A float with no fraction counts as an integer: the YAML reader of the server (sigs.k8s.io/yaml) turns 1.0 and 1e3 into
1 and 1000 before the decoder sees them. Only a JSON body sent as it stands would be refused.
"""

import math
import re
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor.kube.durations import seconds

Scalar = Callable[[Any], Any]

WRONG: Final[Any] = object()
"""The value does not belong there."""

_INT32 = 1 << 31
_INT64 = 1 << 63
# k8s.io/apimachinery, pkg/api/resource/quantity.go, parseQuantityString: digits may be missing, so "." and "Ki" are 0.
_QUANTITY = r"[+-]?\d*\.?\d*([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)"
# Go's time.Parse: one digit is enough for the hour, a comma may introduce the fraction.
_DATE_TIME = r"(\d{4})-(0[1-9]|1[0-2])-(\d\d)T([01]?\d|2[0-3]):[0-5]\d:[0-5]\d"
_ZONE = r"(Z|[+-]([01]\d|2[0-4]):([0-5]\d|60))"
_TIME = _DATE_TIME + r"([.,]\d+)?" + _ZONE
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MICRO_TIME = _DATE_TIME + r"[.,]\d{6}" + _ZONE


def text(value: Any) -> Any:
    """A string; a lone surrogate, which only a JSON escape can produce, becomes U+FFFD as it does in Go."""
    if not isinstance(value, str):
        return WRONG
    if type(value) is not str:
        value = str.__str__(value)
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def boolean(value: Any) -> Any:
    """A boolean; neither a number nor a word stands for one."""
    return value if isinstance(value, bool) else WRONG


def int32(value: Any) -> Any:
    """An integer of 32 bits."""
    return _integer(value, _INT32)


def int64(value: Any) -> Any:
    """An integer of 64 bits."""
    return _integer(value, _INT64)


def _integer(value: Any, bound: int) -> Any:
    if type(value) is float and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -bound <= value < bound:
        return value
    return WRONG


def int_or_string(value: Any) -> Any:
    """An integer or a string, as typed (k8s.io/apimachinery, pkg/util/intstr)."""
    return text(value) if isinstance(value, str) else int32(value)


def quantity(value: Any) -> Any:
    """A quantity as a string: a number becomes the digits that the server reads."""
    if isinstance(value, str):
        digits = value.strip()
        return digits if digits and re.fullmatch(_QUANTITY, digits, re.ASCII) else WRONG
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value)
    return WRONG


def number_text(value: float) -> str:
    """A finite float as Go's encoding/json writes it: plain digits between 1e-6 and 1e21, an exponent outside."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    mantissa = mantissa.removesuffix(".0")
    sign = "-" if math.copysign(1, value) < 0 else ""
    if not exponent:
        return sign + mantissa
    power = int(exponent)
    if not -6 <= power < 21:
        return f"{sign}{mantissa}e{power:+d}"
    whole, _, rest = mantissa.partition(".")
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{whole}{rest}"
    return sign + whole + rest.ljust(power, "0")


def time(value: Any) -> Any:
    """A time in RFC 3339 (k8s.io/apimachinery, pkg/apis/meta/v1/time.go)."""
    return _moment(value, _TIME)


def micro_time(value: Any) -> Any:
    """A time in RFC 3339 with exactly six digits of a second (k8s.io/apimachinery, pkg/apis/meta/v1/micro_time.go)."""
    return _moment(value, _MICRO_TIME)


def _moment(value: Any, form: str) -> Any:
    match = re.fullmatch(form, value, re.ASCII) if isinstance(value, str) else None
    if match is None:
        return WRONG
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = 29 if month == 2 and leap else _DAYS[month - 1]
    return value if 1 <= day <= days else WRONG


def base64(value: Any) -> Any:
    """A byte string: standard base64 with padding, without the line breaks, which Go's StdEncoding ignores."""
    if not isinstance(value, str):
        return WRONG
    packed = value.replace("\n", "").replace("\r", "")
    try:
        a2b_base64(packed, strict_mode=True)
    except ValueError:
        return WRONG
    return packed


def duration(value: Any) -> Any:
    """A duration of metav1.Duration, such as `1m30s`; the text stays as it is.

    Null is refused where the struct has no pointer to it, as the word `duration` of the table says.
    """
    if not isinstance(value, str):
        return WRONG
    try:
        seconds(value)
    except ValueError:
        return WRONG
    return value


def plain(value: Any) -> Any:
    """A scalar where any value may stand; integers beyond 64 bits and numbers that JSON lacks are refused."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int64(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    return WRONG


def key_text(value: Any) -> Any:
    """A mapping's key as the server's YAML reader writes it in JSON: numbers and booleans become their text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 1 << 64 else WRONG
    if isinstance(value, float) and math.isfinite(value):
        return number_text(value)
    return text(value)


SCALARS: Mapping[str, tuple[Scalar, Callable[[], Any]]] = {
    "string": (text, str),
    "bool": (boolean, bool),
    "int32": (int32, int),
    "int64": (int64, int),
    "quantity": (quantity, lambda: "0"),
    "int-or-string": (int_or_string, int),
    "time": (time, str),
    "micro-time": (micro_time, str),
    "bytes": (base64, str),
    "duration-or-null": (duration, lambda: "0s"),
    "duration": (duration, lambda: "0s"),
}
"""The scalar types of `rules/data/api-types.json` and `config-documents.json`: how each is read, and what null stands
for in a list or a map."""

_FOUND = ((str, "string"), (bool, "boolean"), ((int, float), "number"), (Mapping, "object"), ((list, tuple), "array"))


def found(value: Any) -> str:
    """What kind of JSON value it is; never the value itself, which may be secret."""
    if value is None:
        return "null"
    return next((name for kinds, name in _FOUND if isinstance(value, kinds)), type(value).__name__)
