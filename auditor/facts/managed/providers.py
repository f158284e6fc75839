"""What providers' APIs say of clusters in, one fact for each cluster and each pool of nodes out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from auditor.facts.managed.aks import ROOTS, read_aks
from auditor.facts.managed.eks import read_eks
from auditor.facts.managed.fields import AUDIT_SETTING, KINDS, NODE_GROUP
from auditor.facts.managed.gke import read_gke
from auditor.facts.managed.node_pools import Pool, pools
from auditor.facts.managed.oke import read_oke
from auditor.facts.managed.reading import Reading
from auditor.facts.objects.hiding import without_secrets
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef

_READERS: Final[Mapping[str, Callable[[Reading], None]]] = {"EKS": read_eks, "GKE": read_gke, "OKE": read_oke}
_WHOLE: Final = {
    "EKS": ("logging", "resourcesVpcConfig"),
    "GKE": ("masterAuth", "networkConfig"),
    "AKS": ("networkProfile", "identity"),
    "OKE": ("endpoints", "options"),
}
"""Objects that every whole answer has: where one is missing, what else is missing may have been cut out."""


def provider_facts(world: World) -> Iterator[Fact]:
    """One fact for each document that describes a cluster."""
    settings = [one for one in world.of(AUDIT_SETTING) if one.ref.api_version == OBSERVED]
    for resource in _documents(world, *KINDS):
        provider = KINDS[resource.ref.kind]
        manifest, _, secrets = without_secrets(resource)
        reading = _reading(manifest, provider)
        decided = None
        if provider == "AKS":
            decided = read_aks(reading, settings)
        else:
            _READERS[provider](reading)
        fact = _fact("provider", resource, resource.ref, reading, world, secrets)
        fact.shown[resource.origin] = manifest
        fact.value |= {"provider": provider, "name": resource.ref.name, "document": manifest}
        fact.anchors["document"] = Anchor(resource.origin, resource.ref, ())
        if decided is not None:
            place = Anchor(decided.origin, decided.ref, ("logs",))
            fact.anchors |= {"auditLogging": place, "logTypes": place}
            fact.shown[decided.origin] = without_secrets(decided)[0]
        yield fact


def node_pool_facts(world: World) -> Iterator[Fact]:
    """One fact for each pool of nodes: those that a cluster's document holds, and those described on their own."""
    for resource in _documents(world, *KINDS, NODE_GROUP):
        manifest, _, secrets = without_secrets(resource)
        provider = KINDS.get(resource.ref.kind, "EKS")
        for pool in pools(resource.ref.kind, _reading(manifest, provider)):
            ref = ObjectRef(OBSERVED, "NodePool", "", f"{_cluster(resource, manifest)}/{pool.name}")
            fact = _fact("nodePool", resource, ref, pool.reading, world, secrets)
            fact.shown[resource.origin] = manifest
            fact.anchors[""] = Anchor(resource.origin, resource.ref, pool.base)
            fact.anchors |= {
                name: anchor._replace(path=_below(pool, anchor))
                for name, anchor in fact.anchors.items()
                if name and name in pool.reading.paths
            }
            fact.value |= {"provider": provider, "cluster": _cluster(resource, manifest), "name": pool.name}
            yield fact


def _below(pool: Pool, anchor: Anchor) -> tuple[str | int, ...]:
    """Where a field of a pool lies, unless the cluster's own decides on it."""
    return anchor.path if anchor.path in pool.elsewhere else (*pool.base, *anchor.path)


def _documents(world: World, *kinds: str) -> Iterator[Resource]:
    for resource in world.of(*kinds):
        if resource.ref.api_version == OBSERVED:
            yield resource


def _reading(manifest: Mapping[str, Any], provider: str) -> Reading:
    roots = ROOTS[::-1] if provider == "AKS" and "properties" in manifest else ROOTS[:1]
    reading = Reading(manifest, roots)
    reading.whole = all(reading.look(dict, key).there for key in _WHOLE[provider])
    if provider == "OKE" and manifest.get("listed") is True:
        reading.whole = False
    return reading


def _cluster(resource: Resource, manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("clusterName", "")) if resource.ref.kind == NODE_GROUP else resource.ref.name


def _fact(
    subject: str, resource: Resource, ref: ObjectRef, reading: Reading, world: World, secrets: tuple[str, ...]
) -> Fact:
    anchors = {"": Anchor(resource.origin, resource.ref, ())}
    anchors |= {name: Anchor(resource.origin, resource.ref, path) for name, path in reading.paths.items()}
    owners = {"cluster": world.cluster}
    fact = Fact(subject, ref, dict(reading.values), anchors, world.name, owners, secrets=secrets)
    fact.unknown = world.unknown.get(resource.origin, ())
    fact.undecided = dict(reading.undecided)
    return fact
