"""Credentials on command lines: flags are read from them, and no report repeats them."""

from datetime import date
from pathlib import Path

from auditor.kube.versions import parse_version
from auditor.model.findings import Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings

INPUT = """\
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: kube-system}
spec:
  containers:
    - name: kubelet
      image: registry.example/kubelet:v1.34.2
      command: [kubelet, "--manifest-url=http://admin:hunter2Url@config.example/pods.yaml",
        "--manifest-url-header=Authorization:Bearer hunter2Header"]
    - name: manager
      image: registry.k8s.io/kube-controller-manager:v1.34.2
      command: [kube-controller-manager, --master=http://admin:hunter2Master@10.0.0.1:8080]
    - name: app
      image: registry.example/app
      args: ["--db", "postgres://app:hunter2Word@db/shop", --password=hunter2Flag]
"""


def report(folder: Path) -> Report:
    (folder / "a.yaml").write_text(INPUT, "utf-8")
    rules = all_rules(())
    settings = Settings(
        paths=(str(folder),),
        rules=compiled(list(rules.values()), {}),
        known_rules=dict(rules),
        version=parse_version("1.34"),
        version_source="given",
        today=date(2026, 11, 21),
        complete=Completeness(True, frozenset()),
        use_waivers=False,
        jobs=1,
    )
    return audit(settings, Run("", "", "", "2026-11-21", "", "", settings.paths, "", "high", "info", "", ()))


def test_flags_with_credentials_are_judged_and_not_repeated(tmp_path: Path) -> None:
    findings = report(tmp_path).findings
    failed = {one.rule: one for one in findings if one.verdict == "fail"}
    assert {"kubelet-manifest-url-plain-http", "component-master-plain-http"} <= set(failed)
    assert "(hidden)" in failed["kubelet-manifest-url-plain-http"].message
    assert [one for one in findings if "hunter2" in repr(one)] == []
