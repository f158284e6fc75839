"""A component and its version in, the known CVEs of Kubernetes that affect it out."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from auditor.kube.versions import Version, parse_version
from auditor.tables.folder import load_table

SERVER = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""Components whose version is that of the control plane."""

NODE = ("kubelet", "kube-proxy")
"""Components whose version is that of a node."""


class Cve(NamedTuple):
    """One CVE of the official feed (kubernetes.io/docs/reference/issues-security/official-cve-feed)."""

    id: str
    title: str
    components: tuple[str, ...]
    severity: str
    """By the CVSS score of the Kubernetes CNA: `critical`, `high`, `medium` or `low`."""
    affected: tuple[tuple[Version, Version | None], ...]
    """Half-open ranges: first affected version and first fixed one, None where there is no fix."""
    os: str
    """`windows` if only nodes with it are affected, else empty."""
    condition: str
    """What must hold besides the version, and a version does not show; or empty."""
    url: str


class Hit(NamedTuple):
    """A CVE that affects a version: by which component, and the version that fixes it, None if there is none."""

    cve: Cve
    component: str
    fixed_in: Version | None


def affecting(components: tuple[str, ...], version: Version, os: str = "linux") -> Iterator[Hit]:
    """The CVEs that affect any of some components at a version with its patch level, on an operating system.

    A suffix of the version is not known here: a vendor's build may hold a fix that upstream's of this number lacks.
    """
    for cve in _cves():
        component = next((name for name in components if name in cve.components), "")
        if component and cve.os in ("", os):
            for first, fixed in cve.affected:
                if first <= version and (fixed is None or version < fixed):
                    yield Hit(cve, component, fixed)
                    break


@cache
def _cves() -> tuple[Cve, ...]:
    return tuple(map(_cve, load_table("cves")["cves"]))


def _cve(row: dict[str, Any]) -> Cve:
    affected = tuple((_version(first), parse_version(fixed) if fixed else None) for first, fixed in row["affected"])
    components = tuple(row["components"])
    os, condition = row.get("os", ""), row.get("condition", "")
    return Cve(row["id"], row["title"], components, row["severity"], affected, os, condition, row["url"])


def _version(text: str) -> Version:
    return Version(0, 0) if text == "0" else parse_version(text)
