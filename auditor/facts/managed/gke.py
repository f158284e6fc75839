"""The answer of `gcloud container clusters describe` in, the fields of a provider fact out.

Fields: REST reference of Google Kubernetes Engine, v1 projects.locations.clusters (discovery document container.v1).
Its JSON leaves out what has its zero value (protobuf.dev, ProtoJSON: fields without presence), so that a whole answer
without a boolean says false. Fields with presence of their own (`optional`) are undecided where they are left out.
"""

from typing import Final

from auditor.facts.managed.networks import EVERYWHERE, put_reach
from auditor.facts.managed.reading import NO_ANSWER, Found, Reading, mappings, texts

_IP: Final = ("controlPlaneEndpointsConfig", "ipEndpointsConfig")
_STATES: Final = {1: "ENCRYPTED", 2: "DECRYPTED", 3: "ALL_OBJECTS_ENCRYPTION_ENABLED"}
"""DatabaseEncryption.State (google.container.v1 cluster_service.proto) by its numbers, as Go's encoding/json has it."""
_BINDINGS: Final = {
    "system:authenticated": "enableInsecureBindingSystemAuthenticated",
    "system:unauthenticated": "enableInsecureBindingSystemUnauthenticated",
}


def read_gke(reading: Reading) -> None:
    """Fills in what the answer shows."""
    reading.text("version", "currentMasterVersion")
    _endpoint(reading)
    _networks(reading)
    # Admin Activity logs, to which the API server's audit events go, cannot be switched off (GKE audit logging).
    reading.put("auditLogging", True)
    _logs(reading)
    _encryption(reading)
    _network_policy(reading)
    pool = reading.text("workloadIdentity", "workloadIdentityConfig", "workloadPool", absent="")
    reading.values["workloadIdentity"] = bool(pool)
    _not(reading, "rbac", "legacyAbac", "enabled")
    _credentials(reading)
    channel = reading.text("upgradeChannel", "releaseChannel", "channel", absent="")
    if channel == "UNSPECIFIED":
        reading.values["upgradeChannel"] = ""
    _dashboard(reading)
    _image_verification(reading)
    reading.flag("alpha", "enableKubernetesAlpha", absent=False)
    reading.flag("shieldedNodes", "shieldedNodes", "enabled", absent=False)
    reading.text("anonymousAccess", "anonymousAuthenticationConfig", "mode")
    _bindings(reading)
    reading.flag("externalIps", "networkConfig", "serviceExternalIpsConfig", "enabled", absent=False)
    reading.flag("intranodeVisibility", "networkConfig", "enableIntraNodeVisibility", absent=False)
    reading.flag("vpcNative", "ipAllocationPolicy", "useIpAliases", absent=False)


def _not(reading: Reading, name: str, *steps: str) -> None:
    """A field that holds where a boolean of the answer does not."""
    value = reading.flag(name, *steps, absent=False)
    if value is not None:
        reading.values[name] = not value


def _endpoint(reading: Reading) -> None:
    """The endpoint with an IP address; the one with a DNS name asks IAM before it lets anything through."""
    newer = reading.look(dict, *_IP)
    if newer.problem or not newer.there:
        _not(reading, "endpointPublic", "privateClusterConfig", "enablePrivateEndpoint")
        return
    public = reading.flag("endpointPublic", *_IP, "enablePublicEndpoint", absent=False)
    enabled = reading.look(bool, *_IP, "enabled")
    if enabled.problem:
        reading.leave("endpointPublic", enabled.problem, enabled.path, False)
    elif public and not enabled.value:
        reading.put("endpointPublic", False, enabled.path)


def _networks(reading: Reading) -> None:
    where: tuple[str, ...] = (*_IP, "authorizedNetworksConfig")
    if not reading.look(dict, *where).there:
        where = ("masterAuthorizedNetworksConfig",)
    enabled = reading.look(bool, *where, "enabled")
    blocks = reading.look(list, *where, "cidrBlocks")
    items = mappings(blocks)
    found = [item.get("cidrBlock") for _, item in items]
    problem = enabled.problem or blocks.problem
    if len(items) < len(blocks.value or ()) or any(not isinstance(network, str) for network in found):
        problem = problem or f"{'.'.join(where)}.cidrBlocks holds something that is no network"
    if not enabled.there and not reading.whole:
        problem = problem or NO_ANSWER.format(f"{'.'.join(where)}.enabled")
    networks = [str(network) for network in found] if enabled.value else list(EVERYWHERE)
    path = blocks.path if enabled.value and blocks.there else enabled.path
    put_reach(reading, None if problem else networks, path, problem)
    reading.flag("googleNetworks", *where, "gcpPublicCidrsAccessEnabled")


