"""What is judged of a live cluster: custom resources, what runs otherwise than its template says, and each once."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Kubeplumb
from tests.corpora.cases import CORPORA
from tests.live.audit import audited
from tests.live.audits import Audit, audit, told
from tests.live.certificates import authority, issue
from tests.live.cluster import Cluster, granted
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.node import kubelet, missing
from tests.live.objects import Object, apply
from tests.live.population import node
from tests.live.releases import BOTH, LATER
from tests.live.waiting import until

ANYTHING: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
CONTAINERS: Object = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": {"type": "string"}, "image": {"type": "string"}}}
    | {"x-kubernetes-preserve-unknown-fields": True},
}
TEMPLATE: Object = {
    "type": "object",
    "properties": {"metadata": ANYTHING, "spec": {"type": "object", "properties": {"containers": CONTAINERS}}},
}
SCHEMAS = {
    "Trainer": {"workers": {"type": "array", "items": {"type": "object", "properties": {"template": TEMPLATE}}}},
    "Runner": {"podTemplate": ANYTHING},
    "Setting": {"color": {"type": "string"}},
}
POD: Object = {
    "spec": {"containers": [{"name": "c", "image": "registry.example/c:1", "securityContext": {"privileged": True}}]}
}
SPECS: dict[str, Object] = {
    "Trainer": {"workers": [{"template": POD}]},
    "Runner": {"podTemplate": POD},
    "Setting": {"color": "red"},
}


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def definition(kind: str) -> Object:
    plural = f"{kind.lower()}s"
    spec = {"type": "object", "properties": {"spec": {"type": "object", "properties": SCHEMAS[kind]}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": spec}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.embed.example.test"},
        "spec": {"group": "embed.example.test", "scope": "Namespaced", "names": names, "versions": [version]},
    }


@pytest.fixture(scope="module")
def admin(shop: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kubeconfig(tmp_path_factory.mktemp("objects") / "config", shop, token_user("admin"))


@pytest.fixture(scope="module")
def custom(shop: Cluster) -> None:
    apply(shop, [namespace("custom"), *(definition(kind) for kind in SCHEMAS)])
    head = {"apiVersion": "embed.example.test/v1", "metadata": {"name": "one", "namespace": "custom"}}
    apply(shop, [head | {"kind": kind, "spec": spec} for kind, spec in SPECS.items()])


def of(done: Audit, kind: str, verdict: str = "fail") -> dict[str, dict[str, Any]]:
    return {
        one["rule"]: one
        for one in done.report["findings"]
        if one["object"]["kind"] == kind and one["verdict"] == verdict
    }


@BOTH
@pytest.mark.usefixtures("custom")
def test_custom_resources_that_embed_pod_templates_are_judged(shop: Cluster, admin: Path) -> None:
    with audited(shop.audit_log, "admin") as seen:
        done = audit(admin)
    paths = {"Trainer": "spec.workers[0].template", "Runner": "spec.podTemplate"}
    for kind, path in paths.items():
        finding = of(done, kind)["container-privileged"]
        assert finding["object"]["name"] == "one"
        assert finding["evidence"][0]["path"] == f"{path}.spec.containers[0].securityContext.privileged"
        assert finding["place"]["file"] == f"/apis/embed.example.test/v1/namespaces/custom/{kind.lower()}s/one"
    assert not [one for one in seen if "settings" in one.path]
    assert not [one for one in done.report["objects"] if one["object"]["kind"] == "Setting"]


@LATER
@pytest.mark.usefixtures("custom")
def test_rights_on_custom_resources_are_named_and_missed(shop: Cluster, admin: Path, tmp_path: Path) -> None:
    printed = told("rbac-needed", "--profile", "all", "--kubeconfig", admin)
    rules = yaml.safe_load(printed.out)["rules"]
    assert [rule["resources"] for rule in rules if rule["apiGroups"] == ["embed.example.test"]] == [
        ["runners", "trainers"]
    ]
    reader = kubeconfig(tmp_path / "reader", shop, token_user("reader"))
    with granted(shop, "reader", [rule for rule in rules if rule["apiGroups"] != ["embed.example.test"]]):
        done = audit(reader)
        lacks = told("rbac-needed", "--profile", "all", "--kubeconfig", reader, "--check").out.splitlines()
    assert done.gaps() == {("list", kind, "") for kind in ("runners", "trainers")}
    blind = of(done, "CustomResource", "not-evaluated")
    assert "reader could not list" in blind["container-privileged"]["reason"]
    assert lacks == [f"lacks list {kind}.embed.example.test" for kind in ("runners", "trainers")]


BAD = CORPORA / "badpods"


@pytest.mark.corpora
@pytest.mark.skipif(not BAD.is_dir(), reason=f"no corpus at {BAD}")
def test_bad_pods_are_found_once_each(shop: Cluster, admin: Path) -> None:
    objects = [one for file in sorted(BAD.rglob("*.yaml")) for one in yaml.safe_load_all(file.read_text()) if one]
    served = [one for one in objects if one["apiVersion"] != "batch/v1beta1"]
    # Kubernetes 1.25 ended CronJobs of that version. With each StatefulSet comes its Service.
    assert len(objects) - len(served) == 8
    bad = [one for one in served if one["kind"] != "Service"]
    assert len(bad) == 56
    apply(shop, [namespace("badpods"), node("bad-1")])
    apply(shop, served, namespace="badpods")
    path = "/api/v1/namespaces/badpods/pods"
    # One kind of each is a pod itself; a DaemonSet has one for each node.
    until("controllers made pods", lambda: len(shop.get(path).body["items"]) >= len(bad))
    done = audit(admin, "-n", "badpods", profile="default")
    failed = {(one.kind, one.name) for one in done.findings()} - {("Namespace", "badpods")}
    wanted = {(one["kind"], one["metadata"]["name"]) for one in bad}
    assert wanted - failed == set()
    assert failed - wanted <= {("ServiceAccount", "default")}
    assert done.report["coverage"]["differing"] == []
    assert done.report["coverage"]["objects"] > 2 * len(bad)


def workload(name: str, spec: Object) -> Object:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    metadata = {"name": name, "namespace": "running"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata} | {
        "spec": {"selector": {"matchLabels": labels}, "replicas": 2, "template": template}
    }


@pytest.fixture(scope="module")
def running(shop: Cluster) -> None:
    apply(shop, [namespace("running")])


def run(shop: Cluster, name: str, spec: Object) -> list[str]:
    """A Deployment with two pods, whose names are returned."""
    apply(shop, [workload(name, spec)])
    path = f"/api/v1/namespaces/running/pods?labelSelector=app%3D{name}"
    until("the pods are made", lambda: len(shop.get(path).body["items"]) == 2)
    return sorted(one["metadata"]["name"] for one in shop.get(path).body["items"])


@BOTH
@pytest.mark.usefixtures("running")
def test_a_pod_that_runs_otherwise_is_judged_as_it_runs(shop: Cluster, admin: Path) -> None:
    first, _ = run(shop, "web", {"containers": [{"name": "c", "image": "registry.example/c:1"}]})
    debugger = {"name": "debugger", "image": "registry.example/d:1", "securityContext": {"privileged": True}}
    answer = shop.request(
        "PATCH",
        f"/api/v1/namespaces/running/pods/{first}/ephemeralcontainers",
        json.dumps({"spec": {"ephemeralContainers": [debugger]}}).encode(),
        "application/strategic-merge-patch+json",
    )
    assert answer.ok, answer
    done = audit(admin, "-n", "running")
    privileged = {one for one in done.findings() if one.rule == "container-privileged"}
    assert {(one.kind, one.name, one.container) for one in privileged} == {("Pod", first, "debugger")}
    (differing,) = done.report["coverage"]["differing"]
    assert (differing["pod"], differing["owner"]) == (f"Pod/running/{first}", "Deployment/running/web")
    assert differing["differs"] == "container debugger was added"


@BOTH
@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    "part",
    [
        {"resources": {"limits": {"memory": "64Mi"}}},
        {"ports": [{"containerPort": 8080}]},
    ],
    ids=["requests-from-limits", "host-ports"],
)
def test_what_the_server_fills_in_makes_no_difference(shop: Cluster, admin: Path, part: Object) -> None:
    name = f"with-{next(iter(part))}"
    container = {"name": "c", "image": "registry.example/c:1"} | part
    run(shop, name, {"hostNetwork": "ports" in part, "containers": [container]})
    differing = audit(admin, "-n", "running").report["coverage"]["differing"]
    assert [one for one in differing if name in one["owner"]] == []


@LATER
def test_mirror_pods_tell_the_settings_of_components(shop: Cluster, admin: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    flags = ["kube-scheduler", "--profiling=true", "--bind-address=0.0.0.0"]
    container = {"name": "kube-scheduler", "image": "registry.example/kube-scheduler:v1.37.1", "command": flags}
    metadata = {"name": "kube-scheduler", "namespace": "kube-system", "labels": {"component": "kube-scheduler"}}
    static: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    static["spec"] = {"hostNetwork": True, "containers": [container]}
    with kubelet(shop, "control-plane", static=[static]):
        done = audit(admin)
    about = {
        one["rule"]: one
        for one in done.report["findings"]
        if one["object"]["name"] == "kube-scheduler-control-plane" and one["subject"] == "component"
    }
    assert about["component-profiling"]["verdict"] == "fail", about.keys()
    assert about["component-profiling"]["place"]["file"].endswith("/pods/kube-scheduler-control-plane")


def test_the_authority_of_a_conversion_webhook_is_a_certificate(
    shop: Cluster, admin: Path, tmp_path: Path, kubeplumb: Kubeplumb
) -> None:
    """As the server stores it; its schema is left behind, and a snapshot says the same."""
    old = issue(authority(tmp_path), tmp_path, "conversion-ca", days=-1)
    made = definition("Setting")
    made["metadata"] = {"name": "settings.convert.example.test"}
    client = {
        "service": {"name": "convert", "namespace": "default"},
        "caBundle": b64encode(old.certificate.read_bytes()).decode(),
    }
    webhook = {"conversionReviewVersions": ["v1"], "clientConfig": client}
    made["spec"] |= {"group": "convert.example.test", "conversion": {"strategy": "Webhook", "webhook": webhook}}
    apply(shop, [made])
    file = tmp_path / "snapshot.json"
    rule = ("--rule", "certificate-expired")
    live = audit(admin, *rule, "--save", file).report
    shop.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/settings.convert.example.test")
    messages = [one["message"] for one in live["findings"] if one["object"]["name"] == "settings.convert.example.test"]
    assert len(messages) == 1
    assert messages[0].startswith("the CA bundle of the conversion webhook: certificate CN=conversion-ca expired")
    assert "openAPIV3Schema" not in file.read_text()
    replayed = json.loads(kubeplumb("scan", file, *rule, "--no-config", "-o", "json").out)
    assert [one["message"] for one in replayed["findings"] if one["verdict"] == "fail"] == messages
