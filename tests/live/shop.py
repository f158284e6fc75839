"""In: a cluster with controllers; out: the demo set in it, as far as a stock server takes it, and its pods."""

from functools import cache
from pathlib import Path

import yaml

from tests.live.cluster import Cluster
from tests.live.objects import Object, apply
from tests.live.waiting import until

NAMESPACES = ("shop", "shop-data", "growth", "platform")
_FOLDER = Path(__file__).parents[2] / "examples" / "shop"
_PARTS = ("base", "growth", "platform")
_LEFT_OUT = {"kustomization.yaml", "search-hpa.yaml"}
"""The second is broken on purpose."""
_OPEN_TO_ALL = "dashboard-view"
"""A binding that lets every user of the cluster read it, so that none would be without rights."""
_NOT_SERVED = {"argoproj.io/v1alpha1", "serving.knative.dev/v1", "policy/v1beta1"}


def demo() -> list[Object]:
    """The objects of the demo set's plain manifests."""
    files = (file for part in _PARTS for file in sorted((_FOLDER / part).rglob("*.yaml")))
    texts = [file.read_text() for file in files if file.name not in _LEFT_OUT]
    objects = [one for text in texts for one in yaml.safe_load_all(text) if one]
    return [one for one in objects if one["apiVersion"] not in _NOT_SERVED and one["metadata"]["name"] != _OPEN_TO_ALL]


@cache
def settle(cluster: Cluster) -> None:
    """Applies the demo set, and waits until controllers have made of it what they can; once in a cluster."""
    apply(cluster, demo())
    until("controllers are done", lambda: all(_done(one) for one in _owners(cluster)))


def _owners(cluster: Cluster) -> list[Object]:
    paths = ("apps/v1/namespaces/{}/deployments", "apps/v1/namespaces/{}/replicasets", "batch/v1/namespaces/{}/jobs")
    lists = [cluster.get(f"/apis/{path.format(name)}").body for name in NAMESPACES for path in paths]
    return [dict(one, kind=found["kind"]) for found in lists for one in found["items"]]


def _done(one: Object) -> bool:
    status = one.get("status", {})
    if one["kind"] == "JobList":
        return "active" in status
    failed = any(condition["type"] == "ReplicaFailure" for condition in status.get("conditions", ()))
    return failed or status.get("replicas") == one["spec"]["replicas"]
