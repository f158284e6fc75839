"""The bytes of a node bundle in, what the script saw on the node out; the one place that knows the bundle's format."""

from base64 import b64decode
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from auditor.collectors.beginnings import NODE_SCHEMA
from auditor.collectors.yaml.text import Unreadable

MOST_FILES: Final = 10_000
_MOST_PROCESSES: Final = 1_000
_LOST: Final = "(lost)"


def _text(value: Any) -> Any:
    """A text of a bundle: bytes that are no printable ASCII come in base64 or hex; odd ones are shown escaped."""
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("base64"), str):
        data = b64decode(value["base64"], validate=True)
    elif isinstance(value.get("hex"), str):
        data = bytes.fromhex(value["hex"])
    else:
        return _LOST
    return data.decode("utf-8", "backslashreplace")


_ENCODED = {
    key: {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}
    for key in ("base64", "hex", "lost")
}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"anyOf": [{"type": "string"}, *_ENCODED.values()]})]
Number = Annotated[int, Field(ge=0, le=2**63 - 1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class User(_Part):
    """As whom the script ran."""

    uid: Number | None
    root: bool


class Process(_Part):
    """A process of a component. What could not be read is null, and named in `unread`."""

    pid: Number
    component: Text
    uid: Number | None = None
    executable: Text = ""
    arguments: list[Text] | None = None
    environment: list[Text] | None = Field(default=None, description="NAME=value, of variables known to be harmless.")
    listening: list[Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$")]] | None = (
        Field(default=None, description="Addresses in hex, as /proc/net/tcp and tcp6 have them.")
    )
    unread: Text = ""


class File(_Part):
    """A file or folder: what is known of it, and its content where that could be taken."""

    name: Text = Field(description="The node's own path, or component:path where only the component sees it.")
    type: Literal["file", "directory", "socket", "other", "unknown"]
    target: Text = Field(default="", description="Where links lead, if the path has one in it.")
    mode: Annotated[str, StringConstraints(pattern=r"^[0-7]{1,5}$")] | None = None
    uid: Number | None = None
    gid: Number | None = None
    size: Number | None = None
    content: Text | None = None
    withheld: Text = Field(default="", description="Why there is no content where there could be one.")
    error: Text = ""


class View(_Part):
    """A path as a process names it, and the file that it means; `error` where there is none."""

    pid: Number
    path: Text
    file: Text
    error: Text = ""


class Agent(_Part):
    """A process that watches the node."""

    name: Text
    pid: Number


class State(_Part):
    """The node itself; what is there and could not be read is named in `unread`."""

    kernel: dict[str, Text]
    facts: dict[str, Text]
    unread: Text = ""


class Bundle(_Part):
    """What one run of the script saw."""

    schema_: Literal["kubeplumb.dev/node/v1"] = Field(alias="schema")
    collected: str = ""
    missing: list[str] = Field(default=[], description="Tools that the script lacked.")
    user: User
    processesSeen: bool  # noqa: N815 - spelt as in the file
    processes: Annotated[list[Process], Field(max_length=_MOST_PROCESSES)]
    files: Annotated[list[File], Field(max_length=MOST_FILES)]
    views: Annotated[list[View], Field(max_length=MOST_FILES)]
    leftOut: Number = Field(default=0, description="Files beyond the number that a bundle holds.")  # noqa: N815 - spelt as in the file
    users: dict[str, Text] = {}
    groups: dict[str, Text] = {}
    agents: list[Agent] = []
    state: State
    hostname: Text = ""
    node: Text = ""
    end: Literal[True]


def read_bundle(data: bytes) -> Bundle:
    """A bundle; raises `Unreadable` for one that ends too early or is not what the script prints."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        cut = not data.rstrip().endswith(b"}")
        said = "it ends too early: the script was interrupted, or the file was cut" if cut else str(error)
        raise Unreadable(f"the node bundle cannot be read: {said}", error.lineno) from error
    try:
        return Bundle.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        known = isinstance(value, dict) and value.get("schema") == NODE_SCHEMA
        other = "" if known else f" (this version reads {NODE_SCHEMA})"
        raise Unreadable(f"the node bundle cannot be read: {where}: {first['msg']}{other}", 1) from error


def json_schema() -> dict[str, Any]:
    """The published schema of node bundles."""
    return Bundle.model_json_schema(by_alias=True)
