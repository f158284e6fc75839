"""One decoded object in, its object fact out."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from auditor.facts.components.corefile import corefile_fact
from auditor.facts.objects.hiding import Hidden, applied_version, without_last_applied, without_secrets
from auditor.kube.versions import Version
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.tables.deprecations import ENDING, lookup, next_minor

OBJECT = Subject(
    name="object",
    description="Any API object.",
    variable="object",
    owners=("cluster",),
    reads=("*",),
    fields={
        "*": Field("object", "The whole object, for rules that name their `kinds`; else the fields below."),
        "apiVersion": Field("string", "As written."),
        "kind": Field("string", "As written."),
        "metadata": Field("ObjectMeta", "The object's metadata."),
        "api": Field("map", "What becomes of this API version."),
        "api.state": Field(
            "string", "`served`, `deprecated` or `removed` at the target version.", ("apiVersion",), rests_on=(ENDING,)
        ),
        "api.deprecatedIn": Field("string", "Minor version, or empty.", ("apiVersion",)),
        "api.removedIn": Field("string", "Minor version, or empty.", ("apiVersion",)),
        "api.replacement": Field("string", "API version to use instead, or empty.", ("apiVersion",)),
        "api.writers": Field(
            "list",
            "Who writes it in an API version that is gone by the next minor: `manager`, `apiVersion`, `removedIn`, "
            "`replacement`; the manager of `kubectl apply`'s own copy is `last-applied`.",
            ("metadata.managedFields", "metadata.annotations"),
            rests_on=(ENDING,),
        ),
        "builtIn": Field("bool", "Whether Kubernetes itself puts it into a namespace.", ("kind", "metadata.name")),
        "clusterScoped": Field("bool", "Whether it is one of Kubernetes' own kinds without a namespace.", ("kind",)),
        "credentials": Field(
            "list",
            "Of a ConfigMap or Secret: literals that are or look like credentials, as `field`, `key` and `detector`.",
            ("data", "stringData"),
            optional=True,
        ),
        "corefile": Field(
            "map",
            "Of a ConfigMap with the key `Corefile`: `plugins` of CoreDNS, each with `zones`, `name`, `args` and "
            "`options` (words by the first one of their line).",
            ("data[Corefile]",),
            optional=True,
        ),
    },
)

_BUILT_IN = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("EndpointSlice", "kubernetes"),
        ("Endpoints", "kubernetes"),
        ("Service", "kubernetes"),
        ("ServiceAccount", "default"),
    }
)
"""What the controller manager and the API server (pkg/controlplane/reconcilers) put into namespaces by themselves."""

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""Kinds without a namespace among Kubernetes' own (`namespaced: false` in the API server's discovery, 1.37)."""


def object_fact(resource: Resource, cluster: Fact, *, whole: bool) -> Fact:
    """The fact of one object: all of it where a rule asks for its kind, else only its head."""
    fact = _plain_fact(resource, cluster, whole=whole)
    corefile = corefile_fact(fact.value.get("data") or {}) if resource.ref.kind == "ConfigMap" else None
    if isinstance(corefile, str):
        fact.undecided["corefile"] = corefile
    elif corefile is not None:
        fact.value["corefile"] = corefile
    return fact


def _plain_fact(resource: Resource, cluster: Fact, *, whole: bool) -> Fact:
    ref = resource.ref
    hidden: Hidden = without_secrets(resource) if whole else (without_last_applied(resource.manifest), [], ())
    manifest, credentials, secrets = hidden
    head: dict[str, Any] = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": manifest.get("metadata") or {},
    }
    value = {**manifest, **head} if whole else head
    minor = cluster.value["minor"]
    value["api"] = {**_api(ref.api_version, ref.kind, minor), "writers": _writers(ref.kind, head["metadata"], minor)}
    value["builtIn"] = (ref.kind, ref.name) in _BUILT_IN
    value["clusterScoped"] = ref.kind in CLUSTER_SCOPED
    if credentials:
        value["credentials"] = credentials
    anchors = {"": Anchor(resource.origin, ref, ())}
    return Fact(
        "object", ref, value, anchors, resource.world, {"cluster": cluster}, secrets=(*secrets, *resource.secrets)
    )


@lru_cache(maxsize=1024)  # an input has few API versions and kinds
def _api(api_version: str, kind: str, minor: int) -> Mapping[str, str]:
    known = lookup(api_version, kind)
    if known is None:
        return _SERVED
    version = Version(1, minor)
    state = "removed" if known.is_removed(version) else "deprecated" if known.is_deprecated(version) else "served"
    return {
        "state": state,
        "deprecatedIn": str(known.deprecated_in or ""),
        "removedIn": str(known.removed_in or ""),
        "replacement": known.replacement or "",
    }


def _writers(kind: str, metadata: Mapping[str, Any], minor: int) -> list[dict[str, Any]]:
    """Managers that still write API versions which the next minor does not serve: the server converts, and hides it."""
    applied = applied_version(metadata)
    if not applied and not metadata.get("managedFields"):
        return []
    writers: list[dict[str, Any]] = [
        {"index": index, "manager": str(item.get("manager", "")), "apiVersion": str(item.get("apiVersion", ""))}
        for index, item in enumerate(metadata.get("managedFields") or ())
        if isinstance(item, dict)
    ]
    writers += [{"manager": "last-applied", "apiVersion": applied}] if applied else []
    ending = []
    for writer in writers:
        known = lookup(writer["apiVersion"], kind)
        if known is not None and known.is_removed(next_minor(Version(1, minor))):
            ending.append({**writer, "removedIn": str(known.removed_in or ""), "replacement": known.replacement or ""})
    return ending


_SERVED = {"state": "served", "deprecatedIn": "", "removedIn": "", "replacement": ""}
