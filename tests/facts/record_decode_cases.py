"""A kube-apiserver in, `decode-cases.json` out: what it says to values of every type in fields of every type.

Run by hand: `python tests/facts/record_decode_cases.py https://HOST:PORT TOKEN`, on a throw-away server.
Every request is a dry run, but for one CustomResourceDefinition that is deleted again.
"""

import copy
import json
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("decode-cases.json")
HOLE = "@value@"

CONTAINER = {"name": "c", "image": "i"}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [CONTAINER]}}
BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "Pod": (
        "/api/v1/namespaces/default/pods",
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [CONTAINER]}},
    ),
    "Deployment": (
        "/apis/apps/v1/namespaces/default/deployments",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "x"},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE},
        },
    ),
    "Service": (
        "/api/v1/namespaces/default/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "x"},
            "spec": {"ports": [{"name": "p", "port": 80}]},
        },
    ),
    "ConfigMap": (
        "/api/v1/namespaces/default/configmaps",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}},
    ),
    "Secret": (
        "/api/v1/namespaces/default/secrets",
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}},
    ),
    "ClusterRole": (
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "x"}},
    ),
    "Lease": (
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "x"}, "spec": {}},
    ),
    "Thing": (
        "/apis/example.com/v1/namespaces/default/things",
        {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}},
    ),
}
"""A good object of each kind, and where it is posted."""

