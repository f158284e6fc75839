"""The one table of example reports: every renderer is tested on each of them."""

from auditor.model.findings import Finding, NamespaceLevel, Report, Waiver, WaiverUse
from auditor.model.inventory import Coverage, Gap, ObjectEntry, Provenance
from auditor.model.refs import Place
from tests.renderers.examples import finding, ref, report, run

_WEB, _AGENT, _DB = ref("Deployment/shop/web"), ref("DaemonSet/platform/node-agent"), ref("StatefulSet/shop/postgres")
_ADMINS = ref("ClusterRoleBinding/ops-admins", "rbac.authorization.k8s.io/v1")
_SHOP, _CRON = ref("Namespace/shop", "v1"), ref("CronJob/shop/report", "batch/v1beta1")
_SERVER = ref("Pod/kube-system/kube-apiserver", "v1")
_W, _A, _D = "deploy/web.yaml", "deploy/platform/node-agent.yaml", "deploy/data/postgres.yaml"

_WAIVED_ROOT = Waiver(
    "run-as-root",
    "needs to chown its data once",
    "configuration",
    Place(".kubeplumb.yaml", 12, 5),
    owner="team-data",
    expires="2027-01-31",
    kind="StatefulSet",
    namespace="shop",
    name="postgres",
)
_WAIVED_HOST = Waiver(
    "host-path-writable", "reads and rotates the node's logs", "annotation", Place(_A, 7, 5), ref=_AGENT, world="deploy"
)
_OLD = _WAIVED_ROOT._replace(
    rule="container-privileged",
    reason="until the new driver",
    owner="team-net",
    expires="2026-06-30",
    name="*",
)
_UNUSED = Waiver("image-not-pinned", "mirrored by hand", "comment", Place(_W, 31, 3), line=32)
_BROKEN = Waiver("capability-aded", "", "annotation", Place(_W, 9, 5), ref=_WEB, world="deploy")


def _roots() -> list[Finding]:
    """One rule on three containers of one object: one field of the pod would mend them all."""
    place = Place(_W, 20, 7)
    return [
        finding(
            "run-as-root",
            _WEB,
            place,
            f"container {name} may run as root",
            {"securityContext.runAsNonRoot": None},
            container=name,
            source="      containers:",
        )
        for name in ("web", "proxy", "migrate")
    ]


def _shop() -> list[Finding]:
    capabilities = ["NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"]
    return [
        finding(
            "container-privileged",
            _WEB,
            Place(_W, 24, 13),
            "container web is privileged",
            {"securityContext.privileged": True},
            container="web",
            source="            privileged: true",
        ),
        finding(
            "capability-added",
            _WEB,
            Place(_W, 24, 13),
            "container web adds SYS_ADMIN through privileged",
            {"securityContext.privileged": True},
            container="web",
            source="            privileged: true",
        ),
        *_roots(),
        finding(
            "image-not-pinned",
            _WEB,
            Place(_W, 21, 16),
            "image shop/web:latest has no digest",
            {"image": "registry.example.com/shop/web:latest"},
            container="web",
            source="        image: registry.example.com/shop/web:latest",
        ),
        finding(
            "memory-limit-missing",
            _WEB,
            Place(_W, 20, 9),
            "container web has no memory limit",
            {"resources.limits.memory": None},
            container="web",
            source="      - name: web",
        ),
        finding(
            "capability-added",
            _AGENT,
            Place(_A, 31, 18),
            "container agent adds NET_ADMIN, SYS_ADMIN, SYS_PTRACE",
            {"securityContext.capabilities.add": capabilities},
            container="agent",
            source="            add: [NET_ADMIN, SYS_ADMIN, SYS_PTRACE]",
            platform="named like Calico of kube-system",
        ),
        finding(
            "host-path-writable",
            _AGENT,
            Place(_A, 40, 11),
            "volume logs mounts /var/log writable",
            {"spec.template.spec.volumes[0].hostPath.path": "/var/log"},
            verdict="waived",
            waiver=_WAIVED_HOST,
            platform="named like Calico of kube-system",
            source="          hostPath: {path: /var/log}",
        ),
        finding(
            "run-as-root",
            _DB,
            Place(_D, 18, 9),
            "container postgres may run as root",
            {"securityContext.runAsUser": 0},
            container="postgres",
            verdict="waived",
            waiver=_WAIVED_ROOT,
            source="          runAsUser: 0",
        ),
        finding(
            "token-automounted",
            _DB,
            Place(_D, 10, 7),
            "the token is mounted, and no permission is granted to it",
            {"automountServiceAccountToken": None},
            source="    spec:",
        ),
        finding(
            "grant-cluster-admin",
            _ADMINS,
            Place("deploy/rbac.yaml", 14, 1),
            "group ops may do everything",
            {"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": "list of 2"},
            source="roleRef:",
        ),
        finding(
            "namespace-without-policy",
            _SHOP,
            Place("deploy/ns.yaml", 1, 1),
            "No network policy isolates the namespace",
            {"metadata.name": "shop"},
            verdict="not-evaluated",
            reason="the cluster may hold a NetworkPolicy that is not in the input; declare it complete to decide",
        ),
        finding(
            "api-version-removed",
            _CRON,
            Place("deploy/cron.yaml", 1, 13),
            "batch/v1beta1 is removed in 1.25: use batch/v1",
            {"apiVersion": "batch/v1beta1"},
            source="apiVersion: batch/v1beta1",
        ),
        finding(
            "run-as-root",
            _CRON,
            Place("deploy/cron.yaml", 19, 11),
            "Container may run as root",
            {"securityContext.runAsUser": "zero"},
            container="report",
            verdict="not-evaluated",
            reason="runAsUser is a string, not an integer",
        ),
        finding(
            "audit-log-policy",
            _SERVER,
            Place("deploy/static/kube-apiserver.yaml", 33, 7),
            "the audit policy decides what is logged",
            {"auditPolicyFile": "/etc/kubernetes/audit.yaml"},
            verdict="manual",
            reason="read /etc/kubernetes/audit.yaml",
            source="    - --audit-policy-file=/etc/kubernetes/audit.yaml",
        ),
    ]


