"""Support dates of Kubernetes releases (kubernetes.io/releases)."""

from datetime import date

import pytest

from auditor.kube.versions import Version, parse_version
from auditor.tables.releases import (
    managed_end,
    newest_known,
    openshift_cycle,
    releases,
    runtime_support,
    support,
)


@pytest.mark.parametrize(
    ("version", "today", "state", "days"),
    [
        ("1.36.1", "2026-11-21", "supported", 219),
        ("1.35", "2026-12-27", "supported", 63),
        ("1.35", "2026-12-28", "maintenance", 62),
        ("1.34.11", "2026-10-27", "maintenance", 0),
        ("1.34.11", "2026-10-28", "ended", -1),
        ("1.16", "2026-11-21", "ended", -2300),
        ("1.37", "2026-08-25", "future", 429),
        ("1.38", "2026-11-21", "future", None),
        ("2.0", "2026-11-21", "future", None),
        ("1.9", "2026-11-21", "unknown", None),
    ],
)
def test_support_is_decided_by_the_day(version: str, today: str, state: str, days: int | None) -> None:
    answer = support(parse_version(version), date.fromisoformat(today))
    assert (answer.state, answer.days_to_end) == (state, days)
    assert answer.minor == parse_version(version).without_patch


def test_the_table_is_consistent() -> None:
    minors = list(releases())
    assert minors == sorted(minors, reverse=True)
    assert newest_known() == minors[0]
    for minor, release in releases().items():
        assert release.newest_patch.without_patch == minor
        assert release.released < (release.maintenance or release.end_of_life) <= release.end_of_life


def test_managed_offerings_have_their_own_dates() -> None:
    assert managed_end("eks", "1.34") == (date(2026, 12, 2), date(2027, 12, 2))
    assert managed_end("gke", "1.36") == (date(2027, 8, 9), None)
    assert managed_end("eks", "1.99") is None
    assert managed_end("elsewhere", "1.34") is None


def test_an_unknown_patch_stays_unknown() -> None:
    assert support(Version(1, 36), date(2026, 11, 21)).minor.patch is None


@pytest.mark.parametrize(
    ("name", "version", "today", "state", "end"),
    [
        ("containerd", "2.3.4", "2026-11-26", "supported", "2028-04-30"),
        ("containerd", "2.2.7", "2026-11-06", "supported", "2026-11-06"),
        ("containerd", "2.2.7", "2026-11-07", "ended", "2026-11-06"),
        ("containerd", "2.0.11", "2026-11-26", "maintenance", "2027-03-01"),
        ("containerd", "9.9.9", "2026-11-26", "unknown", None),
        ("cri-o", "1.35.12", "2026-11-26", "supported", "2027-02-28"),
        ("cri-o", "1.33.4", "2026-11-26", "ended", "2026-06-28"),
        ("docker", "29.1.1", "2026-11-26", "unknown", None),
    ],
)
def test_runtimes_have_their_own_dates(name: str, version: str, today: str, state: str, end: str | None) -> None:
    answer = runtime_support(name, parse_version(version), date.fromisoformat(today))
    assert (answer.state, answer.end_of_life) == (state, date.fromisoformat(end) if end else None)


def test_openshift_is_made_of_a_kubernetes_minor() -> None:
    assert openshift_cycle(parse_version("v1.31.4")) == "4.18"
    assert openshift_cycle(parse_version("1.37")) == ""
