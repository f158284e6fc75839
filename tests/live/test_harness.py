"""The harness does what tests of live audits rely on: users, rights, the audit log, objects, kubeconfigs."""

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.live.apiserver import token_of
from tests.live.audit import Entry, audited
from tests.live.cluster import Cluster, granted
from tests.live.cluster import cluster as start_cluster
from tests.live.kubeconfig import User, certificate_user, exec_user, kubeconfig, token_user
from tests.live.kubectl import kubectl
from tests.live.objects import apply
from tests.live.population import fill, node
from tests.live.waiting import until

PODS = [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}]


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def whoami(config: Path) -> dict[str, Any]:
    done = kubectl(config, "auth", "whoami", "-o", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["status"]["userInfo"])


def test_users_have_the_rights_they_are_given_and_no_others(cluster: Cluster) -> None:
    def read(user: str, path: str) -> int:
        return cluster.get(path, token=token_of(user)).status

    everywhere, here = "/api/v1/pods", "/api/v1/namespaces/default/pods"
    assert [read(user, everywhere) for user in ("admin", "nobody", "reader")] == [200, 403, 403]
    with granted(cluster, "reader", PODS, namespace="default"):
        assert [read("reader", path) for path in (everywhere, here)] == [403, 200]
        assert [read("nobody", path) for path in (everywhere, here)] == [403, 403]
    with granted(cluster, "reader", PODS):
        assert read("reader", everywhere) == 200
        assert read("reader", "/api/v1/secrets") == 403
    assert read("reader", here) == 403
    assert cluster.get(here, token="nonsense").status == 401
    assert cluster.get(here, token="").body["message"].count('User "system:anonymous" cannot list')


def test_the_audit_log_tells_each_request_and_its_answer(cluster: Cluster) -> None:
    with audited(cluster.audit_log, "nobody") as seen:
        cluster.get("/api/v1/pods?limit=1", token=token_of("nobody"))
        cluster.get("/version", token=token_of("nobody"))
        cluster.get("/version")
    told = [(one.verb, one.path, one.user, one.status) for one in seen]
    assert told == [("list", "/api/v1/pods?limit=1", "nobody", 403), ("get", "/version", "nobody", 200)]
    assert seen[0].agent.startswith("Python-urllib")
    with audited(cluster.audit_log) as seen:
        cluster.get("/api/v1/pods", token="nonsense")
        cluster.post("/api/v1/namespaces?dryRun=All", namespace("dry"))
    assert {(one.verb, one.user, one.status) for one in seen} >= {("list", "", 401), ("create", "admin", 201)}


def test_an_answer_that_is_not_in_the_audit_log_yet_is_waited_for(tmp_path: Path) -> None:
    def write(stage: str, **more: Any) -> None:
        event = {"auditID": "1", "stage": stage, "verb": "get", "requestURI": "/version", "user": {"username": "u"}}
        with log.open("a") as file:
            file.write(json.dumps(event | more) + "\n")

    log = tmp_path / "audit.jsonl"
    log.touch()
    later = threading.Timer(0.2, write, ["ResponseComplete"], {"responseStatus": {"code": 200}})
    with audited(log) as seen:
        write("RequestReceived")
        later.start()
    assert seen == [Entry("get", "/version", "u", 200)]
    with pytest.raises(TimeoutError, match="/lost"), audited(log, seconds=0.1):
        write("RequestReceived", auditID="2", requestURI="/lost")


def test_controllers_work_and_leave_pods_of_nodes_without_kubelets(cluster: Cluster) -> None:
    labels = {"app": "web"}
    spec = {"containers": [{"name": "c", "image": "i"}]}
    web = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "controlled"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    apply(cluster, [namespace("controlled"), node("plain-1", kubeletVersion="v1.35.0"), web])
    pods = "/api/v1/namespaces/controlled/pods"
    until("the Deployment has its pod", lambda: bool(cluster.get(pods).body["items"]))
    (pod,) = cluster.get(pods).body["items"]
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
    assert cluster.get("/api/v1/nodes/plain-1").body["status"]["nodeInfo"]["kubeletVersion"] == "v1.35.0"