_SHOP_GAPS = [
    Gap("yaml-syntax", "mapping values are not allowed here", "deploy/broken.yaml", 7, 14),
    Gap("helm-template", "Helm template: render the chart (9 templates not read)", "charts/cache/Chart.yaml"),
    Gap(
        "wrong-type",
        "runAsUser is a string, not an integer",
        "deploy/cron.yaml",
        19,
        11,
        _CRON,
        "spec.jobTemplate.spec.template.spec.containers[0].securityContext.runAsUser",
        ("container",),
    ),
    Gap("duplicate-key", "key `image` is given twice; the last is judged", _W, 27, 9, _WEB),
]

_SHOP_WAIVERS = [
    WaiverUse(_WAIVED_ROOT, "used", 1),
    WaiverUse(_WAIVED_HOST, "used", 1),
    WaiverUse(_OLD, "expired", 1, "expired on 2026-06-30"),
    WaiverUse(_UNUSED, "unmatched", 0, "no finding of this rule is there to waive"),
    WaiverUse(_BROKEN, "malformed", 0, "there is no rule capability-aded"),
]

_QUIET_OBJECTS = [
    ObjectEntry(ref("Service/shop/web", "v1"), "deploy", _W, 40, "0f3a6c1b9d2e4f58"),
    ObjectEntry(ref("ConfigMap/shop/settings", "v1"), "deploy", "deploy/config.yaml", 1, "9b1e6a7734c2d0aa"),
]

_BIDI, _LONE = "safe\u202egpj.exe\u2066", "caf\udce9.yaml"
_EVIL = ref("Pod/red\x1b[31mteam/a\nb\u200b\x9b2J", "v1")
_HOSTILE = [
    finding(
        "container-privileged",
        _EVIL,
        Place("evil\x1b]0;owned\x07.yaml", 3, 2),
        "container \x1b[2J[red]x[/red] is privileged",
        {"securityContext.privileged": True, "metadata.annotations['\x1b[1m']": "<script>alert(1)</script>"},
        container=_BIDI,
        source="\tprivileged: true \x1b[8m # \u202eetavirp",
        world="evil",
    ),
    finding(
        "image-not-pinned",
        _EVIL,
        Place(_LONE, 9, 4),
        "image " + "x" * 3000 + " has no digest",
        {"image": "x" * 3000},
        container="c",
        source="image: " + "x" * 233,
        world="evil",
    ),
    finding(
        "run-as-root",
        _EVIL,
        Place("evil.yaml", 0, 0),
        "=cmd|' /C calc'!A0",
        {"a": float("nan"), "b": 10**30},
        container="\ud83d",
        verdict="not-evaluated",
        reason="why?\r\n\x1b[31mnobody knows\x00",
        world="evil",
    ),
]


