"""In: a folder; out: a cluster as an auditor meets it: TLS, RBAC, users, an audit log, and controllers if wanted.

Users have tokens, `token_of(name)`: admin is of system:masters, every other one has the rights that tests give it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live import audit
from tests.live.apiserver import NEWEST, Server, built, process, running, token_of
from tests.live.certificates import Pair, authority, issue
from tests.live.kubeconfig import certificate_user, kubeconfig
from tests.live.waiting import until

USERS = ("nobody", "reader")
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_GROUP = "rbac.authorization.k8s.io"
_HOSTS = ("IP:127.0.0.1", "IP:10.0.0.1", "DNS:localhost", "DNS:kubernetes.default.svc")
# Nodes of tests have no kubelet: these would evict their pods.
_WITHOUT = "node-lifecycle-controller,taint-eviction-controller,pod-garbage-collector-controller"

Rule = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Cluster(Server):
    """A running cluster: a server, the authority that signed its certificate and client certificates, its log."""

    authority: Pair = field(kw_only=True)
    controllers: bool = field(kw_only=True)

    @property
    def ca(self) -> Path:
        return self.authority.certificate

    @property
    def audit_log(self) -> Path:
        return self.folder / "audit.jsonl"


@contextmanager
def cluster(
    folder: Path,
    *flags: str,
    users: tuple[str, ...] = (),
    hosts: tuple[str, ...] = (),
    controllers: bool = False,
    release: str = NEWEST,
) -> Iterator[Cluster]:
    """A cluster with its data in folder, until the block ends.

    `flags` are added to the API server's, `users` to USERS, `hosts` to the names of its certificate. Without
    controllers only kube-system and default have a default service account; `objects.apply` makes those of others.
    """
    signer = authority(folder)
    serving = issue(signer, folder, "kube-apiserver", hosts=_HOSTS + hosts)
    towards_nodes = issue(signer, folder, "kube-apiserver-kubelet-client", groups=("system:masters",))
    secure = (
        "--tls-cert-file", str(serving.certificate), "--tls-private-key-file", str(serving.key),
        "--client-ca-file", str(signer.certificate), "--kubelet-preferred-address-types", "InternalIP",
        "--kubelet-client-certificate", str(towards_nodes.certificate), "--kubelet-client-key", str(towards_nodes.key),
        # As every installer sets it; refused otherwise.
        "--allow-privileged", *audit.flags(folder), *flags,
    )  # fmt: skip
    tokens = tuple(f"{token_of(user)},{user},{user}" for user in USERS + users)
    with running(folder, *secure, tokens=tokens, disabled="", release=release) as server:
        own = (server.base_url, server.token, folder, server.words, release)
        made = Cluster(*own, authority=signer, controllers=controllers)
        if not controllers:
            for namespace in ("default", "kube-system"):
                default_account(made, namespace)
            yield made
            return
        with _controller_manager(made):
            yield made


def default_account(server: Server, namespace: str) -> None:
    """Makes what a controller makes for each namespace, or finds it made; admission refuses pods before."""
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    answer = server.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", body)
    assert answer.ok or answer.status == 409, answer


@contextmanager
def granted(server: Server, user: str, rules: list[Rule], namespace: str = "") -> Iterator[None]:
    """Within the block a user has the rights of a ClusterRole: in the cluster, or in one namespace."""
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    name = f"live-{user}-{namespace or 'cluster'}-{time.monotonic_ns()}"
    role = {"apiVersion": f"{_GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    binding = {
        "apiVersion": f"{_GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": _GROUP, "kind": "User", "name": user}],
    }
    bindings = f"{RBAC}/namespaces/{namespace}/rolebindings" if namespace else f"{RBAC}/clusterrolebindings"
    before = [_allowed(server, user, rule, namespace) for rule in rules]
    for path, body in ((f"{RBAC}/clusterroles", role), (bindings, binding)):
        answer = server.post(path, body)
        assert answer.ok, answer
    # The authorizer learns of roles by watching.
    until("rights are granted", lambda: all(_allowed(server, user, rule, namespace) for rule in rules))
    try:
        yield
    finally:
        for path in (f"{bindings}/{name}", f"{RBAC}/clusterroles/{name}"):
            server.request("DELETE", path)
        until("rights are gone", lambda: [_allowed(server, user, rule, namespace) for rule in rules] == before)


def _allowed(server: Server, user: str, rule: Rule, namespace: str) -> bool:
    asked: dict[str, Any] = {"verb": rule["verbs"][0]}
    if "nonResourceURLs" in rule:
        spec = {"nonResourceAttributes": asked | {"path": rule["nonResourceURLs"][0]}}
    else:
        resource, _, subresource = rule["resources"][0].partition("/")
        asked |= {"group": rule["apiGroups"][0], "resource": resource, "subresource": subresource}
        spec = {"resourceAttributes": asked | {"namespace": namespace, "name": rule.get("resourceNames", [""])[0]}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": user, **spec}}
    answer = server.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
    assert answer.ok, answer
    return bool(answer.body["status"]["allowed"])


@contextmanager
def _controller_manager(made: Cluster) -> Iterator[None]:
    found = built("kube-controller-manager", release=made.release)
    if isinstance(found, str):
        raise FileNotFoundError(found)
    user = certificate_user(made.authority, made.folder, "system:kube-controller-manager")
    config = str(kubeconfig(made.folder / "controller-manager.kubeconfig", made, user))
    command = [
        str(found[0]), "--kubeconfig", config, "--leader-elect=false", "--secure-port", "0",
        "--use-service-account-credentials", "--service-account-private-key-file",
        str(made.folder / "service-account.key"), "--root-ca-file", str(made.ca),
        "--controllers", ",".join(["*", *(f"-{name}" for name in _WITHOUT.split(","))]),
        "--flex-volume-plugin-dir", str(made.folder / "plugins"), "--kube-api-qps", "200", "--kube-api-burst", "400",
    ]  # fmt: skip
    with process(command, made.folder / "kube-controller-manager.log") as started:

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError((made.folder / "kube-controller-manager.log").read_text()[-2000:])
            accounts = ("default", "kube-system")
            paths = [f"/api/v1/namespaces/{name}/serviceaccounts/default" for name in accounts]
            view = made.get(f"{RBAC}/clusterroles/view").body
            return bool(view.get("rules")) and all(made.get(path).ok for path in paths)

        until("controllers work", ready, 60)
        yield
