"""Which objects of a cluster are judged on their own: owners once, and pods where they run otherwise than they say."""

import json
from collections.abc import Iterable
from copy import deepcopy
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.read import reference
from auditor.facts.workloads.ownership import Owners
from auditor.model.inventory import Resource
from auditor.model.refs import Origin

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
APP = {"name": "app", "image": "registry.example/app:1.0", "imagePullPolicy": "IfNotPresent", "resources": {}}
SPEC = {
    "containers": [APP],
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
}
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": SPEC}


def resource(manifest: dict[str, Any]) -> Resource:
    ref = reference(manifest["apiVersion"], manifest["kind"], manifest)
    return Resource(ref, manifest, Origin("/x", 0, 0), "w")


def made(api_version: str, kind: str, name: str, owner: str = "", **rest: Any) -> Resource:
    """An object whose uid is its name."""
    metadata: dict[str, Any] = {"name": name, "namespace": "shop", "uid": name, **rest.pop("metadata", {})}
    if owner:
        metadata["ownerReferences"] = [{"uid": owner, "name": owner, "controller": True}]
    return resource({"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest})


def deployment(template: Any = TEMPLATE, name: str = "web", owner: str = "") -> Resource:
    return made("apps/v1", "Deployment", name, owner, spec={"template": template})


def replica_set(template: Any = TEMPLATE, name: str = "web-1", owner: str = "web") -> Resource:
    return made("apps/v1", "ReplicaSet", name, owner, spec={"template": template})


def pod(name: str, owner: str = "web-1", spec: Any = None, **rest: Any) -> Resource:
    """A pod as the API server and the scheduler leave it: with what they fill in."""
    filled: dict[str, Any] = deepcopy(spec or SPEC)
    filled |= {
        "nodeName": "node-1",
        "serviceAccount": "default",
        "serviceAccountName": filled.get("serviceAccountName", "default"),
        "enableServiceLinks": True,
        "priority": 0,
        "preemptionPolicy": "PreemptLowerPriority",
        "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}],
        "volumes": [*filled.get("volumes", []), {"name": "kube-api-access-x", "projected": {"sources": []}}],
    }
    for container in [*filled["containers"], *filled.get("initContainers", [])]:
        mount = {"name": "kube-api-access-x", "mountPath": TOKEN, "readOnly": True}
        container["volumeMounts"] = [*container.get("volumeMounts", []), mount]
    return made("v1", "Pod", name, owner, spec=filled, **rest)


def changed(**fields: Any) -> dict[str, Any]:
    """The spec with its one container changed."""
    return {**SPEC, "containers": [{**APP, **fields}]}


def own(owners: Owners, resources: Iterable[Resource]) -> list[str]:
    return [str(one.ref) for one in resources if owners.own_word(one)]


def difference(*pods: Resource, template: Any = TEMPLATE) -> tuple[str, ...]:
    """In what the first of some pods differs from a Deployment's template."""
    owners = Owners()
    own(owners, [deployment(template), replica_set(template), *pods])
    return owners.differences[str(pods[0].ref)].parts


# Pods like their template


def test_a_deployment_is_judged_once_with_its_replica_sets_and_pods() -> None:
    owners = Owners()
    some = [deployment(), replica_set(), *(pod(f"p{index}") for index in range(50))]
    assert own(owners, some) == ["Deployment/shop/web"]
    assert owners.differences == {}


@pytest.mark.parametrize(
    "template",
    [
        {"spec": {**SPEC, "serviceAccountName": "robot"}},
        {"spec": {**SPEC, "volumes": [{"name": "tmp", "emptyDir": {}}]}},
        {"spec": {**SPEC, "initContainers": [{**APP, "name": "first"}]}},
        {"spec": changed(volumeMounts=[{"name": "tmp", "mountPath": "/tmp"}])},
        {"spec": {**SPEC, "nodeSelector": {"disk": "ssd"}, "priorityClassName": "high"}},
    ],
)
def test_what_the_server_fills_in_makes_no_difference(template: Any) -> None:
    owners = Owners()
    some = [deployment(template), replica_set(template), pod("p", spec=template["spec"])]
    assert own(owners, some) == ["Deployment/shop/web"]


def test_defaults_that_only_pods_get_make_no_difference() -> None:
    owners = Owners()
    limits = {"cpu": "1", "memory": "1Gi"}
    template = {"spec": {**changed(resources={"limits": limits}, ports=[{"containerPort": 80}]), "hostNetwork": True}}
    filled = changed(resources={"limits": limits, "requests": limits}, ports=[{"containerPort": 80, "hostPort": 80}])
    some = [deployment(template), replica_set(template), pod("p", spec={**filled, "hostNetwork": True})]
    assert own(owners, some) == ["Deployment/shop/web"]
    other = changed(resources={"limits": limits, "requests": {"cpu": "2"}})
    assert difference(pod("q", spec=other), template={"spec": changed(resources={"limits": limits})})


def test_a_stateful_set_gives_its_pods_names_and_volumes() -> None:
    owners = Owners()
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}}
    spec = {**SPEC, "hostname": "web-0", "subdomain": "web", "volumes": [claim]}
    some = [made("apps/v1", "StatefulSet", "web", spec={"template": TEMPLATE}), pod("web-0", "web", spec)]
    assert own(owners, some) == ["StatefulSet/shop/web"]


