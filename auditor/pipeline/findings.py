"""Drafts in, findings out: positions, source lines, shortened values and fingerprints."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from auditor.collectors.yaml.documents import Document
from auditor.collectors.yaml.positions import Positions as DocumentPositions
from auditor.engine.evidence import Seen
from auditor.engine.fingerprint import fingerprint
from auditor.engine.judge import Draft
from auditor.facts.objects.mergekeys import merge_key_path
from auditor.facts.workloads.templates import at
from auditor.facts.workloads.workload import HIDDEN
from auditor.model.facts import Fact
from auditor.model.findings import Evidence, Finding
from auditor.model.refs import Origin, Path, Place, show_path
from auditor.pipeline.settings import Settings

LONGEST_LINE = 240
_LONGEST_VALUE = 400
_MOST_EVIDENCE = 12
_SHORTEST_SECRET = 4
_LIKE_A_NAME = re.compile(r"[A-Za-z0-9._-]{0,253}")
_WORDS = frozenset({"command", "args"})
_SECRETS = attrgetter("secrets")


class Positions:
    """Positions in the documents of one file, each composed when first asked for.

    `find` gives a document by the line in which its text starts.
    """

    def __init__(self, find: Callable[[int], Document | None]) -> None:
        self._find = find
        self._composed: dict[int, DocumentPositions] = {}

    def place(self, origin: Origin, path: Path) -> Place:
        """Where a path (from the document's root) stands, or its nearest existing parent."""
        if not origin.line:
            return Place(origin.file)  # an object of a cluster, one of many without a text
        composed = self._composed.get(origin.line)
        if composed is None:
            document = self._find(origin.line)
            if document is None:
                return Place(origin.file)
            composed = self._composed[origin.line] = DocumentPositions(document)
        line, column = composed.find(path or ("apiVersion",))
        return Place(origin.file, line, column)

    def source(self, origin: Origin, line: int) -> str:
        """The text of a line of the file, without its end; a place in it was asked for before."""
        composed = self._composed.get(origin.line)
        return composed.line(line) if composed is not None else ""


PositionsOf = Callable[[Origin], Positions]


def finish(
    draft: Draft, settings: Settings, positions: PositionsOf, manifests: Mapping[Origin, Mapping[str, Any]]
) -> Finding:
    """A finding from a draft; `manifests` are the objects by origin, for merge keys in the fingerprint."""
    rule, fact = draft.rule, draft.fact
    secrets = secrets_of(fact)
    if fact.shown:
        draft = draft._replace(seen=tuple(_as_written(seen, fact) for seen in draft.seen))
    primary = draft.seen[0]
    if draft.verdict == "not-evaluated":
        # Nobody can act on it yet, and there may be thousands: its document is position enough.
        place, line = Place(primary.origin.file, primary.origin.line), ""
        evidence = tuple([_evidence(seen, secrets, None) for seen in draft.seen[:_MOST_EVIDENCE]])
    else:
        evidence = tuple([_evidence(seen, secrets, positions(seen.origin)) for seen in draft.seen[:_MOST_EVIDENCE]])
        place = evidence[0].place
        line = positions(primary.origin).source(primary.origin, place.line)
    manifest = manifests.get(primary.origin, {})
    keyed = merge_key_path(primary.ref.api_version, primary.ref.kind, manifest, primary.path)
    return Finding(
        rule.id,
        settings.severity(rule),
        draft.verdict,
        fact.subject,
        fact.ref,
        fact.world,
        fact.container,
        without(draft.message, _unmistakable(secrets)),
        place,
        evidence,
        rule.want,
        fingerprint(rule.id, fact.ref, fact.container, keyed),
        draft.reason,
        mask(line, secrets)[:LONGEST_LINE],
        platform=_platform(fact),
    )


def _as_written(seen: Seen, fact: Fact) -> Seen:
    """A field with what the input has there, in place of what the fact made of it."""
    if seen.origin not in fact.shown:
        return seen
    value = at(fact.shown[seen.origin], seen.path)
    return seen._replace(value=value, present=value is not None)


def _platform(fact: Fact) -> str:
    """Why the workload that a fact is of counts as the platform's own, or empty: settings of a component are not it."""
    home = fact if fact.subject == "workload" else fact.owners.get("workload")
    return str(home.value["platform"]) if home is not None else ""


def mask(text: str, secrets: Sequence[str]) -> str:
    """A line of source without the texts that must never be printed; nothing of it if one is too short to find."""
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET and secret in text:
            return ""
        text = text.replace(secret, HIDDEN)
    return text


def without(value: Any, secrets: Sequence[str]) -> Any:
    """A message or a value without the texts that must never be printed; short ones only where they are all of it."""
    if not secrets:
        return value
    if isinstance(value, str):
        if value in secrets:
            return HIDDEN
        for secret in secrets:
            value = value.replace(secret, HIDDEN) if len(secret) >= _SHORTEST_SECRET else value
        return value
    if isinstance(value, list):
        return [without(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: without(item, secrets) for key, item in value.items()}
    return value


def _unmistakable(secrets: Sequence[str]) -> Sequence[str]:
    """Those of a fact's secrets that cannot be a name, which a message would then lose.

    Elsewhere than on a command line a fact holds no secret, and nothing else is to be hidden.
    """
    if not secrets:
        return secrets
    return [one for one in secrets if len(one) >= _SHORTEST_SECRET and not _LIKE_A_NAME.fullmatch(one)]


def secrets_of(fact: Fact) -> tuple[str, ...]:
    """All texts of a fact and its owners that must never be printed, longest first."""
    if not fact.secrets and not any(map(_SECRETS, fact.owners.values())):
        return ()
    found = {secret for one in (fact, *fact.owners.values()) for secret in one.secrets if secret}
    return tuple(sorted(found, key=len, reverse=True))


def _evidence(seen: Seen, secrets: Sequence[str], positions: Positions | None) -> Evidence:
    if positions is None:
        place = Place(seen.origin.file, seen.origin.line)
    else:
        place = positions.place(seen.origin, seen.origin.base + seen.path)
    value = seen.value
    if secrets:
        on_command_line = not _WORDS.isdisjoint(seen.path)
        value = without(value, secrets if on_command_line else _unmistakable(secrets))
    return Evidence(show_path(seen.path), shorten(value), seen.present, place)


def shorten(value: Any) -> Any:
    """A value as evidence shows it: scalars whole up to a bound, containers as their outline."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    if isinstance(value, list):
        if all(isinstance(item, str | int | float | bool) for item in value) and len(value) <= 24:
            return [shorten(item) for item in value]
        return f"list of {len(value)}"
    if isinstance(value, dict):
        flat = {key: item for key, item in value.items() if isinstance(item, str | int | float | bool)}
        if len(flat) == len(value) and len(flat) <= 8:
            return {key: shorten(item) for key, item in flat.items()}
        return {key: shorten(item) if key in flat else "…" for key, item in list(value.items())[:8]}
    return value
