"""A compiled CEL expression in, the field paths that it reads out.

The library gives an expression only as protobuf bytes (cel.expr.CheckedExpr of checked.proto, or cel.expr.ParsedExpr of
syntax.proto, in proto/cel/expr of cel-spec); what is needed of that format is read here by hand, without a protobuf
dependency.
"""

from collections.abc import Iterator, Sequence

_TYPE_URL_VALUE = 2
_CHECKED_EXPR, _PARSED_EXPR = 4, 2
_IDENT, _SELECT, _CALL, _LIST, _STRUCT, _COMPREHENSION, _CONST = 4, 5, 6, 7, 8, 9, 3

Message = dict[int, list[bytes | int]]


def paths(serialized: bytes) -> Sequence[str]:
    """Paths such as `container.securityContext.privileged`, longest of each chain only, sorted."""
    any_message = _message(serialized)
    whole = _message(_bytes(any_message, _TYPE_URL_VALUE))
    found: set[str] = set()
    _collect(_message(_bytes(whole, _CHECKED_EXPR) or _bytes(whole, _PARSED_EXPR)), found, {})
    return sorted(path for path in found if not any(other.startswith(path + ".") for other in found))


def _collect(expr: Message, found: set[str], bound: dict[str, str]) -> str:
    """Adds the paths of an expression; returns the path that the expression itself is, or an empty text."""
    if _IDENT in expr:
        name = _bytes(_message(_bytes(expr, _IDENT)), 1).decode()
        return bound.get(name, name)
    if _SELECT in expr:
        select = _message(_bytes(expr, _SELECT))
        return _step(_collect(_message(_bytes(select, 1)), found, bound), _bytes(select, 2).decode(), found)
    if _CALL in expr:
        return _call(_message(_bytes(expr, _CALL)), found, bound)
    if _COMPREHENSION in expr:
        _comprehension(_message(_bytes(expr, _COMPREHENSION)), found, bound)
    for element in _elements(expr):
        _note(_collect(element, found, bound), found)
    return ""


def _elements(expr: Message) -> Iterator[Message]:
    """The parts of a list or map literal (Expr.CreateList.elements, Expr.CreateStruct.Entry map_key and value)."""
    for element in _message(_bytes(expr, _LIST)).get(1, []):
        yield _message(element)
    for entry in _message(_bytes(expr, _STRUCT)).get(2, []):
        for part in (3, 4):
            if part in _message(entry):
                yield _message(_bytes(_message(entry), part))


def _call(call: Message, found: set[str], bound: dict[str, str]) -> str:
    name = _bytes(call, 2).decode()
    arguments = [_message(item) for item in call.get(3, [])]
    target = _collect(_message(_bytes(call, 1)), found, bound) if 1 in call else ""
    if name in ("_?._", "_[_]", "_[?_]") and len(arguments) == 2:
        base = _collect(arguments[0], found, bound)
        text = _constant(arguments[1])
        if text is not None:
            return _step(base, text, found)
        _note(_collect(arguments[1], found, bound), found)
        return base + "[*]" if base else ""
    if name in ("orValue", "or", "optional.of", "dyn", "value"):
        for argument in arguments:
            inner = _collect(argument, found, bound)
            _note(inner, found)
            target = target or inner
        return _note(target, found)
    _note(target, found)
    for argument in arguments:
        _note(_collect(argument, found, bound), found)
    return ""


def _comprehension(fold: Message, found: set[str], bound: dict[str, str]) -> None:
    """A macro such as `exists`: its variable stands for an item of the range; `cel.bind` is one over nothing."""
    over = _collect(_message(_bytes(fold, 2)), found, bound)
    _note(over, found)
    variable = _bytes(fold, 1).decode()
    inner = {**bound, variable: f"{over}[*]" if over else ""}
    accumulator = _bytes(fold, 3).decode()
    inner[accumulator] = _note(_collect(_message(_bytes(fold, 4)), found, bound), found)
    for part in (5, 6, 7):
        if part in fold:
            _note(_collect(_message(_bytes(fold, part)), found, inner), found)


def _step(base: str, field: str, found: set[str]) -> str:
    return _note(f"{base}.{field}", found) if base else ""


def _note(path: str, found: set[str]) -> str:
    if path and not path.startswith("@"):
        found.add(path)
    return path


def _constant(expr: Message) -> str | None:
    """The text of a string constant (Constant.string_value is field 6)."""
    if _CONST not in expr:
        return None
    constant = _message(_bytes(expr, _CONST))
    return _bytes(constant, 6).decode() if 6 in constant else None


def _bytes(message: Message, field: int) -> bytes:
    values = message.get(field)
    value = values[-1] if values else b""
    return value if isinstance(value, bytes) else b""


def _message(data: bytes | int) -> Message:
    """The fields of a protobuf message: varints as int, everything else as bytes."""
    fields: Message = {}
    if isinstance(data, bytes):
        for field, value in _fields(data):
            fields.setdefault(field, []).append(value)
    return fields


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    position = 0
    while position < len(data):
        tag = data[position]
        position += 1
        if tag > 0x7F:  # most fit one byte, and a call for each is most of the work
            tag, position = _varint(data, position - 1)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield field, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        else:
            size = 8 if wire == 1 else 4
        yield field, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
