"""Which workloads the platform owns."""

import pytest

from auditor.tables.platform import add_on


@pytest.mark.parametrize(
    ("namespace", "name", "what"),
    [
        ("kube-system", "kube-proxy", "kube-proxy"),
        ("kube-system", "kube-proxy-windows", "kube-proxy"),
        ("kube-system", "calico-node", "Calico"),
        ("gke-managed-cim", "kube-state-metrics", "GKE add-on"),
        ("kube-system", "my-agent", ""),
        ("shop", "kube-proxy", ""),
        ("", "coredns", ""),
    ],
)
def test_a_name_in_its_namespace_is_an_add_on(namespace: str, name: str, what: str) -> None:
    assert add_on(namespace, name) == what
