"""In: a server and a script of faults; out: a proxy in front of it on loopback that works but for these.

A script is asked for each request and answers with a fault or None; it is asked under a lock, so that it may count.
The proxy ends TLS with a certificate of its own: client certificates do not reach the server, tokens do.
"""

import os
import socket
import ssl
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.live.apiserver import Server
from tests.live.certificates import authority, issue
from tests.live.faults import Fault, Reply, Request, Reset, Script, Slow, Truncated, no_fault

_PIECE = 1 << 16
_OWN = {"connection", "keep-alive", "transfer-encoding", "host", "content-length", "date", "server"}


@dataclass(slots=True)
class Proxy:
    """A running proxy: its address, the CA file for clients, and what it saw: requests with faults, connections."""

    base_url: str
    ca: Path
    script: Script
    log: list[tuple[Request, Fault | None]] = field(default_factory=list)
    connections: int = 0

    @property
    def faults(self) -> list[Fault]:
        return [fault for _, fault in self.log if fault is not None]


@contextmanager
def proxied(server: Server, folder: Path, script: Script = no_fault) -> Iterator[Proxy]:
    """A proxy in front of a server until the block ends; `proxy.script` may be replaced meanwhile.

    An exception of the script, or the server's going away, ends that connection and is raised when the block ends.
    """
    signer = authority(folder, "proxy-ca")
    made = issue(signer, folder, "proxy", hosts=("IP:127.0.0.1", "DNS:localhost"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    listener = _Listener(("127.0.0.1", 0), _Handler)
    # The handshake is left to the connection's own thread.
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    listener.proxy = Proxy(f"https://127.0.0.1:{listener.server_port}", signer.certificate, script)
    listener.upstream = urlsplit(server.base_url).netloc
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener.proxy
    finally:
        listener.shutdown()
        thread.join()
        listener.end()
    if listener.errors:
        raise ExceptionGroup("in the proxy", listener.errors)


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64
    proxy: Proxy
    upstream: str

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.open: set[socket.socket] = set()
        self.errors: list[Exception] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def decide(self, method: str, path: str) -> Fault | None:
        with self.lock:
            request = Request(method, path, self.counts[method, path], len(self.proxy.log))
            self.counts[method, path] += 1
            fault = self.proxy.script(request)
            self.proxy.log.append((request, fault))
            return fault

    def end(self) -> None:
        """Ends connections that clients keep, and waits for their threads."""
        self.ending.set()
        with self.lock:
            for connection in self.open:
                # Below TLS, whose state is its thread's.
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # A client may go away at any time.
        if isinstance(error, Exception) and not isinstance(error, (ConnectionError, ssl.SSLError)):
            self.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def setup(self) -> None:
        super().setup()
        # The API server's certificate is not what is tested here.
        self.upstream = HTTPSConnection(self.server.upstream, timeout=60, context=ssl._create_unverified_context())
        with self.server.lock:
            self.server.proxy.connections += 1
            self.server.open.add(self.connection)

    def finish(self) -> None:
        with self.server.lock:
            self.server.open.discard(self.connection)
        self.upstream.close()
        super().finish()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing; the proxy has its log."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.decide(self.command, self.path)
        if isinstance(fault, Reply):
            self._send(fault.status, fault.headers, fault.body)
        elif isinstance(fault, Reset) and fault.after is None:
            self._reset()
        elif fault is None:
            self._pass_on(self._ask(body))
        else:
            self._spoil(self._ask(body, plain=True), fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _ask(self, body: bytes, *, plain: bool = False) -> HTTPResponse:
        omitted = _OWN | ({"accept-encoding"} if plain else set())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in omitted}
        # http.client would ask for "identity" itself if told nothing.
        self.upstream.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.upstream.putheader(name, value)
        self.upstream.endheaders(body)
        return self.upstream.getresponse()

    def _pass_on(self, response: HTTPResponse) -> None:
        """The answer as it comes, in the server's own coding and length where it tells one."""
        if response.length is not None or self.command == "HEAD":
            self._head(response.status, response.getheaders(), response.headers["Content-Length"])
            while piece := response.read(_PIECE):
                self.wfile.write(piece)
            return
        self._head(response.status, response.getheaders(), None)
        while piece := response.read1(_PIECE):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _spoil(self, response: HTTPResponse, fault: Fault) -> None:
        body = response.read()
        if isinstance(fault, Truncated):
            self._send(response.status, response.getheaders(), body[: int(len(body) * fault.share)])
            return
        self._head(response.status, response.getheaders(), str(len(body)))
        if isinstance(fault, Reset):
            self.wfile.write(body[: fault.after])
            self._reset()
        elif isinstance(fault, Slow):
            step = max(1, -(-len(body) // 10))
            for start in range(0, len(body), step):
                self.server.ending.wait(fault.seconds / 10)
                self.wfile.write(body[start : start + step])

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self._head(status, headers, str(len(body)))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, headers: Iterable[tuple[str, str]], length: str | None) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", length)
        elif self.command != "HEAD":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _reset(self) -> None:
        """Closes without TLS' or TCP's farewell: with no time to linger the kernel sends RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self.server.lock:
            self.server.open.discard(self.connection)
            os.close(self.connection.detach())
        self.close_connection = True
