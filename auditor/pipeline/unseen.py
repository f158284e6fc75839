"""What was read of a cluster in, what its rules could not judge for want of it out: lists that were refused, and
components whose settings nobody saw."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Final

from auditor.engine.batches import Compiled
from auditor.engine.fingerprint import fingerprint
from auditor.engine.judge import Tally
from auditor.facts.components.command_lines import COMPONENTS
from auditor.facts.components.subject import ADDONS
from auditor.kube.definitions import TEMPLATES
from auditor.model.facts import Fact
from auditor.model.findings import Finding, Verdict
from auditor.model.inventory import Inventory
from auditor.model.refs import OBSERVED, ObjectRef, Place
from auditor.pipeline.needs import kinds_of_rule
from auditor.pipeline.settings import Settings
from auditor.tables.deprecations import ENDING
from auditor.tables.resources import plural

_QUOTED: Final = re.compile(r"component\.component (?:== |in \[)((?:'[a-z-]+'(?:, )?)+)")
_CONTROL_PLANE: Final = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"})

_GROUP: Final = re.compile(r'API group "[^"]*"')
"""As the API server says which resource was refused (responsewriters.ForbiddenMessage in k8s.io/apiserver)."""

_MARKERS: Final = {TEMPLATES: "CustomResource", ENDING: "EndingVersion"}
"""As they are printed."""

_OFFER: Final = (
    "; bundles of the nodes tell them (`--nodes`), and so do the kubelets themselves (`--kubelet-configz`, for which "
    "the user needs a right that is as much as to run commands in every pod)"
)


def unlisted(settings: Settings, inventory: Inventory, homes: Collection[str] = ()) -> Iterator[Finding]:
    """One for each rule, scope and reason of what could not be listed: kinds that lack for the same reason share one.

    `homes` are the namespaces in which pods start components of Kubernetes.
    """
    scopes: dict[str, dict[str, str]] = {}
    for (kind, namespace), reason in sorted(inventory.missing.items()):
        scopes.setdefault(namespace, {})[kind] = reason

    @cache
    def told(namespace: str, needed: frozenset[str]) -> list[tuple[str, str]]:
        reasons = scopes[namespace]
        return list(_alike({_shown(kind): reason for kind, reason in reasons.items() if _among(kind, needed)}))

    for compiled in _all(settings):
        needed = frozenset(kinds_of_rule(compiled))
        for namespace in scopes:
            if compiled.rule.subject != "component" or namespace in homes or _may_hold_components(namespace):
                for kind, reason in told(namespace, needed):
                    ref = ObjectRef("", kind, namespace, "*")
                    yield not_seen(settings, compiled, ref, inventory.provenance.cluster, reason)


def _may_hold_components(namespace: str) -> bool:
    """Whether components of a cluster may run in a namespace; empty is all of them, `*` those that nobody knows.

    kubeadm starts them in kube-system (ComponentPod in cmd/kubeadm/app/util/staticpod/utils.go), OpenShift in
    namespaces such as openshift-kube-apiserver; names in `kube-` are reserved for Kubernetes' own
    (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/). What else runs there that looks
    like one is no component of this cluster, and of a component that was seen nowhere `unseen_components` speaks.
    """
    return namespace in ("", "*") or namespace.startswith(("kube-", "openshift-"))


def _alike(reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Reasons by kind in; a kind, or `*` for several, and a reason out for all that say the same but for the kind."""
    grouped: dict[str, list[str]] = {}
    often = Counter(reasons.values())
    for kind, reason in reasons.items():
        grouped.setdefault(reason if often[reason] > 1 else _without_kind(reason, kind), []).append(kind)
    for said, (first, *others) in grouped.items():
        reason = reasons[first]
        if not others:
            yield first, reason
        elif said == reason:
            yield "*", f"{reason} ({', '.join((first, *others))})"
        else:
            yield "*", f"{reason}; the same of {', '.join(others)}"


def _without_kind(reason: str, kind: str) -> str:
    """A reason without what differs where the same befalls another kind: its name, its plural, its API group."""
    names = "|".join(map(re.escape, (kind, plural(kind.partition(".")[0]))))
    return _GROUP.sub("", re.sub(rf"(?<![\w-])(?:{names})(?:\.[\w.-]*\w)?(?![\w-])", "", reason))


def _among(kind: str, needed: Collection[str]) -> bool:
    """Whether rules need what is noted as missing: a kind, or in which versions its objects are written."""
    return kind in needed or (ENDING in needed and kind.endswith(ENDING.removeprefix("*")))


def _shown(kind: str) -> str:
    return _MARKERS.get(kind) or kind.removesuffix(ENDING.removeprefix("*"))


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
    return frozenset(named) & COMPONENTS.union(ADDONS.values()) or COMPONENTS


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
