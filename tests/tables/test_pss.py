"""What the Pod Security Standards check at each version (k8s.io/pod-security-admission v0.37.1 policy/check_*.go)."""

from typing import Any

import pytest

from auditor.tables.pss import newest_minor, pss_at

FIRST: dict[str, Any] = {
    "allowPrivilegeEscalationChecked": 8,
    "seccompFieldChecked": 19,
    "capabilitiesRestrictedChecked": 22,
    "runAsUserChecked": 23,
    "windowsExempt": 25,
    "hostProbesChecked": 34,
    "procMountRelaxedByUserNamespaces": 35,
    "runAsNonRootRelaxedByUserNamespaces": 35,
}


@pytest.mark.parametrize("flag", sorted(FIRST))
def test_a_check_starts_at_its_minor(flag: str) -> None:
    assert [minor for minor in range(38) if pss_at(minor)[flag]] == list(range(FIRST[flag], 38))


def test_seccomp_annotations_are_checked_until_the_field() -> None:
    assert all(
        pss_at(minor)["seccompAnnotationsChecked"] != pss_at(minor)["seccompFieldChecked"] for minor in range(38)
    )


@pytest.mark.parametrize(
    ("minor", "count"), [(0, 5), (26, 5), (27, 6), (28, 6), (29, 10), (31, 10), (32, 12), (36, 12), (37, 14)]
)
def test_sysctls_grow(minor: int, count: int) -> None:
    assert len(set(pss_at(minor)["sysctls"])) == count


def test_lists() -> None:
    assert "container_engine_t" not in pss_at(30)["seLinuxTypes"]
    assert "container_engine_t" in pss_at(31)["seLinuxTypes"]
    assert len(pss_at(0)["baselineCapabilities"]) == 13
    assert len(pss_at(0)["restrictedVolumeTypes"]) == 9


def test_versions_beyond_the_known_ones_are_clamped() -> None:
    assert newest_minor() == 37
    assert pss_at(99) == pss_at(37)
    assert pss_at(99)["minor"] == 37
    assert pss_at(-1)["minor"] == 0
    assert all(set(pss_at(minor)) == set(pss_at(0)) for minor in range(38))
