"""API servers and the documents of a world in, a fact that decides nothing for each file that nobody has read out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from auditor.facts.components.starts import Start
from auditor.facts.configuration.admission import ADMISSION
from auditor.facts.configuration.audit_policy import AUDIT_POLICY
from auditor.facts.configuration.authentication import AUTHENTICATION
from auditor.facts.configuration.authorization import AUTHORIZATION
from auditor.facts.configuration.documents import documents
from auditor.facts.configuration.egress import EGRESS
from auditor.facts.configuration.encryption import ENCRYPTION
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Subject

if TYPE_CHECKING:
    from auditor.facts.components.effective import Settings
    from auditor.facts.components.named_files import Files

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


def unread_flags(settings: "Settings", start: Start, files: "Files", world: World) -> list[str]:
    """The flags of an API server that name a file of which no document is judged.

    A file counts as judged where any document that may be it is: where names tell no more, it is one of several.
    """
    found = []
    for flag, (_, of) in NAMED_BY.items():
        path = settings.value(flag)
        if path and isinstance(path, str):
            judged = {resource.origin: resource.ref.kind for _, resource in documents(world, of)}
            candidates = files.candidates(start, path, tuple(judged.values()))
            if judged.keys().isdisjoint(one.origin for one in candidates.documents):
                found.append(flag)
    return found


def unread_documents(components: Iterable[Fact], world: World) -> Iterator[Fact]:
    """One for each flag of an API server that names a file of which the world has no document.

    Without it, rules on the document would say nothing, and a control that they answer would look as if it had passed.
    An API server without the flag has no such file: its rules have nothing to judge.
    """
    for component in components:
        if component.value.get("component") != "kube-apiserver":
            continue
        for flag, (subject, _) in NAMED_BY.items():
            reason = _why_unread(component, flag)
            if reason:
                yield _undecided(subject, component, flag, reason)


def _why_unread(component: Fact, flag: str) -> str:
    setting = component.value["settings"].get(flag) or {}
    unknown = component.undecided.get("settings") or component.undecided.get(f"settings.{flag}")
    if unknown or flag not in component.value["unread"]:
        return unknown or ""
    return f"it is the file {setting.get('value')} of --{flag}, which is not in the input"


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