def test_a_daemon_set_binds_its_pods_to_nodes() -> None:
    owners = Owners()
    spec = {**SPEC, "affinity": {"nodeAffinity": {}}}
    some = [made("apps/v1", "DaemonSet", "web", spec={"template": TEMPLATE}), pod("web-0", "web", spec)]
    assert own(owners, some) == ["DaemonSet/shop/web"]


def test_a_cron_job_is_judged_once_with_its_jobs_and_pods() -> None:
    owners = Owners()
    spec = {"jobTemplate": {"spec": {"template": TEMPLATE}}}
    some = [
        made("batch/v1", "CronJob", "nightly", spec=spec),
        made("batch/v1", "Job", "nightly-1", "nightly", spec={"template": TEMPLATE}),
        pod("nightly-1-x", "nightly-1"),
    ]
    assert own(owners, some) == ["CronJob/shop/nightly"]


def test_a_default_priority_class_is_filled_in() -> None:
    """plugin/pkg/admission/priority/admission.go"""
    owners = Owners()
    some = [deployment(), replica_set(), pod("p", spec={**SPEC, "priorityClassName": "usual"})]
    assert own(owners, some) == ["Deployment/shop/web"]
    assert difference(pod("q", spec={**SPEC, "priorityClassName": "system-node-critical"})) == ("priorityClassName",)


# Pods that run otherwise


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ({**SPEC, "containers": [APP, {"name": "proxy", "image": "mesh:1"}]}, ("container proxy was added",)),
        ({**SPEC, "initContainers": [{"name": "setup", "image": "mesh:1"}]}, ("container setup was added",)),
        ({**SPEC, "ephemeralContainers": [{"name": "debug", "image": "sh"}]}, ("container debug was added",)),
        (changed(image="registry.example/app:2.0"), ("container app: image",)),
        (changed(env=[{"name": "A", "value": "1"}]), ("container app: env",)),
        (changed(image="x", securityContext={"privileged": True}), ("container app: image, securityContext",)),
        (changed(name="other"), ("container other was added", "container app was removed")),
        ({**SPEC, "hostNetwork": True}, ("hostNetwork",)),
        ({**SPEC, "serviceAccountName": "admin"}, ("account",)),
        ({**SPEC, "volumes": [{"name": "root", "hostPath": {"path": "/"}}]}, ("volumes",)),
        (changed(volumeMounts=[{"name": "x", "mountPath": "/x"}]), ("container app: volumeMounts",)),
    ],
)
def test_a_pod_that_was_changed_is_judged_as_what_runs(spec: Any, parts: tuple[str, ...]) -> None:
    owners = Owners()
    odd = pod("odd", spec=spec)
    assert own(owners, [deployment(), replica_set(), pod("p"), odd]) == ["Deployment/shop/web", "Pod/shop/odd"]
    assert owners.differences == {"Pod/shop/odd": ("Deployment/shop/web", parts)}


def test_annotations_that_are_settings_count() -> None:
    key = "container.apparmor.security.beta.kubernetes.io/app"
    odd = pod("odd", metadata={"annotations": {key: "unconfined", "other": "x"}})
    assert difference(odd) == ("profiles",)


def test_of_pods_that_differ_alike_the_first_is_judged_and_the_others_are_counted() -> None:
    owners = Owners()
    injected = {**SPEC, "containers": [APP, {"name": "proxy", "image": "mesh:1"}]}
    pods = [pod(f"p{index}", spec=injected) for index in range(50)] + [pod("q", spec=changed(image="x"))]
    judged = own(owners, [deployment(), replica_set(), *pods])
    assert judged == ["Deployment/shop/web", "Pod/shop/p0", "Pod/shop/q"]
    assert owners.alike == {"Pod/shop/p0": 49}


