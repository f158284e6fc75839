"""One API server and one cluster for all live tests of a session; they run in one worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.apiserver import Server, binaries, built, running
from tests.live.cluster import Cluster
from tests.live.cluster import cluster as start_cluster
from tests.live.shop import settle


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.xdist_group("live"))


@pytest.fixture(scope="session")
def apiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A kube-apiserver with RBAC, empty but for what it makes itself; tests clean up or use names of their own."""
    found = binaries()
    if isinstance(found, str):
        pytest.skip(found)
    with running(tmp_path_factory.mktemp("apiserver")) as server:
        yield server


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with users, an audit log and controllers; tests use namespaces and names of their own."""
    found = built("kube-apiserver", "etcd", "kube-controller-manager", "kubectl")
    if isinstance(found, str):
        pytest.skip(found)
    with start_cluster(tmp_path_factory.mktemp("cluster"), controllers=True) as made:
        yield made


@pytest.fixture(scope="session")
def shop(cluster: Cluster) -> Cluster:
    """The same cluster with the demo set in it: namespaces shop, shop-data, growth and platform.

    What tests add to it stays until the session ends: deleting a namespace takes seconds, in which other audits differ.
    """
    settle(cluster)
    return cluster
