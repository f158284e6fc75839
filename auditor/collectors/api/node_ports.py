"""Nodes in, what their kubelet and etcd ports give to a client without credentials out, as `NodeProbe` documents.

Only where the user asked for it: these are no ports of the API server that the kubeconfig names. Nothing but GET is
sent, no certificate is shown, and of an answer no more than its beginning is read. Since nothing is sent that could be
stolen, the certificates of these ports are not checked.
"""

import re
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http.client import RemoteDisconnected
from typing import Any, Final, NamedTuple

from auditor.collectors.api.bare import Way, ask_bare, beginning
from auditor.collectors.api.cluster import observed
from auditor.collectors.api.requests import Client, Failure, why
from auditor.collectors.api.side_by_side import ask_all
from auditor.model.inventory import Inventory, Resource

_KUBELET: Final = 10250
_SIDE_BY_SIDE: Final = 32
_CONNECT, _READ = 2.0, 3.0
_SECONDS: Final = 10.0
"""For one port, however often it is asked."""
_TRIES: Final = 2
"""There may be thousands of ports that cut connections off."""
_FIRST_BYTES: Final = 2048
_LONGEST: Final = 200
_USER = re.compile(rb"Forbidden \(user=([^,]*),")
"""How a kubelet names who it refuses (pkg/kubelet/server/server.go)."""
_TOO_OLD: Final = "alert protocol version"
_ETCD: Final = b'"etcdserver"'
"""In what etcd answers on /version (server/etcdserver/api/version)."""


class Port(NamedTuple):
    """One thing to ask of each node; the kubelet's own port is what the Node says."""

    service: str
    scheme: str
    number: int
    path: str


PORTS: Final = (
    Port("kubelet", "https", _KUBELET, "/pods"),
    Port("kubelet-read-only", "http", 10255, "/pods"),
    Port("etcd", "https", 2379, "/version"),
    Port("etcd", "http", 2379, "/version"),
)


class Address(NamedTuple):
    """Where a node is, and on which port its kubelet listens."""

    node: str
    host: str
    kubelet: int


def address_of(node: Resource) -> Address | None:
    """The internal address of a Node, or None where it has none."""
    status = node.manifest.get("status")
    status = status if isinstance(status, Mapping) else {}
    listed = status.get("addresses")
    hosts = [
        str(one.get("address", ""))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, Mapping) and one.get("type") == "InternalIP"
    ]
    endpoints = status.get("daemonEndpoints")
    endpoint = endpoints.get("kubeletEndpoint") if isinstance(endpoints, Mapping) else None
    port = endpoint.get("Port") if isinstance(endpoint, Mapping) else None
    return Address(node.ref.name, hosts[0], port if isinstance(port, int) and port else _KUBELET) if hosts else None


def probe_nodes(
    client: Client, addresses: Sequence[Address], inventory: Inventory, ports: Sequence[Port] = PORTS
) -> list[Resource]:
    """Asks each port of each node once, many nodes side by side, for as long as the run may take.

    An interrupt ends it, and the inventory says so.
    """

    def ask(address: Address) -> list[dict[str, Any]]:
        return [_entry(client, address, port) for port in ports]

    answers, interrupted = ask_all(ask, addresses, _SIDE_BY_SIDE)
    if interrupted:
        inventory.provenance = inventory.provenance._replace(interrupted=True)
    made = []
    for address, known in answers:
        entries = known or [_unasked(address, port, "the collection was interrupted") for port in ports]
        content = {"node": address.node, "address": address.host, "requests": entries}
        where = f"{address.host} (without credentials)"
        made.append(observed(inventory, "NodeProbe", address.node, content, where))
    return made


def _head(address: Address, port: Port) -> dict[str, Any]:
    number = address.kubelet if port.service == "kubelet" else port.number
    return {"service": port.service, "scheme": port.scheme, "port": number, "path": port.path}


def _unasked(address: Address, port: Port, why_not: str) -> dict[str, Any]:
    return {**_head(address, port), "status": 0, "reason": f"not asked: {why_not}", "user": ""}


def _entry(client: Client, address: Address, port: Port) -> dict[str, Any]:
    entry = _head(address, port)
    if client.left() <= 0:
        return _unasked(address, port, "the time for the run was used up")
    host = f"[{address.host}]" if ":" in address.host else address.host
    url = f"{port.scheme}://{host}:{entry['port']}{port.path}"
    status, data, reason = _ask(client, url, ssl.TLSVersion.TLSv1_2)
    if _TOO_OLD in reason:
        status, data, reason = _ask(client, url, ssl.TLSVersion.TLSv1_3)
    user = _USER.search(data) if status == 403 else None
    if port.service == "etcd" and status == 200 and _ETCD not in data:
        reason = "something else than etcd answers"
    named = user[1].decode(errors="replace") if user else ""
    return {**entry, "status": status, "reason": reason[:_LONGEST], "user": named[:_LONGEST]}


def _ask(client: Client, url: str, newest: ssl.TLSVersion) -> tuple[int, bytes, str]:
    """Status, the beginning of the answer, and why there is none."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    pool = urllib3.PoolManager(ssl_context=_unchecked(newest) if url.startswith("https:") else None)
    until = time.monotonic() + min(_SECONDS, client.left())
    way = Way(_CONNECT, _READ, tries=_TRIES, until=until)
    try:
        return ask_bare(client, pool, url, way, partial(_told, until), _is_reset)
    except Failure as failure:
        return 0, b"", _why(failure.__cause__ or failure)
    finally:
        pool.clear()


def _told(until: float, answer: Any) -> tuple[int, bytes, str]:
    return int(answer.status), beginning(answer, _FIRST_BYTES, until), ""


def _is_reset(error: BaseException) -> bool:
    """Whether a connection was cut; that one is refused is an answer."""
    return any(isinstance(cause, ConnectionResetError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was made of."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__ or _inner(cause)


def _unchecked(newest: ssl.TLSVersion) -> ssl.SSLContext:
    """TLS without a look at the certificate; up to 1.2 a server says within the handshake that it wants ours."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = newest
    return context


def _why(error: BaseException) -> str:
    """In words: a refused connection and a refused handshake say something, all else leaves the port unknown."""
    import urllib3

    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {(cause.reason or 'broken').replace('_', ' ').lower()}"
        if isinstance(cause, RemoteDisconnected):
            return "closed without an answer"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "timed out"
    return why(error)


def _inner(error: BaseException) -> BaseException | None:
    """What urllib3 wraps without chaining it."""
    return next((one for one in error.args if isinstance(one, BaseException)), None)
