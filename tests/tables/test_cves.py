"""Which CVEs of Kubernetes affect a version: half-open ranges, components, operating systems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.kube.versions import Version, parse_version
from auditor.tables.cves import NODE, SERVER, affecting
from auditor.tables.folder import load_table
from auditor.tables.releases import newest_known


def ids(components: tuple[str, ...], version: str, os: str = "linux") -> set[str]:
    return {hit.cve.id for hit in affecting(components, parse_version(version), os)}


@pytest.mark.parametrize(
    ("cve", "version", "affected"),
    [
        # kubernetes/kubernetes issue 128885: kubelet v1.30.0 to v1.30.2, v1.29.0 to v1.29.6, up to v1.28.11
        ("CVE-2024-10220", "1.30.0", True),
        ("CVE-2024-10220", "1.30.2", True),
        ("CVE-2024-10220", "1.30.3", False),
        ("CVE-2024-10220", "1.29.6", True),
        ("CVE-2024-10220", "1.29.7", False),
        ("CVE-2024-10220", "1.28.11", True),
        ("CVE-2024-10220", "1.28.12", False),
        ("CVE-2024-10220", "1.27.16", True),
        ("CVE-2024-10220", "1.31.0", False),
        # KEP-5040: gitRepo volumes cannot be switched on from 1.36 on
        ("CVE-2025-1767", "1.35.9", True),
        ("CVE-2025-1767", "1.36.0", False),
    ],
)
def test_a_kubelet_is_affected_in_the_ranges_of_the_issue(cve: str, version: str, affected: bool) -> None:
    assert (cve in ids(NODE, version)) is affected


def test_the_fix_that_is_named_is_the_nearest_one() -> None:
    hits = {hit.cve.id: hit for hit in affecting(SERVER, parse_version("1.33.1"))}
    # kubernetes/kubernetes issue 133471: fixed in 1.31.12, 1.32.8, 1.33.4
    assert str(hits["CVE-2025-5187"].fixed_in) == "1.33.4"
    assert hits["CVE-2025-5187"].component == "kube-apiserver"
    assert hits["CVE-2020-8554"].fixed_in is None


def test_windows_flaws_are_of_windows_nodes() -> None:
    assert "CVE-2023-3676" in ids(NODE, "1.28.0", "windows")
    assert "CVE-2023-3676" not in ids(NODE, "1.28.0")


def test_a_component_has_its_own_flaws_only() -> None:
    assert not ids(NODE, "1.27.0") & ids(SERVER, "1.27.0")
    assert "CVE-2024-0793" in ids(("kube-controller-manager",), "1.26.15")
    assert "CVE-2024-0793" not in ids(("kube-apiserver",), "1.26.15")


def test_what_cannot_be_fixed_has_a_condition() -> None:
    """Else the rule would fail on every cluster, and nobody could do anything about it."""
    for hit in affecting((*SERVER, *NODE), Version(newest_known().major, newest_known().minor, 99), "windows"):
        assert hit.cve.condition, hit.cve.id


def test_the_table_is_consistent() -> None:
    table = load_table("cves")["cves"]
    assert len({row["id"] for row in table}) == len(table) > 40
    for row in table:
        assert row["severity"] in ("critical", "high", "medium", "low")
        assert set(row["components"]) <= {*SERVER, *NODE}
        assert row["components"]
        assert row["url"].startswith("https://")


@given(st.integers(1, 37), st.integers(0, 20))
def test_nobody_becomes_vulnerable_again_in_a_later_patch_of_a_fixed_range(minor: int, patch: int) -> None:
    """A version that names a fix in its own minor is not affected at that fix."""
    for hit in affecting((*SERVER, *NODE), Version(1, minor, patch)):
        if hit.fixed_in and hit.fixed_in.without_patch == Version(1, minor):
            assert hit.cve.id not in {again.cve.id for again in affecting((*SERVER, *NODE), hit.fixed_in)}
