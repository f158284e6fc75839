"""API servers and the documents of a world in, a fact that decides nothing for each file that nobody has read out."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from auditor.facts.configuration.admission import ADMISSION
from auditor.facts.configuration.audit_policy import AUDIT_POLICY
from auditor.facts.configuration.authentication import AUTHENTICATION
from auditor.facts.configuration.authorization import AUTHORIZATION
from auditor.facts.configuration.documents import documents
from auditor.facts.configuration.egress import EGRESS
from auditor.facts.configuration.encryption import ENCRYPTION
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Subject

NAMED_BY: Final[Mapping[str, tuple[Subject, str]]] = {
    "encryption-provider-config": (ENCRYPTION, "config.EncryptionConfiguration"),
    "audit-policy-file": (AUDIT_POLICY, "config.AuditPolicy"),
    "admission-control-config-file": (ADMISSION, "config.AdmissionConfiguration"),
    "authentication-config": (AUTHENTICATION, "config.AuthenticationConfiguration"),
    "authorization-config": (AUTHORIZATION, "config.AuthorizationConfiguration"),
    "egress-selector-config-file": (EGRESS, "config.EgressSelectorConfiguration"),
}
"""By flag of the API server: the subject that the file is judged as, and the type of its document."""


Maker = Callable[[World], Iterable[Fact]]


def with_unread(subject: Subject, make: Maker, components: Maker) -> Maker:
    """A maker of a subject's facts, with those of its files which nobody has read; `components` makes API servers."""

    def facts(world: World) -> Iterator[Fact]:
        yield from make(world)
        yield from (fact for fact in unread_documents(components(world), world) if fact.subject == subject.name)

    return facts


def unread_documents(components: Iterable[Fact], world: World) -> Iterator[Fact]:
    """One for each flag of an API server that names a file of which the world has no document.

    Without it, rules on the document would say nothing, and a control that they answer would look as if it had passed.
    A document counts as the file where it has the same name; paths differ between a node and wherever it was read from.
    An API server without the flag has no such file: its rules have nothing to judge.
    """
    for component in components:
        if component.value.get("component") != "kube-apiserver":
            continue
        for flag, (subject, of) in NAMED_BY.items():
            reason = _why_unread(component, flag, of, world)
            if reason:
                yield _undecided(subject, component, flag, reason)


def _why_unread(component: Fact, flag: str, of: str, world: World) -> str:
    setting = component.value["settings"].get(flag) or {}
    unknown = component.undecided.get("settings") or component.undecided.get(f"settings.{flag}")
    path = setting.get("value")
    if unknown or not isinstance(path, str):
        return unknown or ""
    wanted = posixpath.basename(path)
    read = (posixpath.basename(resource.origin.file.replace("\\", "/")) for _, resource in documents(world, of))
    if not path or wanted in read:
        return ""
    return f"it is the file {path} of --{flag}, which is not in the input"


def _undecided(subject: Subject, component: Fact, flag: str, reason: str) -> Fact:
    origin, ref, path = component.anchors.get(f"settings.{flag}") or component.anchors[""]
    fact = Fact(
        subject.name,
        component.ref,
        {},
        {"": Anchor(origin, ref, path)},
        component.world,
        {"cluster": component.owners["cluster"]},
        container=component.container,
        unknown=component.unknown,
        secrets=component.secrets,
    )
    fact.undecided = dict.fromkeys((name.partition(".")[0] for name in subject.fields), reason)
    return fact
