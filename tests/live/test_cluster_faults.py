"""Servers and networks that fail: what another try cures changes nothing; what stays broken is said, and not lost."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.collectors.api import lists, requests
from tests.live.audits import Audit, audit, differences, invented, lost
from tests.live.cluster import Cluster
from tests.live.faults import (
    Fault,
    Reply,
    Request,
    Reset,
    Script,
    Slow,
    Truncated,
    expired_list,
    first,
    no_fault,
    too_many,
    unauthorized,
    unavailable,
)
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.objects import apply
from tests.live.proxy import Proxy, proxied
from tests.live.releases import LATER
from tests.live.waiting import until

DEPLOYMENTS = "/apis/apps/v1/deployments"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"
PROBES = ("anonymous-auth-unrestricted", "anonymous-client-answered")
HEALTH = ("/healthz", "/livez", "/readyz")  # of which 500 is an answer
BUSY = Reply(429, b"slow down, will you", (("Content-Type", "text/plain"),))


@pytest.fixture(scope="module")
def proxy(shop: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(shop, tmp_path_factory.mktemp("proxy")) as made:
        yield made


@pytest.fixture(scope="module")
def whole(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """What is told through the same proxy where nothing fails."""
    return audit(kubeconfig(tmp_path_factory.mktemp("whole") / "config", proxy, token_user("admin")))


@pytest.fixture
def config(proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A way through the proxy, with pages small enough for lists to have several, and no long waits."""
    monkeypatch.setattr(lists, "PAGE", 7)
    monkeypatch.setattr(requests, "_BACKOFF", 0.01)
    yield kubeconfig(tmp_path / "config", proxy, token_user("admin"))
    proxy.script = no_fault


def at(*paths: str) -> Callable[[Request], bool]:
    return lambda request: request.path.partition("?")[0] in paths


def later_page(*paths: str) -> Callable[[Request], bool]:
    return lambda request: at(*paths)(request) and "continue=" in request.path


def lists_of(request: Request) -> bool:
    return "limit=" in request.path


def always(fault: Fault, matches: Callable[[Request], bool]) -> Script:
    return lambda request: fault if matches(request) else None


def each(times: int, fault: Fault, matches: Callable[[Request], bool] = lambda request: True) -> Script:
    """Every path that matches fails so many times."""
    failed: Counter[str] = Counter()

    def script(request: Request) -> Fault | None:
        if not matches(request) or failed[request.path] == times:
            return None
        failed[request.path] += 1
        return fault

    return script


@pytest.mark.parametrize(
    "script",
    [
        first(1, too_many(1), at(DEPLOYMENTS)),
        each(1, BUSY),
        each(2, unavailable(500), lambda request: not at(*HEALTH)(request)),
        each(3, unavailable(503)),
        each(1, Reset()),
        each(1, Reset(after=100), lists_of),
        each(1, Truncated(), lists_of),
        first(2, Slow(0.3), at(DEPLOYMENTS, ROLES)),
        first(1, expired_list(), later_page(ROLES)),
        first(2, expired_list, later_page(ROLES)),
        always(expired_list(), later_page(ROLES, DEPLOYMENTS)),
    ],
    ids=[
        "429-retry-after", "429-plain", "500", "503", "reset", "reset-in-body", "truncated", "slow",
        "410", "410-with-token", "410-each-time",
    ],
)  # fmt: skip
def test_what_another_try_cures_changes_nothing(whole: Audit, proxy: Proxy, config: Path, script: Script) -> None:
    proxy.script = script
    before, start = len(proxy.log), time.monotonic()
    told = audit(config)
    happened = [fault for _, fault in proxy.log[before:] if fault]
    assert happened
    assert told.report, told.err
    assert told.report["gaps"] == []
    assert differences(whole, told) == []
    waited = [dict(fault.headers).get("Retry-After", "0") for fault in happened if isinstance(fault, Reply)]
    assert time.monotonic() - start >= sum(map(int, waited))


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        (always(unavailable(500), at(DEPLOYMENTS)), {DEPLOYMENTS}),
        (always(unavailable(503), at(POLICIES, ROLES)), {POLICIES, ROLES}),
        (always(too_many(3600), at(ROLES)), {ROLES}),
        (always(Reset(), at(DEPLOYMENTS)), {DEPLOYMENTS}),
        (always(Reset(after=50), later_page(ROLES)), {ROLES}),
        (always(Truncated(), at(POLICIES)), {POLICIES}),
        (always(Reply(200, b"[]"), at(POLICIES)), {POLICIES}),
        (always(Reply(200, b"<html>log in</html>"), at("/api/v1/pods")), {"/api/v1/pods"}),
    ],
    ids=["500", "503", "429-for-an-hour", "reset", "reset-in-later-page", "truncated", "no-list", "html"],
)
def test_what_stays_broken_is_said_and_nothing_is_lost(
    whole: Audit, proxy: Proxy, config: Path, script: Script, broken: set[str]
) -> None:
    proxy.script = script
    start = time.monotonic()
    told = audit(config)
    assert time.monotonic() - start < 10
    assert {gap["place"]["file"] for gap in told.report["gaps"]} == broken
    assert {gap["code"] for gap in told.report["gaps"]} == {"unavailable"}
    assert lost(whole, told) == set()
    assert invented(whole, told, beside={"ReplicaSet"} if DEPLOYMENTS in broken else ()) == set()
    assert told.unjudged() != whole.unjudged()


