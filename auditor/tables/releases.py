"""Kubernetes versions and a date in, the support that they still get out."""

from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from auditor.kube.versions import Version, parse_version
from auditor.tables.folder import load_table

State = Literal["supported", "maintenance", "ended", "future", "unknown"]


class Release(NamedTuple):
    """One minor release: its dates, and the newest patch that was known when the table was made."""

    minor: Version
    released: date
    maintenance: date | None
    """From when on it gets only critical fixes; None where that was not announced (before 1.18)."""
    end_of_life: date
    newest_patch: Version


class Support(NamedTuple):
    """The support of one minor release on one day.

    `future` is a version newer than the table, or not released on that day; `unknown` one older than the table,
    or without a known date. `days_to_end` is negative once support has ended.
    """

    minor: Version
    state: State
    release: Release | None = None
    days_to_end: int | None = None


@cache
def releases() -> dict[Version, Release]:
    """All minor releases of the table, the newest first (kubernetes.io/releases, endoflife.date)."""
    return {release.minor: release for release in map(_release, _table()["kubernetes"])}


def newest_known() -> Version:
    """The newest released minor of the table."""
    return next(iter(releases()))


def support(version: Version, today: date) -> Support:
    """The upstream support of a version on a day; a managed offering may support it longer."""
    minor = version.without_patch
    release = releases().get(minor)
    if release is None:
        return Support(minor, "future" if newest_known() < minor else "unknown")
    return Support(minor, _state(release, today), release, (release.end_of_life - today).days)


def managed_end(offering: str, cycle: str) -> tuple[date, date | None] | None:
    """When standard and extended support of a managed offering's cycle end, or None where the table lacks it.

    `offering` is `eks`, `gke`, `aks` or `openshift`; `cycle` is the offering's own minor, such as `1.34` or `4.18`.
    """
    for row in _table()["managed"].get(offering, ()):
        if row["cycle"] == cycle:
            extended = row["extended_end"]
            return date.fromisoformat(row["end_of_life"]), date.fromisoformat(extended) if extended else None
    return None


def openshift_cycle(version: Version) -> str:
    """The minor of OpenShift that is made of a Kubernetes minor, such as `4.18` of 1.31, or empty."""
    minor = str(version.without_patch)
    return next((cycle for cycle, kubernetes in _table()["openshift_kubernetes"].items() if kubernetes == minor), "")


class RuntimeSupport(NamedTuple):
    """The support of one release of a container runtime on one day; `unknown` without dates in the table."""

    state: State
    end_of_life: date | None = None
    newest_patch: Version | None = None


def runtime_support(name: str, version: Version, today: date) -> RuntimeSupport:
    """The support of containerd by its release branches (containerd RELEASES.md), of CRI-O by its Kubernetes minor.

    `name` is that of `status.nodeInfo.containerRuntimeVersion`, such as `containerd` or `cri-o`.
    """
    if name == "cri-o":
        found = support(version, today)
        return RuntimeSupport(found.state, found.release.end_of_life if found.release else None)
    for row in _table()["containerd"] if name == "containerd" else ():
        if row["cycle"] == str(version.without_patch):
            end = date.fromisoformat(row["end_of_life"])
            active = today <= date.fromisoformat(row["active_end"])
            state: State = "ended" if today > end else "supported" if active else "maintenance"
            return RuntimeSupport(state, end, parse_version(row["newest_patch"]))
    return RuntimeSupport("unknown")


@cache
def _table() -> Any:
    return load_table("releases")


def _state(release: Release, today: date) -> State:
    if today < release.released:
        return "future"
    if today > release.end_of_life:
        return "ended"
    return "maintenance" if release.maintenance and today >= release.maintenance else "supported"


def _release(row: dict[str, str | None]) -> Release:
    maintenance = row["maintenance"]
    return Release(
        parse_version(str(row["minor"])),
        date.fromisoformat(str(row["released"])),
        date.fromisoformat(maintenance) if maintenance else None,
        date.fromisoformat(str(row["end_of_life"])),
        parse_version(str(row["newest_patch"])),
    )
