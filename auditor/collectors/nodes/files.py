"""Named node bundles in, the files that they hold as files to be read, and what was observed on the nodes, out."""

from collections.abc import Iterator
from itertools import chain

from auditor.collectors.loading import is_bundle, load_bytes
from auditor.collectors.nodes import gaps as node_gaps
from auditor.collectors.nodes.bundle import Bundle, read_bundle
from auditor.collectors.nodes.documents import documents
from auditor.collectors.nodes.names import configures_a_node
from auditor.collectors.recognise import may_be_object
from auditor.collectors.walk import Target, Walk
from auditor.collectors.yaml.documents import Limits
from auditor.collectors.yaml.text import Unreadable
from auditor.model.inventory import Gap, Resource


def with_members(found: Walk, stdin: bytes, limits: Limits) -> Walk:
    """The walk with the files that its bundles hold as further targets: `node1.json!/etc/kubernetes/admin.conf`.

    A bundle that cannot be read yields none; whoever reads it says why.
    """
    targets = list(chain.from_iterable((target, *_members(target, stdin, limits)) for target in found.targets))
    return Walk(targets, found.gaps, found.charts, found.ignored)


def _members(target: Target, stdin: bytes, limits: Limits) -> Iterator[Target]:
    if not is_bundle(target, stdin):
        return
    try:
        data = stdin if target.path == "-" else load_bytes(target, limits)
        if len(data) <= limits.file_bytes:
            yield from members(read_bundle(data), target.name, target.world)
    except Unreadable:
        return


def members(bundle: Bundle, name: str, world: str) -> Iterator[Target]:
    """What configures components, or is a document of Kubernetes, among a bundle's files, each to be read as one."""
    seen: set[str] = set()
    for file in bundle.files:
        text = file.content or ""
        if text and file.name not in seen and (may_be_object(text) or configures_a_node(file.name, text)):
            seen.add(file.name)
            data = text.encode("utf-8", "backslashreplace")
            yield Target(world, f"{name}!{file.name}", "", len(data), data=data)


def observed_in(target: Target, data: bytes) -> tuple[list[Resource], list[Gap]]:
    """What was observed on the node of a bundle, and what could not be; raises `Unreadable`."""
    bundle = read_bundle(data)
    return list(documents(bundle, target.name, target.world)), list(node_gaps.bundle_gaps(bundle, target.name))
