"""Cluster and node facts: what the server and the Nodes tell, and what stays undecided without them."""

from datetime import date
from typing import Any

import pytest

from auditor.facts.clusters.cluster import CLUSTER, cluster_fact, cluster_facts
from auditor.facts.nodes.node import NODE_SUBJECT, node_facts
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Fact, Subject
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

TODAY = date(2026, 11, 26)
CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}


def server(git_version: Any = "v1.36.4", groups: Any = ()) -> Resource:
    ref = ObjectRef("observed.kubeplumb.dev/v1", "ServerVersion", "", "kube-apiserver")
    answer = {"gitVersion": git_version, "platform": "linux/arm64"}
    groups = list(groups) if isinstance(groups, tuple) else groups
    return Resource(ref, {"version": answer, "groups": groups}, Origin("f", 0), "w")


def node(kubelet: str = "v1.36.4", labels: dict[str, str] | None = None, provider: str = "", **info: str) -> Resource:
    ref = ObjectRef("v1", "Node", "", "worker")
    status = {"nodeInfo": {"kubeletVersion": kubelet, "containerRuntimeVersion": "containerd://2.3.4", **info}}
    manifest = {"metadata": {"labels": labels or {}}, "spec": {"providerID": provider}, "status": status}
    return Resource(ref, manifest, Origin("f", 1), "w")


def world(*resources: Resource, version: str = "", source: str = "given") -> World:
    target, source = (version, source) if version else ("1.37", "assumed")
    made = World("w", cluster_fact("w", parse_version(target), source, TODAY, None), Completeness())
    for resource in resources:
        made.resources.setdefault(resource.ref.kind, []).append(resource)
    return made


def cluster(*resources: Resource, version: str = "", source: str = "given") -> Fact:
    return next(iter(cluster_facts(world(*resources, version=version, source=source))))


def only_node(*resources: Resource, version: str = "") -> Fact:
    return next(iter(node_facts(world(*resources, version=version))))


OPAQUE = ("server", "metadata", "spec", "status", "cves", "kubelet.vendorSupport")
"""Parts that the schema describes as a whole or elsewhere."""


def undocumented(subject: Subject, value: dict[str, Any], prefix: str = "") -> set[str]:
    """Paths of a fact that the schema does not name."""
    found = {f"{prefix}{key}" for key in value} - set(subject.fields)
    for key, item in value.items():
        if isinstance(item, dict) and f"{prefix}{key}" not in OPAQUE:
            found |= undocumented(subject, item, f"{prefix}{key}.")
    return found


def test_the_servers_answer_stands_in_for_an_assumed_version() -> None:
    fact = cluster(server("v1.35.2+k3s1"))
    assert (fact.value["version"], fact.value["versionSource"]) == ("1.35.2", "seen")
    assert fact.value["server"] == {"gitVersion": "v1.35.2+k3s1", "platform": "linux/arm64"}
    assert fact.value["support"]["endOfLife"] == "2027-02-28"
    assert fact.anchors["version"].path == ("version", "gitVersion")
    assert fact.undecided == {}


def test_a_version_that_was_given_wins() -> None:
    fact = cluster(server("v1.35.2"), node("v1.35.2"), version="1.37.1")
    assert (fact.value["version"], fact.value["versionSource"]) == ("1.37.1", "given")
    assert fact.value["server"]["gitVersion"] == "v1.35.2"
    assert only_node(server("v1.35.2"), node("v1.35.2"), version="1.37.1").value["skew"]["minors"] == 2


def test_nothing_seen_leaves_everything_undecided() -> None:
    fact = cluster()
    assert set(fact.undecided) == {
        *("version", "support", "cves", "distribution", "managed", "distributionEvidence"),
    }


def test_a_server_without_nodes_and_without_a_sign_may_be_anybodys() -> None:
    assert "managed" in cluster(server("v1.36.4")).undecided  # AKS and OKE serve upstream's version
    assert "managed" not in cluster(server("v1.36.4"), node()).undecided


@pytest.mark.parametrize("answer", ["", "master", ["v1.36.4"], 1.36, None, {"a": 1}])
def test_an_answer_that_is_no_version_is_undecided(answer: Any) -> None:
    fact = cluster(server(answer), node())
    assert "version" in fact.undecided
    assert "skew" in only_node(server(answer), node()).undecided


@pytest.mark.parametrize("groups", [True, "config.openshift.io", {"a": 1}, [1, None], None])
def test_groups_that_are_no_list_of_texts_say_nothing(groups: Any) -> None:
    assert cluster(server(groups=groups), node()).value["distribution"] == ""


def test_two_answers_that_differ_decide_nothing() -> None:
    made = world(server(), node())
    made.conflicts["ServerVersion", "", "kube-apiserver"] = "is in the input twice"
    assert next(iter(cluster_facts(made))).undecided["version"] == "is in the input twice"


def test_the_evidence_names_the_signs() -> None:
    fact = cluster(
        server("v1.34.4-eks-a737599"), node("v1.34.4-eks-a737599", {"eks.amazonaws.com/nodegroup": "general"})
    )
    assert (fact.value["distribution"], fact.value["managed"]) == ("EKS", True)
    assert fact.value["distributionEvidence"] == [
        "server version v1.34.4-eks-a737599",
        "node worker: label eks.amazonaws.com/nodegroup",
    ]
    assert fact.value["vendorSupport"] == {
        "offering": "EKS",
        "cycle": "1.34",
        "state": "standard",
        "standardEnd": "2026-12-02",
        "extendedEnd": "2027-12-02",
        "daysToEnd": 6,
    }


