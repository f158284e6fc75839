"""One API server for all live tests of a session, and one cluster of each version; they run in one worker."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.live.apiserver import NEWEST, Server, binaries, built, running
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
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Cluster]]:
    """The cluster of a minor version, started when it is first asked for; where that is not built, the test skips."""
    with ExitStack() as until_end:

        @cache
        def started(release: str) -> Cluster:
            own = built("kube-apiserver", "etcd", "kube-controller-manager", release=release)
            for found in (own, built("kubectl")):
                if isinstance(found, str):
                    pytest.skip(found)
            folder = tmp_path_factory.mktemp("cluster")
            return until_end.enter_context(start_cluster(folder, controllers=True, release=release))

        yield started


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Cluster:
    """A cluster with users, an audit log and controllers; tests use namespaces and names of their own.

    It is of the newest version, or of those that a mark of `releases` asks for.
    """
    return clusters(getattr(request, "param", NEWEST))


@pytest.fixture(scope="session")
def shop(cluster: Cluster) -> Cluster:
    """The same cluster with the demo set in it: namespaces shop, shop-data, growth and platform.

    What tests add to it stays until the session ends: deleting a namespace takes seconds, in which other audits differ.
    """
    settle(cluster)
    return cluster
