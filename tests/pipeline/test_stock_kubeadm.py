"""A cluster as kubeadm 1.34 makes it, and nothing set by hand: which component rules fail on it, and no others.

The files are what `kubeadm init` writes (controlplane/manifests.go, etcd/local.go and addons/dns/manifests.go below
cmd/kubeadm/app/phases of k8s.io/kubernetes, and its componentconfigs). A rule of medium and above that fails here fails
on most clusters there are: it has to be worth it.
"""

from collections import defaultdict
from datetime import date
from pathlib import Path

from auditor.kube.versions import parse_version
from auditor.model.findings import Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings

INPUT = Path(__file__).parent.parent / "fixtures" / "kubeadm"

FOLDERS = {"addons", "apiserver", "components", "controllers", "etcd", "kube-proxy", "kubelet"}
"""Those of `rules/` that hold rules on components."""

MEDIUM_AND_ABOVE = {
    "apiserver-anonymous-auth": {"kube-apiserver"},
    "apiserver-kubelet-unverified": {"kube-apiserver"},
    "audit-log-off": {"kube-apiserver"},
    "audit-policy-missing": {"kube-apiserver"},
    "secrets-not-encrypted": {"kube-apiserver"},
}
LOW = {
    "admission-external-ips-allowed": {"kube-apiserver"},
    "component-profiling": {"kube-apiserver", "kube-controller-manager", "kube-scheduler"},
    "kube-proxy-localhost-nodeports": {"KubeProxyConfiguration"},
    "kubelet-pod-pids-unlimited": {"KubeletConfiguration"},
    "kubelet-serving-cert-self-signed": {"KubeletConfiguration"},
    "service-account-token-extended": {"kube-apiserver"},
    "service-account-token-unlimited": {"kube-apiserver"},
}
INFO = {
    "admission-always-pull-images-missing": {"kube-apiserver"},
    "admission-event-rate-limit-missing": {"kube-apiserver"},
    "admission-image-policy-missing": {"kube-apiserver"},
    "apiserver-bootstrap-tokens": {"kube-apiserver"},
    "apiserver-privileged-allowed": {"kube-apiserver"},
    "component-serving-cert-self-signed": {"kube-controller-manager", "kube-scheduler"},
    "dns-pods-insecure": {"coredns"},
    "kube-proxy-nodeports-everywhere": {"KubeProxyConfiguration"},
    "kubelet-debug-flags": {"KubeletConfiguration"},
    "kubelet-debugging-handlers-on": {"KubeletConfiguration"},
    "kubelet-kernel-defaults-unprotected": {"KubeletConfiguration"},
    "kubelet-profiling-served": {"KubeletConfiguration"},
    "kubelet-seccomp-default-off": {"KubeletConfiguration"},
    "kubelet-static-pods": {"KubeletConfiguration"},
    "kubelet-system-logs-served": {"KubeletConfiguration"},
}
UNDECIDED = {"kubelet-hostname-override": {"KubeletConfiguration"}}
"""Only a flag sets this, and the kubelet's command line is not among the files."""


def test_which_component_rules_fail_on_a_stock_cluster() -> None:
    rules = all_rules(())
    mine = [rule for rule in rules.values() if Path(rule.file).parent.name in FOLDERS]
    settings = Settings(
        paths=(str(INPUT),),
        rules=compiled(mine, {}),
        known_rules=dict(rules),
        version=parse_version("1.34"),
        version_source="given",
        today=date(2026, 1, 31),
        complete=Completeness(False, frozenset()),
        use_waivers=False,
        jobs=1,
    )
    run = Run("", "", "", settings.today.isoformat(), "", "", settings.paths, "", "high", "info", "", ())
    report = audit(settings, run)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in report.findings:
        group = "undecided" if one.verdict == "not-evaluated" else one.severity
        found[group][one.rule].add(one.ref.kind if one.ref.kind.endswith("Configuration") else one.ref.name)
    assert report.gaps == []
    assert {**found["critical"], **found["high"], **found["medium"]} == MEDIUM_AND_ABOVE
    assert found["low"] == LOW
    assert found["info"] == INFO
    assert found["undecided"] == UNDECIDED
