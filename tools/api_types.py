"""A kube-apiserver's `/openapi/v2` in, `rules/data/api-types.json` out: the field types and list keys for decoding.

Run by hand: `python tools/api_types.py openapi.json` for a saved document, or
`python tools/api_types.py https://HOST:PORT TOKEN` for a server on loopback whose certificate nobody signed.
"""

import argparse
import json
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

OUTPUT = Path(__file__).resolve().parent.parent / "rules" / "data" / "api-types.json"

_KINDS = """
Pod PodTemplate ReplicationController Deployment ReplicaSet StatefulSet DaemonSet Job CronJob Namespace
ServiceAccount Service ConfigMap Secret PersistentVolume PersistentVolumeClaim ResourceQuota LimitRange Role
ClusterRole RoleBinding ClusterRoleBinding NetworkPolicy Ingress IngressClass ValidatingWebhookConfiguration
MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
MutatingAdmissionPolicy MutatingAdmissionPolicyBinding PodDisruptionBudget HorizontalPodAutoscaler
PriorityClass StorageClass RuntimeClass CSIDriver Node APIService CertificateSigningRequest EndpointSlice
Endpoints Lease CustomResourceDefinition
"""
KINDS = frozenset(_KINDS.split())
"""The kinds that facts are made of, in all versions that the server has."""

RBAC = "Role ClusterRole RoleBinding ClusterRoleBinding"
POLICIES = (
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"
)
WEBHOOKS = "ValidatingWebhookConfiguration MutatingWebhookConfiguration"

REMOVED: tuple[tuple[str, str, str], ...] = (
    ("apps/v1beta1", "apps/v1", "Deployment StatefulSet"),
    ("apps/v1beta2", "apps/v1", "DaemonSet Deployment ReplicaSet StatefulSet"),
    ("extensions/v1beta1", "apps/v1", "DaemonSet Deployment ReplicaSet"),
    ("extensions/v1beta1", "networking.k8s.io/v1", "Ingress NetworkPolicy"),
    ("batch/v1beta1", "batch/v1", "CronJob"),
    ("batch/v2alpha1", "batch/v1", "CronJob"),
    ("networking.k8s.io/v1beta1", "networking.k8s.io/v1", "Ingress IngressClass"),
    ("policy/v1beta1", "policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1", RBAC),
    ("rbac.authorization.k8s.io/v1alpha1", "rbac.authorization.k8s.io/v1", RBAC),
    ("autoscaling/v2beta1", "autoscaling/v2", "HorizontalPodAutoscaler"),
    ("autoscaling/v2beta2", "autoscaling/v2", "HorizontalPodAutoscaler"),
    ("admissionregistration.k8s.io/v1beta1", "admissionregistration.k8s.io/v1", f"{WEBHOOKS} {POLICIES}"),
    ("admissionregistration.k8s.io/v1alpha1", "admissionregistration.k8s.io/v1", POLICIES),
    ("scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1", "PriorityClass"),
    ("scheduling.k8s.io/v1alpha1", "scheduling.k8s.io/v1", "PriorityClass"),
    ("storage.k8s.io/v1beta1", "storage.k8s.io/v1", "StorageClass CSIDriver"),
    ("node.k8s.io/v1beta1", "node.k8s.io/v1", "RuntimeClass"),
    ("node.k8s.io/v1alpha1", "node.k8s.io/v1", "RuntimeClass"),
    ("apiregistration.k8s.io/v1beta1", "apiregistration.k8s.io/v1", "APIService"),
    ("apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("certificates.k8s.io/v1beta1", "certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("discovery.k8s.io/v1beta1", "discovery.k8s.io/v1", "EndpointSlice"),
    ("coordination.k8s.io/v1beta1", "coordination.k8s.io/v1", "Lease"),
)
"""Versions that a server no longer serves (or not by default), the version whose types their kinds are read with,
and the kinds. Fields that only the old version had are unknown to the new one and so kept as they are. Source: the
deprecated API migration guide of kubernetes.io (docs/reference/using-api/deprecation-guide)."""

SHAPES: dict[str, str] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps": "any",
}
"""Definitions whose JSON form is not what their Go type suggests (they have an UnmarshalJSON), or hold anything. The
schemas inside CustomResourceDefinitions are large, recursive, and judged by no rule."""

