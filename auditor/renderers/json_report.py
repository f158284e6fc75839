"""A Report in, JSON out as `schemas/report-v1.json` describes it: all that a later run needs to compare with.

Every key is always there: text that is not known is empty, a line that is not known is 0. Keys may be added within a
version; a reader has to ignore those it does not know.
"""

from collections.abc import Iterator
from typing import Any

from auditor.model.findings import (
    SEVERITIES,
    VERDICTS,
    Evidence,
    Finding,
    NamespaceLevel,
    Report,
    RuleResult,
    Run,
    Waiver,
    WaiverUse,
)
from auditor.model.inventory import Coverage, Gap, ObjectEntry, Provenance
from auditor.model.refs import ObjectRef, Place
from auditor.renderers import json_layout
from auditor.renderers.json_layout import plain

SCHEMA = "kubeplumb.dev/report/v1"


def render(report: Report) -> str:
    """The report as JSON text that ends with a line feed; the same report yields the same bytes."""
    return "".join(parts(report))


def parts(report: Report) -> Iterator[str]:
    """The same text in parts, as the text of a large report takes several times the memory of its findings."""
    document = {
        "schema": SCHEMA,
        "run": run_data(report.run),
        "coverage": _coverage(report.coverage),
        "summary": _summary(report),
        "rules": map(_rule, report.rules),
        "findings": map(finding_data, report.findings),
        "gaps": map(gap_data, report.gaps),
        "waivers": map(_use, report.waivers),
        "objects": map(_object, report.objects),
        "podSecurity": map(_level, report.levels),
    }
    yield from json_layout.parts(document, 2)
    yield "\n"


def run_data(run: Run) -> dict[str, Any]:
    """The circumstances of a run as JSON has it."""
    return {
        "version": run.version,
        "command": run.command,
        "started": run.started,
        "today": run.today,
        "kubernetesVersion": run.kubernetes_version,
        "kubernetesVersionSource": run.kubernetes_version_source,
        "targets": list(run.targets),
        "profile": run.profile,
        "failOn": run.fail_on,
        "severity": run.min_severity,
        "configFile": run.config_file,
        "switchedOff": list(run.switched_off),
        "interrupted": run.interrupted,
        "cluster": _cluster(run.provenance) if run.provenance else None,
    }


def _cluster(provenance: Provenance) -> dict[str, Any]:
    return {
        "name": provenance.cluster,
        "collected": provenance.collected,
        "server": provenance.server,
        "user": provenance.user,
        "groups": list(provenance.groups),
        "tool": provenance.tool,
        "namespaces": list(provenance.namespaces),
        "version": provenance.version,
        "requests": provenance.requests,
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "files": coverage.files,
        "kubernetesFiles": coverage.kubernetes_files,
        "documents": coverage.documents,
        "objects": coverage.objects,
        "other": dict(sorted(coverage.other.items())),
        "fragments": dict(sorted(coverage.fragments.items())),
        "listed": sorted(coverage.listed),
        "differing": [
            {"pod": pod, "owner": owner, "differs": parts, "alike": alike}
            for pod, (owner, parts, alike) in sorted(coverage.differing.items())
        ],
        "unlisted": [
            {"kind": kind, "namespace": namespace, "reason": reason}
            for (kind, namespace), reason in sorted(coverage.unlisted.items())
        ],
        "kinds": list(coverage.kinds),
    }


def _summary(report: Report) -> dict[str, Any]:
    return {
        "verdicts": {verdict: sum(rule.verdicts.get(verdict, 0) for rule in report.rules) for verdict in VERDICTS},
        "failures": {
            severity: sum(rule.verdicts.get("fail", 0) for rule in report.rules if rule.severity == severity)
            for severity in SEVERITIES
        },
        "hidden": {severity: report.hidden.get(severity, 0) for severity in SEVERITIES},
        "gaps": len(report.gaps),
    }


def _rule(rule: RuleResult) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "subject": rule.subject,
        "severity": rule.severity,
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "references": list(rule.references),
        "verdicts": {verdict: rule.verdicts.get(verdict, 0) for verdict in VERDICTS},
        "ruledOut": rule.ruled_out,
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "verdict": finding.verdict,
        "subject": finding.subject,
        "object": ref_data(finding.ref),
        "world": finding.world,
        "container": finding.container,
        "message": finding.message,
        "reason": finding.reason,
        "place": _place(finding.place),
        "source": finding.source_line,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "want": finding.want,
        "fingerprint": finding.fingerprint,
        "waiver": waiver_data(finding.waiver) if finding.waiver else None,
        "platform": finding.platform,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "path": evidence.path,
        "present": evidence.present,
        "value": plain(evidence.value),
        "place": _place(evidence.place),
    }


def gap_data(gap: Gap) -> dict[str, Any]:
    """A gap as JSON has it."""
    return {
        "code": gap.code,
        "reason": gap.reason,
        "place": {"file": gap.file, "line": gap.line, "column": gap.column},
        "object": ref_data(gap.ref) if gap.ref else None,
        "path": gap.path,
        "blinds": list(gap.blinds),
    }


def waiver_data(waiver: Waiver) -> dict[str, Any]:
    """A waiver as JSON has it."""
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "source": waiver.source,
        "place": _place(waiver.place),
    }


def _use(use: WaiverUse) -> dict[str, Any]:
    waiver = use.waiver
    globs = {"kind": waiver.kind, "namespace": waiver.namespace, "name": waiver.name, "container": waiver.container}
    return {
        "rule": waiver.rule,
        "state": use.state,
        "findings": use.findings,
        "note": use.note,
        **waiver_data(waiver),
        "selector": globs if waiver.source == "configuration" else None,
        "object": ref_data(waiver.ref) if waiver.ref else None,
        "world": waiver.world,
    }


def _object(entry: ObjectEntry) -> dict[str, Any]:
    return {
        "object": ref_data(entry.ref),
        "world": entry.world,
        "place": {"file": entry.file, "line": entry.line, "column": 0},
        "digest": entry.digest,
    }


def _level(level: NamespaceLevel) -> dict[str, Any]:
    return {
        "namespace": level.namespace,
        "enforced": level.enforced,
        "possible": level.possible,
        "against": [{"rule": rule, "object": name} for rule, name in level.against],
        "rulesAgainst": level.rules_against,
    }


def ref_data(ref: ObjectRef) -> dict[str, str]:
    """An object's name as JSON has it."""
    return {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
