"""Facts on managed clusters: what four providers' answers mean, and that nothing unknown comes out as known."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.foreign import recognised
from auditor.facts.managed.fields import NODE_POOL, PROVIDER
from auditor.facts.managed.networks import is_everybody
from auditor.facts.managed.providers import node_pool_facts, provider_facts
from auditor.facts.objects.decode import decode
from auditor.facts.world import World
from auditor.model.facts import Fact, Subject
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.facts.provider_answers import AKS, AUDIT, EKS, GKE, NODEGROUP, OKE

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
TYPES = {"string": str, "bool": bool, "list": list, "map": dict}
ANSWERS = {"EKS": {"cluster": EKS}, "GKE": GKE, "AKS": AKS, "OKE": {"data": OKE}}


def world(*answers: Any) -> World:
    made = World("w", CLUSTER, Completeness())
    for line, answer in enumerate(answers, 1):
        for found in recognised(answer):
            manifest = decode(found.ref.api_version, found.ref.kind, found.manifest).value
            resource = Resource(found.ref, manifest, Origin("f", 0, line, found.base), "w")
            made.resources.setdefault(found.ref.kind, []).append(resource)
    return made


def fact(*answers: Any) -> Fact:
    (found,) = provider_facts(world(*answers))
    return found


def changed(answer: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path; None takes the field away."""
    result = copy.deepcopy(answer)
    node: Any = result
    *steps, last = path.split(".")
    for step in steps:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[int(step)]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return result


def decided(found: Fact) -> dict[str, Any]:
    return {name: value for name, value in found.value.items() if name not in found.undecided and name != "document"}


def test_what_eks_says() -> None:
    assert decided(fact({"cluster": EKS})) == {
        "provider": "EKS",
        "name": "shop",
        "version": "1.34",
        "endpointPublic": True,
        "endpointPrivate": False,
        "endpointReach": "all",
        "authorizedNetworks": ["0.0.0.0/0"],
        "auditLogging": False,
        "logTypes": ["api", "authenticator"],
        "secretsEncryption": "provider",
        "secretsKey": "",
        "keyProblems": [],
        "rbac": True,
        "basicAuth": False,
        "staticCredentials": [],
        "dashboard": False,
        "authenticationMode": "API_AND_CONFIG_MAP",
        "creatorIsAdmin": True,
        "deletionProtection": False,
    }


def test_what_gke_says_and_what_its_json_leaves_out() -> None:
    found = fact(GKE)
    assert decided(found) == {
        "provider": "GKE",
        "name": "shop",
        "version": "1.34.1-gke.1829001",
        "endpointPublic": True,
        "endpointReach": "all",
        "authorizedNetworks": ["0.0.0.0/0"],
        "auditLogging": True,
        "logTypes": ["SYSTEM_COMPONENTS", "WORKLOADS"],
        "systemLogs": True,
        "secretsEncryption": "disk",
        "secretsKey": "",
        "keyProblems": [],
        "networkPolicy": "",
        "workloadIdentity": True,
        "rbac": False,
        "basicAuth": True,
        "staticCredentials": ["client certificate"],
        "upgradeChannel": "REGULAR",
        "dashboard": True,
        "imageVerification": False,
        "alpha": False,
        "shieldedNodes": True,
        "insecureBindings": ["system:authenticated", "system:unauthenticated"],
        "externalIps": False,
        "intranodeVisibility": False,
        "vpcNative": True,
    }
    assert set(found.undecided) == {"anonymousAccess", "googleNetworks"}


def test_what_aks_says_and_what_null_means() -> None:
    found = fact(AKS)
    assert decided(found) == {
        "provider": "AKS",
        "name": "shop",
        "version": "1.34.1",
        "endpointPublic": True,
        "endpointReach": "all",
        "authorizedNetworks": ["0.0.0.0/0"],
        "secretsEncryption": "disk",
        "secretsKey": "",
        "keyProblems": [],
        "networkPolicy": "",
        "workloadIdentity": False,
        "rbac": True,
        "basicAuth": False,
        "staticCredentials": ["local accounts"],
        "upgradeChannel": "",
        "nodeOsUpgrades": "NodeImage",
        "dashboard": False,
        "entraId": False,
        "azureRbac": False,
        "runCommand": True,
        "servicePrincipal": False,
        "defender": False,
        "podIdentity": False,
    }
    assert AKS["id"] in found.undecided["auditLogging"]


