"""Selected rules in, what has to be read of a cluster for them out: derived from what subjects declare, and no more."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from auditor.collectors.api.cluster import OBSERVED, Single, Wish
from auditor.collectors.api.discovery import Discovery
from auditor.collectors.api.ending import ending_kinds, untold_endings
from auditor.engine.batches import Compiled
from auditor.kube.versions import Version, parse_version
from auditor.model.inventory import Inventory
from auditor.pipeline.subjects import SUBJECTS
from auditor.tables.deprecations import ENDING, next_minor
from auditor.tables.documents import file_kinds

_OBSERVED = f".{OBSERVED.partition('/')[0]}"

NEVER_LISTED = {
    "Secret": "Secrets are not listed: the verb `list` grants their content; --secret-metadata reads their names",
    "ConfigMap": "ConfigMaps are not listed: they may hold anything; only those of Kubernetes' own are read by name",
}
"""Kinds that are not read unless asked for, and why."""

SINGLES = (
    Single("ConfigMap", "kube-system", "kubeadm-config"),
    Single("ConfigMap", "kube-system", "kubelet-config"),
    Single("ConfigMap", "kube-system", "kube-proxy"),
    Single("ConfigMap", "kube-system", "aws-auth"),
    Single("ConfigMap", "kube-system", "coredns"),
    Single("ConfigMap", "kube-system", "cilium-config"),
)
"""ConfigMaps of Kubernetes' own (kubeadm), of EKS and of add-ons that hold settings of components and grants."""


def kinds_of_rule(compiled: Compiled) -> tuple[str, ...]:
    """The kinds that one rule needs all objects of.

    Those of its subject, and those that the fields it names rest on; what was observed is no kind that could be listed.
    """
    rule = compiled.rule
    subject = SUBJECTS[rule.subject]
    kinds = [*subject.reads, *rule.kinds, *rule.absence]
    texts = [rule.expression, rule.each, rule.message, *(item.expression for item in rule.conditions)]
    text = " ".join([*texts, *(f"{subject.variable}.{path}" for path in rule.evidence)]).replace(".?", ".")
    for one in (subject, *(SUBJECTS[name] for name in subject.owners)):
        for name, field in one.fields.items():
            if field.rests_on and f"{one.variable}.{name}" in text:
                kinds += (kind for kind in field.rests_on if kind != ENDING or not rule.kinds)
    files = file_kinds()
    return tuple(
        dict.fromkeys(kind for kind in kinds if kind != "*" and not kind.endswith(_OBSERVED) and kind not in files)
    )


def kinds_needed(rules: Mapping[str, Sequence[Compiled]]) -> list[str]:
    """The kinds that some rules need, sorted; a namespace's own object tells which namespaces there are."""
    kinds = {kind for some in rules.values() for compiled in some for kind in kinds_of_rule(compiled)}
    if rules.get("provider") or rules.get("nodePool"):
        kinds.add("Node")  # whose cluster it is shows there
    return sorted({"Namespace", *kinds})


def wish(
    rules: Mapping[str, Sequence[Compiled]],
    namespaces: Iterable[str] = (),
    excluded: Iterable[str] = (),
    *,
    secret_metadata: bool = False,
    kubelet_configz: bool = False,
) -> Wish:
    """What to collect for some rules: Secrets only if asked for and needed.

    To ask each kubelet, the nodes are needed whatever the rules are.
    """
    needed = {*kinds_needed(rules), *(("Node",) if kubelet_configz else ())}
    kinds = [kind for kind in sorted(needed) if kind not in NEVER_LISTED]
    metadata = frozenset({"Secret"} & needed if secret_metadata else ())
    singles = SINGLES if "component" in rules else ()
    return Wish((*kinds, *sorted(metadata)), singles, metadata, tuple(namespaces), tuple(excluded))


def look_up_endings(wished: Wish, inventory: Inventory, discovery: Discovery, version: Version) -> None:
    """Notes which kinds `ENDING` stands for on a server, where a rule asks for them; `version` is what is judged at."""
    if ENDING not in wished.kinds:
        return
    wished.ending = inventory.ending = ending_kinds(discovery, version)
    inventory.ending_by = str(next_minor(version))
    if reason := untold_endings(discovery, version):
        inventory.missing[ENDING, ""] = reason


def ending_later(inventory: Inventory, version: Version) -> dict[tuple[str, str], str]:
    """That a snapshot is judged at a later version than those by which it looked for ends, as `Inventory.missing`."""
    by = inventory.ending_by
    with suppress(ValueError):  # of a damaged snapshot
        if not by or parse_version(by).reaches(next_minor(version)):
            return {}
    return {(ENDING, ""): f"API versions that end by {by} were looked for, and none that end by {next_minor(version)}"}


def not_looked_for(rules: Mapping[str, Sequence[Compiled]], kinds: Iterable[str]) -> dict[tuple[str, str], str]:
    """Kinds that rules need and nobody looked for, as an inventory notes what it is missing.

    Not versions that end: of those, dumps and older snapshots know what they happen to hold.
    """
    known = set(kinds)
    why = "it was collected for other rules" if known else "the snapshot ends before it says what was"
    return {
        (kind, ""): NEVER_LISTED.get(kind, f"no {kind} was looked for: {why}")
        for kind in kinds_needed(rules)
        if kind not in known and kind != ENDING
    }
