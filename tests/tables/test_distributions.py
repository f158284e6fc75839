"""Signs of distributions."""

import pytest

from auditor.tables.distributions import Sign, distributions, showing
from auditor.tables.releases import managed_end


@pytest.mark.parametrize(
    ("sign", "text", "names"),
    [
        ("versions", "v1.30.4-eks-a737599", ("EKS", "EKS Distro")),
        ("versions", "v1.35.7-gke.1222000", ("GKE",)),
        ("versions", "v1.24.7+rke2r1", ("RKE2",)),
        ("versions", "v1.24.4+k3s1", ("k3s",)),
        ("versions", "v1.27.5+vmware.1-fips.1", ("Tanzu",)),
        ("versions", "v1.36.4", ()),
        ("providerIDs", "kind://docker/kind/kind-control-plane", ("kind",)),
        ("providerIDs", "rke2://k8s-plrnd-server-1", ("RKE2",)),
        ("providerIDs", "aws:///us-west-2a/i-0bdeb8c357ba1e0c8", ()),
        ("providerIDs", "azure:///subscriptions/x", ()),
        ("labels", "minikube.k8s.io/name=minikube", ("minikube",)),
        ("labels", "microk8s.io/cluster=true", ("MicroK8s",)),
        ("labels", "kubernetes.azure.com/role=agent", ("AKS",)),
        ("labels", "oci.oraclecloud.com/fault-domain=FAULT-DOMAIN-2", ("OKE",)),
        ("labels", "node.kubernetes.io/instance-type=k3s", ("k3s",)),
        ("labels", "node.kubernetes.io/instance-type=m5.large", ()),
        ("osImages", "Talos (v1.11.2)", ("Talos",)),
        ("osImages", "Red Hat Enterprise Linux CoreOS 418.94.202501221327-0", ("OpenShift",)),
        ("groups", "config.openshift.io", ("OpenShift",)),
    ],
)
def test_a_text_is_a_sign(sign: Sign, text: str, names: tuple[str, ...]) -> None:
    assert showing(sign, text) == names


def test_offerings_have_dates() -> None:
    for distribution in distributions().values():
        if distribution.offering:
            cycle = "4.18" if distribution.offering == "openshift" else "1.35"
            assert managed_end(distribution.offering, cycle)
