"""A folder of node bundles and an inventory of their cluster in, what the bundles tell of its nodes out."""

import os
from collections.abc import Iterator

from auditor.collectors.nodes.bundle import read_bundle
from auditor.collectors.nodes.documents import documents, node_name
from auditor.collectors.nodes.files import members
from auditor.collectors.nodes.gaps import bundle_gaps
from auditor.collectors.read import load_bytes, read_file
from auditor.collectors.sniff import begins_as_bundle
from auditor.collectors.walk import Target
from auditor.collectors.yaml.documents import Limits
from auditor.collectors.yaml.text import Unreadable
from auditor.facts.objects.redaction import redacted
from auditor.model.errors import UsageError
from auditor.model.inventory import Gap, Inventory, Resource

_SUFFIX = ".json"
_CONFIGURATION = (
    "config.k8s.io",
    "audit.k8s.io",
    "apiserver.k8s.io",
    "kubeadm.k8s.io",
    "eventratelimit.admission.k8s.io",
    "observed.kubeplumb.dev",
)
"""Ends of the groups of configuration files, which may have a name and are no objects of a cluster."""


def join_bundles(folder: str, inventory: Inventory, limits: Limits) -> list[Resource]:
    """What was observed on nodes, and the configuration files there; raises `UsageError` where there is no bundle.

    Objects among the files, such as static pods, are left out: the cluster itself tells of them. What is no bundle, a
    second one of a node, one whose node the cluster has not, and a node without one become gaps.
    """
    found: list[Resource] = []
    world, seen = inventory.provenance.cluster, dict[str, str]()
    for target in _targets(folder, world):
        try:
            data = load_bytes(target, limits)
            if not begins_as_bundle(data) or len(data) > limits.file_bytes:
                raise Unreadable("is no node bundle, as `kubeplumb node-script` makes them", None)
            bundle = read_bundle(data)
        except Unreadable as error:
            inventory.gaps.append(Gap("node-bundle", error.reason, target.name, blinds=("file", "host")))
            continue
        node = node_name(bundle)
        if node in seen:
            reason = f"is of node {node}, as is {seen[node]}; it was not looked at"
            inventory.gaps.append(Gap("node-bundle", reason, target.name))
            continue
        seen[node] = target.name
        found += [redacted(resource) for resource in documents(bundle, target.name, world)]
        inventory.gaps += bundle_gaps(bundle, target.name)
        for member in members(bundle, target.name, world):
            found += _configuration(member, inventory, limits)
    inventory.gaps += _unmatched(seen, inventory)
    return found


def _targets(folder: str, world: str) -> Iterator[Target]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(_SUFFIX))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}", "Check --nodes.") from error
    if not names:
        raise UsageError(f"{folder}: holds no file whose name ends in {_SUFFIX}", "Check --nodes.")
    for name in names:
        path = os.path.join(folder, name)
        yield Target(world, name, path, os.path.getsize(path) if os.path.isfile(path) else 0, named=True)


def _configuration(member: Target, inventory: Inventory, limits: Limits) -> Iterator[Resource]:
    read = read_file(member, set(), (), limits)
    inventory.gaps += [gap._replace(line=0, column=0) for gap in read.gaps]
    for resource in read.resources:
        if not resource.ref.name or resource.ref.group.endswith(_CONFIGURATION):
            inventory.objects += 1
            yield redacted(resource._replace(origin=resource.origin._replace(line=0)))


def _unmatched(seen: dict[str, str], inventory: Inventory) -> Iterator[Gap]:
    """Bundles without a Node, and Nodes without a bundle, if all Nodes are known."""
    if "Node" not in inventory.kinds or any(kind == "Node" for kind, _ in inventory.missing):
        return
    nodes = {one.ref.name for one in inventory.resources if one.ref.kind == "Node" and one.ref.api_version == "v1"}
    for node, file in sorted(seen.items()):
        if node not in nodes:
            yield Gap("node-unknown", f"is of node {node}, which the cluster does not have; judged on its own", file)
    for node in sorted(nodes - set(seen)):
        reason = f"no bundle of node {node} was given: its files and processes are unknown"
        yield Gap("node-unseen", reason, f"/api/v1/nodes/{node}", blinds=("file", "host"))
