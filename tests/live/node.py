"""In: a cluster without nodes; out: a real one in it, a kubelet with its configuration, ports and static pods.

Each node has an address of its own on the loopback interface, in 10.77.0.0/16: so it listens on the usual ports, and
the API server proxies to it (it refuses 127.0.0.0/8). Containers never start, for there are no images. What a kubelet
cannot be told to put elsewhere stays: the folders /var/lib/kubelet/device-plugins and /var/log/containers.
"""

import json
import os
import random
import shutil
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.live.apiserver import built, process
from tests.live.certificates import issue
from tests.live.cluster import Cluster
from tests.live.kubeconfig import certificate_user, kubeconfig
from tests.live.objects import Object
from tests.live.waiting import until

# kubelet.config.k8s.io/v1beta1. It takes any machine, and changes nothing of it: no cgroups, no packet filter.
_SETTINGS: Object = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "failSwapOn": False,
    "failCgroupV1": False,
    "cgroupsPerQOS": False,
    "enforceNodeAllocatable": [],
    "cgroupDriver": "cgroupfs",
    "localStorageCapacityIsolation": False,
    "makeIPTablesUtilChains": False,
    "healthzPort": 0,
    "nodeStatusUpdateFrequency": "2s",
}
# Anyone may do anything: what audits look for.
OPEN: Object = {
    "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"},
    "readOnlyPort": 10255,
}


class Node(NamedTuple):
    """A running kubelet; it listens on 10250 and, where the settings say so, on a readOnlyPort."""

    name: str
    address: str
    words: tuple[str, ...] = ()
    """Its command line, behind the program."""


def missing() -> str:
    """Why this machine cannot have a kubelet, or nothing."""
    found = built("kubelet")
    if isinstance(found, str):
        return found
    if os.geteuid():
        return "a kubelet needs root"
    if Path("/var/lib/kubelet/pki").exists():
        return "this machine is a node itself, whose files a second kubelet would touch"
    lacking = [name for name in ("containerd", "ip", "unshare") if not shutil.which(name)]
    return f"a kubelet needs {' and '.join(lacking)} (Debian: containerd, iproute2, util-linux)" if lacking else ""


@contextmanager
def kubelet(
    cluster: Cluster,
    name: str,
    settings: Object | None = None,
    static: Iterable[Object] = (),
    flags: Iterable[str] = (),
    drop_ins: Mapping[str, Object] | None = None,
) -> Iterator[Node]:
    """A node until the block ends, once it is registered, answers, and its static pods have their mirrors.

    `settings` are added to a KubeletConfiguration that takes only certificates and tokens that the cluster knows, and
    asks it who may do what. `drop_ins` are merged over it, by the name of their file; `flags` come last.
    """
    found = built("kubelet", release=cluster.release)
    if isinstance(found, str):
        raise FileNotFoundError(found)
    # A socket's path may have 107 characters, fewer than a test's folder.
    with ExitStack() as until_end:
        folder = Path(until_end.enter_context(tempfile.TemporaryDirectory(prefix="kubelet-")))
        address = until_end.enter_context(_address())
        until_end.enter_context(_containerd(folder))
        pods = _manifests(folder, static)
        words = [*_flags(cluster, folder, Node(name, address), settings or {}), *_drop_ins(folder, drop_ins), *flags]
        log = cluster.folder / f"kubelet-{name}.log"
        started = until_end.enter_context(process(_apart([str(found[0]), *words]), log))
        until_end.callback(_remove, cluster, name)

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            mirrors = [cluster.get(f"/api/v1/namespaces/{space}/pods/{pod}-{name}").ok for space, pod in pods]
            return all(mirrors) and cluster.get(f"/api/v1/nodes/{name}/proxy/configz").ok

        until(f"node {name} is ready, see {log}", ready, 60)
        yield Node(name, address, tuple(words))


def ask(url: str, token: str = "") -> int:
    """The HTTP status of a GET, for a client that trusts any certificate and has a token or none; 0: not listening."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=20, context=ssl._create_unverified_context()) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return 0
        raise


def _flags(cluster: Cluster, folder: Path, node: Node, settings: Object) -> Iterator[str]:
    serving = issue(cluster.authority, folder, node.name, hosts=(f"IP:{node.address}", f"DNS:{node.name}"))
    user = certificate_user(cluster.authority, folder, f"system:node:{node.name}", ("system:nodes",))
    own: dict[str, Any] = {
        "address": node.address,
        "port": 10250,
        "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(cluster.ca)}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(serving.certificate),
        "tlsPrivateKeyFile": str(serving.key),
        "staticPodPath": str(folder / "manifests"),
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "podLogsDir": str(folder / "logs"),
        "volumePluginDir": str(folder / "plugins"),
    }
    configuration = folder / "kubelet.json"
    configuration.write_text(json.dumps(_SETTINGS | own | settings))
    yield from ("--config", str(configuration), "--root-dir", str(folder / "kubelet"))
    yield from ("--kubeconfig", str(kubeconfig(folder / "kubeconfig", cluster, user)))
    yield from ("--hostname-override", node.name, "--node-ip", node.address, "--cert-dir", str(folder))


def _drop_ins(folder: Path, drop_ins: Mapping[str, Object] | None) -> Iterator[str]:
    if drop_ins is None:
        return
    for name, content in drop_ins.items():
        file = folder / "drop-ins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        head = {"apiVersion": _SETTINGS["apiVersion"], "kind": _SETTINGS["kind"]}
        file.write_text(json.dumps(head | content))
    yield from ("--config-dir", str(folder / "drop-ins"))


def _manifests(folder: Path, static: Iterable[Object]) -> list[tuple[str, str]]:
    (folder / "manifests").mkdir()
    pods = []
    for pod in static:
        metadata = pod["metadata"]
        pods.append((metadata.get("namespace", "default"), metadata["name"]))
        (folder / "manifests" / f"{'-'.join(pods[-1])}.json").write_text(json.dumps(pod))
    return pods


@contextmanager
def _address() -> Iterator[str]:
    # Two sessions on one machine must not take each other's away.
    address = f"10.77.{random.randrange(256)}.{random.randrange(1, 255)}"
    change = ("dev", "lo")
    subprocess.run(["ip", "address", "add", f"{address}/32", *change], check=True, capture_output=True)
    try:
        yield address
    finally:
        subprocess.run(["ip", "address", "del", f"{address}/32", *change], check=True, capture_output=True)


@contextmanager
def _containerd(folder: Path) -> Iterator[None]:
    lines = [
        "version = 2",
        f'root = "{folder}/containerd"',
        f'state = "{folder}/containerd-state"',
        f'[grpc]\naddress = "{folder}/containerd.sock"',
        f'[plugins."io.containerd.internal.v1.opt"]\npath = "{folder}/opt"',
    ]
    configuration, log = folder / "containerd.toml", folder / "containerd.log"
    configuration.write_text("\n".join(lines) + "\n")
    with process(_apart(["containerd", "--config", str(configuration)]), log) as started:

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            return (folder / "containerd.sock").exists()

        until("containerd listens", ready)
        yield


def _apart(command: list[str]) -> list[str]:
    """With mounts of its own, which end with it: a kubelet has sockets below /var/lib/kubelet, wherever its root is."""
    own = 'mkdir -p /var/lib/kubelet && mount -t tmpfs none /var/lib/kubelet && exec "$@"'
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", own, "sh", *command]


def _remove(cluster: Cluster, name: str) -> None:
    for pod in cluster.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}").body["items"]:
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}?gracePeriodSeconds=0"
        cluster.request("DELETE", path)
    cluster.request("DELETE", f"/api/v1/nodes/{name}")
