"""API versions and kinds in, when they were deprecated and removed out."""

from functools import cache
from typing import Any, Final, NamedTuple

from auditor.kube.versions import Version, parse_version
from auditor.tables.folder import load_table

ENDING: Final = "*/EndingVersion"
"""Stands among kinds for all that a server serves in a version which the next minor does not serve any more."""


class Deprecation(NamedTuple):
    """The end of one kind in one API version; versions may lie in the future, where plans can still change."""

    api_version: str
    kind: str
    introduced_in: Version | None
    deprecated_in: Version | None
    removed_in: Version | None
    """The first version that no longer serves it."""
    replacement: str | None
    """The API version to use instead, or words where another mechanism took over."""
    served: bool = True
    """False for configuration files, which no API server serves (kubeadm, audit policies, admission)."""

    def is_removed(self, version: Version) -> bool:
        """Whether a cluster of this version refuses it."""
        return self.removed_in is not None and version.reaches(self.removed_in)

    def is_deprecated(self, version: Version) -> bool:
        """Whether it is deprecated or already removed in this version."""
        return self.is_removed(version) or (self.deprecated_in is not None and version.reaches(self.deprecated_in))


@cache
def lookup(api_version: str, kind: str) -> Deprecation | None:
    """What is known about the end of a kind, or None where nothing is planned; `...List` counts as its item's kind.

    From the lifecycle tags of k8s.io/api (zz_generated.prerelease-lifecycle.go).
    """
    for section in ("served", "files"):
        kinds = _table()[section].get(api_version)
        row = kinds and (kinds.get(kind) or kinds.get(kind.removesuffix("List")))
        if row:
            introduced, deprecated, removed = (_version(text) for text in row[:3])
            return Deprecation(api_version, kind, introduced, deprecated, removed, row[3], section == "served")
    return None


@cache
def gone_by(version: Version) -> frozenset[tuple[str, str]]:
    """API version and kind of everything that servers of this version do not serve any more."""
    rows = [(api_version, kind) for api_version, kinds in _table()["served"].items() for kind in kinds]
    return frozenset(row for row in rows if (known := lookup(*row)) and known.is_removed(version))


def next_minor(version: Version) -> Version:
    """`1.37` or one of its patches in, `1.38` out."""
    return Version(version.major, version.minor + 1)


def of_ending(kind: str) -> str:
    """How an inventory notes that of a kind it is not known in which versions its objects are written."""
    return ENDING.replace("*", kind)


@cache
def _table() -> Any:
    return load_table("deprecations")


def _version(text: str | None) -> Version | None:
    return parse_version(text) if text else None
