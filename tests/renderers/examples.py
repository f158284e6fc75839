"""Short words in, the parts of an example report out: what the tests of renderers build their reports from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.model.findings import (
    SEVERITIES,
    VERDICTS,
    Evidence,
    Finding,
    Report,
    RuleResult,
    Run,
    Severity,
    Verdict,
    Waiver,
    WaiverUse,
)
from auditor.model.inventory import Coverage, Gap, ObjectEntry
from auditor.model.refs import ObjectRef, Place

RULES: dict[str, tuple[str, Severity, str, str]] = {
    "container-privileged": ("container", "critical", "Container runs privileged", "unset or false"),
    "capability-added": ("container", "high", "Container adds a dangerous capability", "none beyond NET_BIND_SERVICE"),
    "host-path-writable": ("workload", "high", "Host path is mounted writable", "readOnly: true, or no hostPath"),
    "run-as-root": ("container", "medium", "Container may run as root", "runAsNonRoot: true"),
    "image-not-pinned": ("image", "medium", "Image is not pinned by digest", "a digest: name@sha256:…"),
    "memory-limit-missing": ("container", "low", "Container has no memory limit", "a memory limit"),
    "token-automounted": (
        "workload",
        "low",
        "Token is mounted though nothing uses it",
        "automountServiceAccountToken: false",
    ),
    "grant-cluster-admin": ("grant", "critical", "Subject is granted cluster-admin", "a role with only what is needed"),
    "namespace-without-policy": (
        "namespace",
        "high",
        "No network policy isolates the namespace",
        "a default-deny policy",
    ),
    "api-version-removed": (
        "object",
        "high",
        "API version is removed in the target version",
        "the successor named here",
    ),
    "audit-log-policy": ("component", "low", "Audit policy must be read by a person", "rules for Secrets and exec"),
}
"""Id to subject, severity, title, and the value wanted."""

_PASSES = {"container-privileged": 41, "run-as-root": 30, "image-not-pinned": 12, "memory-limit-missing": 35}


def ref(text: str, api_version: str = "apps/v1") -> ObjectRef:
    """`Deployment/shop/web` or `ClusterRole/admin`."""
    kind, *rest = text.split("/")
    return ObjectRef(api_version, kind, rest[0] if len(rest) == 2 else "", rest[-1])


def evidence(path: str, place: Place, value: Any = None, present: bool = True) -> Evidence:
    """One field, set unless said otherwise."""
    return Evidence(path, value, present, place)


def finding(
    rule: str,
    target: ObjectRef,
    place: Place,
    message: str,
    seen: Mapping[str, Any],
    *,
    container: str = "",
    verdict: Verdict = "fail",
    reason: str = "",
    source: str = "",
    waiver: Waiver | None = None,
    world: str = "deploy",
    platform: str = "",
) -> Finding:
    """A finding whose evidence is `seen`: path to value, None for a field that is not set."""
    subject, severity, _, want = RULES[rule]
    number = hash_of(rule, target, container, world, place)
    fields = tuple(evidence(path, place, value, value is not None) for path, value in seen.items())
    return Finding(
        rule,
        severity,
        verdict,
        subject,
        target,
        world,
        container,
        message,
        place,
        fields,
        want,
        number,
        reason,
        source,
        waiver,
        platform,
    )


def hash_of(*parts: object) -> str:
    """64 hexadecimal digits that differ where the parts do."""
    import hashlib

    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def rule_results(findings: Sequence[Finding], passes: Mapping[str, int]) -> list[RuleResult]:
    """What every rule said: the findings counted, and some passes."""
    counts = Counter((one.rule, one.verdict) for one in findings)
    return [
        RuleResult(
            name,
            title,
            subject,
            severity,
            f"{title}: whoever takes over the process gains more than it needs.\n\nSee `securityContext`.",
            "Set the field:\n\n    securityContext:\n      privileged: false\n",
            ("https://kubernetes.io/docs/concepts/security/pod-security-standards/", "KEP-2579"),
            {verdict: passes.get(name, 0) if verdict == "pass" else counts[name, verdict] for verdict in VERDICTS},
        )
        for name, (subject, severity, title, _) in sorted(RULES.items())
    ]


def run(**changes: Any) -> Run:
    """The circumstances of an ordinary run."""
    values: dict[str, Any] = {
        "version": "0.1.0",
        "command": "scan",
        "started": "2026-11-21T10:00:00+00:00",
        "today": "2026-11-21",
        "kubernetes_version": "1.35",
        "kubernetes_version_source": "assumed",
        "targets": ("deploy",),
        "profile": "default",
        "fail_on": "high",
        "min_severity": "info",
        "config_file": "",
        "switched_off": (),
    }
    return Run(**{**values, **changes})


def report(
    findings: Sequence[Finding],
    *,
    about: Run | None = None,
    coverage: Coverage | None = None,
    gaps: Sequence[Gap] = (),
    waivers: Sequence[WaiverUse] = (),
    extra: Sequence[ObjectEntry] = (),
    hidden: dict[str, int] | None = None,
) -> Report:
    """A report of some findings, sorted as the pipeline sorts."""
    seen = {
        (one.ref, one.world): ObjectEntry(one.ref, one.world, one.place.file, 1, hash_of(one.ref)[:16])
        for one in findings
    }
    objects = sorted([*seen.values(), *extra], key=lambda item: (item.ref, item.world, item.file, item.line))
    count = len(objects)
    return Report(
        about or run(),
        coverage
        or Coverage(files=count + 2, kubernetes_files=count, documents=count, objects=count, other={"values.yaml": 2}),
        rule_results(findings, _PASSES if objects else {}),
        sorted(findings, key=_order),
        sorted(gaps, key=lambda gap: (gap.file, gap.line, gap.column, gap.code, gap.reason)),
        sorted(waivers, key=lambda use: (use.waiver.place, use.waiver.rule)),
        objects,
        hidden or {},
    )


def _order(one: Finding) -> tuple[object, ...]:
    rank = SEVERITIES.index(one.severity)
    return rank, one.world, one.ref, one.rule, one.container, one.place, one.message
