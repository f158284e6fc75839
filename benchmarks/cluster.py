"""Times and peak memory of audits of a real API server, beside a process that only fetches the same lists.

`python benchmarks/cluster.py [--runs N] [--quick]` prints a Markdown table; the servers are those of the live tests.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from run import ROOT, Measured, measure

sys.path.insert(0, str(ROOT))

from auditor.collectors.api.cluster import _THREADS
from auditor.collectors.api.lists import PAGE
from tests.live.apiserver import built, token_of
from tests.live.audit import audited
from tests.live.cluster import Cluster, cluster
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.population import SERVICE, fill

FETCH = """\
import json, queue, re, ssl, sys, threading, urllib3
asked = json.loads(sys.argv[1])
if asked["parsed"]:
    import orjson
tls = ssl.create_default_context(cafile=asked["ca"])
pool = urllib3.PoolManager(maxsize=asked["connections"], ssl_context=tls)
pending = queue.SimpleQueue()
for path in asked["paths"]:
    pending.put(path)
def fetch():
    while True:
        try:
            path = pending.get_nowait()
        except queue.Empty:
            return
        token = b""
        while token is not None:
            fields = {"limit": asked["page"]} | ({"continue": token.decode()} if token else {})
            data = pool.request("GET", asked["server"] + path, fields=fields, headers=asked["headers"]).data
            if asked["parsed"]:
                orjson.loads(data)
            found = re.search(rb'"continue":"([^"]+)"', data[:2000])
            token = found[1] if found else None
threads = [threading.Thread(target=fetch) for _ in range(asked["connections"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
CLIENT = """\
import json, re, sys
from kubernetes import client, config
asked = json.loads(sys.argv[1])
config.load_kube_config(asked["kubeconfig"])
api = client.ApiClient()
for path in asked["paths"]:
    token = b""
    while token is not None:
        fields = {"limit": asked["page"]} | ({"continue": token.decode()} if token else {})
        accept = {"Accept": "application/json"}
        made = api.param_serialize("GET", path, query_params=[*fields.items()], header_params=accept,
                                   auth_settings=["BearerToken"])
        data = api.call_api(*made).read()
        found = re.search(rb'"continue":"([^"]+)"', data[:2000])
        token = found[1] if found else None
"""
"""The same through the official client, which reads the kubeconfig too: what anybody would write first."""


class Size(NamedTuple):
    """How much a cluster holds; each deployment comes with a ReplicaSet, an account, a role and a binding."""

    deployments: int
    pods: int

    def __str__(self) -> str:
        return f"{self.pods:,} pods, {self.deployments:,} deployments"


SIZES = (Size(1_000, 5_000), Size(4_000, 20_000))
WAYS = {
    "default profile": (),
    "default profile, --qps 0": ("--qps", "0"),
    "all rules, --qps 0": ("--qps", "0", "--profile", "all"),
    "all rules, --qps 0, --jobs 1": ("--qps", "0", "--profile", "all", "--jobs", "1"),
}


class Row(NamedTuple):
    """One line of the table; `share` is of the time that fetching alone takes."""

    size: Size
    what: str
    measured: Measured
    share: float


@contextmanager
def filled(size: Size, folder: Path) -> Iterator[tuple[Cluster, Path]]:
    """A cluster with that much in it, and the kubeconfig of its admin."""
    with cluster(folder) as made:
        fill(made, size.deployments, size.pods, spec=SERVICE, running=True)
        yield made, kubeconfig(folder / "config", made, token_user("admin"))


def rows(size: Size, folder: Path, runs: int) -> Iterator[Row]:
    """The lines of one size."""
    with filled(size, folder) as (made, config):
        audit = [sys.executable, "-m", "auditor", "cluster", "--kubeconfig", str(config), "--no-config"]
        audit += ["--fail-on", "none", "-o", "json"]
        with audited(made.audit_log, "admin") as seen:
            measure(audit, 1)
        paths = sorted({one.path.partition("?")[0] for one in seen if one.verb == "list"})
        asked = {"server": made.base_url, "ca": str(made.ca), "paths": paths, "page": PAGE, "kubeconfig": str(config)}
        base = measure([sys.executable, "-c", CLIENT, json.dumps(asked)], runs)
        yield Row(size, "fetching the same lists, kubernetes client, 1 connection", base, 1)
        for parsed in (False, True):
            for coding, connections in (("gzip", 1), ("gzip", _THREADS), ("identity", _THREADS)):
                headers = {"Authorization": f"Bearer {token_of('admin')}", "Accept-Encoding": coding}
                asked |= {"headers": headers, "connections": connections, "parsed": parsed}
                measured = measure([sys.executable, "-c", FETCH, json.dumps(asked)], runs)
                what = f"bare fetch{' and parse' if parsed else ''}, {coding}, connections: {connections}"
                yield Row(size, what, measured, measured.seconds / base.seconds)
        for what, options in WAYS.items():
            measured = measure([*audit, *options], runs)
            yield Row(size, what, measured, measured.seconds / base.seconds)


def main() -> None:
    """Prints the table, or why there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the small cluster only")
    arguments = parser.parse_args()
    found = built("kube-apiserver", "etcd")
    if isinstance(found, str):
        print(f"clusters are not measured: {found}", file=sys.stderr)
        return
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    table: list[Row] = []
    for size in SIZES[:1] if arguments.quick else SIZES:
        with tempfile.TemporaryDirectory() as name:
            os.environ["PYTHONPYCACHEPREFIX"] = str(Path(name) / "bytecode")
            table += rows(size, Path(name), arguments.runs)
    print("| cluster | what | seconds | of fetching | peak MiB |\n|---|---|---|---|---|")
    for row in table:
        told = f"{row.measured.seconds:.2f} | {row.share:.2f} | {row.measured.mebibytes:.0f}"
        print(f"| {row.size} | {row.what} | {told} |")
    if len(SIZES) > 1 and not arguments.quick:
        print("\nMiB for each further 1,000 pods and 200 deployments:")
        for what in WAYS:
            small, large = (next(row for row in table if (row.size, row.what) == (size, what)) for size in SIZES)
            more = large.measured.mebibytes - small.measured.mebibytes
            print(f"- {what}: {more / (large.size.pods - small.size.pods) * 1000:.1f}")


if __name__ == "__main__":
    main()
