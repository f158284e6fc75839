"""In: how many are wanted; out: that many nodes, Deployments, ReplicaSets and Pods in the cluster, owned as usual."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.live.cluster import Cluster
from tests.live.objects import Call, Object, apply, create

POD: Object = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "app",
            "image": "registry.example/app:1.0",
            "ports": [{"containerPort": 8080}],
            "env": [{"name": "MODE", "value": "production"}],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
        }
    ],
}


class _App(NamedTuple):
    name: str
    namespace: str
    replicas: int
    spec: Object


def fill(
    cluster: Cluster,
    deployments: int,
    pods: int,
    *,
    namespaces: int = 10,
    nodes: tuple[str, ...] = (),
    spec: Object = POD,
) -> None:
    """Makes Deployments, each with a ReplicaSet, service account, Role and RoleBinding, and shares the pods among them.

    That is 5 * deployments + pods objects, in namespaces load-0, load-1, ...; pods are spread over `nodes`; `spec` is
    of every pod. Only for a cluster without controllers, which would make their own ReplicaSets and Pods meanwhile.
    """
    if cluster.controllers:
        raise ValueError("controllers would make ReplicaSets and Pods too: use a cluster without")
    apps = [
        _App(f"app-{number}", f"load-{number % namespaces}", len(range(number, pods, deployments)), spec)
        for number in range(deployments)
    ]
    spaces = sorted({app.namespace for app in apps})
    apply(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in spaces])
    create(cluster, [call for app in apps for call in _rights(app)])
    owners = create(cluster, [_call("apps/v1", "Deployment", app, app.name, _replicas(app)) for app in apps])
    owned = zip(apps, owners, strict=True)
    owners = create(
        cluster, [_call("apps/v1", "ReplicaSet", app, f"{app.name}-0", _replicas(app), owner) for app, owner in owned]
    )
    calls = []
    for number in range(pods):
        app, owner = apps[number % deployments], owners[number % deployments]
        placed = _spec(app) | ({"nodeName": nodes[number % len(nodes)]} if nodes else {})
        calls.append(_call("v1", "Pod", app, f"{app.name}-0-{number // deployments}", {"spec": placed}, owner))
    create(cluster, calls)


def node(name: str, provider: str = "", labels: dict[str, str] | None = None, **info: str) -> Object:
    """A Node as a kubelet would register it, for `apply`; `info` replaces parts of its nodeInfo."""
    told = {
        "architecture": "amd64",
        "bootID": "00000000-0000-0000-0000-000000000000",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.1.0-40-amd64",
        "kubeProxyVersion": "",
        "kubeletVersion": "v1.37.1",
        "machineID": "0",
        "operatingSystem": "linux",
        "osImage": "Debian GNU/Linux 12 (bookworm)",
        "systemUUID": "0",
    }
    unknown = info.keys() - told.keys()
    if unknown:
        raise ValueError(f"no parts of nodeInfo: {sorted(unknown)}")
    standard = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": standard | (labels or {})},
        "spec": {"providerID": provider} if provider else {},
        "status": {
            "nodeInfo": told | info,
            "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "addresses": [{"type": "Hostname", "address": name}],
        },
    }


def _spec(app: _App) -> Object:
    return app.spec | {"serviceAccountName": app.name}


def _replicas(app: _App) -> Object:
    labels = {"app": app.name}
    template = {"metadata": {"labels": labels}, "spec": _spec(app)}
    return {"spec": {"replicas": app.replicas, "selector": {"matchLabels": labels}, "template": template}}


def _rights(app: _App) -> Iterator[Call]:
    version = "rbac.authorization.k8s.io/v1"
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [app.name]}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": app.name}
    subject = {"kind": "ServiceAccount", "name": app.name, "namespace": app.namespace}
    yield _call("v1", "ServiceAccount", app, app.name, {})
    yield _call(version, "Role", app, app.name, {"rules": [rule]})
    yield _call(version, "RoleBinding", app, app.name, {"roleRef": role, "subjects": [subject]})


def _call(version: str, kind: str, app: _App, name: str, content: Object, owner: Object | None = None) -> Call:
    metadata: Object = {"name": name, "namespace": app.namespace, "labels": {"app": app.name}}
    if owner:
        reference = {key: owner[key] for key in ("apiVersion", "kind")}
        reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
        metadata["ownerReferences"] = [reference | {"controller": True, "blockOwnerDeletion": True}]
    path = f"/apis/{version}" if "/" in version else f"/api/{version}"
    body = {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
    return Call("POST", f"{path}/namespaces/{app.namespace}/{kind.lower()}s", body)
