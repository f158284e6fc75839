"""An object that a collection lacks in, why it may be there all the same out: nobody looked for its kind."""

from collections.abc import Collection

from auditor.kube.definitions import DEFINITION, TEMPLATES
from auditor.model.refs import OBSERVED, ObjectRef


def is_custom(ref: ObjectRef) -> bool:
    """Whether it is a custom resource."""
    return ref.kind_name != ref.kind and ref.api_version != OBSERVED


def not_asked(ref: ObjectRef, kinds: Collection[str], held: Collection[str]) -> str:
    """In words, that no object of its kind was looked for; empty where some were, or where that is not known.

    `kinds` are those that were looked for, `held` those of which something is there: what is observed, and what is got
    by its name, is no kind that is listed.
    """
    if not kinds or ref.kind_name in kinds or ref.kind_name in held:
        return ""
    if TEMPLATES in kinds and (ref.kind == DEFINITION or is_custom(ref)):
        return ""
    return f"no {ref.kind if ref.api_version == OBSERVED else ref.kind_name} was looked for"
