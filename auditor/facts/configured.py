"""A world in, the starts of components out that the configuration of a tool makes: kubeadm, Cluster API and others."""

from collections.abc import Callable, Iterator
from typing import Final

from auditor.facts.starts import Start
from auditor.facts.starts_capi import capi_starts
from auditor.facts.starts_k0s import k0s_starts
from auditor.facts.starts_kind import kind_starts
from auditor.facts.starts_kops import kops_starts
from auditor.facts.starts_kubeadm import kubeadm_starts
from auditor.facts.starts_talos import talos_starts
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
        yield from source(world)
