"""A cluster without its provider's own description in, what rules make of that out: decisions to look up by hand."""

import re
from collections.abc import Iterator
from typing import Final

from auditor.engine.batches import Compiled
from auditor.engine.judge import Tally
from auditor.facts.managed.fields import KINDS, NODE_GROUP
from auditor.facts.managed.node_pools import WITH_POOLS
from auditor.model.facts import Fact
from auditor.model.findings import Finding
from auditor.model.inventory import Inventory
from auditor.model.refs import OBSERVED
from auditor.pipeline.settings import Settings
from auditor.pipeline.unseen import not_seen
from auditor.tables.distributions import decisions, distributions

_DESCRIBED: Final = {"provider": frozenset(KINDS), "nodePool": frozenset({*WITH_POOLS, NODE_GROUP})}
"""By subject, the kinds of documents that one of them has to be there for."""
_QUOTED: Final = re.compile(r"'(EKS|GKE|AKS|OKE)'")
_CONTEXTS: Final = {
    "EKS": re.compile(r"arn:[\w-]+:eks:(?P<REGION>[\w-]+):\d*:cluster/(?P<NAME>[\w-]+)"),
    "GKE": re.compile(r"gke_(?P<PROJECT>[\w.:-]+?)_(?P<LOCATION>[a-z0-9-]+)_(?P<NAME>[a-z0-9-]+)"),
}
"""Names that `aws eks update-kubeconfig` and `gcloud container clusters get-credentials` give to contexts."""


def unprovided(settings: Settings, cluster: Fact, inventory: Inventory, tally: Tally) -> Iterator[Finding]:
    """One `manual` finding for each decision of the customer's, one `not-evaluated` for each other rule.

    None on what the provider's description was read of; rules on other providers do not apply.
    """
    read = {one.ref.kind for one in inventory.resources if one.ref.api_version == OBSERVED}
    for subject, kinds in _DESCRIBED.items():
        if kinds.isdisjoint(read):
            for compiled in settings.rules.get(subject, ()):
                yield from _undescribed(settings, compiled, cluster, tally)


def _undescribed(settings: Settings, compiled: Compiled, cluster: Fact, tally: Tally) -> Iterator[Finding]:
    if "managed" in cluster.undecided:
        reason = f"whether a provider runs the control plane is unknown: {cluster.undecided['managed']}"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason)
    elif cluster.value["managed"]:
        yield from _of_managed(settings, compiled, cluster, tally)
    else:
        tally.rule_out(compiled.rule.id, "no provider runs the control plane")


def _of_managed(settings: Settings, compiled: Compiled, cluster: Fact, tally: Tally) -> Iterator[Finding]:
    own, rule = distributions()[cluster.value["distribution"]], compiled.rule
    about = {name for item in rule.conditions for name in _QUOTED.findall(item.expression)}
    decision = decisions().get(rule.id)
    if about and own.name not in about:
        tally.rule_out(rule.id, f"the cluster is one of {own.name}")
    elif decision and own.name not in decision.of:
        tally.rule_out(rule.id, f"{own.name} leaves its customers no choice there, and does it")
    elif decision:
        command = _filled(dict(own.ask).get(rule.id, own.describe), own.name, cluster.world)
        reason = f"{command}, then kubeplumb scan that file, or kubeplumb cluster --managed with it"
        message = f"{own.name} leaves it to you {decision.what}, and the cluster does not show it"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason, "manual", message)
    else:
        pools = own.pools if rule.subject == "nodePool" else ""
        reason = f"it takes what {own.name} itself says: {_filled(pools or own.describe, own.name, cluster.world)}"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason)


def _filled(command: str, provider: str, context: str) -> str:
    """A command with the words in capitals filled in, as far as the context's name tells them."""
    found = _CONTEXTS[provider].fullmatch(context) if provider in _CONTEXTS else None
    for word, value in found.groupdict().items() if found else ():
        command = re.sub(rf"\b{word}\b", value, command)
    return command
