"""CEL text in, programs out; the only module that knows the CEL library and its traps.

The library (the CEL team's binding of their C++ implementation) returns errors as values, converts data eagerly and
recursively in C, and raises where data nests too deep or a comprehension runs too long. Facts are bounded and plain
before they get here; what is raised all the same becomes an `EvaluationError`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_math, ext_optional, ext_strings

_MAPPING = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
COMMON = ("params", "tables")
"""Variables that every rule sees beside its subject and owners; `today` is one more, a date as text."""


class CompileError(ValueError):
    """The text is no CEL expression over the variables at hand."""


class EvaluationError(Exception):
    """The expression has no value on this fact: the rule is defective."""


UNDECIDABLE = (CompileError, EvaluationError)
"""Why an expression may have no value."""


@cache
def environment(variables: tuple[str, ...] = ()) -> Any:
    """A CEL environment with these variables, each a map from field name to anything.

    Only the check of types asks which there are. What needs none shares one environment: each takes a millisecond.
    """
    declared = dict.fromkeys((*variables, *COMMON), _MAPPING)
    declared["item"] = cel.Type.DYN
    declared["today"] = cel.Type.STRING
    extensions = [ext_optional.ExtOptional(), ext_strings.ExtStrings(), ext_math.ExtMath(), ext_bindings.ExtBindings()]
    return cel.NewEnv(variables=declared, extensions=extensions, functions=_functions())


def _functions() -> list[Any]:
    """Functions of Kubernetes' own CEL environment, as far as rules use them."""

    def quantity_above(left: str, right: str) -> bool:
        from auditor.kube.quantities import parse_quantity  # few facts have two to compare

        return parse_quantity(left) > parse_quantity(right)

    text = cel.Type.STRING
    return [
        cel.FunctionDecl(
            "quantityAbove",
            [cel.Overload("quantity_above", cel.Type.BOOL, [text, text], False, quantity_above)],
        )
    ]


@cache
def compile_text(text: str, variables: tuple[str, ...] | None = None) -> Any:
    """The one program for `text`; raises `CompileError` with the library's first line of complaint.

    Types are checked where variables are given. Without the check, which is two fifths of the time, it is the same
    program for a text that passes it.
    """
    try:
        return environment(variables or ()).compile(text, disable_check=variables is None)
    except RuntimeError as error:
        complaint = str(error).partition("\n")[0]
        raise CompileError(complaint.removeprefix("INVALID_ARGUMENT: ")) from error


class Activation:
    """The data of one fact, converted once, when the first program asks, and used by all rules on it."""

    __slots__ = ("_converted", "data")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self._converted = data, None

    def converted(self) -> Any:
        """What the library's programs run on."""
        if self._converted is None:
            self._converted = environment().Activation(self.data)
        return self._converted


def is_true(program: Any, act: Activation) -> bool:
    """Whether the program is true; anything but a bool raises `EvaluationError`."""
    return bool(_evaluate(program, act, bool))


def as_list(program: Any, act: Activation) -> list[Any]:
    """The program's list as plain data, keys sorted."""
    return [in_order(item) for item in values(program, act)]


def values(program: Any, act: Activation) -> list[Any]:
    """The program's list as plain data; the library's maps have another order in each process."""
    return list(_evaluate(program, act, list))


def in_order(value: Any) -> Any:
    """Plain data with sorted keys."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=str)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def as_text(program: Any, act: Activation) -> str:
    """The program's text."""
    return str(_evaluate(program, act, str))


def _evaluate(program: Any, act: Activation, wanted: type) -> Any:
    """The program's value as plain data of the type wanted; nothing that is raised quotes data, which may be secret."""
    try:
        result = program.eval(act.converted())
        value = result.plain_value()
    except RuntimeError as error:
        raise EvaluationError(str(error).partition(":")[0].strip() or "evaluation failed") from error
    except (TypeError, SystemError) as error:  # an optional, alone or in a list, which the binding cannot hand over
        raise EvaluationError(f"has a value of another type than {wanted.__name__}") from error
    if isinstance(value, wanted) and wanted is not str:
        return value
    name = result.type().name()
    if name == "ERROR":  # its value is the complaint, a text
        raise EvaluationError(_without_data(value))
    if not isinstance(value, wanted):
        raise EvaluationError(f"is {name}, wanted {wanted.__name__}")
    return value


def _without_data(complaint: str) -> str:
    return complaint.partition('"')[0].strip(" :")


def selected_paths(program: Any) -> Sequence[str]:
    """The field paths that a program reads, such as `container.securityContext.privileged`."""
    from auditor.engine.ast import paths

    return paths(program.serialize())
