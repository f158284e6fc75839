"""Objects written in API versions that the next minor does not serve, on a server that converts what it stores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.kube.versions import Version
from auditor.tables.deprecations import gone_by, next_minor
from auditor.tables.resources import plural
from tests.live.apiserver import binaries
from tests.live.audit import audited
from tests.live.audits import Found, audit, differences, told
from tests.live.cluster import Cluster, cluster, granted
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.objects import Call, apply, send

RULES = ("--rule", "api-version-*")
WRITTEN = "api-version-written-ending"
CLASS = {"spec": {"selectors": [{"cel": {"expression": "device.driver == 'gpu.example'"}}]}}
CLAIM = {"spec": {"devices": {"requests": [{"name": "gpu", "deviceClassName": "old"}]}}}
EXACTLY = {"spec": {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "old"}}]}}}
COPY = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that serves every version it has, with objects that were applied in several."""
    found = binaries()
    if isinstance(found, str):
        pytest.skip(found)
    everything = ("--runtime-config=api/all=true", "--feature-gates=AllAlpha=true,AllBeta=true")
    with cluster(tmp_path_factory.mktemp("old"), *everything) as server:
        apply(server, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}])
        copy = json.dumps({"apiVersion": "resource.k8s.io/v1beta1", "kind": "DeviceClass"})
        calls = [
            applied("v1beta1", "DeviceClass", "", "old", CLASS),
            applied("v1", "DeviceClass", "", "new", CLASS),
            applied("v1", "DeviceClass", "", "copied", CLASS, annotations={COPY: copy}),
            applied("v1beta1", "ResourceClaim", "shop", "old", CLAIM),
            applied("v1", "ResourceClaim", "shop", "new", EXACTLY),
        ]
        refused = [answer.body for answer in send(server, calls, 1) if not answer.ok]
        assert not refused, refused
        yield server


def applied(version: str, kind: str, namespace: str, name: str, rest: dict[str, Any], **metadata: object) -> Call:
    """A server-side apply by `driver`, in one version of the API."""
    api_version, where = f"resource.k8s.io/{version}", f"/namespaces/{namespace}" if namespace else ""
    path = f"/apis/{api_version}{where}/{plural(kind)}/{name}?fieldManager=driver"
    return Call(
        "PATCH", path, {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}, **rest}
    )


def found(kind: str, namespace: str, name: str, manager: str = "driver") -> Found:
    words = f"{kind} {name} is written by {manager} as resource.k8s.io/v1beta1, which ends with 1.38"
    return Found(WRITTEN, kind, namespace, name, "", words)


CLASSES = {found("DeviceClass", "", "old"), found("DeviceClass", "", "copied", "last-applied")}
CLAIMS = {found("ResourceClaim", "shop", "old")}


def config_of(folder: Path, server: Cluster, user: str) -> Path:
    return kubeconfig(folder / user, server, token_user(user))


def test_who_writes_in_a_version_that_ends_is_found_and_a_snapshot_says_the_same(old: Cluster, tmp_path: Path) -> None:
    with audited(old.audit_log, "admin") as seen:
        done = audit(config_of(tmp_path, old, "admin"), *RULES, "--save", tmp_path / "s.json.gz")
    assert done.findings() == CLASSES | CLAIMS
    assert (done.report["gaps"], done.unjudged()) == ([], {})
    lists = [one.path.partition("?")[0] for one in seen if one.path.startswith("/apis/resource.k8s.io/")]
    kinds = ("deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices")
    assert sorted(lists) == [f"/apis/resource.k8s.io/v1/{kind}" for kind in kinds]
    options = ("--no-config", "--profile", "all", "--jobs", "1", *RULES, "-o", "json")
    again = done._replace(report=json.loads(told("scan", tmp_path / "s.json.gz", *options).out))
    assert differences(done, again) == []


def test_the_role_without_a_cluster_has_what_such_a_cluster_needs(old: Cluster, tmp_path: Path) -> None:
    """Every kind that the table ends with the next minor is served here, and can be listed by the name it is given."""
    texts = [
        told("rbac-needed", *RULES, *options).out
        for options in ((), ("--kubeconfig", config_of(tmp_path, old, "admin")))
    ]
    without, with_cluster = (yaml.safe_load(text)["rules"] for text in texts)
    assert without == with_cluster
    now = Version(1, old.minor)
    kinds = {plural(kind) for _, kind in gone_by(next_minor(now)) - gone_by(now)}
    assert {name for rule in without for name in rule["resources"]} == {"namespaces", *kinds}


def test_whoever_may_not_list_them_is_told_so_where(old: Cluster, tmp_path: Path) -> None:
    config = config_of(tmp_path, old, "reader")
    rules = yaml.safe_load(told("rbac-needed", *RULES, "--kubeconfig", config).out)["rules"]
    with granted(old, "reader", rules):
        whole = audit(config, *RULES)
    assert (whole.findings(), whole.unjudged(), whole.report["gaps"]) == (CLASSES | CLAIMS, {}, [])
    less = [rule | {"resources": [one for one in rule["resources"] if one != "resourceclaims"]} for rule in rules]
    with granted(old, "reader", less):
        part = audit(config, *RULES)
    assert part.findings() == CLASSES
    assert part.gaps() == {("list", "resourceclaims", "")}
    blind = {(one.rule, one.kind, one.namespace, one.name) for one in part.unjudged()}
    ids = (WRITTEN, "api-version-removed", "api-version-deprecated")
    assert blind == {(rule, "ResourceClaim", "", "*") for rule in ids}


def test_a_server_of_which_nothing_ends_is_asked_for_nothing_more(cluster: Cluster, tmp_path: Path) -> None:
    """As one starts that nobody told to serve what is off by default."""
    with audited(cluster.audit_log, "admin") as seen:
        done = audit(config_of(tmp_path, cluster, "admin"), *RULES)
    assert done.unjudged() == {}
    assert [one.path.partition("?")[0] for one in seen if one.verb == "list"] == ["/api/v1/namespaces"]
