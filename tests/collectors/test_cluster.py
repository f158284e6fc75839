"""What is read of a cluster and in which order, what could not be and why, and what becomes of rules that need it."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.cluster import Single, Wish, collect
from auditor.collectors.api.discovery import discover
from auditor.kube.definitions import TEMPLATES
from auditor.model.inventory import Inventory, Provenance, Resource
from tests.collectors.fake_api import Answer, Api, Seen, client, forbidden, kubeconfig, named, status
from tests.conftest import Kubeplumb

POD_SPEC = {"containers": [{"name": "app", "image": "registry.example/app:1.0"}]}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.0001)


def namespaces(api: Api, *names: str) -> None:
    objects = [named("v1", "Namespace", "", name) for name in names]
    api.serve("Namespace", "namespaces", "v1", *objects, namespaced=False)


def definition(kind: str, plural: str, group: str, schema: Any, *, served: bool = True) -> dict[str, Any]:
    version = {"name": "v1", "served": served, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": group, "names": {"kind": kind, "plural": plural}, "versions": [version]}
    return named("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", f"{plural}.{group}", spec=spec)


def shape(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


CONTAINERS = {"type": "array", "items": shape(name={"type": "string"}, image={"type": "string"})}
TEMPLATE = shape(spec=shape(template=shape(spec=shape(containers=CONTAINERS))))


def workloads(api: Api) -> None:
    """A namespace, and kinds that a list of workloads needs."""
    namespaces(api, "shop", "bank")
    api.serve("Pod", "pods", "v1")
    api.serve("ReplicationController", "replicationcontrollers", "v1")
    api.serve("PodTemplate", "podtemplates", "v1")
    for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
        api.serve(kind, f"{kind.lower()}s", "apps/v1")
    for kind in ("Job", "CronJob"):
        api.serve(kind, f"{kind.lower()}s", "batch/v1")
    api.serve("NetworkPolicy", "networkpolicies", "networking.k8s.io/v1")
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", namespaced=False)


def collected(folder: Path, api: Api, wish: Wish) -> Inventory:
    asked = client(folder, api)
    inventory = Inventory(Provenance("test", "2026-01-01", user="anna"))
    collect(asked, wish, inventory, discover(asked), lambda resource: resource, lambda: None)
    return inventory


def names(inventory: Inventory) -> list[str]:
    return [str(resource.ref) for resource in inventory.resources]


def audited(kubeplumb: Kubeplumb, folder: Path, api: Api, *arguments: object) -> dict[str, Any]:
    """The JSON report of an audit, with its exit code under `code`."""
    result = kubeplumb(
        *("cluster", "--kubeconfig", kubeconfig(folder, api.url), "--qps", "0", "--no-config", "-o", "json"), *arguments
    )
    assert result.out, result.err
    report: dict[str, Any] = json.loads(result.out)
    return {**report, "code": result.code}


def verdicts(report: dict[str, Any], rule: str) -> dict[str, str]:
    """Verdict by namespace of what is not passed."""
    found = [one for one in report["findings"] if one["rule"] == rule]
    return {one["object"]["namespace"]: one["verdict"] for one in found}


def test_owners_come_before_what_they_own_and_pods_last(tmp_path: Path, api: Api) -> None:
    workloads(api)
    kinds = ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet")
    for kind in kinds:
        api.serve(kind, *SERVED[kind], named(SERVED[kind][1], kind, "shop", "a"))
    taken = [resource.ref.kind for resource in collected(tmp_path, api, Wish(kinds)).resources]
    assert set(taken[:2]) == {"Namespace"}
    assert sorted(taken[2:4]) == ["CronJob", "Deployment"]
    assert sorted(taken[4:8]) == ["DaemonSet", "Job", "ReplicaSet", "StatefulSet"]
    assert taken[8:] == ["Pod"]
    asked = [path.rpartition("/")[2] for path in api.paths() if path not in ("/api", "/apis")]
    assert asked[0] == "namespaces"
    assert "pods" in asked[1:4]  # they wait until all others are taken


def test_a_pod_that_looks_like_one_that_is_like_its_template_is_counted_alone(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.serve("Pod", "pods", "v1", *(of_owner(f"web-{number}", "web") for number in range(5)), of_owner("odd", "other"))
    asked, seen = client(tmp_path, api), list[str]()
    inventory = Inventory(Provenance("test", ""))

    def like_template(pod: Resource) -> bool:
        seen.append(pod.ref.name)
        return pod.ref.name != "odd"

    collect(asked, Wish(("Pod",)), inventory, discover(asked), lambda one: one, lambda: None, like_template)
    assert seen == ["web-0", "odd"]
    assert [resource.ref.name for resource in inventory.resources if resource.ref.kind == "Pod"] == ["odd"]
    assert inventory.objects == 8


def test_pods_that_cannot_be_cut_apart_are_read_as_a_whole(tmp_path: Path, api: Api) -> None:
    workloads(api)
    items = json.dumps([of_owner("deep", "a"), of_owner("odd", "b")]).replace('"odd"', "1")
    deep = items.replace('"nodeName": "node-of-deep"', '"overhead": ' + "[" * 1010 + "]" * 1010)
    api.routes["/api/v1/pods"] = lambda _: Answer(b'{"kind": "PodList", "metadata": {}, "items": %s}' % deep.encode())
    asked = client(tmp_path, api)
    inventory = Inventory(Provenance("test", ""))
    collect(asked, Wish(("Pod",)), inventory, discover(asked), lambda one: one, lambda: None, lambda pod: False)
    assert [resource.ref.name for resource in inventory.resources if resource.ref.kind == "Pod"] == ["deep", ""]


def of_owner(name: str, owner: str) -> dict[str, Any]:
    """A pod that a controller made."""
    pod = named("v1", "Pod", "shop", name)
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner, "uid": owner, "controller": True}]
    return {**pod, "spec": {"nodeName": f"node-of-{name}", "containers": [{"name": "c", "image": owner}]}}


SERVED = {
    **{kind: (f"{kind.lower()}s", "apps/v1") for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
    **{kind: (f"{kind.lower()}s", "batch/v1") for kind in ("Job", "CronJob")},
    "Pod": ("pods", "v1"),
}


def test_objects_carry_their_kind_their_path_and_their_world(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.serve("Deployment", "deployments", "apps/v1", named("apps/v1", "Deployment", "shop", "web"))
    found = collected(tmp_path, api, Wish(("Deployment",)))
    (web,) = (one for one in found.resources if one.ref.kind == "Deployment")
    assert (web.manifest["apiVersion"], web.manifest["kind"]) == ("apps/v1", "Deployment")
    assert str(web.ref) == "Deployment/shop/web"
    assert web.origin.file == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert web.world == "test"
    assert found.objects == 3


def test_a_kind_that_the_server_does_not_have_is_none(tmp_path: Path, api: Api) -> None:
    namespaces(api, "shop")
    found = collected(tmp_path, api, Wish(("Deployment", "Rollout.argoproj.io")))
    assert (found.missing, found.gaps) == ({}, [])


def test_custom_resources_with_pod_templates_are_found_by_their_schemas(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.serve(
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "apiextensions.k8s.io/v1",
        definition("Rollout", "rollouts", "argoproj.io", TEMPLATE),
        definition("Certificate", "certificates", "cert-manager.io", shape(spec=shape(dnsNames={"type": "array"}))),
        namespaced=False,
    )
    api.serve("Rollout", "rollouts", "argoproj.io/v1", named("argoproj.io/v1", "Rollout", "shop", "web"))
    api.serve("Certificate", "certificates", "cert-manager.io/v1", named("cert-manager.io/v1", "X", "shop", "c"))
    found = collected(tmp_path, api, Wish(("Pod", TEMPLATES)))
    assert "Rollout.argoproj.io/shop/web" in names(found)
    assert api.paths("certificates") == []
    assert api.paths("rollouts") == ["/apis/argoproj.io/v1/rollouts"]


def test_custom_resources_come_before_the_workloads_that_they_own(tmp_path: Path, api: Api) -> None:
    """Else it would be a matter of luck who is judged for whom."""
    workloads(api)
    made = [definition("Rollout", "rollouts", "argoproj.io", TEMPLATE)]
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", *made)
    api.serve("Rollout", "rollouts", "argoproj.io/v1")
    collected(tmp_path, api, Wish(("DaemonSet", "Deployment", "Pod", "StatefulSet", TEMPLATES)))
    asked = [path.rpartition("/")[2] for path in api.paths("/apis/")]
    assert asked.index("rollouts") == min(map(asked.index, ("rollouts", "daemonsets", "deployments", "statefulsets")))


def test_of_a_definition_the_head_is_kept_and_the_rest_is_a_digest(tmp_path: Path, api: Api) -> None:
    workloads(api)
    made = [definition("Rollout", "rollouts", group, TEMPLATE) for group in ("a.io", "b.io")]
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", *made)
    found = [one for one in collected(tmp_path, api, Wish((TEMPLATES,))).resources if one.rest]
    assert [set(one.manifest) for one in found] == [{"apiVersion", "kind", "metadata"}] * 2
    assert len({one.rest for one in found}) == 2


def test_of_a_definition_that_a_webhook_converts_the_conversion_is_kept(tmp_path: Path, api: Api) -> None:
    webhook = {"strategy": "Webhook", "webhook": {"clientConfig": {"caBundle": "eA=="}}}
    made = [definition(kind, f"{kind.lower()}s", "a.io", TEMPLATE) for kind in ("Rollout", "Backup")]
    for one, conversion in zip(made, (webhook, {"strategy": "None"}), strict=True):
        one["spec"]["conversion"] = conversion
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", *made)
    inventory = collected(tmp_path, api, Wish(("CustomResourceDefinition",)))
    specs = {one.ref.name: one.manifest.get("spec") for one in inventory.resources}
    assert specs == {"rollouts.a.io": {"conversion": webhook}, "backups.a.io": None}


def test_a_namespace_limits_what_is_listed_and_cluster_scoped_objects_stay(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.serve("ClusterRole", "clusterroles", "rbac.authorization.k8s.io/v1", namespaced=False)
    api.objects["/apis/rbac.authorization.k8s.io/v1/clusterroles"] = [named("x", "ClusterRole", "", "admin")]
    pods = [named("v1", "Pod", name, "p") for name in ("shop", "bank")]
    api.serve("Pod", "pods", "v1", *pods)
    found = collected(tmp_path, api, Wish(("Pod", "ClusterRole"), namespaces=("shop",)))
    assert names(found) == ["Namespace/shop", "ClusterRole/admin", "Pod/shop/p"]
    found = collected(tmp_path, api, Wish(("Pod", "ClusterRole"), excluded=("shop",)))
    assert names(found) == ["Namespace/bank", "ClusterRole/admin", "Pod/bank/p"]


def test_single_objects_are_got_by_name_and_what_is_not_there_is_no_gap(tmp_path: Path, api: Api) -> None:
    namespaces(api, "kube-system")
    api.serve("ConfigMap", "configmaps", "v1", named("v1", "ConfigMap", "kube-system", "kubelet-config", data={}))
    api.routes["/api/v1/namespaces/kube-system/configmaps/aws-auth"] = forbidden("configmaps")
    singles = tuple(
        Single("ConfigMap", "kube-system", name) for name in ("kubelet-config", "kubeadm-config", "aws-auth")
    )
    found = collected(tmp_path, api, Wish((), singles))
    assert names(found) == ["Namespace/kube-system", "ConfigMap/kube-system/kubelet-config"]
    (gap,) = found.gaps
    assert gap.code == "forbidden"
    assert gap.reason.startswith("anna could not get configmaps kube-system/aws-auth: ")
    assert "/api/v1/configmaps" not in api.paths()


# What could not be read


def test_a_list_that_is_refused_is_a_gap_with_verb_resource_user_and_reason(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.routes["/api/v1/pods"] = forbidden("pods")
    for name in ("shop", "bank"):
        api.routes[f"/api/v1/namespaces/{name}/pods"] = forbidden("pods")
    found = collected(tmp_path, api, Wish(("Pod",)))
    (gap,) = found.gaps
    assert (gap.code, gap.file, str(gap.ref)) == ("forbidden", "/api/v1/pods", "Pod/*")
    assert gap.reason.startswith("anna could not list pods: pods is forbidden")
    assert found.missing == {("Pod", ""): gap.reason}


def test_a_list_that_is_refused_in_one_namespace_is_a_gap_there(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.routes |= {"/api/v1/pods": forbidden(), "/api/v1/namespaces/bank/pods": forbidden()}
    api.serve("Pod", "pods", "v1", named("v1", "Pod", "shop", "p"))
    found = collected(tmp_path, api, Wish(("Pod",)))
    assert list(found.missing) == [("Pod", "bank")]
    assert "could not list pods in namespace bank" in found.gaps[0].reason
    assert "Pod/shop/p" in names(found)


@pytest.mark.parametrize(
    ("answer", "code"),
    [(status(401, "Unauthorized", "expired"), "unauthorized"), (status(503, "", "down"), "unavailable")],
)
def test_other_failures_have_their_own_word(tmp_path: Path, api: Api, answer: Answer, code: str) -> None:
    workloads(api)
    api.routes["/api/v1/pods"] = answer
    assert [gap.code for gap in collected(tmp_path, api, Wish(("Pod",))).gaps] == [code]


def test_custom_resources_that_cannot_be_listed_leave_open_what_runs(tmp_path: Path, api: Api) -> None:
    """Whoever judges by all workloads has to know, though no rule names the custom kind."""
    workloads(api)
    made = definition("Rollout", "rollouts", "argoproj.io", TEMPLATE)
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", made)
    api.serve("Rollout", "rollouts", "argoproj.io/v1")
    api.routes["/apis/argoproj.io/v1/rollouts"] = status(503, "", "down")
    found = collected(tmp_path, api, Wish(("Pod", TEMPLATES)))
    assert set(found.missing) == {("Rollout.argoproj.io", ""), (TEMPLATES, "")}


def test_definitions_that_cannot_be_listed_leave_open_what_runs(tmp_path: Path, api: Api) -> None:
    workloads(api)
    api.routes["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] = forbidden()
    found = collected(tmp_path, api, Wish(("Pod", TEMPLATES)))
    assert set(found.missing) == {("CustomResourceDefinition", ""), (TEMPLATES, "")}


@pytest.mark.parametrize("aggregated", [True, False])
def test_kinds_of_a_group_that_discovery_cannot_tell_are_missing_and_not_absent(
    tmp_path: Path, api: Api, aggregated: bool
) -> None:
    workloads(api)
    api.aggregated = aggregated
    if aggregated:
        api.stale.add("networking.k8s.io/v1")
        api.routes["/apis/networking.k8s.io/v1/networkpolicies"] = status(503, "", "down")
    else:
        api.routes["/apis/networking.k8s.io/v1"] = status(503, "", "down")
    found = collected(tmp_path, api, Wish(("Pod", "NetworkPolicy")))
    assert list(found.missing) == [("NetworkPolicy", "")]
    assert any(gap.file == "/apis/networking.k8s.io/v1" for gap in found.gaps)


def test_a_custom_kind_of_a_broken_group_is_missing(tmp_path: Path, api: Api) -> None:
    workloads(api)
    made = definition("Rollout", "rollouts", "argoproj.io", TEMPLATE)
    api.serve("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io/v1", made)
    api.serve("Rollout", "rollouts", "argoproj.io/v1")
    api.aggregated = False
    api.routes["/apis/argoproj.io/v1"] = status(503, "", "down")
    assert ("Rollout.argoproj.io", "") in collected(tmp_path, api, Wish(("Pod", TEMPLATES))).missing


# An interrupt


def interrupting(api: Api, monkeypatch: pytest.MonkeyPatch, plural: str) -> None:
    """Somebody presses Ctrl-C when a list is taken."""
    from auditor.collectors.api import cluster

    take = cluster._take

    def taking(run: Any, part: Any) -> list[str]:
        if part.resource.plural == plural:
            raise KeyboardInterrupt
        return take(run, part)

    monkeypatch.setattr(cluster, "_take", taking)


def test_an_interrupt_leaves_what_is_known_and_blinds_what_is_not(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    workloads(api)
    interrupting(api, monkeypatch, "pods")
    found = collected(tmp_path, api, Wish(("Deployment", "Pod", TEMPLATES)))
    assert found.provenance.interrupted
    assert names(found)[:2] == ["Namespace/shop", "Namespace/bank"]
    assert found.missing[("Pod", "")] == "the collection was interrupted"
    assert (TEMPLATES, "") in found.missing


def test_an_interrupted_audit_prints_a_report_that_says_so_and_saves_it(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, kubeplumb: Kubeplumb
) -> None:
    workloads(api)
    interrupting(api, monkeypatch, "pods")
    saved = tmp_path / "s.json.gz"
    report = audited(kubeplumb, tmp_path, api, "--save", saved)
    assert report["code"] == 130
    assert report["run"]["interrupted"] is True
    replayed = kubeplumb("scan", saved, "-o", "json", "--no-config")
    assert replayed.code == 130
    assert json.loads(replayed.out)["run"]["interrupted"] is True


@pytest.mark.parametrize("after", ["/apis", "/api/v1/namespaces", "certificates"])
def test_an_interrupt_once_the_server_has_answered_leaves_a_report(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, kubeplumb: Kubeplumb, after: str
) -> None:
    """While it is greeted, while it is probed, and while its certificate is read."""
    from auditor.collectors.api import requests
    from auditor.pipeline import cluster

    workloads(api)
    ask = requests.Client._ask

    def asking(self: Any, method: str, path: str, *rest: Any) -> Any:
        if path.partition("?")[0] == after:
            raise KeyboardInterrupt
        return ask(self, method, path, *rest)

    def stopping(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Client, "_ask", asking)
    if after == "certificates":
        monkeypatch.setattr(cluster, "observe_certificates", stopping)
    saved = tmp_path / "s.json.gz"
    report = audited(kubeplumb, tmp_path, api, "--save", saved)
    assert report["code"] == 130
    assert report["run"]["interrupted"] is True
    told = {one["rule"]: one["reason"] for one in report["findings"] if one["verdict"] == "not-evaluated"}
    assert "interrupted" in told["container-privileged"]
    if after == "/apis":
        assert "was not asked" in told["anonymous-client-answered"]
        assert report["run"]["cluster"]["version"] == ""
    replayed = json.loads(kubeplumb("scan", saved, "-o", "json", "--no-config").out)
    assert replayed["findings"] == report["findings"]


def test_an_interrupt_before_the_server_has_answered_leaves_nothing(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, kubeplumb: Kubeplumb
) -> None:
    from auditor.collectors.api import requests

    def asking(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Client, "_once", asking)
    saved = tmp_path / "s.json.gz"
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--no-config", "--save", saved)
    assert (result.code, result.out) == (130, "")
    assert list(tmp_path.glob("s.json*")) == []


def test_an_interrupt_of_judging_and_writing_is_held_back(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, kubeplumb: Kubeplumb
) -> None:
    """The first one ends nothing any more, but is told; the second one ends all."""
    from auditor.pipeline import cluster

    workloads(api)
    judge, times = cluster.audit_inventory, 1

    def judging(*arguments: Any) -> Any:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        return judge(*arguments)

    whole = audited(kubeplumb, tmp_path, api)
    monkeypatch.setattr(cluster, "audit_inventory", judging)
    report = audited(kubeplumb, tmp_path, api)
    assert (report["code"], report["run"]["interrupted"]) == (130, True)
    assert report["findings"] == whole["findings"]
    times = 2
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--no-config")
    assert (result.code, result.out) == (130, "")
    assert "once more ends without it" in result.err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# What becomes of rules


@pytest.mark.parametrize("jobs", [1, 2])
def test_policies_that_are_refused_in_one_namespace_leave_isolation_open_there_alone(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb, jobs: int
) -> None:
    workloads(api)
    pods = [named("v1", "Pod", name, "p", spec=POD_SPEC) for name in ("shop", "bank", "safe")]
    api.serve("Namespace", "namespaces", "v1", named("v1", "Namespace", "", "safe"), namespaced=False)
    api.serve("Pod", "pods", "v1", *pods)
    spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
    policy = named("networking.k8s.io/v1", "NetworkPolicy", "safe", "deny", spec=spec)
    api.serve("NetworkPolicy", "networkpolicies", "networking.k8s.io/v1", policy)
    api.routes |= {
        "/apis/networking.k8s.io/v1/networkpolicies": forbidden("networkpolicies"),
        "/apis/networking.k8s.io/v1/namespaces/bank/networkpolicies": forbidden("networkpolicies"),
    }
    rule = "workload-no-ingress-policy"
    report = audited(kubeplumb, tmp_path, api, "--rule", rule, "--jobs", jobs)
    assert verdicts(report, rule) == {"shop": "fail", "bank": "not-evaluated"}
    (row,) = report["rules"]
    assert row["verdicts"]["pass"] == 1
    assert row["verdicts"]["fail"] == 1
    assert [gap["code"] for gap in report["gaps"]] == ["forbidden"]
    reason = next(one["reason"] for one in report["findings"] if one["object"]["namespace"] == "bank")
    assert "anna could not list networkpolicies in namespace bank" in reason
    assert audited(kubeplumb, tmp_path, api, "--rule", rule, "--strict", "--fail-on", "none")["code"] == 4


def test_policies_of_a_broken_group_leave_isolation_open(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    workloads(api)
    api.aggregated = False
    api.serve("Pod", "pods", "v1", named("v1", "Pod", "shop", "p", spec=POD_SPEC))
    api.routes["/apis/networking.k8s.io/v1"] = status(503, "", "down")
    report = audited(kubeplumb, tmp_path, api, "--rule", "workload-no-ingress-policy")
    assert set(verdicts(report, "workload-no-ingress-policy").values()) == {"not-evaluated"}


def test_pods_that_are_refused_are_not_evaluated_and_not_clean(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    workloads(api)
    api.routes["/api/v1/pods"] = forbidden("pods")
    for name in ("shop", "bank"):
        api.routes[f"/api/v1/namespaces/{name}/pods"] = forbidden("pods")
    report = audited(kubeplumb, tmp_path, api, "--rule", "container-privileged")
    assert report["rules"][0]["verdicts"]["not-evaluated"] == 1
    assert report["code"] == 0
    assert audited(kubeplumb, tmp_path, api, "--rule", "container-privileged", "--strict")["code"] == 4


def test_nothing_read_is_never_clean(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    workloads(api)
    for resource in api.resources.values():
        api.routes[resource.path()] = forbidden()
    report = audited(kubeplumb, tmp_path, api)
    assert report["code"] == 3
    assert report["coverage"]["objects"] == 0
    assert report["gaps"]


def test_a_run_without_time_says_what_was_not_read(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    workloads(api)
    api.serve("Pod", "pods", "v1", named("v1", "Pod", "shop", "p", spec=POD_SPEC))

    def slow(request: Seen) -> Answer:
        import time

        time.sleep(1.1)
        return api._list(request)

    api.routes["/apis/apps/v1/deployments"] = slow
    report = audited(kubeplumb, tmp_path, api, "--timeout", "1")
    assert any("the time for the whole run" in gap["reason"] for gap in report["gaps"])
    assert any(finding["verdict"] == "not-evaluated" for finding in report["findings"])


def test_secrets_are_listed_by_name_alone_and_only_when_asked(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    workloads(api)
    api.serve("Secret", "secrets", "v1", named("v1", "Secret", "shop", "s", data={"password": "aHVudGVyMg=="}))
    audited(kubeplumb, tmp_path, api, "--profile", "all")
    assert api.paths("secrets") == []
    saved = tmp_path / "s.json"
    report = audited(kubeplumb, tmp_path, api, "--profile", "all", "--secret-metadata", "--save", saved)
    (asked,) = (one for one in api.seen if one.path == "/api/v1/secrets")
    assert "as=PartialObjectMetadataList" in asked.header("Accept")[0]
    assert "aHVudGVyMg" not in json.dumps(report) + saved.read_text()


def test_what_is_not_kept_is_counted(tmp_path: Path, api: Api) -> None:
    workloads(api)
    gone: list[Resource] = []
    asked = client(tmp_path, api)
    inventory = Inventory(Provenance("test", ""))
    collect(asked, Wish(("Pod",)), inventory, discover(asked), gone.append, lambda: None)
    assert inventory.resources == []
    assert inventory.objects == len(gone) == 2
    assert inventory.provenance.requests == asked.sent == len(api.seen)