def crowd(objects: int, findings: int = 5) -> Report:
    """Many objects with the same few findings each: too much to read."""
    rules = ("container-privileged", "capability-added", "run-as-root", "image-not-pinned", "memory-limit-missing")
    return report(
        [
            finding(
                rules[index % 5],
                ref(f"Deployment/team-{number % 40}/app-{number:05}"),
                Place(f"deploy/app-{number:05}.yaml", 10 + index, 9),
                f"container c{index} is not as it should be",
                {"securityContext.privileged": index % 2 == 0},
                container=f"c{index}",
                source="        privileged: true",
            )
            for number in range(objects)
            for index in range(findings)
        ]
    )


def _cluster() -> Report:
    """A cluster of which a list was refused, with pods that are not what their template says."""
    path = "/apis/apps/v1/namespaces/shop/deployments/web"
    result = report(
        [
            finding(
                "container-privileged",
                _WEB,
                Place(path),
                "container web is privileged",
                {"spec.template.spec.containers[0].securityContext.privileged": True},
                container="web",
                world="production",
            )
        ],
        about=run(
            targets=("production",),
            kubernetes_version="1.36.2",
            kubernetes_version_source="seen",
            provenance=Provenance(
                "production",
                "2026-08-14T09:30:00+00:00",
                "https://10.0.0.1:6443",
                "auditor",
                ("auditors", "system:authenticated"),
                "0.1.0",
                (),
                "v1.36.2",
                31,
            ),
        ),
        coverage=Coverage(
            objects=412,
            differing={
                "Pod/shop/web-5d4f-abcde": ("Deployment/shop/web", "container istio-proxy was added", 2),
                "Pod/shop/api-0": ("StatefulSet/shop/api", "container api: image", 0),
            },
        ),
        gaps=[
            Gap(
                "forbidden",
                "auditor could not list networkpolicies in namespace data: it is forbidden",
                "/apis/networking.k8s.io/v1/namespaces/data/networkpolicies",
                ref=ref("NetworkPolicy/data/*", "networking.k8s.io/v1"),
            )
        ],
    )
    result.levels = [
        NamespaceLevel("data", "baseline", "baseline", (("run-as-root", "StatefulSet/data/postgres"),), 1),
        NamespaceLevel("shop", "privileged", "restricted"),
    ]
    return result


REPORTS: dict[str, Report] = {
    "cluster": _cluster(),
    "shop": report(
        _shop(),
        about=run(
            targets=("deploy", "charts"),
            min_severity="low",
            config_file=".kubeplumb.yaml",
            switched_off=("profile default: rules of medium severity and above", "--skip-rule host-port"),
        ),
        coverage=Coverage(
            files=31,
            kubernetes_files=9,
            documents=14,
            objects=9,
            other={"Helm chart": 1, "Helm template": 9, "values.yaml": 3, "kustomization": 1, "not Kubernetes": 6},
            fragments={"deploy/overlays/kustomization.yaml": 2},
            listed=["deploy/snapshot.json"],
        ),
        gaps=_SHOP_GAPS,
        waivers=_SHOP_WAIVERS,
        extra=_QUIET_OBJECTS,
        hidden={"info": 4},
    ),
    "clean": report([], extra=_QUIET_OBJECTS),
    "empty": report([], about=run(targets=("docs",)), coverage=Coverage(files=4, other={"not Kubernetes": 4})),
    "gaps": report([], gaps=_SHOP_GAPS[:2], extra=_QUIET_OBJECTS),
    "worlds": report(
        [
            finding(
                "container-privileged",
                _WEB,
                Place(f"{world}/web.yaml", 8, 3),
                "container web is privileged",
                {"securityContext.privileged": True},
                container="web",
                world=world,
                source="  privileged: true",
            )
            for world in ("staging", "production")
        ],
        about=run(targets=("staging", "production"), kubernetes_version="1.33", kubernetes_version_source="given"),
    ),
    "rule-error": report(
        [
            finding(
                "capability-added",
                _WEB,
                Place(_W, 24, 13),
                "Container adds a dangerous capability",
                {"securityContext.capabilities": "ALL"},
                container="web",
                verdict="rule-error",
                reason="no such overload",
            )
        ],
        about=run(interrupted=True),
    ),
    "hostile": report(
        _HOSTILE,
        about=run(targets=("\x1b[31m",), config_file="\u202econf"),
        gaps=[Gap("yaml-syntax", "found \x1b[31m\x07", "\x1b[2J.yaml", 1, 1), Gap("too-long", "x" * 5000, "y" * 5000)],
        waivers=[
            WaiverUse(
                Waiver("\x1b[5m", "\u202ebecause\x07", "comment", Place("evil.yaml", 4, 1), owner="\x9b1m"),
                "malformed",
                0,
                "\x1b[0m",
            )
        ],
    ),
}
