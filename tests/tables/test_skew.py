"""The version skew policy (kubernetes.io/releases/version-skew-policy)."""

import pytest

from auditor.kube.versions import parse_version
from auditor.tables.skew import skew


@pytest.mark.parametrize(
    ("server", "component", "minors", "allowed", "state"),
    [
        ("1.37.0", "1.37.2", 0, 3, "same"),
        ("1.37", "1.34.11", 3, 3, "within"),
        ("1.37", "1.33.13", 4, 3, "too-old"),
        ("1.36.4", "1.37.0", -1, 3, "newer"),
        ("1.28", "1.25", 3, 3, "within"),
        ("1.27", "1.24", 3, 2, "too-old"),
        ("1.26", "1.24", 2, 2, "within"),
        ("1.12", "1.10", 2, 2, "within"),
    ],
)
def test_the_policy_counts_minors(server: str, component: str, minors: int, allowed: int, state: str) -> None:
    assert skew(parse_version(server), parse_version(component)) == (minors, allowed, state)


def test_of_another_major_it_says_nothing() -> None:
    assert skew(parse_version("2.0"), parse_version("1.37")) is None
