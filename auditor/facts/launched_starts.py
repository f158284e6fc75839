"""A world in, all starts of components that no pod shows out: by units, by running processes, by k3s and RKE2."""

from collections.abc import Iterator
from itertools import chain

from auditor.facts.launches import DISTRIBUTIONS
from auditor.facts.starts import Start
from auditor.facts.starts_processes import process_starts
from auditor.facts.starts_systemd import unit_starts
from auditor.facts.world import World


def launched_starts(world: World) -> Iterator[Start]:
    """Starts of the components themselves; a launch of k3s or RKE2 stands for those of the components it holds."""
    for start in chain(process_starts(world), unit_starts(world)):
        if start.component not in DISTRIBUTIONS:
            yield start
