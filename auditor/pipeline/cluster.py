"""A way to a cluster in, its inventory out, collected for the selected rules; the same from a snapshot."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, NamedTuple

from auditor import __version__
from auditor.collectors.api.certificates import observe_certificates
from auditor.collectors.api.cluster import Wish, collect, cut_short, observed
from auditor.collectors.api.connection import connect
from auditor.collectors.api.discovery import Discovery, discover
from auditor.collectors.api.kubeconfig import Access, Configured
from auditor.collectors.api.kubelet_configz import read_configz
from auditor.collectors.api.node_ports import Address, address_of, probe_nodes
from auditor.collectors.api.probes import probe_anonymous
from auditor.collectors.api.requests import Client, Failure, Limits
from auditor.collectors.managed import provider_documents
from auditor.collectors.snapshots import Writer, read_snapshot, writing
from auditor.facts.objects.redaction import redacted
from auditor.facts.workloads.ownership import Owners
from auditor.kube.versions import Version
from auditor.model.errors import ClusterUnreachable
from auditor.model.findings import Report, Run
from auditor.model.inventory import Gap, Inventory, Provenance, Resource
from auditor.pipeline import needs
from auditor.pipeline.interrupts import Interrupts
from auditor.pipeline.inventories import Ahead, audit_inventory, for_inventory, judge_ahead
from auditor.pipeline.settings import Settings


@dataclass(slots=True)
class Collected:
    """An inventory, and what is known of the owners of its pods."""

    inventory: Inventory
    owners: Owners = field(default_factory=Owners)
    before_pods: Callable[[], None] = lambda: None
    """Called once all that may own pods is there."""
    ahead: Ahead | None = None
    """The judging that was begun then."""
    nodes: list[Address] = field(default_factory=list)
    """Where the nodes are, for probes of them alone: addresses are not kept."""
    node_names: list[str] = field(default_factory=list)
    observed: list[Resource] = field(default_factory=list)
    """What was not listed, but seen or given otherwise; it is in the inventory as well."""

    def note(self, *resources: Resource) -> None:
        """Adds what was not listed."""
        self.inventory.resources += resources
        self.observed += resources


class AtHand(NamedTuple):
    """A cluster that can be asked, what it serves, and at which version it would be judged."""

    client: Client
    discovery: Discovery
    version: Version


class Live(NamedTuple):
    """What a live collection was asked for beside the rules."""

    access: Access = Access()
    limits: Limits = Limits()
    secret_metadata: bool = False
    probe_nodes: bool = False
    """Ask the kubelet and etcd ports of nodes as well, without credentials."""
    kubelet_configz: bool = False
    """Ask each kubelet for its configuration, through the API server's nodes/proxy."""
    save: str = ""
    """A snapshot file to write."""
    managed: tuple[str, ...] = ()
    """Files with what the provider's tool says of the cluster."""
    nodes: str = ""
    """A folder of node bundles to join."""
    configured: Callable[[], Configured | None] = lambda: None
    """What of the kubeconfig was read already."""


def collect_live(settings: Settings, live: Live, progress: Callable[[int], None], interrupts: Interrupts) -> Collected:
    """Reads a cluster; raises `ClusterUnreachable` where it says nothing at all.

    What may own pods is judged in a process of its own while the pods are read. `progress` is told the number of
    objects read so far. An interrupt ends the reading: once the server has answered anything, what is known by then is
    returned.
    """
    given = list(provider_documents(live.managed, ""))
    client = Client(connect(live.access, live.configured()), live.limits)
    wished = needs.wish(
        settings.rules,
        settings.namespaces,
        settings.excluded_namespaces,
        secret_metadata=live.secret_metadata,
        kubelet_configz=live.kubelet_configz,
    )
    inventory = _started(client, wished)
    found = Collected(inventory)

    def before_pods() -> None:
        found.ahead = judge_ahead(settings, inventory)

    if settings.jobs != 1:
        found.before_pods = before_pods
    with writing(live.save, inventory.provenance.cluster) if live.save else nullcontext() as writer:
        try:
            found.note(*(redacted(one._replace(world=inventory.provenance.cluster)) for one in given))
            _read(client, wished, found, settings, live, writer, progress)
            interrupts.hold()
        except KeyboardInterrupt:
            interrupts.hold()
            if not client.answered:
                raise
            cut_short(inventory, (*wished.kinds, *wished.ending))
        inventory.provenance = inventory.provenance._replace(requests=client.sent)
        if writer is not None:
            for resource in found.observed:
                writer.add(resource)
            writer.finish(inventory)
    return found


def audit_live(settings: Settings, run: Run, found: Collected, interrupts: Interrupts) -> Report:
    """The report on what was collected, which says whether it is all."""
    report = audit_inventory(settings, run, found.inventory, found.owners, found.ahead)
    report.run = report.run._replace(interrupted=report.run.interrupted or interrupts.asked)
    return report


