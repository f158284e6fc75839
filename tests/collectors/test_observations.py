"""Probes and certificates of a server of ours, which records all that is sent to it."""

import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import yaml

from auditor.collectors.api import certificates, requests
from auditor.collectors.api.certificates import observe_certificates
from auditor.collectors.api.connection import connect
from auditor.collectors.api.kubeconfig import Access
from auditor.collectors.api.probes import PATHS, probe_anonymous
from auditor.collectors.api.requests import Client, Limits
from auditor.model.inventory import Inventory, Provenance
from tests.live.certificates import Pair, authority, issue

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificates with openssl")

MEGABYTES = b"x" * (8 << 20)
TOKEN, GROUP = "credential-of-the-test", "group-of-the-test"


@dataclass
class Recorded:
    """What a server was asked, by how many connections, and how many bytes it could get rid of."""

    address: str
    folder: Path
    signer: Pair | None
    user: Pair | None
    answers: dict[str, tuple[int, bytes]]
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    certificates: list[Any] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    written: int = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        told = cast(Any, self.server).recorded
        told.requests.append((self.command, self.path, dict(self.headers.items())))
        told.connections.add(self.client_address)
        if told.signer:
            told.certificates.append(cast(ssl.SSLSocket, self.connection).getpeercert())
        status, body = told.answers.get(self.path, (401, b"{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for start in range(0, len(body), 1 << 16):
                told.written += self.wfile.write(body[start : start + (1 << 16)])
        except OSError:
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def serving(folder: Path, answers: dict[str, tuple[int, bytes]], *, tls: bool = True) -> Iterator[Recorded]:
    """A server that asks for a client certificate, as an API server does, and answers 401 unless told otherwise."""
    signer = authority(folder) if tls else None
    user = issue(signer, folder, "jane", ("system:masters",)) if signer else None
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if signer:
        own = issue(signer, folder, "server", hosts=("IP:127.0.0.1",))
        chain = folder / "chain.pem"
        chain.write_bytes(own.certificate.read_bytes() + signer.certificate.read_bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, own.key)
        context.load_verify_locations(signer.certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    recorded = cast(Any, server).recorded = Recorded(address, folder, signer, user, answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield recorded
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(to: Recorded) -> Client:
    """A client with all the credentials that there are."""
    user: dict[str, Any] = {"token": TOKEN, "as": "alice", "as-groups": [GROUP]}
    cluster: dict[str, Any] = {"server": to.address}
    if to.signer and to.user:
        both = to.folder / "both.pem"
        both.write_bytes(to.user.key.read_bytes() + to.user.certificate.read_bytes())
        user |= {"client-certificate": str(both), "client-key": str(to.user.key)}
        cluster["certificate-authority"] = str(to.signer.certificate)
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = to.folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return Client(connect(Access(kubeconfig=str(path))), Limits())


def inventory() -> Inventory:
    return Inventory(Provenance("c", ""))


def probed(made: Client) -> dict[str, dict[str, Any]]:
    return {entry["path"]: entry for entry in probe_anonymous(made, inventory()).manifest["requests"]}


def forbidden(user: str) -> bytes:
    return orjson.dumps({"kind": "Status", "reason": "Forbidden", "message": f'no: User "{user}" cannot get path "/"'})


def test_the_client_has_credentials_that_a_probe_never_sends(tmp_path: Path) -> None:
    with serving(tmp_path, {"/own": (200, b"{}")}) as server:
        made = client(server)
        made.get("/own")
        _, _, sent = server.requests.pop()
        assert (sent["Authorization"], sent["Impersonate-User"]) == (f"Bearer {TOKEN}", "alice")
        assert server.certificates.pop()
        probed(made)
        observe_certificates(made, inventory())
        assert [path for _, path, _ in server.requests] == [*PATHS, "/version"]
        assert {method for method, _, _ in server.requests} == {"GET"}
        assert not any(server.certificates)
        for _, _, headers in server.requests:
            assert set(headers) <= {"Host", "Accept", "Accept-Encoding", "User-Agent"}
            assert not any(word in str(headers) for word in (TOKEN, GROUP, "alice"))
        assert made.sent == 1 + len(PATHS) + 1


def test_an_answer_is_told_by_status_reason_and_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_BACKOFF", 0.0001)
    answers = {
        "/": (403, forbidden("system:anonymous")),
        "/api": (403, b"<html>no</html>"),
        "/apis": (403, b'["no object"]'),
        "/version": (200, forbidden("nobody asks")),
        "/livez": (302, b""),
        "/openapi/v2": (503, b'{"reason": 1, "message": null}'),
    }
    with serving(tmp_path, answers) as server:
        told = {path: (one["status"], one["reason"], one["user"]) for path, one in probed(client(server)).items()}
    assert told["/"] == (403, "Forbidden", "system:anonymous")
    assert told["/api"] == told["/apis"] == (403, "", "")
    assert told["/version"] == (200, "", "")
    assert told["/livez"] == (302, "", "")
    assert told["/openapi/v2"] == (503, "1", "")
    assert told["/healthz"] == (401, "", "")


def test_long_answers_are_not_downloaded_and_short_ones_share_a_connection(tmp_path: Path) -> None:
    with serving(tmp_path, {"/openapi/v2": (200, MEGABYTES)}) as server:
        assert probed(client(server))["/openapi/v2"]["status"] == 200
        assert len(server.connections) == 2
        assert server.written < len(MEGABYTES) // 2


def test_without_tls_there_is_a_probe_and_no_certificate(tmp_path: Path) -> None:
    found = inventory()
    with serving(tmp_path, {"/api": (200, b"{}")}, tls=False) as server:
        made = client(server)
        assert probed(made)["/api"]["status"] == 200
        assert observe_certificates(made, found) == []
    assert found.gaps == []


def test_a_server_that_is_gone_leaves_words_and_a_gap(tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server:
        made = client(server)
    found = inventory()
    entries = probed(made).values()
    assert {entry["status"] for entry in entries} == {0}
    assert all("refused" in entry["reason"] for entry in entries)
    assert [resource.manifest["role"] for resource in observe_certificates(made, found)] == ["client"]
    assert [gap.code for gap in found.gaps] == ["unavailable"]


def test_a_probe_keeps_to_the_time_that_is_left(tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server:
        made = client(server)
        made.limits = Limits(seconds=0)
        entries = list(probed(made).values())
    assert [entry["status"] for entry in entries] == [0] * len(PATHS)
    assert server.requests == []


def test_certificates_are_those_that_were_shown_without_any_key(tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server:
        own, user = (resource.manifest for resource in observe_certificates(client(server), inventory()))
        assert server.user
        assert own["role"] == "server"
        assert own["pem"] == (tmp_path / "chain.pem").read_text()
        assert (user["role"], user["pem"]) == ("client", server.user.certificate.read_text())
    assert "PRIVATE" not in own["pem"] + user["pem"]


@pytest.mark.parametrize("status", [200, 401, 403])
def test_the_servers_certificate_is_read_whatever_it_answers(tmp_path: Path, status: int) -> None:
    with serving(tmp_path, {"/version": (status, b"{}")}) as server:
        found = observe_certificates(client(server), inventory())
    assert [resource.ref.name for resource in found] == ["kube-apiserver", "kubeconfig-user"]


class Underneath:
    """What lies under a socket of TLS, where it tells nothing of a chain, or that there is none."""

    def __init__(self, **rest: Any) -> None:
        self.__dict__.update(rest)


@pytest.mark.parametrize("inner", [None, Underneath(), Underneath(get_unverified_chain=lambda: None)])
def test_where_python_does_not_tell_the_chain_it_is_the_servers_own(inner: Any) -> None:
    sock = Underneath(_sslobj=inner, getpeercert=lambda binary_form: b"own")
    assert certificates._chain(sock) == [b"own"]


@pytest.mark.parametrize("sock", [None, Underneath(getpeercert=lambda binary_form: None)])
def test_without_a_certificate_there_is_no_chain(sock: Any) -> None:
    assert certificates._chain(sock) == []
