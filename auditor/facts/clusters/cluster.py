"""The target version, the date, and what server and Nodes say, if they are seen, in; the cluster fact out."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from auditor.facts.clusters.cves import cve_fields, known_cves, why_unknown
from auditor.facts.clusters.distributions import Recognised, recognise, vendor_support
from auditor.facts.managed.fields import KINDS
from auditor.facts.world import World
from auditor.kube.versions import Version, parse_version
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED as OBSERVED
from auditor.model.refs import ObjectRef, Origin
from auditor.tables.cves import SERVER
from auditor.tables.distributions import Distribution, distributions
from auditor.tables.releases import support

_SUPPORT = ("version",)
_NODES = ("Node",)
_SEEN = ("distribution", "managed", "distributionEvidence")

CLUSTER = Subject(
    name="cluster",
    description="The cluster that the input is meant for: its version, its support dates, whose Kubernetes it is.",
    variable="cluster",
    owners=(),
    reads=("ServerVersion.observed.kubeplumb.dev",),
    fields={
        "version": Field("string", "Such as `1.37`; with its patch level where one was seen."),
        "minor": Field("int", "Its minor version."),
        "versionSource": Field("string", "`given`, `seen` or `assumed` (the newest known)."),
        "support": Field("map", "`state`, `endOfLife`, `daysToEnd`, `newestPatch`, of upstream.", _SUPPORT),
        "support.state": Field("string", "`supported`, `maintenance`, `ended`, `future` or `unknown`.", _SUPPORT),
        "support.endOfLife": Field("string", "Date, or empty.", _SUPPORT),
        "support.daysToEnd": Field("int", "Days left; absent where no date is known.", _SUPPORT, optional=True),
        "support.newestPatch": Field("string", "Newest patch release known, or empty.", _SUPPORT),
        "support.day": Field("string", "The date for which all support is decided."),
        "server": Field(
            "map",
            "What GET /version answered: `gitVersion`, `major`, `minor`, `platform`, `goVersion` and so on.",
            optional=True,
        ),
        "distribution": Field(
            "string",
            f"One of {', '.join(f'`{name}`' for name in distributions())}; empty where nothing is a sign of one.",
            rests_on=_NODES,
        ),
        "managed": Field(
            "bool", "Whether the control plane is a provider's, so that nobody sees its settings.", rests_on=_NODES
        ),
        "distributionEvidence": Field("list", "What the distribution was recognised by, as texts.", rests_on=_NODES),
        "vendorSupport": Field(
            "map",
            "The vendor's own support; absent where no dates are known.",
            _SUPPORT,
            optional=True,
            rests_on=_NODES,
        ),
        "vendorSupport.offering": Field("string", "The distribution.", _SUPPORT),
        "vendorSupport.cycle": Field(
            "string", "The vendor's own minor, such as `1.34`, of OpenShift `4.18`.", _SUPPORT
        ),
        "vendorSupport.state": Field("string", "`standard`, `extended`, `ended` or `unknown`.", _SUPPORT),
        "vendorSupport.standardEnd": Field("string", "Date on which standard support ends.", _SUPPORT),
        "vendorSupport.extendedEnd": Field("string", "Date on which extended support ends, or empty.", _SUPPORT),
        "vendorSupport.daysToEnd": Field("int", "Days left of the support that it is in.", _SUPPORT),
        **cve_fields("the control plane", _SUPPORT),
    },
    joined=True,
)


_VERSIONS = ("version", "currentMasterVersion", "currentKubernetesVersion", "kubernetes-version")
"""Where EKS, GKE, AKS and OKE tell the version of the control plane."""


class Observed(NamedTuple):
    """A cluster fact that knows what was observed, and the distribution."""

    fact: Fact
    distribution: Distribution | None


def cluster_fact(world: str, version: Version, source: str, today: date, place: Anchor | None) -> Fact:
    """The cluster of one world before its objects are known, which leaves undecided whose distribution it is.

    An assumed version leaves everything about support undecided.
    """
    value: dict[str, Any] = {
        "version": str(version),
        "minor": version.minor,
        "versionSource": source,
        "support": {**upstream_support(version, today), "day": today.isoformat()},
        "distribution": "",
        "managed": False,
        "distributionEvidence": [],
        "cves": {},
    }
    ref = ObjectRef("", "Cluster", "", "")
    anchors = {"": Anchor(Origin(world, 0, 0), ref, ())}
    if place is not None:
        anchors |= dict.fromkeys(("version", "support", "cves"), place)
    fact = Fact("cluster", ref, value, anchors, world)
    fact.undecided = dict.fromkeys(_SEEN, "neither the server's own version nor a Node is in the input")
    if source == "assumed":
        reason = "no Kubernetes version was seen in the input or given with --kubernetes-version"
        fact.undecided |= dict.fromkeys(("version", "support", "cves"), reason)
    return fact


def upstream_support(version: Version, today: date) -> dict[str, Any]:
    """`state`, `endOfLife`, `newestPatch`, and `daysToEnd` if there is a date."""
    dates = support(version, today)
    release = dates.release
    about: dict[str, Any] = {
        "state": dates.state,
        "endOfLife": release.end_of_life.isoformat() if release else "",
        "newestPatch": str(release.newest_patch) if release else "",
    }
    if dates.days_to_end is not None:
        about["daysToEnd"] = dates.days_to_end
    return about


def cluster_facts(world: World) -> Iterator[Fact]:
    """The cluster of a world, with what was observed of it."""
    yield observed(world).fact


def observed(world: World) -> Observed:
    """The cluster fact of a world with what its ServerVersion and its Nodes say; the world's own one stays as it is."""
    server = next((item for item in world.of("ServerVersion") if item.ref.api_version == OBSERVED), None)
    nodes = [item for item in world.of("Node") if item.ref.api_version == "v1"]
    described = [item for item in world.of(*KINDS) if item.ref.api_version == OBSERVED]
    provider = described[0] if len(described) == 1 else None
    fact = _with_server(world, server) if server or provider is None else _with_provider(world, provider)
    groups = server.manifest.get("groups") if server else None
    names = [name for name in groups if isinstance(name, str)] if isinstance(groups, list) else []
    found = recognise(fact.value.get("server", {}).get("gitVersion", ""), names, nodes)
    if found.distribution is None and provider is not None:
        whose = KINDS[provider.ref.kind]
        found = Recognised(distributions()[whose], (f"what {whose} says of {provider.ref.name}",))
    version = parse_version(fact.value["version"])
    distribution = found.distribution
    if distribution:
        vendor = vendor_support(distribution, version, today_of(fact))
        fact.value |= {
            "distribution": distribution.name,
            "managed": distribution.managed,
            "distributionEvidence": list(found.evidence),
            **({"vendorSupport": vendor} if vendor else {}),
        }
        if vendor and vendor["state"] == "unknown":
            fact.undecided["vendorSupport.state"] = distribution.extension
    if distribution or nodes:
        for name in _SEEN:
            fact.undecided.pop(name, None)
    elif server:
        reason = "no Node is in the input, and what the server says of itself is no sign of a distribution"
        fact.undecided |= dict.fromkeys(_SEEN, reason)
    if "version" not in fact.undecided:
        reason = why_unknown(version)
        if reason:
            fact.undecided["cves"] = reason
        else:
            fact.value["cves"] = known_cves(SERVER, version, distribution)
    return Observed(fact, distribution)


