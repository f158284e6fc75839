"""A provider's document in, its pools of nodes as they are read out.

Fields: GKE v1 NodePool, NodeConfig, NodeKubeletConfig, ShieldedInstanceConfig; AKS ManagedClusterAgentPoolProfile; EKS
Nodegroup, RemoteAccessConfig. Sources as in the modules on the clusters themselves.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from auditor.facts.managed.reading import Reading
from auditor.model.refs import Path

_PRIVATE: Final = (("networkConfig", "defaultEnablePrivateNodes"), ("privateClusterConfig", "enablePrivateNodes"))
WITH_POOLS: Final = {"GkeCluster": "nodePools", "AksCluster": "agentPoolProfiles"}
"""Kinds of documents that hold pools of nodes, and where."""


class Pool(NamedTuple):
    """A pool of nodes: where it lies in the document, its fields, and the paths that start at the document's root."""

    name: str
    base: Path
    reading: Reading
    elsewhere: frozenset[Path] = frozenset()


def pools(kind: str, document: Reading) -> Iterator[Pool]:
    """The pools of a document; one that is no object has fields that are all undecided."""
    if kind == "EksNodegroup":
        reading = Reading(document.document)
        _eks(reading)
        yield Pool(str(document.document.get("nodegroupName", "")), (), reading)
    if kind not in WITH_POOLS:
        return
    found = document.look(list, WITH_POOLS[kind])
    for index, item in enumerate(found.value or ()):
        node: Mapping[str, Any] = item if isinstance(item, dict) else {}
        reading = Reading(node, whole=document.whole and isinstance(item, dict))
        name = reading.look(str, "name").value or str(index)
        elsewhere: frozenset[Path] = frozenset()
        if kind == "AksCluster":
            _aks(reading)
        else:
            elsewhere = _gke(reading, document)
        if not isinstance(item, dict):
            reading.leave("publicIp", f"{WITH_POOLS[kind]}[{index}] is no object", (), False)
        yield Pool(name, (*found.path, index), reading, elsewhere)


def _eks(reading: Reading) -> None:
    reading.text("image", "amiType")
    template = reading.look(dict, "launchTemplate")
    key = reading.look(str, "remoteAccess", "ec2SshKey")
    groups = reading.look(list, "remoteAccess", "sourceSecurityGroups")
    problem = template.problem or key.problem or groups.problem
    if problem or (template.there and not key.there):
        reason = problem or "the launch template decides on it, and the answer does not show that"
        reading.leave("sshOpen", reason, template.path, False)
    else:
        reading.put("sshOpen", bool(key.value) and not groups.value, key.path)


def _aks(reading: Reading) -> None:
    reading.text("image", "osSku")
    reading.flag("publicIp", "enableNodePublicIp", absent=False)
    reading.flag("secureBoot", "securityProfile", "enableSecureBoot", absent=False)
    reading.flag("hostEncryption", "enableEncryptionAtHost", absent=False)


def _gke(reading: Reading, cluster: Reading) -> frozenset[Path]:
    reading.text("image", "config", "imageType")
    for name, *steps in (
        ("secureBoot", "config", "shieldedInstanceConfig", "enableSecureBoot"),
        ("integrityMonitoring", "config", "shieldedInstanceConfig", "enableIntegrityMonitoring"),
        ("autoUpgrade", "management", "autoUpgrade"),
        ("autoRepair", "management", "autoRepair"),
    ):
        reading.flag(name, *steps, absent=False)
    reading.flag("readOnlyPort", "config", "kubeletConfig", "insecureKubeletReadonlyPortEnabled")
    reading.text("serviceAccount", "config", "serviceAccount", absent="default")
    mode = reading.text("metadataProtected", "config", "workloadMetadataConfig", "mode", absent="")
    if mode is None:
        reading.values["metadataProtected"] = False
    else:
        reading.values["metadataProtected"] = mode == "GKE_METADATA"
    return _public(reading, cluster)


def _public(reading: Reading, cluster: Reading) -> frozenset[Path]:
    """A pool that says nothing does as the cluster says."""
    own = reading.look(bool, "networkConfig", "enablePrivateNodes")
    if own.problem:
        reading.leave("publicIp", own.problem, own.path, False)
        return frozenset()
    if own.there:
        reading.put("publicIp", not own.value, own.path)
        return frozenset()
    for steps in _PRIVATE:
        found = cluster.look(bool, *steps)
        if found.problem:
            reading.leave("publicIp", found.problem, own.path, False)
            return frozenset()
        if found.there:
            reading.put("publicIp", not found.value, found.path)
            return frozenset({found.path})
    if cluster.whole:
        reading.put("publicIp", True, own.path)
    else:
        reading.leave("publicIp", "the document does not show whether its nodes are private", own.path, False)
    return frozenset()
