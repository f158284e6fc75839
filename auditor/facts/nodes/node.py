"""A world's Nodes in; their versions, how long these are supported and how they fit the control plane out."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from auditor.facts.clusters.cluster import Observed, observed, today_of, upstream_support
from auditor.facts.clusters.cves import cve_fields, known_cves, why_unknown
from auditor.facts.clusters.distributions import is_control_plane, vendor_support
from auditor.facts.world import World
from auditor.kube.versions import Version, parse_version
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.tables.cves import NODE
from auditor.tables.releases import runtime_support
from auditor.tables.skew import skew

_INFO = "status.nodeInfo"
_KUBELET = (f"{_INFO}.kubeletVersion",)
_RUNTIME = (f"{_INFO}.containerRuntimeVersion",)
_NO_SKEW = {"minors": 0, "allowed": 0, "state": "unknown"}
_NO_DATES = {"state": "unknown", "endOfLife": "", "newestPatch": ""}

NODE_SUBJECT = Subject(
    name="node",
    description="A Node: the versions of what runs on it.",
    variable="node",
    owners=("cluster",),
    reads=("Node", "ServerVersion.observed.kubeplumb.dev"),
    joined=True,
    fields={
        "apiVersion": Field("string", "`v1`."),
        "kind": Field("string", "`Node`."),
        "metadata": Field("ObjectMeta", "The Node's metadata."),
        "spec": Field("NodeSpec", "The Node's spec: `unschedulable`, `taints`, `providerID`."),
        "status": Field("map", "Of the Node's status, `nodeInfo` alone."),
        "status.nodeInfo": Field(
            "NodeSystemInfo",
            "`osImage`, `kernelVersion`, `operatingSystem`, `architecture` and versions as written. `kubeProxyVersion` "
            "is the kubelet's own, which never knew kube-proxy's, and gone from 1.33 on (KEP-4004).",
        ),
        "controlPlane": Field("bool", "Whether its labels say that it runs a control plane.", ("metadata.labels",)),
        "kubelet": Field("map", "`version`, `minor`, `support` and `vendorSupport`.", _KUBELET),
        "kubelet.version": Field("string", "Such as `1.35.2`, without a vendor's suffix.", _KUBELET),
        "kubelet.minor": Field("int", "Its minor version; -1 if unknown.", _KUBELET),
        "kubelet.support": Field("map", "The same fields as `cluster.support`, without `day`.", _KUBELET),
        "kubelet.support.state": Field("string", "As of the cluster.", _KUBELET),
        "kubelet.support.endOfLife": Field("string", "Date, or empty.", _KUBELET),
        "kubelet.support.daysToEnd": Field("int", "Days left; absent where no date is known.", _KUBELET, optional=True),
        "kubelet.support.newestPatch": Field("string", "Newest patch release known, or empty.", _KUBELET),
        "kubelet.vendorSupport": Field("map", "The same fields as `cluster.vendorSupport`.", _KUBELET, optional=True),
        "runtime": Field("map", "The container runtime: `name`, `version` and `support`.", _RUNTIME),
        "runtime.name": Field("string", "`containerd`, `cri-o`, `docker` or another.", _RUNTIME),
        "runtime.version": Field("string", "Such as `2.1.4`, without a vendor's suffix.", _RUNTIME),
        "runtime.support": Field("map", "`state`, `endOfLife`, `newestPatch`.", _RUNTIME),
        "runtime.support.state": Field(
            "string", "`supported`, `maintenance`, `ended`, `future` or `unknown`.", _RUNTIME
        ),
        "runtime.support.endOfLife": Field("string", "Date, or empty.", _RUNTIME),
        "runtime.support.newestPatch": Field("string", "Newest patch release known, or empty.", _RUNTIME),
        "skew": Field("map", "How the kubelet's version fits that of the control plane.", _KUBELET),
        "skew.minors": Field("int", "Minor versions that it lies behind; negative if it is ahead.", _KUBELET),
        "skew.allowed": Field("int", "Minor versions that it may lie behind.", _KUBELET),
        "skew.state": Field("string", "`same`, `within`, `too-old`, `newer` or `unknown`.", _KUBELET),
        **cve_fields("the kubelet", _KUBELET),
    },
)


def node_facts(world: World) -> Iterator[Fact]:
    """One fact for each Node; what its version texts do not tell is undecided."""
    nodes = [item for item in world.of("Node") if item.ref.api_version == "v1"]
    if nodes:
        cluster = observed(world)
        yield from (_fact(node, world, cluster) for node in nodes)


def _fact(node: Resource, world: World, cluster: Observed) -> Fact:
    manifest = node.manifest
    info: Mapping[str, Any] = (manifest.get("status") or {}).get("nodeInfo") or {}
    value: dict[str, Any] = {
        "apiVersion": node.ref.api_version,
        "kind": node.ref.kind,
        "metadata": manifest.get("metadata") or {},
        "spec": manifest.get("spec") or {},
        "status": {"nodeInfo": info},
        "controlPlane": is_control_plane(node),
    }
    anchor = Anchor(node.origin, node.ref, ())
    anchors = {"": anchor, "cves": anchor._replace(path=("status", "nodeInfo", "kubeletVersion"))}
    fact = Fact("node", node.ref, value, anchors, world.name, {"cluster": cluster.fact})
    fact.unknown = world.unknown.get(node.origin, ())
    _runtime(fact, info, today_of(cluster.fact))
    _kubelet(fact, info, cluster)
    conflict = world.conflict(node.ref)
    if conflict:
        fact.undecided |= dict.fromkeys(("kubelet", "runtime", "skew", "cves", "spec", "status"), conflict)
    return fact


def _kubelet(fact: Fact, info: Mapping[str, Any], cluster: Observed) -> None:
    today = today_of(cluster.fact)
    version, reason = _parsed(str(info.get("kubeletVersion", "")), f"{fact.ref} tells no kubelet version")
    if version is None:
        fact.value |= {"kubelet": {"version": "", "minor": -1, "support": _NO_DATES}, "skew": _NO_SKEW, "cves": {}}
        fact.undecided |= dict.fromkeys(("kubelet", "skew", "cves"), reason)
        return
    vendor = vendor_support(cluster.distribution, version, today)
    fact.value["kubelet"] = {
        "version": str(version),
        "minor": version.minor,
        "support": upstream_support(version, today),
        **({"vendorSupport": vendor} if vendor else {}),
    }
    if cluster.distribution and vendor and vendor["state"] == "unknown":
        fact.undecided["kubelet.vendorSupport"] = cluster.distribution.extension
    _skew(fact, version, cluster.fact)
    unknown = why_unknown(version)
    if unknown:
        fact.undecided["cves"] = unknown
    os = str(info.get("operatingSystem", "linux"))
    fact.value["cves"] = {} if unknown else known_cves(NODE, version, cluster.distribution, os)


def _skew(fact: Fact, kubelet: Version, cluster: Fact) -> None:
    found = skew(parse_version(cluster.value["version"]), kubelet)
    reason = cluster.undecided.get("version", "")
    if found is None and not reason:
        reason = f"kubelet {kubelet} and control plane {cluster.value['version']} are of different major versions"
    if found is None or reason:
        fact.value["skew"] = _NO_SKEW
        fact.undecided["skew"] = reason
    else:
        fact.value["skew"] = {"minors": found.minors, "allowed": found.allowed, "state": found.state}


def _runtime(fact: Fact, info: Mapping[str, Any], today: date) -> None:
    name, _, text = str(info.get("containerRuntimeVersion", "")).partition("://")
    version, reason = _parsed(text, f"{fact.ref} tells no version of its container runtime")
    if version is None:
        fact.value["runtime"] = {"name": name, "version": "", "support": _NO_DATES}
        fact.undecided["runtime"] = reason
        return
    dates = runtime_support(name, version, today)
    fact.value["runtime"] = {
        "name": name,
        "version": str(version),
        "support": {
            "state": dates.state,
            "endOfLife": dates.end_of_life.isoformat() if dates.end_of_life else "",
            "newestPatch": str(dates.newest_patch or ""),
        },
    }


def _parsed(text: str, absent: str) -> tuple[Version | None, str]:
    """A version, or why there is none."""
    try:
        return parse_version(text), ""
    except ValueError as error:
        return None, str(error) if text else absent
