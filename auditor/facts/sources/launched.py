"""A world in, all starts of components that no pod shows out: by units, by running processes, by k3s and RKE2."""

from collections.abc import Iterator

from auditor.facts.components.starts import Start
from auditor.facts.sources.launches import DISTRIBUTIONS
from auditor.facts.sources.processes import process_starts
from auditor.facts.sources.rancher import rancher_starts
from auditor.facts.sources.systemd import unit_starts
from auditor.facts.world import World


def launched_starts(world: World) -> Iterator[Start]:
    """Starts of the components themselves; a launch of k3s or RKE2 stands for those of the components it holds."""
    launches = [*process_starts(world), *unit_starts(world)]
    yield from (start for start in launches if start.component not in DISTRIBUTIONS)
    yield from rancher_starts([start for start in launches if start.component in DISTRIBUTIONS], world)
