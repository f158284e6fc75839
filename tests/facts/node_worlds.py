"""Texts of a node's files in, a world with what they hold out."""

from collections.abc import Mapping
from datetime import date

from auditor.collectors.nodes.texts import read_text
from auditor.facts.clusters.cluster import cluster_fact
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.inventory import Completeness

UNIT = "etc/systemd/system/kubelet.service"


def world(files: Mapping[str, str], *, complete: bool = False) -> World:
    """A world with units and environment files."""
    cluster = cluster_fact("w", parse_version("1.34"), "seen", date(2026, 11, 21), None)
    result = World("w", cluster, Completeness(all=complete))
    for name, text in files.items():
        read = read_text(name, text, "w")
        assert read is not None, name
        result.resources.setdefault(read[1].ref.kind, []).append(read[1])
    return result


def unit(*lines: str) -> str:
    """The text of a unit."""
    return "\n".join(("[Service]", *lines, ""))
