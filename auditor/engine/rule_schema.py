"""The rule format's closed schema: validates rule files and is published as JSON schema."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ConditionModel(_Closed):
    """A named match condition."""

    name: Text
    expression: Text


class ParameterModel(_Closed):
    """A value that a user may set in the configuration."""

    type: Literal["string", "int", "bool", "list"]
    default: Any
    description: Text


class RuleModel(_Closed):
    """One rule file."""

    id: RuleId
    title: Text
    subject: Text
    severity: Literal["critical", "high", "medium", "low", "info"]
    kinds: list[Text] = Field(
        default=[], description="For subject object: the kinds the rule is about; a custom one with its group."
    )
    matchConditions: list[ConditionModel] = []
    expression: Text | None = None
    each: Text | None = None
    messageExpression: Text | None = None
    evidence: Annotated[list[Text], Field(min_length=1)]
    want: Text | None = None
    onFalse: Literal["fail", "manual"] = "fail"
    absence: list[Text] = []
    params: dict[str, ParameterModel] = {}
    aliases: list[RuleId] = []
    rationale: Text
    remediation: Text
    fix: Any = None
    references: list[Annotated[str, StringConstraints(pattern=r"^https://")]] = []

    @model_validator(mode="after")
    def _one_judgement(self) -> "RuleModel":
        if (self.expression is None) == (self.each is None):
            raise ValueError("exactly one of expression and each is needed")
        return self


def complaints(data: Any) -> list[str]:
    """What is wrong with a rule file's content, one line per field; empty if nothing is."""
    try:
        RuleModel.model_validate(data)
    except ValidationError as error:
        return [f"{'.'.join(map(str, item['loc'])) or 'rule'}: {item['msg']}" for item in error.errors()]
    return []


def json_schema() -> dict[str, Any]:
    """The published schema of the rule format."""
    return RuleModel.model_json_schema()
