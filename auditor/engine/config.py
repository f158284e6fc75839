"""The text of `.kubeplumb.yaml` in, validated configuration out; its schema is published."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from auditor.model.errors import InvalidDefinition
from auditor.model.findings import Severity, Waiver
from auditor.model.refs import Place

FILE_NAME = ".kubeplumb.yaml"
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectSelector(_Closed):
    """Which objects a waiver is about; each field is a glob."""

    kind: Text = "*"
    namespace: str = "*"
    name: Text = "*"


class WaiverModel(_Closed):
    """An exception: a rule, objects, and why."""

    rule: Text
    objects: ObjectSelector = ObjectSelector()
    container: Text = "*"
    reason: Text
    owner: str = ""
    expires: date | None = Field(default=None, description="The last day on which the waiver holds.")


class RulesModel(_Closed):
    """Which rules run beside those of the profile, and which do not."""

    enable: list[Text] = []
    disable: list[Text] = []
    severity: dict[str, Severity] = Field(default={}, description="Severity overrides by rule.")
    params: dict[str, dict[str, Any]] = Field(default={}, description="Parameters by rule and name.")


class Configuration(_Closed):
    """A `.kubeplumb.yaml`."""

    profile: Text | None = None
    rules: RulesModel = RulesModel()
    complete: bool | list[Text] = Field(
        default=False, description="Whether the input holds everything (true), or everything of the kinds listed."
    )
    kubernetesVersion: Text | None = None
    failOn: Literal["critical", "high", "medium", "low", "info", "none"] | None = None
    severity: Severity | None = Field(default=None, description="Findings below it are counted, not shown.")
    include: list[Text] = []
    exclude: list[Text] = []
    waivers: list[WaiverModel] = []

    @field_validator("kubernetesVersion", mode="before")
    @classmethod
    def _no_number(cls, value: Any) -> Any:
        if isinstance(value, float):
            raise ValueError('quote the version, such as "1.30": without quotes it is the number 1.3')
        return value


def parse_configuration(data: Any, file: str) -> Configuration:
    """A configuration from a file's content; raises `InvalidDefinition` with every complaint."""
    try:
        return Configuration.model_validate({} if data is None else data)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
        raise InvalidDefinition(f"{file}: {found}", "schemas/config-v1.json describes the file.") from error


def waivers(configuration: Configuration, file: str, lines: Sequence[int]) -> tuple[Waiver, ...]:
    """The configuration's waivers; `lines` are the lines of the file on which they stand."""
    return tuple(
        Waiver(
            item.rule,
            item.reason,
            "configuration",
            Place(file, lines[index] if index < len(lines) else 0),
            item.owner,
            item.expires.isoformat() if item.expires else "",
            item.objects.kind,
            item.objects.namespace,
            item.objects.name,
            item.container,
        )
        for index, item in enumerate(configuration.waivers)
    )


def json_schema() -> dict[str, Any]:
    """The published schema of the configuration file."""
    return Configuration.model_json_schema()