KEY_DEFAULTS = {"protocol": "TCP"}
"""Defaults of merge keys; OpenAPI v2 does not carry them (SetDefaults_ContainerPort, pkg/apis/core/v1/defaults.go)."""


class _Table:
    """The growing table: types by short name, in the order in which they are reached."""

    def __init__(self, definitions: Json) -> None:
        self.definitions = definitions
        self.names: dict[str, str] = {}
        self.types: dict[str, dict[str, str]] = {}
        self.merge_keys: dict[str, dict[str, str | None]] = {}

    def expression(self, schema: Json) -> str:
        """The type expression of a property: Go's notation for lists, `map T`, a word for scalars, a struct's name."""
        if "$ref" in schema:
            return self.reach(schema["$ref"].removeprefix("#/definitions/"))
        kind = schema.get("type")
        if kind == "array":
            return "[]" + self.expression(schema["items"])
        if "additionalProperties" in schema:
            return "map " + self.expression(schema["additionalProperties"])
        if kind == "string":
            return "bytes" if schema.get("format") == "byte" else "string"
        if kind == "integer":
            return str(schema["format"])
        if kind == "boolean":
            return "bool"
        return "any"

    def reach(self, definition: str) -> str:
        """The short name of a definition, its fields entered in the table."""
        if definition in SHAPES:
            return SHAPES[definition]
        if definition in self.names:
            return self.names[definition]
        schema = self.definitions[definition]
        if not schema.get("properties"):
            return "any"
        name = self._short(definition)
        self.names[definition] = name
        fields = self.types[name] = {}
        for field, inner in sorted(schema["properties"].items()):
            fields[field] = self.expression(inner)
            keys = inner.get("x-kubernetes-list-map-keys") or [inner.get("x-kubernetes-patch-merge-key")]
            if inner.get("type") == "array" and keys != [None]:
                self.merge_keys[f"{name}.{field}"] = {key: KEY_DEFAULTS.get(key) for key in keys}
        return name

    def _short(self, definition: str) -> str:
        *_, group, version, kind = definition.split(".")
        taken = self.names.values()
        return next(name for name in (kind, f"{version}.{kind}", f"{group}.{version}.{kind}") if name not in taken)


def build(openapi: Json) -> Json:
    """The table of one server's OpenAPI document."""
    table = _Table(openapi["definitions"])
    kinds = {f"{api} {kind}": table.reach(name) for api, kind, name in sorted(_served(openapi))}
    for old, new, moved in REMOVED:
        for kind in moved.split():
            kinds.setdefault(f"{old} {kind}", kinds[f"{new} {kind}"])
    return {
        "source": f"/openapi/v2 of kube-apiserver {openapi['info']['version']}, by tools/api_types.py",
        "kinds": dict(sorted(kinds.items())),
        "types": dict(sorted(table.types.items())),
        "merge_keys": dict(sorted(table.merge_keys.items())),
    }


def _served(openapi: Json) -> Iterator[tuple[str, str, str]]:
    for name, schema in openapi["definitions"].items():
        served = schema.get("x-kubernetes-group-version-kind", ())
        if len(served) == 1 and served[0]["kind"] in KINDS:
            group, version, kind = served[0]["group"], served[0]["version"], served[0]["kind"]
            yield (f"{group}/{version}" if group else version), kind, name


def _read(source: str, token: str) -> Json:
    if not source.startswith("https:"):
        return dict(json.loads(Path(source).read_bytes()))
    openapi = _get(f"{source}/openapi/v2", token)
    openapi["info"]["version"] = _get(f"{source}/version", token)["gitVersion"]
    return openapi


def _get(url: str, token: str) -> Json:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, context=context) as answer:
        return dict(json.load(answer))


def write(table: Json, output: Path) -> None:
    """One line per kind, type and list, so that a new Kubernetes version is a readable diff."""
    sections = []
    for section, rows in table.items():
        if isinstance(rows, str):
            sections.append(f"{json.dumps(section)}: {json.dumps(rows)}")
            continue
        lines = ",\n".join(f"{json.dumps(key)}:{json.dumps(row, separators=(',', ':'))}" for key, row in rows.items())
        sections.append(f"{json.dumps(section)}: {{\n{lines}\n}}")
    output.write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="a file, or the URL of a server")
    parser.add_argument("token", nargs="?", default="")
    arguments = parser.parse_args()
    write(build(_read(arguments.source, arguments.token)), OUTPUT)
