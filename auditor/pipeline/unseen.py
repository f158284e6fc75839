"""What was read of a cluster in, what its rules could not judge for want of it out: lists that were refused, and
components whose settings nobody saw."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from auditor.engine.batches import Compiled
from auditor.engine.fingerprint import fingerprint
from auditor.engine.judge import Tally
from auditor.facts.components.command_lines import COMPONENTS
from auditor.kube.definitions import TEMPLATES
from auditor.model.facts import Fact
from auditor.model.findings import Finding, Verdict
from auditor.model.inventory import Inventory
from auditor.model.refs import OBSERVED, ObjectRef, Place
from auditor.pipeline.needs import kinds_of_rule
from auditor.pipeline.settings import Settings

_QUOTED: Final = re.compile(r"component\.component (?:== |in \[)((?:'[a-z-]+'(?:, )?)+)")
_CONTROL_PLANE: Final = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"})

_OFFER: Final = (
    "; bundles of the nodes tell them (`--nodes`), and so do the kubelets themselves (`--kubelet-configz`, for which "
    "the user needs a right that is as much as to run commands in every pod)"
)


def unlisted(settings: Settings, inventory: Inventory) -> Iterator[Finding]:
    """One for each rule, kind and scope of what could not be listed."""
    for (kind, namespace), reason in sorted(inventory.missing.items()):
        for compiled in _all(settings):
            if kind in kinds_of_rule(compiled):
                ref = ObjectRef("", "CustomResource" if kind == TEMPLATES else kind, namespace, "*")
                yield not_seen(settings, compiled, ref, inventory.provenance.cluster, reason)


def unseen_components(settings: Settings, cluster: Fact, seen: Collection[str], tally: Tally) -> Iterator[Finding]:
    """One for each rule about components of which none was seen; where a provider owns them, it does not apply."""
    managed = "managed" not in cluster.undecided and cluster.value["managed"]
    for compiled in settings.rules.get("component", ()):
        about = components_of(compiled)
        if not about.isdisjoint(seen):
            continue
        if managed and about <= _CONTROL_PLANE:
            tally.rule_out(
                compiled.rule.id, f"{cluster.value['distribution']} runs the control plane, and owns its settings"
            )
            continue
        names = " or ".join(sorted(about))
        whose = f" ({cluster.value['distribution']} does not show it)" if managed else ""
        offer = _OFFER if "kubelet" in about else ""
        reason = f"the settings of no {names} were seen: no pod or configuration that was read has them{whose}{offer}"
        yield not_seen(settings, compiled, cluster.ref, cluster.world, reason)


def unprobed(settings: Settings, inventory: Inventory) -> Iterator[Finding]:
    """One for each rule about ports of nodes where none was asked."""
    asked = any(resource.ref.kind == "NodeProbe" for resource in inventory.resources)
    for compiled in settings.rules.get("nodePort", ()) if not asked and ("Node", "") not in inventory.missing else ():
        ref = ObjectRef("v1", "Node", "", "*")
        reason = "no port of a node was asked: that takes `kubeplumb cluster --probe-nodes`"
        yield not_seen(settings, compiled, ref, inventory.provenance.cluster, reason)


def unasked(settings: Settings, inventory: Inventory) -> Iterator[Finding]:
    """One for each rule about what the API server gives to anybody, where it was not asked."""
    if any(resource.ref.kind == "Probe" for resource in inventory.resources):
        return
    for compiled in settings.rules.get("probe", ()):
        ref = ObjectRef(OBSERVED, "Probe", "", "*")
        reason = "the API server was not asked what it gives to a client without credentials"
        yield not_seen(settings, compiled, ref, inventory.provenance.cluster, reason)


def unbundled(settings: Settings, inventory: Inventory) -> Iterator[Finding]:
    """One for each rule about files and kernels of nodes where no node was looked at."""
    if any(resource.ref.kind == "HostState" for resource in inventory.resources):
        return
    for compiled in (*settings.rules.get("file", ()), *settings.rules.get("host", ())):
        ref = ObjectRef("v1", "Node", "", "*")
        reason = "no node was looked at: that takes bundles of `kubeplumb node-script` and --nodes"
        yield not_seen(settings, compiled, ref, inventory.provenance.cluster, reason)


def components_of(compiled: Compiled) -> frozenset[str]:
    """The components that a rule is about, by its match conditions; all of them where it does not say."""
    text = " ".join(item.expression for item in compiled.rule.conditions)
    named = [name for found in _QUOTED.findall(text) for name in re.findall(r"[a-z-]+", found)]
    return frozenset(named) & COMPONENTS or COMPONENTS


def _all(settings: Settings) -> Iterator[Compiled]:
    for rules in settings.rules.values():
        yield from rules


def not_seen(
    settings: Settings,
    compiled: Compiled,
    ref: ObjectRef,
    world: str,
    reason: str,
    verdict: Verdict = "not-evaluated",
    message: str = "",
) -> Finding:
    """A finding on what nothing was seen of: `reason` says why, or what a person has to look at."""
    rule = compiled.rule
    return Finding(
        rule.id,
        settings.severity(rule),
        verdict,
        rule.subject,
        ref,
        world,
        "",
        message or rule.title,
        Place(""),
        (),
        rule.want,
        fingerprint(rule.id, ref, "", ""),
        reason,
    )
