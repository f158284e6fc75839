"""A way to a cluster in, its inventory out, collected for the selected rules; the same from a snapshot."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, NamedTuple

from auditor import __version__
from auditor.collectors.cluster import Wish, collect, observed
from auditor.collectors.connection import Access, connect
from auditor.collectors.discovery import Discovery, discover
from auditor.collectors.requests import Client, Failure, Limits
from auditor.collectors.snapshots import Writer, read_snapshot, writing
from auditor.facts.ownership import Owners
from auditor.facts.redaction import redacted
from auditor.model.errors import ClusterUnreachable
from auditor.model.inventory import Inventory, Provenance, Resource
from auditor.pipeline import needs
from auditor.pipeline.settings import Settings


@dataclass(slots=True)
class Collected:
    """An inventory, and what is known of the owners of its pods."""

    inventory: Inventory
    owners: Owners = field(default_factory=Owners)


class Live(NamedTuple):
    """What a live collection was asked for beside the rules."""

    access: Access = Access()
    limits: Limits = Limits()
    secret_metadata: bool = False
    save: str = ""
    """A snapshot file to write."""


def collect_live(settings: Settings, live: Live) -> Collected:
    """Reads a cluster; raises `ClusterUnreachable` where it says nothing at all."""
    client = Client(connect(live.access), live.limits)
    inventory, discovery = greet(client)
    wished = needs.wish(
        settings.rules, settings.namespaces, settings.excluded_namespaces, secret_metadata=live.secret_metadata
    )
    inventory.provenance = inventory.provenance._replace(namespaces=wished.namespaces, excluded=wished.excluded)
    inventory.kinds = wished.kinds
    found = Collected(inventory)
    with writing(live.save, inventory.provenance.cluster) if live.save else nullcontext() as writer:
        _collect(client, wished, found, discovery, writer)
        if writer is not None:
            writer.finish(inventory)
    return found


def _collect(client: Client, wished: Wish, found: Collected, discovery: Discovery, writer: Writer | None) -> None:
    inventory = found.inventory

    def keep(resource: Resource) -> Resource | None:
        made = redacted(resource)
        if writer is not None:
            writer.add(made)
        return made if found.owners.own_word(made) else None

    for resource in list(inventory.resources):
        if writer is not None:
            writer.add(resource)
    collect(client, wished, inventory, discovery, keep)


def replay(handle: IO[bytes], name: str) -> Collected:
    """Reads a snapshot; raises `NothingRead` for a file that is none."""
    owners = Owners()

    def keep(resource: Resource) -> Resource | None:
        return resource if owners.own_word(resource) else None

    return Collected(read_snapshot(handle, name, keep), owners)


def at_hand(access: Access) -> tuple[Client, Discovery]:
    """A client and what its server serves; raises `ClusterUnreachable`."""
    client = Client(connect(access), Limits())
    return client, greet(client)[1]


def greet(client: Client) -> tuple[Inventory, Discovery]:
    """What the server says of itself and of the user; raises `ClusterUnreachable` where it does not speak to us."""
    connection = client.connection
    now = datetime.now(UTC).isoformat(timespec="seconds")
    inventory = Inventory(Provenance(connection.name, now, connection.server, tool=__version__))
    version = _asked(lambda: client.get("/version"), connection.server)
    if isinstance(version, dict):
        inventory.resources.append(
            observed(inventory, "ServerVersion", "kube-apiserver", {"version": version}, "/version")
        )
        inventory.provenance = inventory.provenance._replace(version=str(version.get("gitVersion", "")))
    discovery = _asked(lambda: discover(client), connection.server)
    if not isinstance(discovery, Discovery):
        raise ClusterUnreachable(
            f"{connection.server}: the server does not tell what it serves: {discovery}",
            "Discovery is open to all authenticated users unless system:discovery was taken away.",
        )
    user, groups = _who(client)
    inventory.provenance = inventory.provenance._replace(user=user, groups=groups)
    return inventory, discovery


def _asked(ask: Callable[[], object], server: str) -> object:
    """The answer, or the failure where the server answered otherwise; raises where it does not speak to us at all."""
    try:
        return ask()
    except Failure as failure:
        if failure.status == 401:
            raise ClusterUnreachable(
                f"{server}: the server does not accept the credentials: {failure}",
                "The token or certificate may have expired: log in again, then `kubectl auth whoami`.",
            ) from failure
        if failure.status == 0:
            raise ClusterUnreachable(
                f"{server}: {failure}", "Is the address right, and the network or the proxy in the way?"
            ) from failure
        return failure


_REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def _who(client: Client) -> tuple[str, tuple[str, ...]]:
    """The user's name and groups as the server sees them (KEP-3325, from 1.28 on), or nothing."""
    try:
        answer = client.review(_REVIEW, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    except Failure:
        return "", ()
    info = (answer.get("status") or {}).get("userInfo") or {}
    return str(info.get("username", "")), tuple(map(str, info.get("groups") or ()))
