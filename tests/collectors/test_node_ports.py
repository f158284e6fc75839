"""Ports of nodes that servers of ours stand in for: what is sent to them, and what is made of their answers."""

import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from auditor.collectors.api import node_ports
from auditor.collectors.api.node_ports import Address, Port, address_of, probe_nodes
from auditor.collectors.api.requests import Client, Limits
from auditor.facts.nodes.ports import node_port_facts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin
from tests.collectors.test_observations import Recorded, serving

VERSION = (200, b'{"etcdserver":"3.7.0","etcdcluster":"3.7.0"}')
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificates with openssl")


def port_of(server: Recorded) -> int:
    return int(server.address.rpartition(":")[2])


def asked(*ports: Port, kubelet: int = 1) -> dict[str, Fact]:
    """The facts of one node on this machine, by service."""
    client = Client(cast(Any, None), Limits())  # the API server is not asked
    found = probe_nodes(client, [Address("n", "127.0.0.1", kubelet)], Inventory(Provenance("w", "")), ports)
    world = World("w", Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w"), Completeness())
    world.resources["NodeProbe"] = found
    return {fact.value["service"]: fact for fact in node_port_facts(world)}


@pytest.fixture
def closed() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@needs_openssl
@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, b'{"kind":"PodList"}', "open"),
        (401, b"Unauthorized", "refused"),
        (403, b"Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[pods])", "anonymous"),
        (403, b"Forbidden (user=proxy, verb=get)", ""),
        (500, b"", ""),
    ],
)
def test_what_a_kubelet_answers(tmp_path: Path, status: int, body: bytes, state: str) -> None:
    with serving(tmp_path, {"/pods": (status, body)}) as server:
        fact = asked(Port("kubelet", "https", 1, "/pods"), kubelet=port_of(server))["kubelet"]
    assert fact.value["state"] == state
    assert ("state" in fact.undecided) == (not state)
    assert len(server.requests) == (2 if status == 500 else 1)  # which another try might have cured
    method, path, headers = server.requests[0]
    assert (method, path) == ("GET", "/pods")
    assert not {"Authorization", "Impersonate-User"} & headers.keys()
    assert not any(server.certificates)


@needs_openssl
def test_etcd_without_client_certificates(tmp_path: Path) -> None:
    with serving(tmp_path, {"/version": VERSION}) as server:
        number = port_of(server)
        fact = asked(Port("etcd", "https", number, "/version"))["etcd"]
        assert fact.value["state"] == "open"
        assert f"GET https://127.0.0.1:{number}/version: 200" in fact.value["answers"]


@needs_openssl
def test_etcd_that_wants_a_certificate_refuses(tmp_path: Path) -> None:
    with serving(tmp_path, {"/version": VERSION}) as server, strict(server) as number:
        fact = asked(Port("etcd", "https", number, "/version"))["etcd"]
    assert (fact.value["state"], fact.undecided) == ("refused", {})


@contextmanager
def strict(server: Recorded) -> Iterator[int]:
    """A port that shakes hands with nobody who shows no certificate, for one connection."""
    assert server.signer
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.folder / "chain.pem", server.folder / "server.key")
    context.load_verify_locations(server.signer.certificate)
    context.verify_mode = ssl.CERT_REQUIRED

    def serve() -> None:
        taken, _ = listening.accept()
        with taken, suppress(ssl.SSLError):
            context.wrap_socket(taken, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def test_plain_etcd(tmp_path: Path) -> None:
    with serving(tmp_path, {"/version": VERSION}, tls=False) as server:
        number = port_of(server)
        some = [Port("etcd", scheme, number, "/version") for scheme in ("https", "http")]
        assert asked(*some)["etcd"].value["state"] == "open"


def test_something_else_on_the_port_of_etcd(tmp_path: Path) -> None:
    with serving(tmp_path, {"/version": (200, b'{"major": "1"}')}, tls=False) as server:
        fact = asked(Port("etcd", "http", port_of(server), "/version"))["etcd"]
    assert "something else than etcd" in fact.undecided["state"]


def test_a_port_where_nobody_listens_is_closed(closed: int) -> None:
    facts = asked(*node_ports.PORTS[:1], Port("kubelet-read-only", "http", closed, "/pods"), kubelet=closed)
    assert {service: fact.value["state"] for service, fact in facts.items()} == {
        "kubelet": "closed",
        "kubelet-read-only": "closed",
    }


def test_a_port_that_says_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_ports, "_READ", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fact = asked(Port("kubelet-read-only", "http", silent.getsockname()[1], "/pods"))["kubelet-read-only"]
    assert fact.value["state"] == ""
    assert "timed out" in fact.undecided["state"]


def test_an_interrupt_keeps_what_is_known(closed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_ports, "_SIDE_BY_SIDE", 1)
    ask = node_ports._entry

    def asking(client: Client, address: Address, port: Port) -> Any:
        if address.node == "b":
            raise KeyboardInterrupt
        return ask(client, address, port)

    monkeypatch.setattr(node_ports, "_entry", asking)
    found, client = Inventory(Provenance("w", "")), Client(cast(Any, None), Limits())
    ports = (Port("etcd", "http", closed, "/version"),)
    known, unknown = probe_nodes(client, [Address(name, "127.0.0.1", 1) for name in "ab"], found, ports)
    assert found.provenance.interrupted
    assert {one["reason"] for one in known.manifest["requests"]} == {"connection refused"}
    assert {one["reason"] for one in unknown.manifest["requests"]} == {"not asked: the collection was interrupted"}


def test_nothing_is_asked_when_the_time_is_over(closed: int) -> None:
    client = Client(cast(Any, None), Limits(seconds=0))
    (found,) = probe_nodes(client, [Address("n", "127.0.0.1", closed)], Inventory(Provenance("w", "")))
    assert {one["reason"] for one in found.manifest["requests"]} == {"not asked: the time for the run was used up"}


@pytest.mark.parametrize(
    ("status", "address"),
    [
        ({"addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "10.0.0.1"}]}, 10250),
        (
            {
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10260}},
            },
            10260,
        ),
        ({"addresses": [{"type": "ExternalIP", "address": "10.0.0.1"}]}, None),
        ({"addresses": "x", "daemonEndpoints": []}, None),
        (None, None),
    ],
)
def test_where_a_node_is(status: object, address: int | None) -> None:
    node = Resource(ObjectRef("v1", "Node", "", "n"), {"status": status}, Origin("", 0, 0), "w")
    found = address_of(node)
    assert found == (Address("n", "10.0.0.1", address) if address else None)
