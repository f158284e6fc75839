"""The bootstrap policy of several Kubernetes releases in, `rules/data/bootstrap-rbac.json` out.

Run by hand: `python tools/bootstrap_rbac.py OLDEST ... NEWEST`, each the root of a `k8s.io/kubernetes` Go module
(`go mod download k8s.io/kubernetes@v1.37.1`). The newest release tells what a role permits; what only older ones or a
feature gate permit is kept apart, so that a cluster of that version is still recognised as stock. Bindings are the
newest only: before 1.14 anonymous clients were given roles that they should not have today.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

OUTPUT = Path(__file__).resolve().parent.parent / "rules" / "data" / "bootstrap-rbac.json"
POLICY = Path("plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata")

_NODE_TOKENS = {"kind": "Group", "name": "system:bootstrappers:kubeadm:default-node-token"}
_NODES = {"kind": "Group", "name": "system:nodes"}


def _cluster_binding(name: str, role: str, *subjects: Json) -> Json:
    return _object("ClusterRoleBinding", name, "", roleRef={"kind": "ClusterRole", "name": role}, subjects=[*subjects])


def _read_one(name: str, namespace: str, config_map: str, *subjects: Json) -> Iterator[Json]:
    """A Role that reads one ConfigMap, and its binding of the same name."""
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [config_map]}
    yield _object("Role", name, namespace, rules=[rule])
    yield _object("RoleBinding", name, namespace, roleRef={"kind": "Role", "name": name}, subjects=[*subjects])


def _object(kind: str, name: str, namespace: str, **fields: Any) -> Json:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "metadata": metadata, **fields}


def _watch(groups: list[str], resources: list[str]) -> Json:
    return {"verbs": ["list", "watch"], "apiGroups": groups, "resources": resources}


KUBEADM = (
    # Named in cmd/kubeadm/app/constants/constants.go, created by phases/bootstraptoken, kubelet, uploadconfig, addons.
    _cluster_binding("kubeadm:cluster-admins", "cluster-admin", {"kind": "Group", "name": "kubeadm:cluster-admins"}),
    _cluster_binding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", _NODE_TOKENS),
    _cluster_binding(
        "kubeadm:node-autoapprove-bootstrap",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        _NODE_TOKENS,
    ),
    _cluster_binding(
        "kubeadm:node-autoapprove-certificate-rotation",
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        _NODES,
    ),
    _cluster_binding(
        "kubeadm:apiserver-kubelet-client",
        "system:kubelet-api-admin",
        {"kind": "User", "name": "kube-apiserver-kubelet-client"},
    ),
    _cluster_binding(
        "kubeadm:node-proxier",
        "system:node-proxier",
        {"kind": "ServiceAccount", "name": "kube-proxy", "namespace": "kube-system"},
    ),
    _object(
        "ClusterRole",
        "kubeadm:get-nodes",
        "",
        rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]}],
    ),
    _cluster_binding("kubeadm:get-nodes", "kubeadm:get-nodes", _NODE_TOKENS),
    _object(
        "ClusterRole",
        "system:coredns",
        "",
        rules=[
            _watch([""], ["endpoints", "services", "pods", "namespaces"]),
            _watch(["discovery.k8s.io"], ["endpointslices"]),
        ],
    ),
    _cluster_binding(
        "system:coredns",
        "system:coredns",
        {"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"},
    ),
    *_read_one(
        "kubeadm:bootstrap-signer-clusterinfo",
        "kube-public",
        "cluster-info",
        {"kind": "User", "name": "system:anonymous"},
    ),
    *_read_one("kubeadm:kubelet-config", "kube-system", "kubelet-config", _NODES, _NODE_TOKENS),
    *_read_one("kubeadm:nodes-kubeadm-config", "kube-system", "kubeadm-config", _NODE_TOKENS, _NODES),
    *_read_one("kube-proxy", "kube-system", "kube-proxy", _NODE_TOKENS),
)


def objects(module: Path) -> Iterator[Json]:
    """Every object of a release's bootstrap policy; those of feature gates last."""
    for file in sorted((module / POLICY).glob("*.yaml"), key=lambda path: ("featuregates" in path.name, path.name)):
        yield from yaml.safe_load(file.read_text("utf-8"))["items"]


def add(table: Json, item: Json, *, newest: bool) -> None:
    """Adds one object; of an object that is already there only what is new."""
    metadata = item["metadata"]
    key = f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]
    known = table.setdefault(item["kind"], {})
    if item["kind"].endswith("Binding"):
        if not newest:
            return
        entry = known.setdefault(key, {"roleRef": item["roleRef"]["name"], "roleKind": item["roleRef"]["kind"]})
        subjects = entry.setdefault("subjects", [])
        subjects += [who for one in item.get("subjects") or () if (who := _subject(one)) not in subjects]
        return
    if key not in known:
        known[key] = {"rules": [_rule(rule) for rule in item.get("rules") or ()]}
        aggregation = item.get("aggregationRule")
        if aggregation:
            known[key]["aggregationRule"] = aggregation
        labels = {name: value for name, value in (metadata.get("labels") or {}).items() if "aggregate-to" in name}
        if labels:
            known[key]["labels"] = labels
        if not newest:
            known[key]["removed"] = True
        return
    current = [*known[key]["rules"], *known[key].get("also", ())]
    extra = [short for rule in item.get("rules") or () if (short := _rule(rule)) not in current]
    if extra:
        known[key].setdefault("also", []).extend(extra)


def _subject(subject: Json) -> str:
    return ":".join((subject["kind"], subject.get("namespace") or "", subject["name"]))


def _rule(rule: Json) -> Json:
    return {key: sorted(value) for key, value in sorted(rule.items()) if value}


def main() -> None:
    """Reads the releases named on the command line, newest last, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="+", type=Path)
    modules = list(reversed(parser.parse_args().module))
    table: Json = {}
    for index, module in enumerate(modules):
        for item in (*objects(module), *(KUBEADM if index == 0 else ())):
            add(table, item, newest=index == 0)
    source = [f"{module.name.replace('@', ' ')} {POLICY}" for module in modules]
    text = json.dumps(
        {"source": [*source, "cmd/kubeadm/app of the newest"], **table}, indent=None, separators=(",", ":")
    )
    OUTPUT.write_text(text.replace('},"', '},\n"') + "\n")


if __name__ == "__main__":
    main()
