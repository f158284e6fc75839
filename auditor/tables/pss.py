"""A minor version in, what the Pod Security Standards check and allow at it out."""

from functools import cache
from typing import Any

from auditor.tables.folder import load_table


@cache
def newest_minor() -> int:
    """The newest minor whose policy is known; newer ones are judged like it, as the admission plugin does."""
    newest: int = load_table("pss")["forms"][-1]["since"]
    return newest


@cache
def pss_at(minor: int) -> dict[str, Any]:
    """The parameters of the standards at 1.`minor`, as plain data for rules; callers must not change it.

    The checks are those of k8s.io/pod-security-admission policy/check_*.go, each at the newest form that is not
    newer than the version. `minor` in the answer is the version after clamping to what is known.
    """
    clamped = max(0, min(minor, newest_minor()))
    standards: dict[str, Any] = {}
    for form in load_table("pss")["forms"]:
        if form["since"] <= clamped:
            _apply(form, standards)
    return {**standards, "minor": clamped}


def _apply(form: dict[str, Any], standards: dict[str, Any]) -> None:
    for key, value in form.items():
        if isinstance(value, list):
            standards[key] = [*standards.get(key, ()), *value]
        elif key != "since":
            standards[key] = value
