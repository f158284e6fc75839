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


SERVICE: Object = {key: value for key, value in POD.items() if key != "automountServiceAccountToken"}
"""The same with the token of its account, as most are written."""


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
    running: bool = False,
) -> None:
    """Makes Deployments, each with a ReplicaSet, service account, Role and RoleBinding, and shares the pods among them.

    That is 5 * deployments + pods objects, in namespaces load-0, load-1, ...; pods are spread over `nodes`; `spec` is
    of every pod. Those that are `running` have what admission and a kubelet add: a node, a token, and their status.
    Only for a cluster without controllers, which would make their own ReplicaSets and Pods meanwhile.
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
    calls, statuses = [], []
    for number in range(pods):
        app, owner = apps[number % deployments], owners[number % deployments]
        placed = _spec(app) | ({"nodeName": nodes[number % len(nodes)]} if nodes else {})
        made = _admitted(placed, number) if running else placed
        call = _call("v1", "Pod", app, f"{app.name}-0-{number // deployments}", {"spec": made}, owner)
        calls.append(call)
        if running:
            statuses.append(_reported(call, number))
    create(cluster, calls)
    create(cluster, statuses)


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


def _admitted(spec: Object, number: int) -> Object:
    """A pod's spec once a node was found for it, with its token (plugin/pkg/admission/serviceaccount)."""
    name = f"kube-api-access-{_suffix(number)}"
    mount = {"name": name, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    items = [{"key": "ca.crt", "path": "ca.crt"}]
    field = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    token = {
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": items}},
                {"downwardAPI": {"items": [field]}},
            ],
        },
    }
    containers = [one | {"volumeMounts": [*one.get("volumeMounts", []), mount]} for one in spec["containers"]]
    volumes = [*spec.get("volumes", []), token]
    return {"nodeName": f"node-{number % 50}"} | spec | {"containers": containers, "volumes": volumes}


def _suffix(number: int) -> str:
    """Five letters, as the server gives them (apimachinery pkg/util/rand)."""
    letters = "bcdfghjklmnpqrstvwxz2456789"
    return "".join(letters[number // len(letters) ** place % len(letters)] for place in range(5))


def _reported(call: Call, number: int) -> Call:
    """The status that a kubelet reports of a pod that runs."""
    since, address = "2026-01-31T12:00:00Z", f"10.244.{number // 250 % 250}.{number % 250 + 1}"
    types = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    identity = f"{number:064x}"
    containers = [
        {
            "name": one["name"],
            "image": one["image"],
            "imageID": f"{one['image'].partition(':')[0]}@sha256:{'5' * 64}",
            "containerID": f"containerd://{identity}",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": since}},
            "resources": one["resources"],
            "volumeMounts": one["volumeMounts"],
        }
        for one in call.body["spec"]["containers"]
    ]
    status = {
        "phase": "Running",
        "startTime": since,
        "hostIP": "192.0.2.1",
        "hostIPs": [{"ip": "192.0.2.1"}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [{"type": name, "status": "True", "lastTransitionTime": since} for name in types],
        "containerStatuses": containers,
    }
    name = call.body["metadata"]["name"]
    body = {key: call.body[key] for key in ("apiVersion", "kind", "metadata")} | {"status": status}
    return Call("PATCH", f"{call.path}/{name}/status?fieldManager=kubelet&force=true", body)


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
