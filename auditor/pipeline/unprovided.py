"""A cluster without its provider's own description in, what rules make of that out: decisions to look up by hand."""

import re
from collections.abc import Iterator
from typing import Final

from auditor.engine.batches import Compiled
from auditor.engine.judge import Tally
from auditor.facts.provider_fields import KINDS
from auditor.model.facts import Fact
from auditor.model.findings import Finding
from auditor.model.inventory import Inventory
from auditor.model.refs import OBSERVED
from auditor.pipeline.settings import Settings
from auditor.pipeline.unseen import not_seen
from auditor.tables.distributions import decisions, distributions

_SUBJECTS: Final = ("provider", "nodePool")
_QUOTED: Final = re.compile(r"'(EKS|GKE|AKS|OKE)'")


def unprovided(settings: Settings, cluster: Fact, inventory: Inventory, tally: Tally) -> Iterator[Finding]:
    """One `manual` finding for each decision of the customer's, one `not-evaluated` for each other rule.

    None where the provider's description was read; rules on other providers do not apply.
    """
    if any(one.ref.api_version == OBSERVED and one.ref.kind in KINDS for one in inventory.resources):
        return
    rules = [compiled for subject in _SUBJECTS for compiled in settings.rules.get(subject, ())]
    if "managed" in cluster.undecided:
        reason = f"whether a provider runs the control plane is unknown: {cluster.undecided['managed']}"
        for compiled in rules:
            yield not_seen(settings, compiled, cluster.ref, cluster.world, reason)
    elif not cluster.value["managed"]:
        for compiled in rules:
            tally.rule_out(compiled.rule.id, "no provider runs the control plane")
    else:
        for compiled in rules:
            yield from _of_managed(settings, compiled, cluster, tally)


def _of_managed(settings: Settings, compiled: Compiled, cluster: Fact, tally: Tally) -> Iterator[Finding]:
    own, rule = distributions()[cluster.value["distribution"]], compiled.rule
    about = {name for item in rule.conditions for name in _QUOTED.findall(item.expression)}
    decision = decisions().get(rule.id)
    if about and own.name not in about:
        tally.rule_out(rule.id, f"the cluster is one of {own.name}")
    elif decision and own.name not in decision.of:
        tally.rule_out(rule.id, f"{own.name} leaves its customers no choice there, and does it")
    elif decision:
        command = dict(own.ask).get(rule.id, own.describe)
        reason = f"{command}, then kubeplumb scan that file, or kubeplumb cluster --managed with it"
        message = f"{own.name} leaves it to you {decision.what}, and the cluster does not show it"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason, "manual", message)
    else:
        reason = f"it takes what {own.name} says of the cluster itself: {own.describe}"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason)