def _logs(reading: Reading) -> None:
    found = reading.look(list, "loggingConfig", "componentConfig", "enableComponents")
    components, problem = texts(found)
    service = reading.look(str, "loggingService")
    if problem or service.problem or not (found.there or service.there or reading.whole):
        reason = problem or service.problem or NO_ANSWER.format("loggingConfig")
        reading.leave("logTypes", reason, found.path, [])
        reading.leave("systemLogs", reason, found.path, False)
        return
    reading.put("logTypes", components, found.path)
    older = service.there and service.value != "none" and not reading.look(dict, "loggingConfig").there
    reading.put("systemLogs", "SYSTEM_COMPONENTS" in components or older, found.path if found.there else service.path)


def _encryption(reading: Reading) -> None:
    state = reading.look(str, "databaseEncryption", "state")
    number = reading.look(int, "databaseEncryption", "state")
    if number.value in _STATES:
        state = number._replace(value=_STATES[number.value])
    key = reading.look(str, "databaseEncryption", "keyName")
    current = reading.look(str, "databaseEncryption", "currentState")
    encrypted = {"ENCRYPTED": "customer", "ALL_OBJECTS_ENCRYPTION_ENABLED": "customer", "DECRYPTED": "disk"}
    how = encrypted.get(state.value or "")
    if how is None or key.problem:
        reason = state.problem or key.problem or NO_ANSWER.format("databaseEncryption.state")
        reading.leave("secretsEncryption", reason, state.path)
        reading.leave("secretsKey", reason, key.path)
    else:
        reading.put("secretsEncryption", how, state.path)
        reading.put("secretsKey", key.value or "", key.path if key.there else state.path)
    if current.problem:
        reading.leave("keyProblems", current.problem, current.path, [])
    else:
        broken = [current.value] if (current.value or "").endswith("_ERROR") else []
        reading.put("keyProblems", broken, current.path)


def _network_policy(reading: Reading) -> None:
    """Dataplane V2 enforces policies always, Calico where it is enabled."""
    datapath = reading.look(str, "networkConfig", "datapathProvider")
    if datapath.value == "ADVANCED_DATAPATH":
        reading.put("networkPolicy", "Dataplane V2", datapath.path)
        return
    enabled = reading.flag("networkPolicy", "networkPolicy", "enabled", absent=False)
    if enabled is None or datapath.problem:
        reason = datapath.problem or reading.undecided["networkPolicy"]
        reading.leave("networkPolicy", reason, reading.paths["networkPolicy"])
    else:
        reading.values["networkPolicy"] = "Calico" if enabled else ""


def _credentials(reading: Reading) -> None:
    user = reading.look(str, "masterAuth", "username")
    certificate = reading.look(str, "masterAuth", "clientCertificate")
    issued = reading.look(bool, "masterAuth", "clientCertificateConfig", "issueClientCertificate")
    shown = reading.whole or reading.look(dict, "masterAuth").there
    _put(reading, "basicAuth", user, shown, bool(user.value), False)
    problem = certificate if certificate.problem else issued
    present = ["client certificate"] if certificate.value or issued.value else []
    place = certificate if certificate.value else problem
    _put(reading, "staticCredentials", place, shown, present, [])


def _put(reading: Reading, name: str, found: Found, shown: bool, value: object, unknown: object) -> None:
    if found.problem or not shown:
        reading.leave(name, found.problem or NO_ANSWER.format("masterAuth"), found.path, unknown)
    else:
        reading.put(name, value, found.path)


def _dashboard(reading: Reading) -> None:
    add_on = reading.look(dict, "addonsConfig", "kubernetesDashboard")
    disabled = reading.look(bool, "addonsConfig", "kubernetesDashboard", "disabled")
    problem = add_on.problem or disabled.problem
    if problem or not (add_on.there or reading.whole):
        reason = problem or NO_ANSWER.format("addonsConfig.kubernetesDashboard")
        reading.leave("dashboard", reason, add_on.path, False)
    else:
        reading.put("dashboard", add_on.there and not disabled.value, add_on.path)


def _image_verification(reading: Reading) -> None:
    """`enabled` counts only where no mode is set."""
    mode = reading.text("imageVerification", "binaryAuthorization", "evaluationMode", absent="")
    enabled = reading.look(bool, "binaryAuthorization", "enabled")
    if mode is None or enabled.problem:
        reason = enabled.problem or reading.undecided["imageVerification"]
        reading.leave("imageVerification", reason, reading.paths["imageVerification"], False)
    elif mode in ("", "EVALUATION_MODE_UNSPECIFIED"):
        reading.put("imageVerification", bool(enabled.value), enabled.path)
    else:
        reading.values["imageVerification"] = mode != "DISABLED"


def _bindings(reading: Reading) -> None:
    """The groups of everybody that bindings may name."""
    allowed: list[str] = []
    for group, field in _BINDINGS.items():
        found = reading.look(bool, "rbacBindingConfig", field)
        if not found.there:
            reason = found.problem or NO_ANSWER.format(f"rbacBindingConfig.{field}")
            reading.leave("insecureBindings", reason, found.path, [])
            return
        allowed += [group] if found.value else []
    reading.put("insecureBindings", allowed, ("rbacBindingConfig",))
