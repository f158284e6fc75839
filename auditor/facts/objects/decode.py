"""A manifest in, the object as the API server would decode it out, with the fields that it would refuse.

The server decodes JSON into Go structs with sigs.k8s.io/json: keys match case by case, null leaves a field unset, and
numbers, strings and booleans never stand for each other. `tests/facts/decode-cases.json` holds what a real server said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from auditor.facts.objects.scalars import SCALARS, WRONG, Scalar, found, key_text, plain
from auditor.kube.definitions import brief
from auditor.model.refs import Path
from auditor.tables.folder import load_table

MAX_DEPTH = 128
"""How deep an object may nest; deeper parts are refused. The CEL evaluator recurses in C, so depth needs a bound."""

DOCUMENT: Final = "config."
_OBSERVED: Final = "observed."
"""How the names of types begin that the API server's configuration files have (`rules/data/config-documents.json`)."""

POD_TEMPLATE = "PodTemplateSpec"
"""The type of a pod template, for `decode_as`."""


class WrongType(NamedTuple):
    """A value that the server would refuse: where, what belongs there, and what kind of value is there instead."""

    path: Path
    expected: str
    found: str


class Decoded(NamedTuple):
    """A decoded object. `value` may share parts with the manifest: neither may be changed.

    What `wrong` names is absent from `value`, except that an item of a list becomes the zero value of its type, so that
    indices stay those of the source. `known` is false where the kind is not Kubernetes' own: types are then unchecked.
    """

    value: dict[str, Any]
    wrong: tuple[WrongType, ...]
    known: bool


class _Type(NamedTuple):
    """What belongs in a place: a scalar, a list of items, a map of values, a struct, or (none of these) anything."""

    name: str
    zero: Callable[[], Any]
    """What null stands for in a list or a map."""
    textual: bool = False
    """Whether every string belongs there: the commonest case, decided without a call."""
    scalar: Scalar | None = None
    items: "_Type | None" = None
    values: "_Type | None" = None
    struct: str = ""


_ANY = _Type("string, boolean, object, array or number of 64 bits", dict, textual=True)
_UNKNOWN = _Type("no field of this name", dict, scalar=lambda _: WRONG)
"""What belongs in a field that a struct lacks, where decoding is strict (serializer.EnableStrict)."""
_NEVER_NULL = frozenset({_UNKNOWN.name, "duration"})
_NO_FIELDS: Mapping[str, _Type] = {}
_DROP: Final[Any] = object()


def decode(api_version: str, kind: str, manifest: Mapping[str, Any], *, light: bool = False) -> Decoded:
    """The object as the API server would hold it; with `light`, what is judged of a CustomResourceDefinition."""
    name = type_of(api_version, kind)
    if light:
        manifest = brief(manifest)
    decoded = decode_as(name or "CustomResource", manifest)._replace(known=bool(name))
    if (kind, api_version.partition("/")[0]) in _PATCHES:
        return decoded._replace(value=_with_nulls(decoded.value, manifest))
    if name.startswith(DOCUMENT):
        return decoded._replace(wrong=(*decoded.wrong, *_refused(name, decoded.value, manifest)))
    return decoded


_PATCHES = frozenset({("KubeletConfiguration", "kubelet.config.k8s.io")})
"""Documents that may be merged over others of their kind, as a kubelet's drop-ins are: there a null takes away."""


def _with_nulls(value: Any, given: Any) -> Any:
    """A decoded value with the nulls that were members of mappings."""
    if not isinstance(value, Mapping) or not isinstance(given, Mapping):
        return value
    again = {key: None if one is None else _with_nulls(value[key], one) for key, one in given.items() if key in value}
    return {**value, **again, **{key: None for key, one in given.items() if one is None and isinstance(key, str)}}


def decode_as(name: str, value: Any) -> Decoded:
    """A value decoded as one of the API's structs, such as `PodTemplateSpec`; paths are relative to the value.

    KeyError if there is no such type.
    """
    wrong: list[WrongType] = []
    result = _decode(_type(name), value, (), wrong)
    if result is WRONG:
        wrong.append(WrongType((), "object", found(value)))
        result = {}
    return Decoded(result, tuple(wrong), True)


