"""Kinds that share a name: custom ones, and Kubernetes' own under a wrong apiVersion."""

from pathlib import Path

from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import prepare
from auditor.pipeline.request import Request

SERVICE = """\
apiVersion: {version}
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: NodePort, externalIPs: [192.0.2.1]}}
"""


def verdicts(tmp_path: Path, version: str) -> tuple[list[str], list[str]]:
    (tmp_path / "service.yaml").write_text(SERVICE.format(version=version))
    prepared = prepare(Request(paths=(str(tmp_path),), rules=("service-external-ips",), no_config=True, jobs=1))
    report = audit(prepared.settings, prepared.run)
    return [str(one.ref) for one in report.findings], [gap.code for gap in report.gaps]


def test_a_rule_on_a_kind_is_about_kubernetes_own(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "v1") == (["Service/shop/web"], [])


def test_a_custom_kind_of_the_same_name_is_another_kind(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "serving.knative.dev/v1") == ([], [])


def test_an_own_kind_in_the_wrong_group_is_judged_and_a_gap(tmp_path: Path) -> None:
    assert verdicts(tmp_path, "apps/v1") == (["Service/shop/web"], ["unknown-api"])


def test_custom_kinds_embed_pods_by_kind_or_by_shape(tmp_path: Path) -> None:
    """Of an image trigger's DeploymentConfig the template needs no containers; of others they tell that it is one."""
    head = "apiVersion: {}\nkind: {}\nmetadata: {{name: {}}}\n"
    host = "spec: {template: {spec: {hostNetwork: true}}}\n"
    shape = "spec: {any: {template: {spec: {hostNetwork: true, containers: [{name: a, image: b}]}}}}\n"
    (tmp_path / "all.yaml").write_text(
        "---\n".join(
            (
                head.format("apps.openshift.io/v1", "DeploymentConfig", "by-kind") + host,
                head.format("example.com/v1", "Thing", "no-pod") + host,
                head.format("example.com/v1", "Thing", "by-shape") + shape,
            )
        )
    )
    prepared = prepare(Request(paths=(str(tmp_path),), rules=("host-network",), no_config=True, jobs=1))
    found = [one.ref.name for one in audit(prepared.settings, prepared.run).findings]
    assert sorted(found) == ["by-kind", "by-shape"]
