"""NodeProbe documents of a world in, for each port of a node what a client without credentials gets there, out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.clusters.probes import ANONYMOUS
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource

_CLOSED: Final = "connection refused"
_HUNG_UP: Final = "closed without an answer"
"""What etcd that speaks TLS does with plain HTTP; other servers of Go answer 400 (net/http server.go)."""
_WANTS_A_CERTIFICATE: Final = ("bad certificate", "certificate required", "handshake failure")
"""Alerts of a server that a client shows no certificate to (Go: bad certificate, up to TLS 1.2)."""
_NO_TLS: Final = ("wrong version number", "record layer failure", "http request")

NODE_PORT = Subject(
    name="nodePort",
    description="What a port of a node gave to a client without credentials; only with --probe-nodes.",
    variable="port",
    owners=("cluster",),
    reads=("Node", "NodeProbe.observed.kubeplumb.dev"),
    joined=True,
    fields={
        "node": Field("string", "The node's name."),
        "address": Field("string", "The address that was asked, as `host:port`."),
        "service": Field("string", "`kubelet`, `kubelet-read-only` or `etcd`."),
        "state": Field(
            "string",
            "`closed`: nobody listens; `refused`: credentials are asked for; `anonymous`: let in as system:anonymous, "
            "and refused by authorization; `open`: answered.",
        ),
        "answers": Field("list", "Each request as `GET` and its URL, with the status or why there is none."),
    },
)


def node_port_facts(world: World) -> Iterator[Fact]:
    """One fact for each service of each node that was asked."""
    for resource in world.of("NodeProbe"):
        requests = resource.manifest.get("requests")
        if resource.ref.api_version != OBSERVED or not isinstance(requests, list):
            continue
        services: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for position, one in enumerate(requests):
            if isinstance(one, Mapping):
                services.setdefault(str(one.get("service", "")), []).append((position, one))
        for service, some in services.items():
            yield _fact(resource, world, service, some)


def _fact(resource: Resource, world: World, service: str, some: list[tuple[int, Mapping[str, Any]]]) -> Fact:
    states = [_state(service, one) for _, one in some]
    state = next((state for state in ("open", "anonymous", "", "refused", "closed") if state in states), "")
    host, number = _bracketed(str(resource.manifest.get("address", ""))), some[0][1].get("port", 0)
    value: dict[str, Any] = {
        "node": str(resource.manifest.get("node", "")),
        "address": f"{host}:{number}",
        "service": service,
        "state": state,
        "answers": [_told(host, one) for _, one in some],
    }
    told = Anchor(resource.origin, resource.ref, ("requests", some[0][0]))
    anchors = {"": Anchor(resource.origin, resource.ref, ()), "state": told, "answers": told}
    fact = Fact("nodePort", resource.ref, value, anchors, world.name, {"cluster": world.cluster})
    if not state:
        fact.undecided["state"] = f"{value['address']} neither answered nor refused: {'; '.join(value['answers'])}"
    return fact


def _bracketed(host: str) -> str:
    """A host as a URL has it, where it may be of IPv6."""
    return f"[{host}]" if ":" in host else host


def _told(host: str, one: Mapping[str, Any]) -> str:
    status, reason = one.get("status"), str(one.get("reason", ""))
    outcome = ", ".join(str(part) for part in (status, reason) if part)
    return f"GET {one.get('scheme')}://{host}:{one.get('port')}{one.get('path')}: {outcome}"


def _state(service: str, one: Mapping[str, Any]) -> str:
    """What one request says; empty where it says nothing."""
    status, reason = one.get("status"), str(one.get("reason", ""))
    if status == 200:
        return "" if reason else "open"
    if status == 403 and service == "kubelet":
        return "anonymous" if one.get("user") == ANONYMOUS else ""
    if status == 401:
        return "refused"
    if one.get("scheme") == "http" and (status == 400 or reason == _HUNG_UP):
        return "refused"
    if reason == _CLOSED:
        return "closed"
    handshake = reason.removeprefix("TLS: ")
    wanted = handshake != reason and any(alert in handshake for alert in _WANTS_A_CERTIFICATE)
    no_tls = handshake != reason and any(alert in handshake for alert in _NO_TLS)
    return "refused" if wanted or no_tls else ""
