"""Component rules at every version that anybody may still run: each has a verdict, and none of them is an error.

A flag that a version does not have is not in the table for it, so a rule that reads it must first ask for the version.
"""

from datetime import date
from pathlib import Path

import pytest

from auditor.kube.versions import parse_version
from auditor.model.findings import Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings

KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
FILES = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
---
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
"""
RULES = all_rules(())


def pod(component: str, tag: str, name: str) -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: kube-system}}\nspec:\n  containers:\n"
        f"    - {{name: c, image: 'registry.k8s.io/{component}:{tag}', command: [{component}]}}\n---\n"
    )


@pytest.mark.parametrize("minor", [*range(10, 40), 49])
def test_every_rule_has_a_verdict(minor: int, tmp_path: Path) -> None:
    texts = [pod(name, f"v1.{minor}.2", name) for name in KUBERNETES]
    texts += [pod("etcd", f"3.{minor % 10}.1-0", "etcd"), pod("etcd", "latest", "etcd-2")]
    (tmp_path / "all.yaml").write_text("".join([*texts, FILES]), "utf-8")
    mine = [rule for rule in RULES.values() if rule.subject == "component"]
    settings = Settings(
        paths=(str(tmp_path),),
        rules=compiled(mine, {}),
        known_rules=dict(RULES),
        version=parse_version(f"1.{minor}"),
        version_source="seen",
        today=date(2026, 11, 21),
        complete=Completeness(False, frozenset()),
        use_waivers=False,
        jobs=1,
    )
    run = Run("", "", "", "2026-11-21", "", "", settings.paths, "", "high", "info", "", ())
    report = audit(settings, run)
    assert [(one.rule, str(one.ref), one.reason) for one in report.findings if one.verdict == "rule-error"] == []
    judged = {one.id for one in report.rules if sum(one.verdicts.values())}
    assert judged == {rule.id for rule in mine}
