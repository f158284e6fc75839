"""Which workloads the platform owns."""

import pytest

from auditor.tables.folder import load_table
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


def test_patterns_are_names_or_beginnings() -> None:
    table = load_table("platform-workloads")["workloads"]
    patterns = [pattern for namespaces, names in table.items() for pattern in (namespaces, *names)]
    assert [pattern for pattern in patterns if not set("*?[").isdisjoint(pattern[:-1] or "")] == []
    assert add_on("calico-system", "") == "Calico"