def _refused(name: str, value: dict[str, Any], manifest: Mapping[str, Any]) -> Iterator[WrongType]:
    """What the API server refuses in a configuration file though its types are right, nested documents included."""
    from auditor.facts.configuration.checks import refusals  # few inputs have such a file

    yield from (WrongType(*one) for one in refusals(name, value))
    for path, inner, part in nested(name, manifest):
        decoded = decode_as(inner, part)
        for one in (*decoded.wrong, *_refused(inner, decoded.value, part)):
            yield one._replace(path=(*path, *one.path))


def nested(name: str, manifest: Mapping[str, Any]) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """The documents inside an AdmissionConfiguration: path, type and value; a plugin of no known type is passed over.

    Of entries with the same name the first counts (ConfigFor in k8s.io/apiserver, pkg/admission/config.go).
    """
    from auditor.facts.configuration.checks import PLUGIN_KINDS

    plugins = manifest.get("plugins") if name == f"{DOCUMENT}AdmissionConfiguration" else None
    seen: set[Any] = set()
    for index, plugin in enumerate(plugins if isinstance(plugins, list) else ()):
        part, owner = (plugin.get("configuration"), plugin.get("name")) if isinstance(plugin, Mapping) else (None, None)
        if isinstance(part, Mapping) and isinstance(owner, str) and owner not in seen:
            inner = type_of(str(part.get("apiVersion", "")), str(part.get("kind", "")))
            if owner == "ImagePolicyWebhook":
                inner = f"{DOCUMENT}ImagePolicyConfiguration"
            elif part.get("kind") != PLUGIN_KINDS.get(owner):
                inner = ""
            if inner.startswith(DOCUMENT):
                yield ("plugins", index, "configuration"), inner, part
        seen.add(owner if isinstance(owner, str) else None)


def type_of(api_version: str, kind: str) -> str:
    """The name of the type of a kind, empty if it is none of Kubernetes' own.

    An unknown version, or a group of Kubernetes' own that lacks the kind, is read as what was most likely meant.
    """
    known = api_types()["kinds"].get(f"{api_version} {kind}")
    if known is None and _is_own_group(api_version):
        known = _of_any_version().get((_group(api_version), kind)) or _of_any_version().get(("*", kind))
    return str(known or "")


def misnamed(api_version: str, kind: str) -> bool:
    """Whether a kind of Kubernetes' own stands in a group where there is none such, as in `v1` Deployment."""
    known = _of_any_version()
    return _is_own_group(api_version) and (_group(api_version), kind) not in known and ("*", kind) in known


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _is_own_group(api_version: str) -> bool:
    group = _group(api_version)
    return "." not in group or group.endswith(".k8s.io")


@cache
def _of_any_version() -> dict[tuple[str, str], str]:
    """Types by group and kind, and by kind alone under the group `*`."""
    found: dict[tuple[str, str], str] = {}
    for name, of in api_types()["kinds"].items():
        api_version, kind = name.split(" ")
        found[_group(api_version), kind] = str(of)
        if not of.startswith((DOCUMENT, _OBSERVED)):  # their kinds, such as Policy, mean other things elsewhere
            found["*", kind] = str(of)
    return found


@cache
def api_types() -> dict[str, Any]:
    """The table `rules/data/api-types.json`: `kinds`, `types` and `merge_keys`; and beside it what else is decoded."""
    table: dict[str, Any] = load_table("api-types")
    documents = load_table("config-documents")
    observed = load_table("observed-documents")
    table["kinds"] |= documents["kinds"] | observed["kinds"]
    table["types"] |= documents["types"] | observed["types"]
    table["strict"] = frozenset(documents["types"]).difference(documents["lenient"])
    # Custom resources carry the same metadata as everything else (apiextensions-apiserver, pkg/apiserver/schema).
    table["types"]["CustomResource"] = {"apiVersion": "string", "kind": "string", "metadata": "ObjectMeta"}
    return table


