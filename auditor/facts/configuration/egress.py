"""EgressSelectorConfigurations of a world in, how the API server reaches nodes, etcd and webhooks, out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.configuration.documents import document_fact, documents, numbered
from auditor.facts.world import World
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource

_TYPE: Final = "config.EgressSelectorConfiguration"

EGRESS = Subject(
    name="egress",
    description="An EgressSelectorConfiguration: through which proxies the API server connects to what.",
    variable="egress",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "selections": Field(
            "list",
            "Each as `name` (`cluster`, `controlplane` or `etcd`), `protocol` (`Direct`, `GRPC` or `HTTPConnect`), "
            "`transport` (`uds`, `http`, `https`, or empty), `url`, `caBundle` and `serverName`.",
        ),
    },
)


def egress_facts(world: World) -> Iterator[Fact]:
    """One fact for each EgressSelectorConfiguration."""
    for _, resource in documents(world, _TYPE):
        yield _fact(resource, world)


def _fact(resource: Resource, world: World) -> Fact:
    chosen = resource.manifest.get("egressSelections") or []
    places = numbered("selections", [("egressSelections", index, "connection") for index in range(len(chosen))])
    for index, one in enumerate(chosen):
        if _tcp(one):
            places[f"selections.{index}"] = ("egressSelections", index, "connection", "transport", "tcp", "url")
    return document_fact(EGRESS, resource, world, {"selections": [_selection(one) for one in chosen]}, places)


def _tcp(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return ((one.get("connection") or {}).get("transport") or {}).get("tcp") or {}


def _selection(one: Mapping[str, Any]) -> dict[str, Any]:
    link, tcp = one.get("connection") or {}, _tcp(one)
    url, tls = str(tcp.get("url", "")), tcp.get("tlsConfig") or {}
    uds = "uds" if (link.get("transport") or {}).get("uds") else ""
    name = str(one.get("name", "")).lower()
    return {
        "name": "controlplane" if name == "master" else name,
        "protocol": str(link.get("proxyProtocol", "")),
        "transport": url.partition(":")[0] if url else uds,
        "url": url,
        "caBundle": str(tls.get("caBundle", "")),
        "serverName": str(tls.get("tlsServerName", "")),
    }
