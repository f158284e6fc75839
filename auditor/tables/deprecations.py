"""API versions and kinds in, when they were deprecated and removed out."""

from functools import cache
from typing import Any, NamedTuple

from auditor.kube.versions import Version, parse_version
from auditor.tables.folder import load_table


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
def _table() -> Any:
    return load_table("deprecations")


def _version(text: str | None) -> Version | None:
    return parse_version(text) if text else None
