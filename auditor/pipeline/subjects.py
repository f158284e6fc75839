"""The table of all subjects: what rules can judge, and for joined facts the function that makes them."""

from collections.abc import Callable, Iterable

from auditor.facts.cluster import CLUSTER
from auditor.facts.objects import OBJECT
from auditor.facts.workloads import CONTAINER, IMAGE, WORKLOAD
from auditor.facts.world import World
from auditor.model.facts import Fact, Subject

SUBJECTS: dict[str, Subject] = {subject.name: subject for subject in (OBJECT, WORKLOAD, CONTAINER, IMAGE, CLUSTER)}

JOINED: dict[str, Callable[[World], Iterable[Fact]]] = {
    "cluster": lambda world: (world.cluster,),
}
"""Makers of the facts that need several objects of a world."""
