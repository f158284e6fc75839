"""Starts etcd and a kube-apiserver on loopback, and sends requests to them: the oracle of the live tests."""

import hashlib
import json
import os
import random
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SERVERS = Path(__file__).parent / "servers"
NEWEST, OLDER = "1.37", "1.35"
"""The minor versions that `servers/build` makes servers of: its own, and that of the folder of this name."""
ADMIN_TOKEN = "kubeplumb-live-admin"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: HTTP status, parsed body, and its warnings."""

    status: int
    body: Any
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Server:
    """A running API server: where it listens and the token of a member of system:masters."""

    base_url: str
    token: str
    folder: Path
    words: tuple[str, ...]
    """The API server's command line, behind the program."""
    release: str = NEWEST

    @property
    def minor(self) -> int:
        return int(self.release.partition(".")[2])

    def request(
        self,
        method: str,
        path: str,
        data: bytes = b"",
        content_type: str = "application/json",
        token: str | None = None,
        accept: str = "application/json",
    ) -> Answer:
        """Sends raw bytes; `token` is another user's, or empty for none."""
        headers = {"Content-Type": content_type, "Accept": accept}
        if token != "":
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.base_url + path, data or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=_trusting()) as response:
                return _answer(response.status, response.read(), response.headers.get_all("Warning"))
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.read(), error.headers.get_all("Warning"))

    def get(self, path: str, token: str | None = None) -> Answer:
        return self.request("GET", path, token=token)

    def text(self, path: str) -> str:
        """The answer of what speaks to people, such as /flagz."""
        answer = self.request("GET", path, accept="text/plain")
        assert answer.ok, answer
        return str(answer.body)

    def post(self, path: str, body: Any, token: str | None = None) -> Answer:
        """Sends an object as JSON."""
        return self.request("POST", path, json.dumps(body).encode(), token=token)

    def version(self) -> str:
        return str(self.get("/version").body["gitVersion"])


def token_of(user: str) -> str:
    """The token of a user in the token file, by the harness' custom."""
    return f"kubeplumb-live-{user}"


def binaries(release: str = NEWEST) -> tuple[Path, Path] | str:
    """Paths of kube-apiserver and etcd as `servers/build` leaves them, or why there are none."""
    found = built("kube-apiserver", "etcd", release=release)
    return found if isinstance(found, str) else (found[0], found[1])


def built(*names: str, release: str = NEWEST) -> tuple[Path, ...] | str:
    """Paths of the programs of these names, or why there are none."""
    own = "" if release == NEWEST else release
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256((SERVERS / own / "go.sum").read_bytes()).hexdigest()[:16]
    elsewhere = os.environ.get("KUBEPLUMB_SERVERS")
    folder = Path(elsewhere) / own if elsewhere else cache / "kubeplumb-servers" / key
    missing = [name for name in names if not os.access(folder / name, os.X_OK)]
    if not missing:
        return tuple(folder / name for name in names)
    return f"no {' and '.join(missing)} in {folder}: run {f'tests/live/servers/build {own}'.strip()} (needs Go)"


@contextmanager
def running(
    folder: Path,
    *flags: str,
    tokens: tuple[str, ...] = (),
    disabled: str = "ServiceAccount",
    authorization: tuple[str, ...] = ("--authorization-mode", "Node,RBAC"),
    release: str = NEWEST,
) -> Iterator[Server]:
    """A server with its data in folder, until the block ends.

    `flags` are added to the API server's; `tokens` are further lines `token,user,uid,"group,..."` of its token file;
    `disabled` are admission plugins. Where etcd listens is in the file `etcd.url`.
    """
    found = binaries(release)
    if isinstance(found, str):
        raise FileNotFoundError(found)
    apiserver, etcd = found
    client, peer, secure = free_ports(3)
    (folder / "tokens.csv").write_text("\n".join((f'{ADMIN_TOKEN},admin,admin,"system:masters"', *tokens)) + "\n")
    key = folder / "service-account.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    store = [
        str(etcd), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--log-level", "error",
        "--listen-client-urls", f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
        "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
        "--initial-cluster", f"default=http://127.0.0.1:{peer}",
    ]  # fmt: skip
    api = [
        str(apiserver), "--etcd-servers", f"http://127.0.0.1:{client}", "--bind-address", "127.0.0.1",
        "--secure-port", str(secure), "--cert-dir", str(folder / "certificates"),
        "--service-account-key-file", str(key), "--service-account-signing-key-file", str(key),
        "--service-account-issuer", "https://kubeplumb.test", "--service-cluster-ip-range", "10.0.0.0/24",
        *authorization, "--token-auth-file", str(folder / "tokens.csv"),
        "--disable-admission-plugins", disabled, *flags,
    ]  # fmt: skip
    (folder / "etcd.url").write_text(f"http://127.0.0.1:{client}")
    server = Server(f"https://127.0.0.1:{secure}", ADMIN_TOKEN, folder, tuple(api[1:]), release)
    with process(store, folder / "etcd.log"), process(api, folder / "kube-apiserver.log") as started:
        _wait(server, started)
        yield server


@cache
def _trusting() -> ssl.SSLContext:
    # The server made its certificate itself a moment ago, and only loopback is spoken to. Making it takes 20 ms.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _answer(status: int, data: bytes, warnings: list[str] | None) -> Answer:
    try:
        body = json.loads(data)
    except ValueError:
        body = data.decode("utf-8", "replace")
    return Answer(status, body, tuple(warnings or ()))


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, and that the system gives to no outgoing connection meanwhile."""
    found: list[int] = []
    for port in random.sample(range(15_000, 32_000), 200):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:  # taken
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no port is free")


@contextmanager
def process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that runs until the block ends, with what it says in a file."""
    with log.open("wb") as output:
        started = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def _wait(server: Server, started: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if started.poll() is not None:
            break
        try:
            if server.get("/readyz").ok:
                return
        except OSError:
            pass
        time.sleep(0.1)
    log = (server.folder / "kube-apiserver.log").read_text(errors="replace")
    raise RuntimeError(f"kube-apiserver did not become ready:\n{log[-2000:]}")
