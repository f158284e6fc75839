"""Waivers and findings in; findings marked as waived, and what became of each waiver, out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Protocol

from auditor.model.findings import Finding, Waiver, WaiverUse
from auditor.model.inventory import ObjectEntry, Resource
from auditor.model.refs import Path, Place

ANNOTATION = "kubeplumb.dev/waive."
"""Prefix of the annotation on an object or pod template; the rest is the rule's id."""
COMMENT = "kubeplumb:waive"
_KEYS = ("expires", "owner")


class Remark(Protocol):
    """A comment in a source file: its line, its text, and whether it stands alone on that line."""

    @property
    def line(self) -> int: ...  # noqa: D102 - see the class
    @property
    def text(self) -> str: ...  # noqa: D102 - see the class
    @property
    def alone(self) -> bool: ...  # noqa: D102 - see the class


class Malformed(ValueError):
    """The text of a waiver does not follow its grammar."""


def parse_text(text: str) -> tuple[str, str, str]:
    """`reason; expires=2027-01-31; owner=team` in; reason, expires and owner out. Raises `Malformed`."""
    reason: list[str] = []
    known: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.strip().partition("=")
        if equals and key.strip() in _KEYS:
            known[key.strip()] = value.strip()
        elif part.strip():
            reason.append(part.strip())
    if not reason:
        raise Malformed("has no reason")
    expires = known.get("expires", "")
    if "expires" in known:
        try:
            date.fromisoformat(expires)
        except ValueError as error:
            raise Malformed(f"expires={expires} is no date such as 2027-01-31") from error
    return "; ".join(reason), expires, known.get("owner", "")


def from_annotations(
    resource: Resource, templates: Iterable[Path], place: Callable[[Path], Place]
) -> Iterator[WaiverUse]:
    """Waivers that an object carries, on itself or on its pod templates, whose paths are given; each with its place."""
    yield from _annotations(resource, (), place)
    for path in templates:
        if path:
            yield from _annotations(resource, path, place)


def _annotations(resource: Resource, path: Path, place: Callable[[Path], Place]) -> Iterator[WaiverUse]:
    node: Any = resource.manifest
    for step in (*path, "metadata", "annotations"):
        node = node.get(step) if isinstance(node, dict) else None
    for key, text in node.items() if isinstance(node, dict) else ():
        if isinstance(key, str) and key.startswith(ANNOTATION):
            rule = key.removeprefix(ANNOTATION)
            where = place((*path, "metadata", "annotations", key))
            base = Waiver(rule, "", "annotation", where, world=resource.world, ref=resource.ref)
            base = base._replace(name="template") if path else base
            yield _parsed(base, text if isinstance(text, str) else "")


def from_comments(remarks: Iterable[Remark], file: str) -> Iterator[WaiverUse]:
    """Waivers in the comments of a file: on the line of a finding, or alone on the line above."""
    for remark in remarks:
        _, _, rest = remark.text.partition(COMMENT)
        rule, _, text = rest.strip().partition(" ")
        line = remark.line + 1 if remark.alone else remark.line
        yield _parsed(Waiver(rule, "", "comment", Place(file, remark.line), line=line), text)


def _parsed(base: Waiver, text: str) -> WaiverUse:
    try:
        reason, expires, owner = parse_text(text)
    except Malformed as error:
        return WaiverUse(base, "malformed", 0, str(error))
    return WaiverUse(base._replace(reason=reason, expires=expires, owner=owner), "unmatched")


def apply(
    findings: Sequence[Finding],
    uses: Sequence[WaiverUse],
    objects: Sequence[ObjectEntry],
    today: date,
    selected: Callable[[str], str],
    whole_scope: bool,
) -> list[WaiverUse]:
    """Marks findings as waived and says what became of each waiver.

    `objects` are those that were judged. `selected` gives the id of a selected rule from an id or alias, empty for a
    known rule that is not selected, and raises KeyError for one that does not exist. `whole_scope` says that the input
    covers the configuration's folder, so that every waiver of it is in scope.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.verdict in ("fail", "manual"):
            by_rule.setdefault(finding.rule, []).append(finding)
    return [_settle(use, by_rule, objects, today, selected, whole_scope) for use in uses]


def _settle(
    use: WaiverUse,
    by_rule: Mapping[str, list[Finding]],
    objects: Sequence[ObjectEntry],
    today: date,
    selected: Callable[[str], str],
    whole_scope: bool,
) -> WaiverUse:
    waiver = use.waiver
    if use.state == "malformed":
        return use
    try:
        rule = selected(waiver.rule)
    except KeyError:
        return WaiverUse(waiver, "malformed", 0, f"there is no rule {waiver.rule}")
    if not rule:
        return WaiverUse(waiver, "out-of-scope", 0, "the rule was not selected")
    if not _in_scope(waiver, objects, whole_scope):
        return WaiverUse(waiver, "out-of-scope", 0, "what it is about is not in the input")
    matching = [finding for finding in by_rule.get(rule, ()) if finding.waiver is None and covers(waiver, finding)]
    if waiver.expires and date.fromisoformat(waiver.expires) < today:
        return WaiverUse(waiver, "expired", len(matching), f"expired on {waiver.expires}")
    for finding in matching:
        finding.waiver = waiver
        finding.verdict = "waived"
    if matching:
        return WaiverUse(waiver, "used", len(matching))
    return WaiverUse(waiver, "unmatched", 0, "no finding of this rule is there to waive")


def _in_scope(waiver: Waiver, objects: Sequence[ObjectEntry], whole_scope: bool) -> bool:
    """Whether an object that the waiver is about was judged, so that matching nothing means something."""
    if waiver.source == "comment":
        return any(entry.file == waiver.place.file for entry in objects)
    if waiver.source == "annotation":
        return any(entry.ref == waiver.ref and entry.world == waiver.world for entry in objects)
    return whole_scope or any(_names(waiver, entry) for entry in objects)


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver speaks of a finding (of the right rule)."""
    if waiver.source == "comment":
        return finding.place.file == waiver.place.file and finding.place.line == waiver.line
    if waiver.source == "annotation":
        same = finding.ref == waiver.ref and finding.world == waiver.world
        return same and (
            waiver.name != "template" or finding.subject in ("workload", "container", "image", "isolation")
        )
    ref = finding.ref
    return (
        _match(waiver.kind, ref.kind)
        and _match(waiver.namespace, ref.namespace)
        and (_match(waiver.name, ref.name) and _match(waiver.container, finding.container))
    )


def _names(waiver: Waiver, entry: ObjectEntry) -> bool:
    ref = entry.ref
    return _match(waiver.kind, ref.kind) and _match(waiver.namespace, ref.namespace) and _match(waiver.name, ref.name)


def _match(glob: str, text: str) -> bool:
    return glob == "*" or fnmatchcase(text, glob)
