"""Kinds and the resources that permissions name them by: as a real server's discovery has them."""

import pytest

from auditor.tables.folder import load_table
from auditor.tables.resources import group_resource, plural


@pytest.mark.parametrize(
    ("kind", "group", "resource"),
    [
        ("Pod", "", "pods"),
        ("Endpoints", "", "endpoints"),
        ("Namespace", "", "namespaces"),
        ("ServiceAccount", "", "serviceaccounts"),
        ("LimitRange", "", "limitranges"),
        ("ResourceQuota", "", "resourcequotas"),
        ("Deployment", "apps", "deployments"),
        ("DaemonSet", "apps", "daemonsets"),
        ("CronJob", "batch", "cronjobs"),
        ("Ingress", "networking.k8s.io", "ingresses"),
        ("IngressClass", "networking.k8s.io", "ingressclasses"),
        ("NetworkPolicy", "networking.k8s.io", "networkpolicies"),
        ("PodDisruptionBudget", "policy", "poddisruptionbudgets"),
        ("StorageClass", "storage.k8s.io", "storageclasses"),
        ("CSIDriver", "storage.k8s.io", "csidrivers"),
        ("PriorityClass", "scheduling.k8s.io", "priorityclasses"),
        ("ClusterRoleBinding", "rbac.authorization.k8s.io", "clusterrolebindings"),
        ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        ("ValidatingAdmissionPolicy", "admissionregistration.k8s.io", "validatingadmissionpolicies"),
        ("CustomResourceDefinition", "apiextensions.k8s.io", "customresourcedefinitions"),
        ("APIService", "apiregistration.k8s.io", "apiservices"),
        ("Lease", "coordination.k8s.io", "leases"),
        ("AdminNetworkPolicy", "policy.networking.k8s.io", "adminnetworkpolicies"),
        ("Rollout.argoproj.io", "argoproj.io", "rollouts"),
        ("Gateway.networking.istio.io", "networking.istio.io", "gateways"),
        ("CiliumNetworkPolicy.cilium.io", "cilium.io", "ciliumnetworkpolicies"),
        ("DeploymentConfig.apps.openshift.io", "apps.openshift.io", "deploymentconfigs"),
    ],
)
def test_a_kind_has_a_group_and_a_plural(kind: str, group: str, resource: str) -> None:
    assert group_resource(kind) == (group, resource)


def test_every_kind_of_the_table_has_one() -> None:
    kinds = {entry.split(" ")[1] for entry in load_table("api-types")["kinds"]}
    assert len(kinds) > 40
    for kind in kinds:
        group, resource = group_resource(kind)
        assert any(entry.startswith((f"{group}/", "v1 " if not group else f"{group}/")) for entry in _of(kind)), kind
        assert resource == resource.lower()


def _of(kind: str) -> list[str]:
    return [entry for entry in load_table("api-types")["kinds"] if entry.endswith(f" {kind}")]


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        group_resource("Nonsense")


@pytest.mark.parametrize(
    ("kind", "word"),
    [("Box", "boxes"), ("Bus", "buses"), ("Day", "days"), ("City", "cities"), ("Match", "matches")],
)
def test_plurals(kind: str, word: str) -> None:
    assert plural(kind) == word