def test_what_oke_says() -> None:
    found = fact({"data": OKE})
    assert decided(found) == {
        "provider": "OKE",
        "name": "shop",
        "version": "v1.34.1",
        "endpointPublic": True,
        "endpointReach": "public",
        "endpointGroups": [],
        "auditLogging": True,
        "logTypes": [],
        "secretsEncryption": "disk",
        "secretsKey": "",
        "keyProblems": [],
        "rbac": True,
        "basicAuth": False,
        "staticCredentials": [],
        "dashboard": True,
        "tiller": False,
        "imageVerification": False,
    }
    assert "oci network" in found.undecided["authorizedNetworks"]


@pytest.mark.parametrize("provider", ANSWERS)
def test_every_field_is_in_the_schema_and_of_its_type(provider: str) -> None:
    made = world(ANSWERS[provider], {"nodegroup": NODEGROUP})
    for subject, facts in ((PROVIDER, provider_facts(made)), (NODE_POOL, node_pool_facts(made))):
        for found in facts:
            of_schema(found, subject)


def of_schema(found: Fact, subject: Subject) -> None:
    assert set(found.value) <= set(subject.fields)
    for name, field in subject.fields.items():
        assert field.optional or name in found.value, name
        assert name not in found.value or type(found.value[name]) is TYPES[field.type], name
    assert set(found.undecided) <= set(found.value)
    assert all(reason for reason in found.undecided.values())


@pytest.mark.parametrize(
    ("provider", "path", "value", "field"),
    [
        ("EKS", "cluster.resourcesVpcConfig.endpointPublicAccess", "yes", "endpointPublic"),
        ("EKS", "cluster.resourcesVpcConfig.endpointPublicAccess", None, "endpointReach"),
        ("EKS", "cluster.resourcesVpcConfig.publicAccessCidrs", [7], "authorizedNetworks"),
        ("EKS", "cluster.resourcesVpcConfig.publicAccessCidrs", ["home"], "authorizedNetworks"),
        ("EKS", "cluster.logging", None, "auditLogging"),
        ("EKS", "cluster.logging.clusterLogging", ["audit"], "auditLogging"),
        ("EKS", "cluster.logging.clusterLogging", [{"types": ["audit"], "enabled": "true"}], "auditLogging"),
        ("EKS", "cluster.logging", None, "secretsEncryption"),
        ("EKS", "cluster.encryptionConfig", "aes", "secretsEncryption"),
        ("EKS", "cluster.version", "latest", "secretsEncryption"),
        ("GKE", "networkConfig", None, "alpha"),
        ("GKE", "masterAuth", None, "basicAuth"),
        ("GKE", "masterAuth", None, "alpha"),
        ("GKE", "legacyAbac", True, "rbac"),
        ("GKE", "legacyAbac", None, ""),
        ("GKE", "databaseEncryption.state", "UNKNOWN", "secretsEncryption"),
        ("GKE", "databaseEncryption", None, "secretsEncryption"),
        ("GKE", "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", "on", "endpointReach"),
        (
            "GKE",
            "controlPlaneEndpointsConfig.ipEndpointsConfig.authorizedNetworksConfig",
            {"enabled": "no"},
            "authorizedNetworks",
        ),
        ("AKS", "identity", None, "entraId"),
        ("AKS", "networkProfile", None, "azureRbac"),
        ("AKS", "disableLocalAccounts", "false", "staticCredentials"),
        ("AKS", "enableRbac", None, "rbac"),
        ("AKS", "securityProfile", [], "secretsEncryption"),
        ("OKE", "data.kms-key-id", 7, "secretsEncryption"),
        ("OKE", "data.options", None, "secretsEncryption"),
        ("OKE", "data.endpoint-config", 7, "endpointPublic"),
        ("OKE", "data.options.add-ons", None, "dashboard"),
    ],
)
def test_what_is_cut_out_or_of_another_type_is_undecided(provider: str, path: str, value: Any, field: str) -> None:
    found = fact(changed(ANSWERS[provider], path, value))
    of_schema(found, PROVIDER)
    assert field in found.undecided if field else "rbac" not in found.undecided


def test_a_list_of_oke_does_not_show_the_key() -> None:
    listed = {key: value for key, value in OKE.items() if key != "kms-key-id"}
    assert "secretsEncryption" in fact({"data": [listed]}).undecided
    assert "oci ce cluster get" in fact({"data": [listed]}).undecided["secretsEncryption"]


def test_the_api_of_azure_puts_fields_under_properties() -> None:
    head = {"id", "name", "type", "location", "identity"}
    wrapped = {key: value for key, value in AKS.items() if key in head}
    wrapped["properties"] = {key: value for key, value in AKS.items() if key not in head}
    found, plain = fact(wrapped), fact(AKS)
    assert decided(found) == decided(plain)
    assert found.anchors["runCommand"].path == ("properties", "apiServerAccessProfile", "disableRunCommand")
    (pool,) = node_pool_facts(world(wrapped))
    assert pool.anchors["secureBoot"].path[:3] == ("properties", "agentPoolProfiles", 0)


