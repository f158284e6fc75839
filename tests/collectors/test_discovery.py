"""What a server says that it serves, in each of the ways in which it says it, and where it cannot."""

from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.discovery import ApiResource, discover
from auditor.collectors.api.requests import Failure
from tests.collectors.fake_api import Answer, Api, client, forbidden, status


def some(api: Api) -> None:
    api.serve("Pod", "pods", "v1")
    api.serve("Namespace", "namespaces", "v1", namespaced=False)
    api.serve("Deployment", "deployments", "apps/v1")
    api.serve("Rollout", "rollouts", "argoproj.io/v1alpha1")
    api.serve("Service", "services", "serving.knative.dev/v1")
    api.serve("Service", "services", "v1")


@pytest.mark.parametrize("aggregated", [True, False])
def test_both_ways_say_the_same(tmp_path: Path, api: Api, aggregated: bool) -> None:
    some(api)
    api.aggregated = aggregated
    found = discover(client(tmp_path, api))
    assert {(one.kind_name, one.path(), one.namespaced) for one in found.resources} == {
        ("Pod", "/api/v1/pods", True),
        ("Namespace", "/api/v1/namespaces", False),
        ("Service", "/api/v1/services", True),
        ("Deployment", "/apis/apps/v1/deployments", True),
        ("Rollout.argoproj.io", "/apis/argoproj.io/v1alpha1/rollouts", True),
        ("Service.serving.knative.dev", "/apis/serving.knative.dev/v1/services", True),
    }
    assert found.groups == ["apps", "argoproj.io", "serving.knative.dev"]
    assert found.broken == {}
    assert len(api.seen) == (2 if aggregated else 6)


def test_a_kind_alone_is_kubernetes_own(tmp_path: Path, api: Api) -> None:
    some(api)
    found = discover(client(tmp_path, api))
    service = found.find("Service")
    assert service
    assert service.group == ""
    assert found.find("Rollout") is None
    assert found.find("Rollout.argoproj.io")


@pytest.mark.parametrize("aggregated", [True, False])
def test_of_several_versions_the_preferred_one_counts(tmp_path: Path, api: Api, aggregated: bool) -> None:
    """The first in aggregated discovery, `preferredVersion` in the legacy one."""
    api.aggregated = aggregated
    api.serve("CronJob", "cronjobs", "batch/v1")
    api.serve("CronJob", "cronjobs", "batch/v1beta1")
    api.serve("Other", "others", "batch/v1beta1")
    found = discover(client(tmp_path, api))
    assert [one.path() for one in found.resources] == ["/apis/batch/v1/cronjobs", "/apis/batch/v1beta1/others"]


def test_preferred_is_what_the_server_says_and_not_what_comes_first(tmp_path: Path, api: Api) -> None:
    api.aggregated = False
    api.serve("Foo", "foos", "x.io/v1")
    api.serve("Foo", "foos", "x.io/v2")
    versions = [{"groupVersion": f"x.io/{name}", "version": name} for name in ("v1", "v2")]
    group = {"name": "x.io", "versions": versions, "preferredVersion": versions[1]}
    api.routes["/apis"] = Answer({"kind": "APIGroupList", "groups": [group]})
    assert [one.version for one in discover(client(tmp_path, api)).resources] == ["v2"]


def test_what_cannot_be_listed_is_left_out(tmp_path: Path, api: Api) -> None:
    api.serve("Pod", "pods", "v1")
    api.resources["/api/v1/bindings"] = ApiResource("", "v1", "bindings", "Binding", True, ("create",))
    assert [one.kind for one in discover(client(tmp_path, api)).resources] == ["Pod"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "group"),
    [
        ("extensions/v1beta1", "apps/v1", "Deployment", "apps"),
        ("extensions/v1beta1", "networking.k8s.io/v1", "Ingress", "networking.k8s.io"),
        ("events.k8s.io/v1", "v1", "Event", ""),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_kind_that_two_groups_serve_is_found_at_home(
    tmp_path: Path, api: Api, old: str, new: str, kind: str, group: str, turned: bool
) -> None:
    for version in (new, old) if turned else (old, new):
        api.serve(kind, f"{kind.lower()}s", version)
    found = discover(client(tmp_path, api)).find(kind)
    assert found
    assert found.group == group


def test_a_group_whose_server_is_down_is_known_and_broken(tmp_path: Path, api: Api) -> None:
    some(api)
    api.stale.add("argoproj.io/v1alpha1")
    found = discover(client(tmp_path, api))
    assert list(found.broken) == ["argoproj.io/v1alpha1"]
    assert "does not answer" in found.broken["argoproj.io/v1alpha1"]
    assert found.find("Rollout.argoproj.io")
    assert found.find("Deployment")


def test_a_group_that_the_legacy_way_cannot_tell_is_broken_and_nothing_else_is(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.001)
    some(api)
    api.aggregated = False
    api.routes["/apis/argoproj.io/v1alpha1"] = status(503, "ServiceUnavailable", "no endpoints")
    found = discover(client(tmp_path, api))
    assert found.broken == {"argoproj.io/v1alpha1": "no endpoints"}
    assert found.find("Deployment")


def test_a_server_that_tells_nothing_is_a_failure(tmp_path: Path, api: Api) -> None:
    api.routes["/api"] = forbidden()
    with pytest.raises(Failure) as caught:
        discover(client(tmp_path, api))
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "APIGroupDiscoveryList", "items": ["x", None, {"metadata": 3, "versions": [{"resources": ["y", 1]}]}]},
        {"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "g"}, "versions": ["v1"]}]},
        {"kind": "APIGroupList", "groups": ["x", {"name": "g", "versions": ["v1"], "preferredVersion": "v1"}]},
        {"kind": "APIGroupList", "groups": 3},
    ],
)
def test_answers_of_another_shape_are_a_failure(tmp_path: Path, api: Api, answer: Any) -> None:
    """What is behind an address is not trusted to be an API server."""
    api.routes["/apis"] = Answer(answer)
    with pytest.raises(Failure) as caught:
        discover(client(tmp_path, api))
    assert caught.value.reason == "BadAnswer"
