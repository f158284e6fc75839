"""A world in, the starts of components out that the configuration of a tool makes: kubeadm, Cluster API and others."""

from collections.abc import Callable, Iterator
from typing import Final

from auditor.facts.components.starts import Start
from auditor.facts.objects.guarding import guard
from auditor.facts.sources.cluster_api import capi_starts
from auditor.facts.sources.k0s import k0s_starts
from auditor.facts.sources.kind import kind_starts
from auditor.facts.sources.kops import kops_starts
from auditor.facts.sources.kubeadm import kubeadm_starts
from auditor.facts.sources.talos import talos_starts
from auditor.facts.world import World

SOURCES: Final[tuple[Callable[[World], Iterator[Start]], ...]] = (
    kubeadm_starts,
    capi_starts,
    kind_starts,
    talos_starts,
    kops_starts,
    k0s_starts,
)


def configured_starts(world: World) -> Iterator[Start]:
    """What every tool makes of its own kinds of documents."""
    for source in SOURCES:
        for start in source(world):
            yield start._replace(secrets=start.secrets or guard(start.manifest))