def test_a_token_that_expires_in_mid_run(whole: Audit, proxy: Proxy, config: Path) -> None:
    start = len(proxy.log)
    proxy.script = lambda request: unauthorized() if request.total >= start + 12 else None
    told = audit(config)
    assert {gap["code"] for gap in told.report["gaps"]} == {"unauthorized"}
    assert len(told.report["gaps"]) > 10
    assert lost(whole, told) == set()
    assert invented(whole, told, beside={"Pod"}) == set()


def test_rights_that_are_taken_away_in_mid_list(whole: Audit, proxy: Proxy, config: Path) -> None:
    roles = "/apis/rbac.authorization.k8s.io/v1/roles"
    refusal = json.dumps({"kind": "Status", "message": "roles is forbidden", "reason": "Forbidden"}).encode()
    proxy.script = always(Reply(403, refusal), later_page(roles))
    told = audit(config)
    assert {gap["place"]["file"] for gap in told.report["gaps"]} == {roles}
    assert told.report["coverage"]["objects"] < whole.report["coverage"]["objects"]
    assert lost(whole, told) == set()
    assert invented(whole, told) == set()


@pytest.mark.parametrize("seconds", [4, 60])
def test_a_slow_body_ends_with_the_time_for_the_run(whole: Audit, proxy: Proxy, config: Path, seconds: float) -> None:
    proxy.script = first(1, Slow(seconds), at(DEPLOYMENTS))
    start = time.monotonic()
    told = audit(config, "--timeout", "1.5")
    assert time.monotonic() - start < 3.5
    assert DEPLOYMENTS in {gap["place"]["file"] for gap in told.report["gaps"]}
    assert lost(whole, told) == set()
    assert invented(whole, told, beside={"Pod", "ReplicaSet"}) == set()


def test_a_version_that_is_not_told_is_a_gap(whole: Audit, proxy: Proxy, config: Path) -> None:
    proxy.script = always(unavailable(500), at("/version"))
    told = audit(config)
    assert [gap["place"]["file"] for gap in told.report["gaps"]] == ["/version"]
    assert lost(whole, told) == set()
    assert invented(whole, told) == set()


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_without_discovery_there_is_no_audit(proxy: Proxy, config: Path, path: str) -> None:
    proxy.script = always(unavailable(500), at(path))
    told = audit(config)
    assert (told.code, told.report) == (3, {})
    assert "does not tell what it serves" in told.err


@pytest.fixture
def broken_groups(shop: Cluster) -> Iterator[tuple[str, ...]]:
    """Aggregated APIs without a server behind them, one of which has kinds that rules are about."""
    groups = ("apps.openshift.io", "down.example.test")
    service = {"name": "gone", "namespace": "default"}
    rest = {"groupPriorityMinimum": 100, "versionPriority": 10, "insecureSkipTLSVerify": True, "service": service}
    head = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"}
    services = [
        head | {"metadata": {"name": f"v1.{group}"}, "spec": {"group": group, "version": "v1", **rest}}
        for group in groups
    ]
    apply(shop, services)
    until("the groups are known", lambda: set(groups) <= {one["name"] for one in shop.get("/apis").body["groups"]})
    yield groups
    for one in services:
        shop.request("DELETE", f"/apis/apiregistration.k8s.io/v1/apiservices/{one['metadata']['name']}")
    until(
        "the groups are gone", lambda: set(groups).isdisjoint(one["name"] for one in shop.get("/apis").body["groups"])
    )


@LATER
@pytest.mark.parametrize("aggregated", [True, False])
def test_aggregated_apis_that_are_down(
    shop: Cluster, whole: Audit, proxy: Proxy, config: Path, broken_groups: tuple[str, ...], aggregated: bool
) -> None:
    if not aggregated:  # as servers before 1.27 answer
        old = {path: Reply(200, json.dumps(shop.get(path).body).encode()) for path in ("/api", "/apis")}
        proxy.script = lambda request: old.get(request.path)
    told = audit(config)
    assert {gap["place"]["file"] for gap in told.report["gaps"]} == {f"/apis/{group}/v1" for group in broken_groups}
    # The script tells everybody what is served, those without credentials too.
    assert {one.kind for one in lost(whole, told)} <= (set() if aggregated else {"Probe"})
    assert whole.findings(subjects=("workload", "container", "image", "role", "binding", "grant")) <= told.findings()
    assert {one.kind for one in invented(whole, told)} <= {"APIService", *(() if aggregated else ("Probe",))}
    more = told.unjudged().keys() - whole.unjudged().keys()
    assert {one.kind for one in more if one.name == "*"} == {"DeploymentConfig.apps.openshift.io"}
    assert "container-privileged" in {one.rule for one in more}


@pytest.mark.parametrize("fault", [BUSY, unavailable(503), Reset()], ids=["429", "503", "reset"])
def test_a_probe_that_was_not_answered_says_nothing(shop: Cluster, proxy: Proxy, config: Path, fault: Fault) -> None:
    rules = [option for rule in PROBES for option in ("--rule", rule)]
    whole = audit(config, *rules)
    assert {one.rule for one in whole.findings()} == {"anonymous-auth-unrestricted"}
    proxy.script = always(fault, at("/", "/healthz", "/livez", "/readyz", "/api/v1/namespaces"))
    told = audit(config, *rules)
    assert lost(whole, told) == set()
    assert invented(whole, told) == set()
