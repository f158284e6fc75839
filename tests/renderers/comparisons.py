"""The one table of example comparisons: every renderer of differences is tested on each of them."""

from dataclasses import replace

from auditor.model.comparison import Comparison, Side
from auditor.model.findings import Finding, Report
from auditor.model.inventory import Gap
from auditor.model.refs import Place
from auditor.pipeline.compare import compare
from tests.renderers.examples import finding, ref, rule_results, run
from tests.renderers.reports import REPORTS, crowd

_SHOP = REPORTS["shop"]
_WEB, _NEW = ref("Deployment/shop/web"), ref("Deployment/shop/cart")


def compared(before: Report, after: Report, names: tuple[str, str] = ("monday.json", "tuesday.json")) -> Comparison:
    return compare(Side(names[0], before), Side(names[1], after))


def _later(one: Finding) -> Finding | None:
    """What the next day says of a finding of the shop's report."""
    match one.ref.kind, one.rule:
        case (("Deployment", "container-privileged" | "capability-added")) | ("CronJob", _):
            return None
        case "Deployment", "memory-limit-missing":
            return None
        case "DaemonSet", "capability-added":
            return replace(one, verdict="not-evaluated", reason="capabilities is a string, not an object")
        case "DaemonSet", "host-path-writable":
            return replace(one, verdict="fail", waiver=None)
        case "StatefulSet", "token-automounted":
            return replace(one, verdict="waived", waiver=_SHOP.waivers[0].waiver)
        case _, "image-not-pinned":
            return replace(one, severity="high")
    return one


def _tuesday() -> Report:
    place = Place("deploy/cart.yaml", 22, 9)
    fresh = [
        finding(
            "container-privileged",
            _NEW,
            place,
            "container cart is privileged",
            {"securityContext.privileged": True},
            container="cart",
            source="        privileged: true",
        ),
        finding(
            "run-as-root",
            _NEW,
            place._replace(line=24),
            "container cart may run as root",
            {"securityContext.runAsUser": 0},
            container="cart",
            verdict="waived",
            waiver=_SHOP.waivers[1].waiver,
            source="        runAsUser: 0",
        ),
        finding(
            "host-path-writable",
            _WEB,
            Place("deploy/web.yaml", 50, 11),
            "volume data mounts /data writable",
            {"spec.template.spec.volumes[0].hostPath.path": "/data"},
            source="          hostPath: {path: /data}",
        ),
        finding(
            "audit-log-policy",
            _NEW,
            place._replace(line=30),
            "the audit policy decides what is logged",
            {"auditPolicyFile": "/etc/audit.yaml"},
            verdict="manual",
            reason="read /etc/audit.yaml",
        ),
    ]
    findings = [*fresh, *(later for later in map(_later, _SHOP.findings) if later is not None)]
    objects = [
        entry._replace(digest="5d41402abc4b2a76") if entry.ref == _WEB else entry
        for entry in _SHOP.objects
        if entry.ref.kind not in ("CronJob", "ConfigMap")
    ]
    objects.append(objects[0]._replace(ref=_NEW, file="deploy/cart.yaml", digest="7d793037a0760186"))
    return replace(
        _SHOP,
        run=run(
            version="0.2.0",
            targets=("deploy", "charts"),
            started="2026-11-22T10:00:00+00:00",
            today="2026-11-22",
            kubernetes_version="1.36",
            config_file=".kubeplumb.yaml",
        ),
        rules=[rule for rule in rule_results(findings, {}) if rule.id != "memory-limit-missing"],
        findings=findings,
        gaps=[*_SHOP.gaps[:2], Gap("too-long", "more than 3 MiB", "deploy/crds.yaml")],
        objects=sorted(objects),
        hidden={},
    )


def _worlds() -> Report:
    """Staging is mended, production is not."""
    report = REPORTS["worlds"]
    return replace(report, findings=[one for one in report.findings if one.world == "production"])


COMPARISONS: dict[str, Comparison] = {
    "shop": compared(_SHOP, _tuesday()),
    "back": compared(_tuesday(), _SHOP, ("tuesday.json", "monday.json")),
    "same": compared(_SHOP, _SHOP),
    "clean": compared(REPORTS["clean"], REPORTS["clean"]),
    "empty": compared(REPORTS["empty"], REPORTS["empty"]),
    "worlds": compared(REPORTS["worlds"], _worlds()),
    "interrupted": compared(_SHOP, replace(REPORTS["rule-error"], rules=_SHOP.rules)),
    "hostile": compared(REPORTS["clean"], REPORTS["hostile"], ("\x1b[2J.json", "\u202enosj.b")),
    "hostile-back": compared(REPORTS["hostile"], REPORTS["clean"], ("\x1b[2J.json", "\u202enosj.b")),
}


def crowds() -> Comparison:
    """Too much to read: a thousand objects are new, as many lose what was found on them."""
    whole = crowd(2000)
    before = [one for one in whole.findings if int(one.ref.name[-5:]) < 1000]
    after = [one for one in whole.findings if int(one.ref.name[-5:]) >= 1000]
    return compared(replace(whole, findings=before), replace(whole, findings=after))