def test_a_volume_that_only_looks_like_a_token_is_no_token() -> None:
    """A name can be chosen by anybody."""
    spec = {**SPEC, "volumes": [{"name": "kube-api-access-evil", "hostPath": {"path": "/"}}]}
    assert difference(pod("odd", spec=spec)) == ("volumes",)


def test_pods_of_an_older_replica_set_are_judged_as_what_runs() -> None:
    owners = Owners()
    old = {"spec": changed(image="registry.example/app:0.9")}
    some = [deployment(), replica_set(old, "web-0"), replica_set(), pod("new"), pod("old", "web-0", old["spec"])]
    assert own(owners, some) == ["Deployment/shop/web", "Pod/shop/old"]
    assert owners.differences["Pod/shop/old"].parts == ("container app: image",)


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_the_order_of_pods_says_nothing_about_what_is_judged(order: tuple[int, ...]) -> None:
    owners = Owners()
    pods = [pod("a"), pod("b", spec=changed(image="x")), pod("c", spec=changed(image="x")), pod("d", "")]
    judged = own(owners, [deployment(), replica_set(), *(pods[index] for index in order)])
    assert set(judged) - {"Pod/shop/b", "Pod/shop/c"} == {"Deployment/shop/web", "Pod/shop/d"}
    assert len(judged) == 3
    assert list(owners.alike.values()) == [1]


# Pods and owners that stand alone


def test_static_pods_are_judged_though_a_node_owns_them() -> None:
    owners = Owners()
    mirror = pod("kube-apiserver-node-1", "node-uid", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}})
    pretending = pod("p", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}})
    assert own(owners, [deployment(), replica_set(), mirror, pretending])[1:] == [str(mirror.ref), "Pod/shop/p"]


def test_orphans_are_judged() -> None:
    owners = Owners()
    bare, lost = pod("bare", ""), pod("lost", "gone")
    orphan = replica_set(name="rs", owner="")
    assert own(owners, [orphan, bare, lost, pod("kept", "rs")]) == [
        "ReplicaSet/shop/rs",
        "Pod/shop/bare",
        "Pod/shop/lost",
    ]


def test_an_owner_that_is_no_controller_owns_nothing() -> None:
    owners = Owners()
    loose = made(
        "v1", "Pod", "p", spec=SPEC, metadata={"ownerReferences": [{"uid": "web", "name": "web", "kind": "Deployment"}]}
    )
    assert own(owners, [deployment(), loose]) == ["Deployment/shop/web", "Pod/shop/p"]


def test_objects_without_a_uid_own_nothing_and_none_is_lost() -> None:
    """As in dumps that were cleaned up."""
    owners = Owners()
    some = [deployment(name="a"), deployment(name="b"), made("v1", "Pod", "p", spec=SPEC)]
    for one in some:
        del one.manifest["metadata"]["uid"]
    assert own(owners, some) == ["Deployment/shop/a", "Deployment/shop/b", "Pod/shop/p"]


def test_other_objects_are_always_judged() -> None:
    owners = Owners()
    some = [
        deployment(),
        made("v1", "Service", "s", "web"),
        made("v1", "ConfigMap", "c", "web"),
        made("rbac.authorization.k8s.io/v1", "RoleBinding", "b", "web"),
    ]
    assert len(own(owners, some)) == 4


# Custom owners


def test_a_custom_owner_with_the_template_is_judged_for_what_it_makes() -> None:
    owners = Owners()
    rollout = made("argoproj.io/v1alpha1", "Rollout", "web", spec={"template": TEMPLATE})
    assert own(owners, [rollout, replica_set(), pod("p")]) == ["Rollout.argoproj.io/shop/web"]


def test_a_custom_owner_without_a_template_speaks_for_nobody() -> None:
    """An operator makes of its resource what it likes: what it made is judged."""
    owners = Owners()
    spec = {"containers": [{"name": "extra", "image": "x"}]}
    operated = made("monitoring.coreos.com/v1", "Prometheus", "web", spec=spec)
    stateful = made("apps/v1", "StatefulSet", "prometheus-web", "web", spec={"template": TEMPLATE})
    judged = own(owners, [operated, stateful, pod("p", "prometheus-web")])
    assert judged == ["Prometheus.monitoring.coreos.com/shop/web", "StatefulSet/shop/prometheus-web"]