def test_apply_takes_lists_updates_what_is_there_and_names_what_is_refused(cluster: Cluster) -> None:
    def config(value: Any) -> dict[str, Any]:
        metadata = {"name": "c", "namespace": "applied"}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}}

    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "applied"}}
    pod["spec"] = {"containers": [{"name": "c", "image": "i", "securityContext": {"privileged": True}}]}
    # The pod comes first, its namespace last.
    with audited(cluster.audit_log, "admin") as seen:
        apply(cluster, [pod, {"apiVersion": "v1", "kind": "List", "items": [config("1"), namespace("applied")]}])
    order = [one.path.rpartition("/")[2] for one in seen if one.verb == "create" and one.status == 201]
    assert [kind for kind in order if kind != "serviceaccounts"] == ["namespaces", "configmaps", "pods"]
    (changed,) = apply(cluster, [config("2")])
    assert changed["data"] == {"key": "2"}
    broken = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "broken"}, "spec": {"containers": []}}
    unknown = {"apiVersion": "example.test/v1", "kind": "Thing", "metadata": {"name": "t"}}
    with pytest.raises(AssertionError, match=r"(?s)(?=.*Pod broken: 422)(?=.*Thing: example.test/v1)"):
        apply(cluster, [broken, unknown, config("3")])
    assert cluster.get("/api/v1/namespaces/applied/configmaps/c").body["data"] == {"key": "3"}


def test_filling_is_left_to_clusters_without_controllers(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="controllers"):
        fill(cluster, 1, 1)


def test_a_cluster_without_controllers_is_filled(tmp_path: Path) -> None:
    with start_cluster(tmp_path, users=("carol",)) as made:
        apply(made, [node("n-0"), node("n-1")])
        with audited(made.audit_log, "admin") as seen:
            fill(made, deployments=3, pods=7, namespaces=2, nodes=("n-0", "n-1"))
        created = Counter(one.path.rpartition("/")[2] for one in seen if one.verb == "create")
        counts = {"deployments": 3, "replicasets": 3, "pods": 7, "roles": 3, "rolebindings": 3}
        # Those of the namespaces are made as well.
        assert created == counts | {"namespaces": 2, "serviceaccounts": 3 + 2}
        pods = made.get("/api/v1/pods", token=token_of("admin")).body["items"]
        sets = {one["metadata"]["uid"]: one for one in made.get("/apis/apps/v1/replicasets").body["items"]}
        owners = Counter(pod["metadata"]["ownerReferences"][0]["uid"] for pod in pods)
        assert {sets[uid]["spec"]["replicas"]: count for uid, count in owners.items()} == {3: 3, 2: 2}
        assert owners.keys() == sets.keys()
        assert Counter(pod["spec"]["nodeName"] for pod in pods) == {"n-0": 4, "n-1": 3}
        assert made.get("/version", token=token_of("carol")).ok


def test_kubeconfigs_say_who_somebody_is(cluster: Cluster, tmp_path: Path) -> None:
    users: dict[str, User] = {
        "nobody": token_user("nobody"),
        "carol": certificate_user(cluster.authority, tmp_path, "carol", ("team:a", "team/b")),
        "dave": certificate_user(cluster.authority, tmp_path, "dave", inline=True),
        "reader": exec_user(tmp_path, token_of("reader")),
        "jane": token_user("admin") | {"as": "jane", "as-groups": ["auditors"]},
    }
    told = {name: whoami(kubeconfig(tmp_path / "config", cluster, user)) for name, user in users.items()}
    assert {name: one["username"] for name, one in told.items()} == {name: name for name in users}
    assert {"team:a", "team/b"} <= set(told["carol"]["groups"])
    assert "auditors" in told["jane"]["groups"]
    assert (tmp_path / "exec-calls").read_text() == "run\n"


def test_an_expired_client_certificate_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    user = certificate_user(cluster.authority, tmp_path, "erin", days=-1)
    done = kubectl(kubeconfig(tmp_path / "config", cluster, user), "auth", "whoami")
    assert "Unauthorized" in done.stderr, done
