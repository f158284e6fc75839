"""The bytes of a JSON report in, the Report that they were written from out: the inverse of the JSON renderer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from auditor.collectors.yaml.text import Unreadable, decode_text
from auditor.model import findings, inventory, refs
from auditor.model.errors import UsageError
from auditor.model.findings import Severity, Verdict

SCHEMA = "kubeplumb.dev/report/"
VERSION = SCHEMA + "v1"

Count = Annotated[int, Field(ge=0)]
RuleId = Annotated[str, StringConstraints(pattern="^[a-z0-9-]{1,40}$")]
Fingerprint = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]

Date = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class _Part(BaseModel):
    """As `schemas/report-v1.json` has it; keys that a later writer adds are passed over."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


class _Ref(_Part):
    api_version: str
    kind: str
    namespace: str
    name: str


class _Place(_Part):
    file: str
    line: Count
    column: Count


class _Evidence(_Part):
    path: str
    present: bool
    value: Any
    place: _Place


class _Waiver(_Part):
    reason: str
    owner: str
    expires: Date
    source: Literal["configuration", "annotation", "comment"]
    place: _Place


class _Globs(_Part):
    kind: str
    namespace: str
    name: str
    container: str


class _Use(_Waiver):
    rule: str
    state: Literal["used", "expired", "unmatched", "out-of-scope", "malformed", "ignored"]
    findings: Count
    note: str
    selector: _Globs | None
    object: _Ref | None
    world: str


class _Finding(_Part):
    rule: RuleId
    severity: Severity
    verdict: Literal["fail", "waived", "manual", "not-evaluated", "rule-error"]
    subject: str
    object: _Ref
    world: str
    container: str
    message: str
    reason: str
    place: _Place
    source: str
    evidence: list[_Evidence]
    want: str
    fingerprint: Fingerprint
    waiver: _Waiver | None
    platform: str


class _Rule(_Part):
    id: RuleId
    title: str
    subject: str
    severity: Severity
    rationale: str
    remediation: str
    references: list[str]
    verdicts: dict[Verdict, Count]
    ruled_out: str = ""


class _Gap(_Part):
    code: str
    reason: str
    place: _Place
    object: _Ref | None
    path: str
    blinds: list[str]


class _Object(_Part):
    object: _Ref
    world: str
    place: _Place
    digest: str


class _Cluster(_Part):
    name: str
    collected: str
    server: str
    user: str
    groups: list[str]
    tool: str
    namespaces: list[str]
    version: str
    requests: Count


class _Differing(_Part):
    pod: str
    owner: str
    differs: str
    alike: Count


class _Against(_Part):
    rule: str
    object: str


class _Level(_Part):
    namespace: str
    enforced: str
    possible: Literal["privileged", "baseline", "restricted"]
    against: list[_Against]
    rules_against: Count


class _Run(_Part):
    version: str
    command: str
    started: str
    today: str
    kubernetes_version: str
    kubernetes_version_source: str
    targets: list[str]
    profile: str
    fail_on: str
    min_severity: Severity = Field(alias="severity")
    config_file: str
    switched_off: list[str]
    interrupted: bool
    cluster: _Cluster | None = None


class _Unlisted(_Part):
    kind: str
    namespace: str
    reason: str


class _Coverage(_Part):
    files: Count
    kubernetes_files: Count
    documents: Count
    objects: Count
    other: dict[str, Count]
    fragments: dict[str, Count]
    listed: list[str]
    differing: list[_Differing] = []
    unlisted: list[_Unlisted] = []
    kinds: list[str] = []


class _Summary(_Part):
    hidden: dict[Severity, Count]


class _Report(_Part):
    run: _Run
    coverage: _Coverage
    summary: _Summary
    rules: list[_Rule]
    findings: list[_Finding]
    gaps: list[_Gap]
    waivers: list[_Use]
    objects: list[_Object]
    pod_security: list[_Level] = []