C0 = "spec.containers.0"
CASES: tuple[tuple[str, str, str], ...] = (
    ("Pod", f"{C0}.args", "[1]"),
    ("Pod", f"{C0}.args", "[null]"),
    ("Pod", f"{C0}.args", "null"),
    ("Pod", f"{C0}.args", '"x"'),
    ("Pod", f"{C0}.args", "{}"),
    ("Pod", f"{C0}.env", "null"),
    ("Pod", f"{C0}.env", "[null]"),
    ("Pod", f"{C0}.env", '[{"name": "A", "value": 1}]'),
    ("Pod", f"{C0}.env", '[{"name": "A", "value": true}]'),
    ("Pod", f"{C0}.env", '[{"name": "A", "value": null}]'),
    ("Pod", f"{C0}.env", '[{"name": "A", "value": "\\ud800"}]'),
    ("Pod", f"{C0}.env", '{"A": "b"}'),
    ("Pod", f"{C0}.securityContext", "null"),
    ("Pod", f"{C0}.securityContext", "[]"),
    ("Pod", f"{C0}.securityContext", '""'),
    ("Pod", f"{C0}.securityContext", '{"Privileged": true}'),
    ("Pod", f"{C0}.securityContext", '{"privileged": "true"}'),
    ("Pod", f"{C0}.securityContext", '{"privileged": 1}'),
    ("Pod", f"{C0}.securityContext", '{"privileged": null}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": "0"}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": 0.0}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": 1e3}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": 0.5}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": true}'),
    ("Pod", f"{C0}.securityContext", '{"runAsUser": 9223372036854775808}'),
    ("Pod", f"{C0}.securityContext", '{"capabilities": {"add": [null, "SYS_ADMIN"]}}'),
    ("Pod", f"{C0}.securityContext", '{"capabilities": {"add": ["SYS_ADMIN", 5]}}'),
    ("Pod", f"{C0}.ports", '[{"containerPort": 80}]'),
    ("Pod", f"{C0}.ports", '[{"containerPort": "80"}]'),
    ("Pod", f"{C0}.ports", '[{"containerPort": 2147483648}]'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": 0.5}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": 2}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "2"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": " 2 "}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": null}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": ""}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "."}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1."}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": ".5"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "+"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "Ki"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1e"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1E2"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1e99"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1ni"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "500M B"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "1Mi"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": "${CPU}"}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": true}'),
    ("Pod", f"{C0}.resources.limits", '{"cpu": {}}'),
    ("Pod", f"{C0}.resources.limits", '{"memory": 1e3}'),
    ("Pod", f"{C0}.resources.limits", '{"memory": 1e21}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": "http"}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": 80}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": "80"}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": 80.0}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": true}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": {}}}'),
    ("Pod", f"{C0}.livenessProbe", '{"httpGet": {"port": null}}'),
    ("Pod", "spec.containers", "[null]"),
    ("Pod", "spec.containers", '[{"name": "c", "image": "i"}, null]'),
    ("Pod", "spec.containers", '[{"name": "c", "image": "i"}, "x"]'),
    ("Pod", "spec.containers", '{"name": "c", "image": "i"}'),
    ("Pod", "spec.hostNetwork", '"yes"'),
    ("Pod", "spec.nodeSelector", '{"a": 1}'),
    ("Pod", "spec.nodeSelector", '{"a": null}'),
    ("Pod", "spec.unknown", '{"a": [null, {"b": null}]}'),
    (
        "Pod",
        "spec.tolerations",
        '[{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5.0}]',
    ),
    ("Pod", "spec", "null"),
    ("Pod", "spec", '"x"'),
    ("Pod", "metadata.labels", '{"a": null}'),
    ("Pod", "metadata.labels", '{"a": 1}'),
    ("Pod", "metadata.labels", '{"a": 1.0}'),
    ("Pod", "metadata.labels", '{"a": true}'),
    ("Pod", "metadata.labels", "[]"),
    ("Pod", "metadata.labels", '{"1": "b"}'),
    ("Pod", "metadata.labels", '{1: "b"}'),
    ("Pod", "metadata.labels", '{1.5: "b"}'),
    ("Pod", "metadata.labels", '{true: "b"}'),
    ("Pod", "metadata.labels", '{null: "b"}'),
    ("Pod", "metadata.annotations", '{"a": 1}'),
    ("Pod", "metadata.annotations", "null"),
    ("Pod", "metadata.creationTimestamp", "null"),
    ("Pod", "metadata.creationTimestamp", '""'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02"'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02T03:04:05Z"'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02T03:04:05.123+01:00"'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02T3:04:05,5Z"'),
    ("Pod", "metadata.creationTimestamp", '"2024-02-30T03:04:05Z"'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02T03:04:05+24:60"'),
    ("Pod", "metadata.creationTimestamp", '"2024-01-02t03:04:05z"'),
    ("Pod", "metadata.creationTimestamp", "5"),
    ("Pod", "metadata.name", "5"),
    ("Pod", "metadata", "null"),
    ("Deployment", "spec.replicas", '"1"'),
    ("Deployment", "spec.replicas", "1.0"),
    ("Deployment", "spec.replicas", "1.5"),
    ("Deployment", "spec.replicas", "null"),
    ("Deployment", "spec.replicas", "2147483648"),
    ("Deployment", "spec.strategy", '{"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}'),
    ("Deployment", "spec.strategy", '{"rollingUpdate": {"maxSurge": 0.5}}'),
    ("Service", "spec.ports.0.targetPort", '"80"'),
    ("Service", "spec.ports.0.targetPort", "80"),
    ("Service", "spec.ports.0.targetPort", "null"),
    ("Service", "spec.ports.0.targetPort", "2147483648"),
    ("Service", "spec.ports", '[{"port": null, "name": "a"}]'),
    ("Service", "spec.selector", '{"a": true}'),
    ("ConfigMap", "data", '{"a": 1}'),
    ("ConfigMap", "data", '{"a": null}'),
    ("ConfigMap", "data", '{"a": {"b": "c"}}'),
    ("ConfigMap", "immutable", '"true"'),
    ("ConfigMap", "binaryData", '{"a": "AAEC"}'),
    ("ConfigMap", "binaryData", '{"a": "AAE"}'),
    ("ConfigMap", "binaryData", '{"a": "AA\\n E="}'),
    ("ConfigMap", "binaryData", '{"a": "AA\\nE="}'),
    ("ConfigMap", "binaryData", '{"a": null}'),
    ("ConfigMap", "binaryData", '{"a": [1, 2]}'),
    ("Secret", "data", '{"a": "not base64!"}'),
    ("Secret", "data", '{"a": ""}'),
    ("Secret", "data", '{"a": null}'),
    ("Secret", "data", '{"a": 1}'),
    ("Secret", "stringData", '{"a": 1}'),
    ("ClusterRole", "rules", "null"),
    ("ClusterRole", "rules", '[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods", null]}]'),
    ("ClusterRole", "rules", '[{"verbs": "get", "apiGroups": [""], "resources": ["pods"]}]'),
    ("ClusterRole", "rules", '[{"verbs": ["get"], "nonResourceURLs": ["/a", 1]}]'),
    ("ClusterRole", "aggregationRule", '{"clusterRoleSelectors": [{"matchLabels": {"a": true}}]}'),
    ("Lease", "spec.acquireTime", '"2024-01-02T03:04:05.123456Z"'),
    ("Lease", "spec.acquireTime", '"2024-01-02T03:04:05Z"'),
    ("Lease", "spec.acquireTime", '"2024-01-02T03:04:05.1Z"'),
    ("Thing", "metadata.labels", '{"a": 1}'),
    ("Thing", "metadata.labels", '{"a": null}'),
    ("Thing", "metadata.annotations", '{"a": true}'),
    ("Thing", "metadata.name", "5"),
    ("Thing", "metadata.creationTimestamp", "null"),
    ("Thing", "spec", '{"a": null, "b": [null, 1], "c": 1.0}'),
)
"""Kind, field, and the value as JSON text; posted as JSON and as YAML, of which JSON is a part."""

THING = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"plural": "things", "kind": "Thing"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


class Server:
    """One API server."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def call(self, method: str, path: str, body: str = "", form: str = "json") -> tuple[int, Any]:
        """Status and decoded answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": f"application/{form}"}
        request = urllib.request.Request(self.url + path, body.encode() or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)


def document(kind: str, field: str, value: str) -> str:
    """The base object of a kind with one field set, as JSON text."""
    base = copy.deepcopy(BASES[kind][1])
    node: Any = base
    *parents, last = field.split(".")
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    node[last] = HOLE
    return json.dumps(base).replace(json.dumps(HOLE), value)


def record(server: Server) -> dict[str, Any]:
    """All cases with the server's answers: the status, and where it took the object, what the field became."""
    rows = []
    for kind, field, value in CASES:
        body = document(kind, field, value)
        row: dict[str, Any] = {"kind": kind, "field": field, "value": value, "body": body}
        for form in ("json", "yaml"):
            path = f"{BASES[kind][0]}?dryRun=All&fieldValidation=Ignore"
            status, answer = server.call("POST", path, body, form)
            row[form] = {"status": status}
            if status == 201:
                row[form]["becomes"] = at(answer, field)
        rows.append(row)
    return {"server": server.call("GET", "/version")[1]["gitVersion"], "cases": rows}


def at(answer: Any, field: str) -> Any:
    """What stands at a field; null if nothing does."""
    for step in field.split("."):
        answer = answer[int(step)] if isinstance(answer, list) else (answer or {}).get(step)
    return answer


if __name__ == "__main__":
    target = Server(sys.argv[1], sys.argv[2])
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    target.call("POST", definitions, json.dumps(THING))
    time.sleep(3)
    try:
        OUTPUT.write_text(json.dumps(record(target), indent=0) + "\n", encoding="utf-8")
    finally:
        target.call("DELETE", f"{definitions}/things.example.com")