@cache
def _type(expression: str) -> _Type:
    """The type that an expression of the table stands for: `string`, `[]Container`, `map quantity`; or KeyError."""
    if expression.startswith("[]"):
        return _Type("array", list, items=_type(expression[2:]))
    if expression.startswith("map "):
        return _Type("object", dict, values=_type(expression[4:]))
    if expression == "any":
        return _ANY
    if expression in SCALARS:
        scalar, zero = SCALARS[expression]
        return _Type(expression, zero, expression == "string", scalar)
    if expression not in api_types()["types"]:
        raise KeyError(expression)
    return _Type("object", dict, struct=expression)


@cache
def _other_fields(struct: str) -> _Type:
    """What belongs in the fields that a struct lacks."""
    return _UNKNOWN if struct in api_types()["strict"] else _ANY


@cache
def _fields(struct: str) -> Mapping[str, _Type]:
    """The fields of a struct; made when the first object that has it is decoded."""
    return {field: _type(expression) for field, expression in api_types()["types"][struct].items()}


def _decode(kind: _Type, value: Any, path: Path, wrong: list[WrongType]) -> Any:
    """The decoded value; the value itself where nothing had to change; WRONG, or _DROP if that is recorded already."""
    if len(path) > MAX_DEPTH:
        wrong.append(WrongType(path, f"at most {MAX_DEPTH} levels", found(value)))
        return _DROP
    if kind.scalar:
        return kind.scalar(value)
    if isinstance(value, dict):
        if kind.struct:
            return _members(_fields(kind.struct), _other_fields(kind.struct), value, path, wrong)
        values = _ANY if kind is _ANY else kind.values
        return _members(_NO_FIELDS, values, value, path, wrong) if values else WRONG
    if isinstance(value, (list, tuple)):
        items = _ANY if kind is _ANY else kind.items
        return _items(items, value, path, wrong) if items else WRONG
    return plain(value) if kind is _ANY else WRONG


def _members(
    fields: Mapping[str, _Type], rest: _Type, value: dict[Any, Any], path: Path, wrong: list[WrongType]
) -> dict[str, Any]:
    """The members of an object: each by its field's type, those without a field by the type of the rest."""
    source = _with_text_keys(value, path, wrong)
    result = source
    for key, child in source.items():
        kind = fields.get(key, rest)
        if type(child) is str and kind.textual and child.isascii():
            continue
        if child is None:
            decoded = WRONG if kind.name in _NEVER_NULL else _DROP if kind is _ANY or fields else kind.zero()
        elif kind.scalar:
            decoded = kind.scalar(child)
        else:
            decoded = _decode(kind, child, (*path, key), wrong)
        if decoded is child:
            continue
        if result is source:
            result = dict(source)
        if decoded is WRONG:
            wrong.append(WrongType((*path, key), kind.name, found(child)))
        if decoded is WRONG or decoded is _DROP:
            del result[key]
        else:
            result[key] = decoded
    return result


def _items(kind: _Type, value: Sequence[Any], path: Path, wrong: list[WrongType]) -> list[Any]:
    """The items of a list. One that does not belong becomes the zero value, so that the others keep their index."""
    source: list[Any] = value if type(value) is list else list(value)
    result = source
    for index, child in enumerate(source):
        if type(child) is str and kind.textual and child.isascii():
            continue
        if child is None:
            decoded = WRONG if kind is _ANY else kind.zero()
        else:
            decoded = _decode(kind, child, (*path, index), wrong)
        if decoded is child:
            continue
        if result is source:
            result = list(source)
        if decoded is WRONG:
            wrong.append(WrongType((*path, index), kind.name, found(child)))
        result[index] = kind.zero() if decoded is WRONG or decoded is _DROP else decoded
    return result


def _with_text_keys(value: dict[Any, Any], path: Path, wrong: list[WrongType]) -> dict[str, Any]:
    """The mapping itself if it has plain strings for keys, else a copy that has.

    A null character in a key is shown as U+FFFD: the CEL library would end the key there, and may find it twice.
    """
    for key in value:
        if type(key) is not str or not key.isascii() or "\0" in key:
            break
    else:
        return value
    result: dict[str, Any] = {}
    for key, child in value.items():
        name = key_text(key)
        if name is WRONG:
            wrong.append(WrongType(path, "string as key", found(key)))
        else:
            result[name.replace("\0", "\ufffd")] = child
    return result
