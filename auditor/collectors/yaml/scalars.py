"""A YAML scalar's text and tag in, the JSON value that the API server makes of it out (YAML 1.1, as go-yaml v2 has it).

Sources: go.yaml.in/yaml/v2 resolve.go (resolve, parseTimestamp) and sigs.k8s.io/yaml yaml.go (convertToJSONableObject).
"""

import base64
import binascii
import math
import re
import struct
from datetime import date
from typing import Final

Scalar = str | int | float | bool | None

_PREFIX: Final = "tag:yaml.org,2002:"
STR, BOOL, INT, FLOAT, NULL, TIMESTAMP, BINARY, MERGE = (
    _PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp", "binary", "merge")
)
_RESOLVED: Final = frozenset({"", STR, BOOL, INT, FLOAT, NULL, TIMESTAMP})


def _spellings(*words: str) -> list[str]:
    return [form for word in words for form in (word, word.capitalize(), word.upper())]


WORDS: Final[dict[str, tuple[str, Scalar]]] = {
    **dict.fromkeys(("y", "Y", *_spellings("yes", "true", "on")), (BOOL, True)),
    **dict.fromkeys(("n", "N", *_spellings("no", "false", "off")), (BOOL, False)),
    **dict.fromkeys(("", "~", *_spellings("null")), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **dict.fromkeys(
        tuple(sign + word for sign in ("", "+") for word in (".inf", ".Inf", ".INF")),
        (FLOAT, math.inf),
    ),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
}
"""Plain scalars that are no strings, with tag and value (resolve.go, resolveMapList)."""
_LONGEST_WORD: Final = max(map(len, WORDS))

_NUMBER_STARTS: Final = frozenset("+-0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|(0[0-7]*)|([1-9][0-9]*))")
_LOOSE_BINARY = re.compile(r"0b([-+]?[01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+]([0-9]{2}):([0-9]{2})))"
    r"|(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?))?"
)
MAX_INT64: Final = (1 << 63) - 1
_MAX_UINT64: Final = (1 << 64) - 1


class ScalarError(ValueError):
    """A scalar that the API server refuses; the text says why."""


def resolve(tag: str, text: str) -> tuple[str, Scalar]:
    """Tag and value of a plain scalar (tag "") or of one with an explicit tag; ScalarError if the two clash."""
    if tag == BINARY:
        return tag, _binary(text)
    if tag not in _RESOLVED:
        return tag, text
    found, value = (STR, text) if tag == STR else _plain(tag, text)
    if tag in ("", STR) or tag == found:
        return found, value
    if tag == FLOAT and found == INT and isinstance(value, int) and value <= MAX_INT64:
        return FLOAT, float(value)
    raise ScalarError(f"a value of type {_short(found)} cannot be a {_short(tag)}")


def plain(text: str) -> Scalar:
    """Value of an untagged plain scalar, before it goes through JSON."""
    return _plain("", text)[1]


def _plain(tag: str, text: str) -> tuple[str, Scalar]:
    word = WORDS.get(text)
    if word is not None:
        return word
    first = text[0]
    if first == ".":
        if _POINT_FLOAT.fullmatch(text) and not math.isinf(number := float(text)):
            return FLOAT, number
    elif first in _NUMBER_STARTS:
        if tag in ("", TIMESTAMP) and _is_timestamp(text):
            return TIMESTAMP, text
        return _number(text)
    return STR, text


def _number(text: str) -> tuple[str, Scalar]:
    digits = text.replace("_", "")
    integer = _integer(digits)
    if integer is not None:
        return INT, integer
    # float() is slow on very long digits only in reading them; a number out of range stays a string.
    if _FLOAT.fullmatch(digits) and not math.isinf(number := float(digits)):
        return FLOAT, number
    loose = _LOOSE_BINARY.fullmatch(digits)
    if loose and -MAX_INT64 - 1 <= (value := int(loose[1], 2)) <= MAX_INT64:
        return INT, value
    return STR, text


def _integer(digits: str) -> int | None:
    found = _INTEGER.fullmatch(digits)
    if found is None or len(digits) > 80:  # no more than 64 binary digits and a few zeros can be in range
        return _long_integer(found) if found else None
    sign, *groups = found.groups()
    base, literal = next((base, literal) for base, literal in zip((16, 8, 2, 8, 10), groups, strict=True) if literal)
    value = int(literal, base)
    if sign == "-":
        return -value if value <= MAX_INT64 + 1 else None
    return value if value <= (MAX_INT64 if sign else _MAX_UINT64) else None


def _long_integer(found: re.Match[str]) -> int | None:
    sign, *groups = found.groups()
    for base, prefix, literal in zip((16, 8, 2, 8), ("0x", "0o", "0b", "0"), groups, strict=False):
        if literal:
            short = literal.lstrip("0")
            return _integer(sign + prefix + short) if 0 < len(short) <= 64 else (0 if not short and base else None)
    return None


def _is_timestamp(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    numbers = [int(group) if group else 0 for group in found.groups()]
    year, month, day = numbers[:3]
    try:
        date(year or 4, month, day)  # there was no year 0 but as the leap year that it would have been
    except ValueError:
        return False
    hour, minute, second = (max(pair) for pair in zip(numbers[3:6], numbers[8:11], strict=True))
    return hour < 24 and minute < 60 and second < 60 and numbers[6] <= 24 and numbers[7] < 60


def _binary(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ScalarError("!!binary value is not valid base64") from None
    # encoding/json writes each byte that is no UTF-8 as U+FFFD; Python does so for each invalid sequence.
    return "".join(_utf8(data))


def _utf8(data: bytes) -> list[str]:
    parts: list[str] = []
    while data:
        try:
            parts.append(data.decode())
            break
        except UnicodeDecodeError as error:
            parts += [data[: error.start].decode(), "\ufffd"]
            data = data[error.start + 1 :]
    return parts


def as_json(value: Scalar) -> Scalar:
    """The value after the server has written it as JSON and read that again: 1e3 is the integer 1000.

    Integers that fit no int64 become floats; ScalarError for infinities and NaN, which JSON has not.
    Sources: encoding/json floatEncoder, sigs.k8s.io/json UnmarshalCaseSensitivePreserveInts.
    """
    if type(value) is int:
        return value if -MAX_INT64 - 1 <= value <= MAX_INT64 else float(value)
    if type(value) is not float:
        return value
    if not math.isfinite(value):
        raise ScalarError("JSON has no infinity and no NaN")
    if value.is_integer() and abs(value) < 1e21:
        # The shortest digits that give the float again, filled up with zeros: not always its exact value.
        from decimal import Decimal  # few numbers are written so

        integer = int(Decimal(repr(value)))
        return integer if -MAX_INT64 - 1 <= integer <= MAX_INT64 else value
    return value


def as_key(value: Scalar) -> str:
    """A mapping key as the string it becomes in JSON; ScalarError for null and integers beyond int64."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value <= MAX_INT64:
        return str(value)
    if isinstance(value, float):
        return _float_key(value)
    raise ScalarError(f"a {'null' if value is None else 'number beyond 63 bits'} cannot be a mapping key")


def key_name(text: str, *, plain: bool = True, tag: str = "") -> str:
    """A mapping key as written, and as the string it becomes; one that the server refuses stays as it is."""
    # Whatever the server takes for something else than a text has a digit or sign in front, or is a short word.
    if (not plain and not tag) or (not tag and len(text) > _LONGEST_WORD and text[0].isalpha()):
        return text
    try:
        return as_key(resolve(tag, text)[1])
    except ScalarError:
        return text


def _float_key(value: float) -> str:
    # strconv.FormatFloat(value, 'g', -1, 32): the shortest digits for a float of 32 bits.
    if math.isnan(value):
        return ".nan"
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    mantissa, exponent = _shortest_single(single)
    digits = mantissa.lstrip("-").replace(".", "").rstrip("0") or "0"
    sign = "-" if mantissa.startswith("-") else ""
    if exponent < -4 or exponent >= 6:
        return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{exponent:+03d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, fraction = (
        digits[: exponent + 1].ljust(exponent + 1, "0"),
        digits[exponent + 1 :],
    )
    return f"{sign}{whole}{'.' + fraction if fraction else ''}"


def _shortest_single(single: float) -> tuple[str, int]:
    for places in range(9):
        mantissa, exponent = f"{single:.{places}e}".split("e")
        if struct.unpack("f", struct.pack("f", float(f"{mantissa}e{exponent}")))[0] == single:
            break
    return mantissa, int(exponent)


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(_PREFIX)
