"""What rule sets of other tools decided wrongly when they were read: small inputs, and the verdicts that are right.

The numbers are those of a list of 23 defects found in Trivy, Prowler, Kubescape, kube-bench and Popeye. Numbers 5, 14
and 22 are about modes of files on a node, which are judged by rules on the subject `file`; they are tested there.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

import pytest

from auditor.engine.select import load_profile
from auditor.kube.versions import parse_version
from auditor.model.findings import Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings
from auditor.tables.folder import bundle_root

RULES = all_rules(())


class Mistake(NamedTuple):
    """A defect of another tool, an input on which it decides wrongly, and the verdict of each of our rules on it."""

    number: int
    what: str
    input: str
    verdicts: Mapping[str, str]
    version: str = "1.34"


def container(*, name: str, image: str, words: str = "", key: str = "command", more: str = "") -> str:
    lines = [f"- name: {name}", f"  image: {image}"]
    if words:
        lines += [f"  {key}:", *(f"    - {word}" for word in words.split())]
    return "\n".join([*lines, *(f"  {line}" for line in dedent(more).strip().splitlines())])


def pod(*containers: str, spec: str = "", name: str = "p") -> str:
    body = indent("\n".join(containers), "    ")
    head = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: kube-system}}\nspec:\n"
    return f"{head}{indent(dedent(spec).strip(), '  ')}\n  containers:\n{body}\n"


def api(words: str, **more: str) -> str:
    return container(name="kube-apiserver", image="registry.k8s.io/kube-apiserver:v1.34.2", words=words, **more)


def etcd(words: str = "etcd", **more: str) -> str:
    return container(name="etcd", image="registry.k8s.io/etcd:3.5.21-0", words=words, **more)


def binding(kind: str, role: str, subject: str) -> str:
    return dedent(f"""\
        apiVersion: rbac.authorization.k8s.io/v1
        kind: {kind}
        metadata: {{name: b{", namespace: shop" if kind == "RoleBinding" else ""}}}
        roleRef: {{apiGroup: rbac.authorization.k8s.io, {role}}}
        subjects: [{{apiGroup: rbac.authorization.k8s.io, {subject}}}]
        """)


def role(kind: str, rule: str, name: str = "r") -> str:
    place = ", namespace: shop" if kind == "Role" else ""
    return dedent(f"""\
        apiVersion: rbac.authorization.k8s.io/v1
        kind: {kind}
        metadata: {{name: {name}{place}}}
        rules: [{{{rule}}}]
        """)


def documents(*texts: str) -> str:
    return "---\n".join(texts)


VIEW = "kind: ClusterRole, name: view"
READ = "apiGroups: [''], resources: [secrets], verbs: [get, list, watch]"
ANYBODY = "kind: User, name: jane"
CLUSTER_ROLE = "kind: ClusterRole, name: r"
APP = {"name": "app", "image": "registry.example/app:1.0"}

MISTAKES = [
    Mistake(
        1,
        "Trivy spells a kind wrongly, so bindings for the whole cluster are never looked at: anonymous",
        binding("ClusterRoleBinding", VIEW, "kind: User, name: 'system:anonymous'"),
        {"anonymous-binding": "fail"},
    ),
    Mistake(
        1,
        "the same for everybody who is authenticated",
        binding("ClusterRoleBinding", VIEW, "kind: Group, name: 'system:authenticated'"),
        {"authenticated-binding": "fail"},
    ),
    Mistake(
        1,
        "the same for administrators by name of the group",
        binding("ClusterRoleBinding", VIEW, "kind: Group, name: 'system:masters'"),
        {"masters-binding": "fail"},
    ),
    Mistake(
        2,
        "Trivy's list for the NSA guide asks the IPC check about processes, and so on in a circle",
        pod(container(**APP), spec="hostPID: true"),
        {"host-pid": "fail", "host-ipc": "pass", "host-network": "pass"},
    ),
    Mistake(
        2,
        "the same list asks about the CA of etcd where it means encryption of Secrets",
        pod(api("kube-apiserver --authorization-mode=RBAC --encryption-provider-config=/etc/enc.yaml")),
        {"secrets-not-encrypted": "pass", "apiserver-etcd-unverified": "fail"},
    ),
    Mistake(
        2,
        "the same list asks for the Node authorizer where it means RBAC",
        pod(api("kube-apiserver --authorization-mode=Node")),
        {"apiserver-authorization-without-rbac": "fail", "apiserver-authorization-without-node": "pass"},
    ),
    Mistake(
        4,
        "Trivy asks the controller manager about the scheduler's profiling",
        documents(
            pod(
                container(
                    name="c",
                    image="registry.k8s.io/kube-controller-manager:v1.34.2",
                    words="kube-controller-manager --profiling=false",
                )
            ),
            pod(container(name="s", image="registry.k8s.io/kube-scheduler:v1.34.2", words="kube-scheduler"), name="s"),
        ),
        {"component-profiling": "fail 1"},
    ),
    Mistake(
        4,
        "the same list leaves out, without a word: a CA of its own for etcd, cipher suites, service accounts, root CA",
        pod(
            api(
                "kube-apiserver --client-ca-file=/ca.crt --etcd-cafile=/ca.crt"
                " --tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA"
            )
        ),
        {"etcd-ca-shared": "fail", "tls-cipher-weak": "fail"},
    ),
    Mistake(
        6,
        "Trivy reads no ephemeral containers",
        pod(container(**APP))
        + "  ephemeralContainers:\n    - name: debug\n      image: busybox:1.36\n"
        + "      securityContext: {privileged: true}\n",
        {"container-privileged": "fail 1"},
    ),
    Mistake(
        7,
        "Trivy finds fault with a local AppArmor profile, which the standards allow",
        pod(container(**APP, more="securityContext: {appArmorProfile: {type: Localhost, localhostProfile: mine}}")),
        {"apparmor-unconfined": "pass"},
    ),
    Mistake(
        7,
        "the same check does not know the field, only the old annotation",
        pod(container(**APP, more="securityContext: {appArmorProfile: {type: Unconfined}}")),
        {"apparmor-unconfined": "fail"},
    ),
    Mistake(
        8,
        "Trivy wants `=true` after a flag that means true by itself",
        pod(etcd("etcd --client-cert-auth --peer-client-cert-auth")),
        {"etcd-client-cert-auth-off": "pass", "etcd-peer-cert-auth-off": "pass"},
    ),
    Mistake(
        9,
        "Prowler looks for `secret`, which is no resource, so only a wildcard counts as reading Secrets",
        documents(role("ClusterRole", READ), binding("ClusterRoleBinding", CLUSTER_ROLE, ANYBODY)),
        {"secrets-readable-cluster-wide": "fail", "role-wildcard-resources": "pass"},
    ),
    Mistake(
        9,
        "the same check judges every Role by the rules of the last ClusterRole",
        documents(
            role("Role", READ),
            role("ClusterRole", "apiGroups: [''], resources: [services], verbs: [get]", "last"),
            binding("RoleBinding", "kind: Role, name: r", ANYBODY),
        ),
        {"secrets-readable-in-namespace": "fail", "secrets-readable-cluster-wide": "pass"},
    ),
    Mistake(
        10,
        "Prowler passes a flag that is absent, whose default is to let anonymous requests in",
        pod(api("kube-apiserver --authorization-mode=Node,RBAC")),
        {"apiserver-anonymous-auth": "fail"},
    ),
    Mistake(
        11,
        "Prowler passes DenyServiceExternalIPs where it is switched off",
        pod(api("kube-apiserver --disable-admission-plugins=DenyServiceExternalIPs")),
        {"admission-external-ips-allowed": "fail"},
    ),
    Mistake(
        11,
        "and fails it where it is switched on",
        pod(api("kube-apiserver --enable-admission-plugins=DenyServiceExternalIPs")),
        {"admission-external-ips-allowed": "pass"},
    ),
    Mistake(
        12,
        "Prowler looks for the name of a flag, not for its value",
        pod(etcd("etcd --client-cert-auth=false --auto-tls=false --peer-auto-tls=false")),
        {"etcd-client-cert-auth-off": "fail", "etcd-auto-tls": "pass", "etcd-peer-auto-tls": "pass"},
    ),
    Mistake(
        13,
        "Prowler looks at the container's user alone: root that the pod sets passes",
        pod(container(**APP), spec="securityContext: {runAsUser: 0}"),
        {"run-as-root": "fail"},
    ),
    Mistake(
        13,
        "so does a user that nobody sets",
        pod(container(**APP)),
        {"run-as-non-root-missing": "fail"},
    ),
    Mistake(
        15,
        "Prowler reads `command` alone: flags in `args` are missed",
        pod(api("--anonymous-auth=false --authorization-mode=AlwaysAllow", key="args")),
        {"apiserver-anonymous-auth": "pass", "apiserver-authorization-always-allow": "fail"},
    ),
    Mistake(
        15,
        "and a container without a command makes it crash",
        pod(api("")),
        {"apiserver-anonymous-auth": "nothing", "run-as-non-root-missing": "fail"},
    ),
    Mistake(
        16,
        "Kubescape judges a control plane pod only if it has one container: a KMS plugin beside it is enough",
        pod(
            api("kube-apiserver --anonymous-auth=true --authorization-mode=RBAC"), container(name="kms", image="kms:1")
        ),
        {"apiserver-anonymous-auth": "fail", "apiserver-authorization-without-node": "fail"},
    ),
    Mistake(
        17,
        "Kubescape leaves names of resources out of account: one Secret counts as all",
        documents(
            role("ClusterRole", "apiGroups: [''], resources: [secrets], resourceNames: [mine], verbs: [get]"),
            binding("ClusterRoleBinding", CLUSTER_ROLE, ANYBODY),
        ),
        {"secrets-readable-cluster-wide": "pass"},
    ),
    Mistake(
        18,
        "Kubescape reads etcd's flags alone, not its environment",
        pod(
            etcd(
                more="""
                env:
                  - {name: ETCD_CLIENT_CERT_AUTH, value: "true"}
                  - {name: ETCD_TRUSTED_CA_FILE, value: /ca.crt}
                  - {name: ETCD_AUTO_TLS, value: "true"}
                """
            )
        ),
        {"etcd-client-cert-auth-off": "pass", "etcd-auto-tls": "fail"},
    ),
    Mistake(
        18,
        "nor does it know that a configuration file counts alone",
        pod(etcd("etcd --config-file=/etc/etcd.yaml --client-cert-auth=true")),
        {"etcd-client-cert-auth-off": "not-evaluated", "etcd-tls-missing": "not-evaluated"},
    ),
    Mistake(
        19,
        "Kubescape's newest CIS list lacks the kubelet's default for seccomp (4.2.14)",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nseccompDefault: false\n",
        {"kubelet-seccomp-default-off": "fail"},
    ),
    Mistake(
        20,
        "Kubescape calls a release outdated that is newer than its list of three",
        pod(container(**APP)),
        {"kubernetes-unsupported": "pass"},
        "1.49",
    ),
    Mistake(
        21,
        "kube-bench asks for a user called system:authenticated, which nobody is: grants to the group are missed",
        documents(
            role("ClusterRole", READ),
            binding("ClusterRoleBinding", CLUSTER_ROLE, "kind: Group, name: 'system:authenticated'"),
        ),
        {"everyone-dangerous-grant": "fail", "authenticated-binding": "fail"},
    ),
    Mistake(
        23,
        "Popeye is content with every version from 1.21 on",
        pod(container(**APP)),
        {"kubernetes-unsupported": "fail"},
        "1.25",
    ),
]


def report(text: str, version: str, folder: Path) -> Report:
    file = folder / "input.yaml"
    file.write_text(text, "utf-8")
    settings = Settings(
        paths=(str(file),),
        rules=compiled(list(RULES.values()), {}),
        known_rules=dict(RULES),
        version=parse_version(version),
        version_source="given",
        today=date(2026, 11, 21),
        complete=Completeness(True, frozenset()),
        use_waivers=False,
        jobs=1,
    )
    return audit(settings, Run("", "", "", "2026-11-21", "", "", settings.paths, "", "high", "info", "", ()))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.number}-{mistake.what[:40]}")
def test_what_another_tool_gets_wrong(mistake: Mistake, tmp_path: Path) -> None:
    made = report(mistake.input, mistake.version, tmp_path)
    assert not made.gaps
    counts = {rule.id: rule.verdicts for rule in made.rules}
    for rule, wanted in mistake.verdicts.items():
        verdict, _, times = wanted.partition(" ")
        got = {name: number for name, number in counts[rule].items() if number}
        if verdict == "nothing":
            assert not got, rule
        elif verdict == "pass":
            assert set(got) <= {"pass", "not-applicable"}, (rule, got)
            assert got.get("pass"), (rule, got)
        else:
            assert got.get(verdict), (rule, got)
            assert not times or got[verdict] == int(times), (rule, got)


def test_host_namespaces_of_the_baseline_are_all_three() -> None:
    """Number 3: Trivy's list for the Pod Security Standards has hostIPC alone."""
    baseline = load_profile(bundle_root() / "rules" / "profiles", "pss-baseline")
    assert {"host-ipc", "host-network", "host-pid"} <= set(baseline.rules)


def test_every_number_has_a_case_or_stands_elsewhere() -> None:
    elsewhere = {3, 5, 14, 22}
    assert {mistake.number for mistake in MISTAKES} | elsewhere == set(range(1, 24))
