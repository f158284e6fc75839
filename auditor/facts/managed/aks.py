"""The answer of `az aks show` in, the fields of a provider fact out.

Fields: REST reference of Azure Kubernetes Service, managedClusters, type ManagedCluster (azure-mgmt-containerservice,
models). The API gives them under `properties`, `az` without; what is not set is null, or left out.
"""

from collections.abc import Iterable
from typing import Final

from auditor.facts.managed.networks import EVERYWHERE, put_reach
from auditor.facts.managed.reading import NO_ANSWER, Reading, mappings, texts
from auditor.model.inventory import Resource

ROOTS: Final = ((), ("properties",))
"""As `az` prints it, and as the API answers."""
_AUDIT: Final = frozenset({"kube-audit", "kube-audit-admin"})
_GROUPS: Final = frozenset({"audit", "alllogs"})
"""Groups of categories that hold the audit log (Azure Monitor, diagnostic settings)."""
_KMS: Final = ("securityProfile", "azureKeyVaultKms")
_ASK: Final = "audit logs are set apart: az monitor diagnostic-settings list --resource {} > audit.json"


def read_aks(reading: Reading, settings: Iterable[Resource]) -> Resource | None:
    """Fills in what the answer shows; returns the diagnostic setting that decided on audit logs, if any did."""
    reading.text("version", "currentKubernetesVersion")
    if "version" in reading.undecided:
        reading.text("version", "kubernetesVersion")
    _endpoint(reading)
    decided = _audit(reading, settings)
    _encryption(reading)
    reading.put("keyProblems", [])
    for name, steps in (
        ("networkPolicy", ("networkProfile", "networkPolicy")),
        ("upgradeChannel", ("autoUpgradeProfile", "upgradeChannel")),
    ):
        text = reading.text(name, *steps, absent="")
        if text and text.lower() == "none":
            reading.values[name] = ""
    reading.text("nodeOsUpgrades", "autoUpgradeProfile", "nodeOsUpgradeChannel")
    _identity(reading)
    reading.put("basicAuth", False)
    for switch, *where in (
        ("dashboard", "addonProfiles", "kubeDashboard", "enabled"),
        ("azureRbac", "aadProfile", "enableAzureRbac"),
        ("defender", "securityProfile", "defender", "securityMonitoring", "enabled"),
        ("podIdentity", "podIdentityProfile", "enabled"),
    ):
        reading.flag(switch, *where, absent=False)
    reading.flag("rbac", "enableRbac")
    disabled = reading.flag("runCommand", "apiServerAccessProfile", "disableRunCommand", absent=False)
    if disabled is not None:
        reading.values["runCommand"] = not disabled
    return decided


def _endpoint(reading: Reading) -> None:
    private = reading.flag("endpointPublic", "apiServerAccessProfile", "enablePrivateCluster", absent=False)
    access = reading.look(str, "publicNetworkAccess")
    if access.problem:
        reading.leave("endpointPublic", access.problem, access.path, False)
    elif private is not None:
        reading.values["endpointPublic"] = not private
        if (access.value or "").lower() == "disabled":
            reading.put("endpointPublic", False, access.path)
    found = reading.look(list, "apiServerAccessProfile", "authorizedIpRanges")
    networks, problem = texts(found)
    if not found.there and not reading.whole:
        problem = problem or NO_ANSWER.format("apiServerAccessProfile.authorizedIpRanges")
    put_reach(reading, None if problem else networks or list(EVERYWHERE), found.path, problem)


def _audit(reading: Reading, settings: Iterable[Resource]) -> Resource | None:
    """What the diagnostic settings of this cluster say, if they are in the input."""
    own = str(reading.document.get("id", ""))
    mine = [one for one in settings if str(one.manifest.get("id", "")).lower().startswith(f"{own.lower()}/")]
    last = None
    types: list[str] = []
    for one in mine:
        logs = Reading(one.manifest, ROOTS).look(list, "logs")
        for _, log in mappings(logs):
            category = log.get("category") or log.get("categoryGroup")
            if isinstance(category, str) and log.get("enabled") is True:
                types.append(category)
                if category in _AUDIT or category.lower() in _GROUPS:
                    reading.put("logTypes", sorted(types), logs.path)
                    reading.put("auditLogging", True, logs.path)
                    return one
        last = one if one.manifest.get("listed") is True and logs.there else last
    if last is not None:
        reading.put("logTypes", sorted(types), ("logs",))
        reading.put("auditLogging", False, ("logs",))
        return last
    reading.leave("logTypes", _ASK.format(own), (), [])
    reading.leave("auditLogging", _ASK.format(own), (), False)
    return None


def _encryption(reading: Reading) -> None:
    kms = reading.flag("secretsEncryption", *_KMS, "enabled", absent=False)
    key = reading.look(str, *_KMS, "keyId")
    own = reading.look(str, "securityProfile", "kubernetesResourceObjectEncryptionProfile", "infrastructureEncryption")
    if kms is None or key.problem or own.problem:
        reason = key.problem or own.problem or reading.undecided["secretsEncryption"]
        reading.leave("secretsEncryption", reason, key.path)
        reading.leave("secretsKey", reason, key.path)
        return
    place = reading.paths["secretsEncryption"]
    provider = (own.value or "").lower() == "enabled"
    reading.put("secretsEncryption", "customer" if kms else "provider" if provider else "disk", place)
    reading.put("secretsKey", key.value or "" if kms else "", key.path)


def _identity(reading: Reading) -> None:
    """Who may log in how, and as what cluster and pods speak to Azure."""
    directory = reading.look(dict, "aadProfile")
    if directory.problem or not (directory.there or reading.whole):
        reading.leave("entraId", directory.problem or NO_ANSWER.format("aadProfile"), directory.path, False)
    else:
        reading.put("entraId", directory.there, directory.path)
    disabled = reading.flag("staticCredentials", "disableLocalAccounts", absent=False)
    if disabled is None:
        reading.values["staticCredentials"] = []
    else:
        reading.values["staticCredentials"] = [] if disabled else ["local accounts"]
    issuer = reading.look(bool, "oidcIssuerProfile", "enabled")
    workloads = reading.flag("workloadIdentity", "securityProfile", "workloadIdentity", "enabled", absent=False)
    if issuer.problem:
        reading.leave("workloadIdentity", issuer.problem, issuer.path, False)
    elif workloads and not issuer.value:
        reading.put("workloadIdentity", False, issuer.path)
    client = reading.look(str, "servicePrincipalProfile", "clientId")
    managed = reading.look(dict, "identity")
    problem = client.problem or managed.problem
    if problem or not (client.there or managed.there):
        reason = problem or NO_ANSWER.format("servicePrincipalProfile.clientId")
        reading.leave("servicePrincipal", reason, client.path, False)
    else:
        reading.put("servicePrincipal", client.there and client.value != "msi", client.path)