def test_audit_settings_of_the_same_cluster_decide_on_its_audit_log() -> None:
    found = fact(AKS, AUDIT)
    assert decided(found)["auditLogging"] is True
    assert found.anchors["auditLogging"].origin.line == 2
    other = changed(AUDIT, "logs", [{"category": "kube-apiserver", "enabled": True}])
    assert decided(fact(AKS, [other]))["auditLogging"] is False
    assert "auditLogging" in fact(AKS, other).undecided, "there may be another setting"
    assert "auditLogging" in fact(AKS, [changed(AUDIT, "logs", None)]).undecided


def test_pools_of_all_providers() -> None:
    pools = {one.ref.name: one for one in node_pool_facts(world(GKE, AKS, {"nodegroup": NODEGROUP}))}
    assert set(pools) == {"shop/default-pool", "shop/nodepool1", "shop/workers"}
    google, azure, amazon = pools["shop/default-pool"], pools["shop/nodepool1"], pools["shop/workers"]
    assert google.value["publicIp"]
    assert not google.value["metadataProtected"]
    assert not google.value["autoUpgrade"]
    assert google.value["integrityMonitoring"]
    assert "readOnlyPort" in google.undecided
    assert google.anchors["serviceAccount"].path == ("nodePools", 0, "config", "serviceAccount")
    assert (azure.value["publicIp"], azure.value["hostEncryption"], azure.value["image"]) == (False, False, "Ubuntu")
    assert (amazon.value["sshOpen"], amazon.value["image"]) == (True, "AL2_x86_64")


def test_a_pool_without_a_word_of_its_own_does_as_the_cluster_says() -> None:
    (pool,) = node_pool_facts(world(changed(GKE, "networkConfig.defaultEnablePrivateNodes", True)))
    assert pool.value["publicIp"] is False
    assert pool.anchors["publicIp"].path == ("networkConfig", "defaultEnablePrivateNodes")


def test_a_pool_that_is_no_object_is_undecided() -> None:
    (pool,) = node_pool_facts(world(changed(GKE, "nodePools", ["default-pool"])))
    assert {"publicIp", "secureBoot", "metadataProtected", "serviceAccount"} <= set(pool.undecided)


@pytest.mark.parametrize(
    ("networks", "everybody"),
    [
        (["0.0.0.0/0"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["128.0.0.0/1"], True),
        (["::/0"], True),
        (["2000::/3"], True),
        (["10.0.0.0/8", "203.0.113.7"], False),
        (["2001:db8::/32"], False),
        (["0.0.0.0/32"], False),
        ([], False),
    ],
)
def test_networks_of_everybody(networks: list[str], everybody: bool) -> None:
    assert is_everybody(networks) is everybody


@pytest.mark.parametrize("provider", ANSWERS)
def test_no_secret_is_in_a_fact_and_each_is_known_to_it(provider: str) -> None:
    made = world(ANSWERS[provider])
    source = json.dumps(ANSWERS[provider])
    for found in (*provider_facts(made), *node_pool_facts(made)):
        text = json.dumps([found.value, [dict(shown) for shown in found.shown.values()]])
        assert "SECRET" not in text
        assert "U0VDUkVU" not in text
        masked = source
        for secret in found.secrets:
            masked = masked.replace(secret, "")
        assert "SECRET" not in masked
        assert "U0VDUkVU" not in masked


RECOGNISED_BY = {"id", "name", "type", "arn", "selfLink", "resourcesVpcConfig", "kubernetes-version"}
PATHS = [
    (provider, path)
    for provider, answer in {"EKS": EKS, "GKE": GKE, "AKS": AKS, "OKE": OKE}.items()
    for path in [
        *(key for key in answer),
        *(f"{key}.{inner}" for key, value in answer.items() if isinstance(value, dict) for inner in value),
    ]
    if path not in {*RECOGNISED_BY, "currentMasterVersion"}
]
_TEXTS = st.text(max_size=5)
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), _TEXTS, st.lists(_TEXTS, max_size=2))
VALUES = st.recursive(_PLAIN, lambda inner: st.dictionaries(_TEXTS, inner, max_size=2))


@given(st.sampled_from(PATHS), VALUES)
def test_any_value_anywhere_leaves_facts_of_the_schema(place: tuple[str, str], value: Any) -> None:
    provider, path = place
    answer = changed({"EKS": EKS, "GKE": GKE, "AKS": AKS, "OKE": OKE}[provider], path, value)
    made = world(answer)
    for found in provider_facts(made):
        of_schema(found, PROVIDER)
    for found in node_pool_facts(made):
        of_schema(found, NODE_POOL)
