"""The target version and the date in, the cluster fact out."""

from datetime import date
from typing import Any

from auditor.kube.versions import Version
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.refs import ObjectRef, Origin
from auditor.tables.releases import support

_SUPPORT = ("version",)

CLUSTER = Subject(
    name="cluster",
    description="The cluster that the input is meant for: its version and its support dates.",
    variable="cluster",
    owners=(),
    reads=(),
    fields={
        "version": Field("string", "Such as `1.37`; with its patch level where one was seen."),
        "minor": Field("int", "Its minor version."),
        "versionSource": Field("string", "`given`, `seen` or `assumed` (the newest known)."),
        "support": Field("map", "`state`, `endOfLife`, `daysToEnd`, `newestPatch`.", _SUPPORT),
        "support.state": Field("string", "`supported`, `maintenance`, `ended`, `future` or `unknown`.", _SUPPORT),
        "support.endOfLife": Field("string", "Date, or empty.", _SUPPORT),
        "support.daysToEnd": Field("int", "Days left; absent where no date is known.", _SUPPORT, optional=True),
        "support.newestPatch": Field("string", "Newest patch release known, or empty.", _SUPPORT),
    },
    joined=True,
)


def cluster_fact(world: str, version: Version, source: str, today: date, place: Anchor | None) -> Fact:
    """The cluster of one world. An assumed version leaves everything about support undecided."""
    dates = support(version, today)
    release = dates.release
    about: dict[str, Any] = {
        "state": dates.state,
        "endOfLife": release.end_of_life.isoformat() if release else "",
        "newestPatch": str(release.newest_patch) if release else "",
    }
    if dates.days_to_end is not None:
        about["daysToEnd"] = dates.days_to_end
    value = {"version": str(version), "minor": version.minor, "versionSource": source, "support": about}
    ref = ObjectRef("", "Cluster", "", "")
    anchors = {"": Anchor(Origin(world, 0, 0), ref, ())}
    if place is not None:
        anchors |= {"version": place, "support": place}
    fact = Fact("cluster", ref, value, anchors, world)
    if source == "assumed":
        reason = "no Kubernetes version was seen in the input or given with --kubernetes-version"
        fact.undecided = {"version": reason, "support": reason}
    return fact
