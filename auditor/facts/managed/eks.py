"""The answer of `aws eks describe-cluster` in, the fields of a provider fact out.

Fields: API reference of Amazon EKS, data types Cluster, VpcConfigResponse, Logging, EncryptionConfig, ClusterHealth,
AccessConfigResponse (botocore, data/eks/2017-11-01/service-2.json).
"""

from typing import Final

from auditor.facts.managed.networks import put_reach
from auditor.facts.managed.reading import NO_ANSWER, Reading, mappings, texts
from auditor.kube.versions import Version, parse_version

_ENVELOPE: Final = Version(1, 28)
"""From here on EKS encrypts all of the API's data before it is stored (EKS user guide, envelope-encryption)."""
_KEY_ISSUES: Final = ("KmsKeyNotFound", "KmsGrantRevoked", "KmsKeyMarkedForDeletion", "KmsKeyDisabled")
_VPC: Final = "resourcesVpcConfig"


def read_eks(reading: Reading) -> None:
    """Fills in what the answer shows."""
    version = reading.text("version", "version")
    reading.flag("endpointPublic", _VPC, "endpointPublicAccess")
    reading.flag("endpointPrivate", _VPC, "endpointPrivateAccess")
    found = reading.look(list, _VPC, "publicAccessCidrs")
    networks, problem = texts(found)
    unseen = problem or NO_ANSWER.format(f"{_VPC}.publicAccessCidrs")
    put_reach(reading, None if problem or not found.there else networks, found.path, unseen)
    _logs(reading)
    _encryption(reading, version)
    _keys(reading)
    reading.leave(
        "networkPolicy",
        "the answer of EKS does not show whether the VPC CNI enforces network policies: "
        "aws eks describe-addon --addon-name vpc-cni --cluster-name NAME --query addon.configurationValues",
    )
    reading.put("rbac", True)
    reading.put("basicAuth", False)
    reading.put("staticCredentials", [])
    reading.put("dashboard", False)
    reading.text("authenticationMode", "accessConfig", "authenticationMode")
    reading.flag("creatorIsAdmin", "accessConfig", "bootstrapClusterCreatorAdminPermissions")
    reading.flag("deletionProtection", "deletionProtection")


def _logs(reading: Reading) -> None:
    """Types of logs of the control plane that go to CloudWatch."""
    found = reading.look(list, "logging", "clusterLogging")
    types: list[str] = []
    problem = found.problem or ("" if found.there else NO_ANSWER.format("logging.clusterLogging"))
    setups = mappings(found)
    if found.there and len(setups) < len(found.value):
        problem = "logging.clusterLogging holds something that is no object"
    for _, setup in setups:
        inner = Reading(setup)
        enabled, listed = inner.look(bool, "enabled"), inner.look(list, "types")
        names, wrong = texts(listed)
        problem = problem or enabled.problem or wrong
        types += names if enabled.value else []
    if problem:
        reading.leave("logTypes", problem, found.path, [])
        reading.leave("auditLogging", problem, found.path, False)
        return
    reading.put("logTypes", sorted(types), found.path)
    reading.put("auditLogging", "audit" in types, found.path)


def _encryption(reading: Reading, version: str | None) -> None:
    found = reading.look(list, "encryptionConfig")
    configs = mappings(found)
    if found.problem or not reading.whole or (found.there and len(configs) < len(found.value)):
        reason = found.problem or "encryptionConfig cannot be read, or the answer is not whole"
        reading.leave("secretsEncryption", reason, found.path)
        reading.leave("secretsKey", reason, found.path)
        return
    for index, config in configs:
        inner = Reading(config)
        key, resources = inner.look(str, "provider", "keyArn"), texts(inner.look(list, "resources"))[0]
        if "secrets" in resources and key.value:
            path = (*found.path, index, *key.path)
            reading.put("secretsEncryption", "customer", path)
            reading.put("secretsKey", key.value, path)
            return
    reading.put("secretsKey", "", found.path)
    try:
        known = parse_version(version or "")
    except ValueError:
        reading.leave("secretsEncryption", "the answer does not show the version, by which it is decided", found.path)
        return
    reading.put("secretsEncryption", "provider" if known >= _ENVELOPE else "disk", found.path)


def _keys(reading: Reading) -> None:
    """What EKS says of keys that it cannot use."""
    found = reading.look(list, "health", "issues")
    if found.problem:
        reading.leave("keyProblems", found.problem, found.path, [])
        return
    codes = [item.get("code") for _, item in mappings(found)]
    reading.put("keyProblems", [code for code in codes if code in _KEY_ISSUES], found.path)
