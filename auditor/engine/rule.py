"""One rule as data: the closed set of keys of DESIGN section 5, as frozen values."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from auditor.model.findings import Severity


class Condition(NamedTuple):
    """A match condition: where its expression is false, the rule does not apply, for the reason that is its name."""

    name: str
    expression: str


class Parameter(NamedTuple):
    """A value that a user may set in the configuration."""

    type: Literal["string", "int", "bool", "list"]
    default: Any
    description: str = ""


class Rule(NamedTuple):
    """What to judge, how, how bad it is, and what to tell people."""

    id: str
    title: str
    subject: str
    severity: Severity
    evidence: tuple[str, ...]
    rationale: str
    remediation: str
    expression: str = ""
    each: str = ""
    """A CEL list of offending parts of the list that the first evidence path names; one finding apiece."""
    message: str = ""
    want: str = ""
    conditions: tuple[Condition, ...] = ()
    kinds: tuple[str, ...] = ()
    """For subject `object`: the kinds it is about, custom ones with their group, as in `Rollout.argoproj.io`.

    Without any, only the object's head and `api` are seen.
    """
    on_false: Literal["fail", "manual"] = "fail"
    absence: tuple[str, ...] = ()
    params: Mapping[str, Parameter] = {}
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    fix: Any = None
    file: str = ""
    """Where it was read; not part of the format."""


def build(data: Mapping[str, Any], file: str) -> Rule:
    """A rule from its file's content, which has been validated by `rule_schema` (the project's own by its tests)."""
    conditions = tuple(Condition(item["name"], item["expression"]) for item in data.get("matchConditions") or ())
    params = {
        name: Parameter(item["type"], item["default"], item.get("description", ""))
        for name, item in (data.get("params") or {}).items()
    }
    return Rule(
        id=data["id"],
        title=data["title"],
        subject=data["subject"],
        severity=data["severity"],
        evidence=tuple(data["evidence"]),
        rationale=_one_line(data["rationale"]),
        remediation=data["remediation"].strip(),
        expression=data.get("expression", ""),
        each=data.get("each", ""),
        message=data.get("messageExpression", ""),
        want=data.get("want", ""),
        conditions=conditions,
        kinds=tuple(data.get("kinds") or ()),
        on_false=data.get("onFalse", "fail"),
        absence=tuple(data.get("absence") or ()),
        params=params,
        aliases=tuple(data.get("aliases") or ()),
        references=tuple(data.get("references") or ()),
        fix=data.get("fix"),
        file=file,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