def _started(client: Client, wished: Wish) -> Inventory:
    """What is known before anything is asked."""
    connection, now = client.connection, datetime.now(UTC).isoformat(timespec="seconds")
    about = Provenance(connection.name, now, connection.server, tool=__version__)
    about = about._replace(namespaces=wished.namespaces, excluded=wished.excluded)
    return Inventory(about, kinds=wished.kinds)


def _read(
    client: Client,
    wished: Wish,
    found: Collected,
    settings: Settings,
    live: Live,
    writer: Writer | None,
    progress: Callable[[int], None],
) -> None:
    """Everything that the network and the files of nodes tell; an interrupt may end it anywhere."""
    inventory = found.inventory
    discovery = greet(client, inventory, found.note)
    needs.look_up_endings(wished, inventory, discovery, for_inventory(settings, inventory).version)
    if "probe" in settings.rules:
        found.note(probe_anonymous(client, inventory))
    if "certificate" in settings.rules:
        found.note(*observe_certificates(client, inventory))
    _collect(client, wished, found, discovery, writer, progress)
    found.note(*_asked_nodes(client, found, live), *_bundled(live.nodes, inventory, settings))


def _asked_nodes(client: Client, found: Collected, live: Live) -> Iterator[Resource]:
    """What was asked of nodes themselves; nothing once the collection was interrupted."""
    inventory = found.inventory
    if live.probe_nodes and not inventory.provenance.interrupted:
        yield from probe_nodes(client, sorted(found.nodes), inventory)
    if live.kubelet_configz and not inventory.provenance.interrupted:
        yield from map(redacted, read_configz(client, sorted(found.node_names), inventory))


def _bundled(folder: str, inventory: Inventory, settings: Settings) -> list[Resource]:
    """What the bundles of nodes hold; nothing where no folder was named."""
    if not folder:
        return []
    from auditor.pipeline.node_bundles import join_bundles  # most runs have none

    return join_bundles(folder, inventory, settings.limits)


def _collect(
    client: Client,
    wished: Wish,
    found: Collected,
    discovery: Discovery,
    writer: Writer | None,
    progress: Callable[[int], None],
) -> None:
    owners = found.owners

    def keep(resource: Resource) -> Resource | None:
        progress(found.inventory.objects)
        if resource.ref.kind == "Node" and not resource.ref.group:
            found.nodes += filter(None, [address_of(resource)])
            found.node_names.append(resource.ref.name)
        made = redacted(resource)
        if writer is not None:
            writer.add(made)
        return made if made.head or owners.own_word(made, resource) else None

    def before_pods() -> None:
        found.inventory.resources = owners.settled(found.inventory.resources)
        found.before_pods()

    # A snapshot holds every pod.
    collect(client, wished, found.inventory, discovery, keep, before_pods, None if writer else owners.same_as_template)


def replay(handle: IO[bytes], name: str) -> Collected:
    """Reads a snapshot; raises `NothingRead` for a file that is none."""
    owners = Owners()

    def keep(resource: Resource) -> Resource | None:
        return resource if resource.head or owners.own_word(resource) else None

    inventory = read_snapshot(handle, name, keep)
    inventory.resources = owners.settled(inventory.resources)
    return Collected(inventory, owners)


def at_hand(access: Access, settings: Settings) -> AtHand:
    """A client, what its server serves, and at which version it would be judged; raises `ClusterUnreachable`."""
    client = Client(connect(access), Limits())
    inventory = _started(client, Wish(()))
    discovery = greet(client, inventory, lambda resource: None)
    return AtHand(client, discovery, for_inventory(settings, inventory).version)


def greet(client: Client, inventory: Inventory, note: Callable[[Resource], None]) -> Discovery:
    """What the server serves; what it says of itself and of the user is noted.

    Raises `ClusterUnreachable` where it does not speak to us.
    """
    connection = client.connection
    version = _asked(lambda: client.get("/version"), connection.server)
    discovery = _asked(lambda: discover(client), connection.server)
    if not isinstance(discovery, Discovery):
        raise ClusterUnreachable(
            f"{connection.server}: the server does not tell what it serves: {discovery}",
            "Discovery is open to all authenticated users unless system:discovery was taken away.",
        )
    if isinstance(version, dict):
        content = {"version": version, "groups": sorted(discovery.groups)}
        note(observed(inventory, "ServerVersion", "kube-apiserver", content, "/version"))
        inventory.provenance = inventory.provenance._replace(version=str(version.get("gitVersion", "")))
    else:
        inventory.gaps.append(Gap("unavailable", f"the server does not tell its version: {version}", "/version"))
    user, groups = _who(client)
    inventory.provenance = inventory.provenance._replace(user=user, groups=groups)
    return discovery


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
