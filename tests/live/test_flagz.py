"""Every flag of a real controller manager, scheduler and kubelet has the value that facts give it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Kubeplumb
from tests.live import flagz
from tests.live.apiserver import Server, built, free_ports, process
from tests.live.cluster import Cluster
from tests.live.judged import judged
from tests.live.kubeconfig import certificate_user, kubeconfig
from tests.live.node import kubelet
from tests.live.node import missing as no_kubelet
from tests.live.releases import BOTH
from tests.live.waiting import until

MADE = {"tls-cert-file", "tls-private-key-file"}
"""Without a certificate they make one for themselves, and say where it is."""
MORE = {
    "kube-controller-manager": (
        "--controllers=ttl-after-finished-controller",
        "--leader-elect=false",
        "--cluster-cidr=10.1.0.0/16",
    ),
    "kube-scheduler": ("--leader-elect=false", "--profiling=false", "--tls-min-version=VersionTLS13"),
}


@contextmanager
def component(cluster: Cluster, folder: Path, name: str) -> Iterator[tuple[Server, tuple[str, ...]]]:
    """A controller manager or scheduler that asks the cluster who may do what; and its command line."""
    found = built(name, release=cluster.release)
    if isinstance(found, str):
        pytest.skip(found)
    (port,) = free_ports(1)
    user = certificate_user(cluster.authority, folder, f"system:{name}", ("system:masters",))
    config = kubeconfig(folder / "kubeconfig", cluster, user)
    words = (
        *(f"--{flag}={config}" for flag in ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")),
        *(f"--secure-port={port}", "--bind-address=127.0.0.1", f"--cert-dir={folder}"),
        *(*MORE[name], *flagz.asked_for(cluster)),
    )
    log = folder / f"{name}.log"
    server = Server(f"https://127.0.0.1:{port}", cluster.token, folder, words)
    with process([str(found[0]), *words], log) as started:

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            try:
                return server.get("/healthz").ok
            except OSError:
                return False

        until(f"{name} answers", ready, 60)
        yield server, words


@BOTH
@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler"])
def test_control_plane(cluster: Cluster, tmp_path: Path, kubeplumb: Kubeplumb, name: str) -> None:
    with component(cluster, tmp_path, name) as (server, words):
        said = flagz.told(server)
        profiles = server.get("/debug/pprof/").status
    told = judged(kubeplumb, tmp_path / "audited", name, words, ("component-profiling",), cluster.version())
    found = flagz.unlike(said, told.settings, flagz.known(said, name, cluster))
    assert {flag: values for flag, values in found.items() if flag not in MADE} == {}
    assert told.verdicts["component-profiling"] == ("fail" if profiles == 200 else "pass")


@BOTH
@pytest.mark.skipif(bool(no_kubelet()), reason=no_kubelet())
def test_kubelet(cluster: Cluster, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    """Its /flagz tells what flags say alone, without the file: so are they asked for here."""
    more = ("--max-pods=7", "--allowed-unsafe-sysctls=net.*,kernel.msg*", *flagz.asked_for(cluster))
    with kubelet(cluster, "flags", flags=more) as node:
        said = flagz.told(cluster, f"/api/v1/nodes/{node.name}/proxy/flagz")
        words = list(node.words)
    del words[words.index("--config") : words.index("--config") + 2]
    told = judged(kubeplumb, tmp_path / "audited", "kubelet", words, (), cluster.version())
    kinds = flagz.known(said, "kubelet", cluster)
    assert said.pop("config")
    assert flagz.unlike(said, told.settings, kinds) == {}