def report_of(name: str, data: bytes) -> findings.Report | None:
    """The report that a file holds; None if it holds something else.

    Raises `UsageError` for a report of another version or one that does not follow its schema. Of a waiver in the
    report's list nothing is known but what the schema has.
    """
    try:
        document = from_json(decode_text(data), allow_inf_nan=False)
    except (Unreadable, ValueError):
        return None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or not schema.startswith(SCHEMA):
        return None
    if schema != VERSION:
        raise UsageError(f"{name}: is a report in the format {schema}", f"This version reads {VERSION}.")
    try:
        return _report(_Report.model_validate(document))
    except ValidationError as error:
        first = error.errors()[0]
        where = refs.show_path(first["loc"])
        raise UsageError(
            f"{name}: is no valid report: {where}: {first['msg']}", "Write it again with `kubeplumb scan -o json=FILE`."
        ) from error


def _report(part: _Report) -> findings.Report:
    run = {**vars(part.run), "targets": tuple(part.run.targets), "switched_off": tuple(part.run.switched_off)}
    cluster = run.pop("cluster")
    differing = {one.pod: (one.owner, one.differs, one.alike) for one in part.coverage.differing}
    unlisted = {(one.kind, one.namespace): one.reason for one in part.coverage.unlisted}
    coverage = {"differing": differing, "unlisted": unlisted, "kinds": tuple(part.coverage.kinds)}
    return findings.Report(
        findings.Run(**run, provenance=_provenance(cluster) if cluster else None),
        inventory.Coverage(**{**vars(part.coverage), **coverage}),
        [findings.RuleResult(**{**vars(rule), "references": tuple(rule.references)}) for rule in part.rules],
        [_finding(one) for one in part.findings],
        [_gap(gap) for gap in part.gaps],
        [_use(use) for use in part.waivers],
        [inventory.ObjectEntry(_ref(o.object), o.world, o.place.file, o.place.line, o.digest) for o in part.objects],
        {level: number for level, number in part.summary.hidden.items() if number},
        [_level(level) for level in part.pod_security],
    )


def _provenance(part: _Cluster) -> inventory.Provenance:
    return inventory.Provenance(
        part.name,
        part.collected,
        part.server,
        part.user,
        tuple(part.groups),
        part.tool,
        tuple(part.namespaces),
        part.version,
        part.requests,
    )


def _level(part: _Level) -> findings.NamespaceLevel:
    against = tuple((one.rule, one.object) for one in part.against)
    return findings.NamespaceLevel(part.namespace, part.enforced, part.possible, against, part.rules_against)


def _finding(part: _Finding) -> findings.Finding:
    return findings.Finding(
        part.rule,
        part.severity,
        part.verdict,
        part.subject,
        _ref(part.object),
        part.world,
        part.container,
        part.message,
        _place(part.place),
        tuple(findings.Evidence(one.path, one.value, one.present, _place(one.place)) for one in part.evidence),
        part.want,
        part.fingerprint,
        part.reason,
        part.source,
        _waiver(part.waiver, part.rule) if part.waiver else None,
        part.platform,
    )


def _waiver(part: _Waiver, rule: str) -> findings.Waiver:
    return findings.Waiver(rule, part.reason, part.source, _place(part.place), part.owner, part.expires)


def _use(part: _Use) -> findings.WaiverUse:
    waiver = _waiver(part, part.rule)._replace(world=part.world, ref=_ref(part.object) if part.object else None)
    if part.selector:
        globs = part.selector
        waiver = waiver._replace(kind=globs.kind, namespace=globs.namespace, name=globs.name, container=globs.container)
    return findings.WaiverUse(waiver, part.state, part.findings, part.note)


def _gap(part: _Gap) -> inventory.Gap:
    ref = _ref(part.object) if part.object else None
    place = part.place
    return inventory.Gap(
        part.code, part.reason, place.file, place.line, place.column, ref, part.path, tuple(part.blinds)
    )


def _ref(part: _Ref) -> refs.ObjectRef:
    return refs.ObjectRef(part.api_version, part.kind, part.namespace, part.name)


def _place(part: _Place) -> refs.Place:
    return refs.Place(part.file, part.line, part.column)
