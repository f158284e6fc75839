"""The answer of `oci ce cluster get` in, the fields of a provider fact out.

Fields: API reference of Oracle's Kubernetes Engine, version 20180222, types Cluster, ClusterEndpointConfig,
ImagePolicyConfig, AddOnOptions (oci-python-sdk, container_engine/models). `oci` spells them with dashes, and prints
null for what is not set.
"""

from typing import Final

from auditor.facts.managed.networks import put_reach
from auditor.facts.managed.reading import NO_ANSWER, Reading, texts

_ENDPOINT: Final = "endpoint-config"
_ADD_ONS: Final = ("options", "add-ons")


def read_oke(reading: Reading) -> None:
    """Fills in what the answer shows."""
    reading.text("version", "kubernetes-version")
    _endpoint(reading)
    # The API server's changes go to the Audit service, always (OKE, Viewing Kubernetes API Server Audit Logs).
    reading.put("auditLogging", True)
    reading.put("logTypes", [])
    _encryption(reading)
    reading.put("keyProblems", [])
    reading.leave(
        "networkPolicy",
        "the answer of OKE does not show whether anything enforces network policies: kubectl -n kube-system get "
        "daemonsets, and look for Calico",
    )
    reading.put("rbac", True)
    reading.put("basicAuth", False)
    reading.put("staticCredentials", [])
    reading.flag("dashboard", *_ADD_ONS, "is-kubernetes-dashboard-enabled")
    reading.flag("tiller", *_ADD_ONS, "is-tiller-enabled")
    reading.flag("imageVerification", "image-policy-config", "is-policy-enabled", absent=False)


def _endpoint(reading: Reading) -> None:
    """Clusters from before endpoints lay in the customer's network have no configuration of theirs, and are public."""
    reading.flag("endpointPublic", _ENDPOINT, "is-public-ip-enabled")
    older = reading.look(str, "endpoints", "kubernetes")
    config = reading.look(dict, _ENDPOINT)
    if not config.there and not config.problem and older.value:
        reading.put("endpointPublic", True, older.path)
    found = reading.look(list, _ENDPOINT, "nsg-ids")
    groups, problem = texts(found)
    if problem or not config.there:
        reading.leave("endpointGroups", problem or NO_ANSWER.format(_ENDPOINT), found.path, [])
    else:
        reading.put("endpointGroups", groups, found.path)
    ask = (
        "oci network nsg rules list --nsg-id " + ", ".join(groups)
        if groups
        else "oci network subnet get --subnet-id SUBNET, and its security lists"
    )
    put_reach(reading, None, found.path, f"network security groups and security lists decide it: {ask}")


def _encryption(reading: Reading) -> None:
    """Without a key of one's own only the volumes of etcd are encrypted (OKE, Encrypting Kubernetes Secrets)."""
    key = reading.look(str, "kms-key-id")
    if key.problem or (not key.there and not reading.whole):
        reason = key.problem or "a list does not show it: oci ce cluster get --cluster-id ID"
        reading.leave("secretsEncryption", reason, key.path)
        reading.leave("secretsKey", reason, key.path)
        return
    reading.put("secretsEncryption", "customer" if key.value else "disk", key.path)
    reading.put("secretsKey", key.value or "", key.path)