@pytest.mark.parametrize(
    ("resources", "name", "managed"),
    [
        ((node("v1.30.4-eks-a737599"),), "EKS", True),
        ((node("v1.30.4-eks-a737599", CONTROL_PLANE),), "EKS Distro", False),
        ((node("v1.31.1", {"cloud.google.com/gke-nodepool": "a"}),), "GKE", True),
        ((node("v1.31.1", {"kubernetes.azure.com/cluster": "a"}),), "AKS", True),
        ((node("v1.31.1", {"oci.oraclecloud.com/fault-domain": "a"}),), "OKE", True),
        ((node("v1.31.1", {"oci.oraclecloud.com/fault-domain": "a", **CONTROL_PLANE}),), "", False),
        ((server(groups=("apps", "config.openshift.io")),), "OpenShift", False),
        ((node("v1.31.1", provider="kind://docker/kind/worker"),), "kind", False),
        ((node("v1.31.1", osImage="Talos (v1.11.2)"),), "Talos", False),
        ((node("v1.31.1", provider="aws:///eu-west-1a/i-0"),), "", False),
    ],
)
def test_a_distribution_is_recognised(resources: tuple[Resource, ...], name: str, managed: bool) -> None:
    value = cluster(*resources).value
    assert (value["distribution"], value["managed"]) == (name, managed)
    assert bool(value["distributionEvidence"]) == bool(name)


@pytest.mark.parametrize(
    ("version", "labels", "state", "days"),
    [
        ("v1.33.5-eks-1", {}, "extended", 245),
        ("v1.30.5-eks-1", {}, "ended", -126),
        ("v1.36.1", {"kubernetes.azure.com/cluster": "a"}, "standard", 216),
        ("v1.34.9-gke.1", {}, "unknown", -56),
        ("v1.31.3", {"node.openshift.io/os_id": "rhcos"}, "extended", 91),
    ],
)
def test_a_vendor_has_dates_of_his_own(version: str, labels: dict[str, str], state: str, days: int) -> None:
    fact = cluster(server(version), node(version, labels))
    assert (fact.value["vendorSupport"]["state"], fact.value["vendorSupport"]["daysToEnd"]) == (state, days)
    assert ("vendorSupport.state" in fact.undecided) == (state == "unknown")


def test_a_vendors_build_may_hold_the_fix() -> None:
    plain = cluster(server("v1.26.15"), node("v1.26.15"))
    vendor = cluster(server("v1.26.15-eks-1"), node("v1.26.15-eks-1"))
    assert plain.value["cves"]["CVE-2024-0793"]["precondition"] == ""
    assert plain.value["cves"]["CVE-2024-0793"]["fixedIn"] == "1.27.0"
    assert vendor.value["cves"]["CVE-2024-0793"]["precondition"].startswith("EKS has not brought the fix")
    assert "EKS" not in vendor.value["cves"]["CVE-2020-8554"]["precondition"]  # there is no fix to bring


@pytest.mark.parametrize("version", ["1.36", "1.45.1", "2.0.1", "0.0.0"])
def test_cves_of_a_version_that_is_not_exactly_known_are_undecided(version: str) -> None:
    assert "cves" in cluster(version=version).undecided


def test_a_node_tells_its_versions() -> None:
    value = only_node(server("v1.36.4"), node("v1.34.11+rke2r1", CONTROL_PLANE, operatingSystem="linux")).value
    assert value["controlPlane"] is True
    assert value["kubelet"]["version"] == "1.34.11"
    assert value["kubelet"]["support"]["state"] == "ended"
    assert value["kubelet"]["support"]["daysToEnd"] == -30
    assert value["runtime"] == {
        "name": "containerd",
        "version": "2.3.4",
        "support": {"state": "supported", "endOfLife": "2028-04-30", "newestPatch": "2.3.4"},
    }
    assert value["skew"] == {"minors": 2, "allowed": 3, "state": "within"}


@pytest.mark.parametrize(
    ("resource", "parts"),
    [
        (node("unknown"), {"kubelet", "skew", "cves"}),
        (node(""), {"kubelet", "skew", "cves"}),
        (node("v1.36"), {"cves"}),
        (node("v2.0.1"), {"skew", "cves"}),
        (node(containerRuntimeVersion="containerd://Unknown"), {"runtime"}),
        (node(containerRuntimeVersion=""), {"runtime"}),
        (node(), set()),
    ],
)
def test_a_text_that_is_no_version_leaves_its_part_undecided(resource: Resource, parts: set[str]) -> None:
    fact = only_node(server(), resource)
    assert set(fact.undecided) == parts
    assert undocumented(NODE_SUBJECT, fact.value) == set()
    assert {"state", "endOfLife", "newestPatch"} <= set(fact.value["kubelet"]["support"])  # CEL may ask for them


def test_a_node_that_is_in_the_input_twice_is_undecided() -> None:
    made = world(server(), node())
    made.conflicts["Node", "", "worker"] = "is in the input twice"
    fact = next(iter(node_facts(made)))
    assert {fact.undecided[part] for part in ("kubelet", "runtime", "skew", "cves", "spec")} == {
        "is in the input twice"
    }


def test_a_node_of_another_group_is_no_node() -> None:
    other = node()
    other = other._replace(ref=other.ref._replace(api_version="longhorn.io/v1beta2"))
    assert list(node_facts(world(server(), other))) == []


def test_the_schema_names_every_field() -> None:
    eks = {"eks.amazonaws.com/nodegroup": "general"}
    made = world(server("v1.33.1-eks-1"), node("v1.30.1-eks-1", eks))
    assert undocumented(CLUSTER, next(iter(cluster_facts(made))).value) == set()
    assert undocumented(NODE_SUBJECT, next(iter(node_facts(made))).value) == set()
    row = next(iter(next(iter(cluster_facts(made))).value["cves"].values()))
    assert {f"cves.*.{key}" for key in row} <= set(CLUSTER.fields)