def _with_provider(world: World, described: Resource) -> Fact:
    """A copy of the world's cluster fact, with the version that the provider tells, if none was known so far."""
    old = world.cluster
    for key in _VERSIONS:
        text = described.manifest.get(key)
        if isinstance(text, str) and old.value["versionSource"] == "assumed":
            with suppress(ValueError):  # a text that is no version tells none
                place = Anchor(described.origin, described.ref, (key,))
                return cluster_fact(world.name, parse_version(text), "seen", today_of(old), place)
    return Fact("cluster", old.ref, dict(old.value), dict(old.anchors), old.world, undecided=dict(old.undecided))


def today_of(cluster: Fact) -> date:
    """The day for which a cluster fact was made."""
    return date.fromisoformat(cluster.value["support"]["day"])


def _with_server(world: World, server: Resource | None) -> Fact:
    """A copy of the world's cluster fact, with what the server answered; its version, if none was known so far.

    The answer is no API object, so nothing has checked it: what is no text is left out.
    """
    old = world.cluster
    fact = Fact("cluster", old.ref, dict(old.value), dict(old.anchors), old.world, undecided=dict(old.undecided))
    info = server.manifest.get("version") if server else None
    if server is None or not isinstance(info, dict):
        return fact
    answer = {key: text for key, text in info.items() if isinstance(text, str)}
    place = Anchor(server.origin, server.ref, ("version", "gitVersion"))
    if fact.value["versionSource"] == "assumed":
        reason = world.conflict(server.ref)
        try:
            version = parse_version(answer.get("gitVersion", ""))
        except ValueError as error:
            reason = f"the server's own version is of no use: {error}"
        if reason:
            fact.undecided |= dict.fromkeys(("version", "support", "cves"), reason)
        else:
            fact = cluster_fact(world.name, version, "seen", today_of(old), place)
    elif fact.value["versionSource"] == "seen":
        fact.anchors |= dict.fromkeys(("version", "support", "cves"), place)
    fact.value["server"] = answer
    fact.anchors["server"] = Anchor(server.origin, server.ref, ("version",))
    return fact
