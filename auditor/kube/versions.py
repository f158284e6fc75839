"""Texts of Kubernetes versions in, ordered `Version` values out."""

import re
from dataclasses import dataclass
from functools import total_ordering

# A distribution's suffix (-eks-1, +k3s1, -gke.9, -rc.0) says nothing about the upstream patch level;
# `1.27+` is how some managed control planes report their minor in /version.
_VERSION = r"v?(\d{1,3})\.(\d{1,3})(?:\+|(?:\.(\d{1,5}))?(?:[-+~][0-9A-Za-z.+~-]+)?)"


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A Kubernetes version, ordered by major, minor and patch; one without patch sorts before all of its minor.

    Use `reaches` where only the minor matters.
    """

    major: int
    minor: int
    patch: int | None = None

    def __lt__(self, other: "Version") -> bool:
        return _order(self) < _order(other)

    def __str__(self) -> str:
        minor = f"{self.major}.{self.minor}"
        return minor if self.patch is None else f"{minor}.{self.patch}"

    @property
    def without_patch(self) -> "Version":
        """The minor version that this one belongs to."""
        return Version(self.major, self.minor)

    def reaches(self, other: "Version") -> bool:
        """Whether this version's minor is that of `other` or a later one; patch levels do not count."""
        return (self.major, self.minor) >= (other.major, other.minor)


def parse_version(text: str) -> Version:
    """`1.34`, `v1.34.2`, `v1.30.4+k3s1` or `v1.29.1-gke.1589017` in, the `Version` out; ValueError for anything else.

    The forms are those of `gitVersion` in the answer of `/version` (k8s.io/apimachinery pkg/version/types.go).
    """
    match = re.fullmatch(_VERSION, text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"{text[:60]!r} is not a Kubernetes version; write it like 1.34 or v1.34.2")
    major, minor, patch = match.groups()
    return Version(int(major), int(minor), None if patch is None else int(patch))


def _order(version: Version) -> tuple[int, int, int]:
    return version.major, version.minor, -1 if version.patch is None else version.patch
