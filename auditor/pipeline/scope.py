"""A fact and the namespace selectors in, whether it is to be judged out."""

from fnmatch import fnmatchcase

from auditor.model.facts import Fact
from auditor.model.refs import ObjectRef
from auditor.pipeline.settings import Settings

_OF_EVERY_NAMESPACE = frozenset({"provider", "nodePool"})
"""Subjects of documents that somebody gave by hand, and that hold for all namespaces."""


def in_scope(fact: Fact, settings: Settings) -> bool:
    """Whether `--namespace` and `--exclude-namespace` keep a fact.

    A cluster-scoped fact is kept unless namespaces are asked for; then only if it acts on one of them.
    """
    if fact.subject in _OF_EVERY_NAMESPACE or not (settings.namespaces or settings.excluded_namespaces):
        return True
    return _kept(namespace_of(fact), settings)


def namespace_in_scope(ref: ObjectRef, settings: Settings) -> bool:
    """The same for an object by its name alone."""
    return _kept(ref.name if ref.kind == "Namespace" else ref.namespace, settings)


def _kept(namespace: str, settings: Settings) -> bool:
    if namespace and any(fnmatchcase(namespace, glob) for glob in settings.excluded_namespaces):
        return False
    return not settings.namespaces or any(fnmatchcase(namespace, glob) for glob in settings.namespaces)


def namespace_of(fact: Fact) -> str:
    """The namespace a fact is about: its object's, a Namespace's own name, or that of a grant's subject."""
    if fact.ref.kind == "Namespace":
        return fact.ref.name
    if fact.ref.namespace:
        return fact.ref.namespace
    subject = fact.value.get("subject")
    return str(subject.get("namespace", "")) if isinstance(subject, dict) else ""