def test_an_owner_whose_template_says_otherwise_does_not_hide_what_it_owns() -> None:
    """Anybody may write an owner reference into what they create."""
    owners = Owners()
    privileged = {"spec": changed(securityContext={"privileged": True})}
    hidden = deployment(privileged, "hidden", owner="web")
    assert own(owners, [deployment(), hidden]) == ["Deployment/shop/web", "Deployment/shop/hidden"]


def test_what_a_custom_owner_changes_is_judged_once_with_its_pods() -> None:
    """As of Knative, which adds a container to what its Service says."""
    owners = Owners()
    service = made("serving.knative.dev/v1", "Service", "web", spec={"template": TEMPLATE})
    template = {"spec": {**SPEC, "containers": [APP, {"name": "queue-proxy", "image": "q"}]}}
    some = [service, deployment(template, "d", owner="web"), replica_set(template, "rs", owner="d")]
    pods = [pod("p", "rs", template["spec"]), pod("q", "rs", template["spec"])]
    assert own(owners, [*some, *pods]) == ["Service.serving.knative.dev/shop/web", "Deployment/shop/d"]
    assert owners.differences == {}


def test_an_idle_replica_set_of_a_custom_owner_is_not_judged() -> None:
    owners = Owners()
    rollout = made("argoproj.io/v1alpha1", "Rollout", "web", spec={"template": TEMPLATE})
    old = made("apps/v1", "ReplicaSet", "old", "web", spec={"replicas": 0, "template": {"spec": changed(image="old")}})
    assert own(owners, [rollout, old]) == ["Rollout.argoproj.io/shop/web"]
    alone = made("apps/v1", "ReplicaSet", "alone", spec={"replicas": 0, "template": TEMPLATE})
    assert own(owners, [alone]) == ["ReplicaSet/shop/alone"]


def test_a_variable_that_the_job_controller_adds_makes_no_difference() -> None:
    owners = Owners()
    index = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['x']"}}}
    job = made("batch/v1", "Job", "j", spec={"template": TEMPLATE})
    assert own(owners, [job, pod("p", "j", {**changed(env=[index]), "hostname": "j-0"})]) == ["Job/shop/j"]


def test_a_custom_template_may_leave_out_what_is_the_default() -> None:
    """The API server fills in defaults for its own kinds only."""
    owners = Owners()
    bare = {"spec": {"containers": [{"name": "app", "image": "registry.example/app:1.0"}]}}
    rollout = made("argoproj.io/v1alpha1", "Rollout", "web", spec={"template": bare})
    full = changed(terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    some = [rollout, replica_set({"spec": full}), pod("p", spec=full)]
    assert own(owners, some) == ["Rollout.argoproj.io/shop/web"]


# Anything


@pytest.mark.parametrize("looping", [["a", "b"], ["a"]])
def test_owners_in_a_circle_end(looping: list[str]) -> None:
    owners = Owners()
    some = [
        made("apps/v1", "ReplicaSet", name, looping[index - 1], spec={"template": TEMPLATE})
        for index, name in enumerate(looping)
    ]
    assert own(owners, [*some, pod("p", "a")])[0] == "ReplicaSet/shop/a"
    judged = [str(one.ref) for one in owners.settled(some)]
    assert "ReplicaSet/shop/a" in judged


words = st.sampled_from(
    ["name", "uid", "spec", "template", "containers", "volumes", "metadata", "annotations", "x", ""]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("volumes", "containers", "initContainers", "serviceAccountName", "x")
specs = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(FIELDS, anything)
    | {
        "containers": st.lists(
            st.fixed_dictionaries({"name": anything, "volumeMounts": anything}) | anything, max_size=2
        )
    },
)
metadatas = st.fixed_dictionaries(
    {"name": words},
    optional={
        "uid": anything,
        "annotations": anything,
        "ownerReferences": anything | st.lists(st.fixed_dictionaries({"uid": words, "controller": st.just(True)})),
    },
)


@given(
    st.sampled_from([("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("x.io/v1", "Rollout")]),
    metadatas | anything,
    st.fixed_dictionaries({"spec": specs | anything}, optional={"metadata": anything}) | anything,
    metadatas | anything,
    specs | anything,
)
def test_nothing_breaks_it(kind: tuple[str, str], metadata: Any, template: Any, pods: Any, spec: Any) -> None:
    owners = Owners()
    owner = {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, "spec": {"template": template}}
    owners.own_word(resource(owner))
    for at in (metadata, pods):
        owners.own_word(resource({"apiVersion": "v1", "kind": "Pod", "metadata": at, "spec": spec}))
    json.dumps(list(owners.differences.values()))
