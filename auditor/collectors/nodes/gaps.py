"""A node bundle in, what of the node it does not tell out, as gaps: absent in a bundle is never absent on the node."""

from collections.abc import Iterator
from typing import Final

from auditor.collectors.nodes.bundle import Bundle
from auditor.collectors.nodes.roles import roles
from auditor.model.inventory import Gap

_PARTIAL: Final = "node-partial"
_BLIND: Final = ("component", "file", "host")
_NEEDLESS: Final = frozenset({"date", "base64", "dd", "head", "od", "stat", "uname"})
"""Tools that the script does without."""
_NOT_READ: Final = frozenset({"audit-log", "join-token", "static-tokens"})
"""Roles of files whose content is never taken."""


def bundle_gaps(bundle: Bundle, name: str) -> Iterator[Gap]:
    """What the script could not see, and which files that components rest on it had to leave out."""
    if not bundle.user.root:
        reason = "the script did not run as root: what others than its user own may be missing"
        yield Gap(_PARTIAL, reason, name, blinds=_BLIND)
    if not bundle.processesSeen:
        yield Gap(_PARTIAL, "the script saw no processes: /proc was not there", name, blinds=_BLIND)
    elif not bundle.processes:
        reason = "no process of a component was seen: in a pod, the script needs hostPID"
        yield Gap(_PARTIAL, reason, name, blinds=("component",))
    lacking = sorted(set(bundle.missing) - _NEEDLESS)
    if lacking:
        reason = f"the node lacks {', '.join(lacking)}: what the script needs it for is missing"
        yield Gap(_PARTIAL, reason, name, blinds=_BLIND)
    if bundle.leftOut:
        yield Gap(_PARTIAL, f"the script left out {bundle.leftOut} files: there are too many", name, blinds=("file",))
    for process in bundle.processes:
        if process.unread:
            what = ", ".join(process.unread.split())
            reason = f"{process.component} (process {process.pid}): could not be read: {what}"
            yield Gap(_PARTIAL, reason, f"{name}!/proc/{process.pid}", blinds=("component",))
    made = roles(bundle)
    for file in bundle.files:
        matters = not _NOT_READ.issuperset(made.get(file.name, ()))
        if file.error or (file.withheld and matters):
            reason = f"{file.name} is not in the bundle: {file.error or file.withheld}"
            yield Gap("node-file", reason, f"{name}!{file.name}")
