"""Deprecated API versions, and that our table equals the lifecycle tags of k8s.io/api where its sources are here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.kube.versions import Version, parse_version
from auditor.tables.deprecations import lookup

SOURCES = Path.home() / "go/pkg/mod/k8s.io"
TAG = re.compile(
    r"func \(in \*(\w+)\) APILifecycle(Deprecated|Removed)\(\) \(major, minor int\) \{\s*return (\d+), (\d+)", re.ASCII
)


def test_a_removed_kind() -> None:
    cron_job = lookup("batch/v1beta1", "CronJob")
    assert cron_job is not None
    assert (cron_job.deprecated_in, cron_job.removed_in) == (Version(1, 21), Version(1, 25))
    assert cron_job.replacement == "batch/v1"
    assert not cron_job.is_deprecated(parse_version("1.20.5"))
    assert cron_job.is_deprecated(parse_version("1.21.0"))
    assert not cron_job.is_removed(parse_version("1.24.9"))
    assert cron_job.is_removed(parse_version("1.25"))


def test_lists_count_as_their_items_and_the_rest_is_unknown() -> None:
    assert lookup("batch/v1beta1", "CronJobList") is not None
    assert lookup("batch/v1", "CronJob") is None
    assert lookup("batch/v1beta1", "Job") is None
    assert lookup("example.com/v1beta1", "CronJob") is None


def test_configuration_files_are_not_served() -> None:
    policy = lookup("audit.k8s.io/v1beta1", "Policy")
    assert policy is not None
    assert not policy.served


def _tags() -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(SOURCES.glob("api@v0.37.1/*/*/zz_generated.prerelease-lifecycle.go")):
        match = re.search(r'const GroupName = "([^"]*)"', (path.parent / "register.go").read_text())
        assert match is not None, path
        for kind, event, major, minor in TAG.findall(path.read_text()):
            if not kind.endswith("List"):
                yield f"{match[1]}/{path.parent.name}", kind, event, f"{major}.{minor}"


def test_the_table_equals_the_lifecycle_tags() -> None:
    tags = list(_tags())
    if not tags:
        pytest.skip("the sources of k8s.io/api v0.37.1 are not on this machine")
    for api_version, kind, event, version in tags:
        known = lookup(api_version, kind)
        assert known is not None, (api_version, kind)
        seen = known.deprecated_in if event == "Deprecated" else known.removed_in
        assert str(seen) == version, (api_version, kind, event)
