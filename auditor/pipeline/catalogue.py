"""Selections in, rules with their examples out: what `rules` and `explain` print."""

from collections.abc import Sequence
from pathlib import Path

from auditor.engine.rule import Rule
from auditor.engine.select import load_profile, resolve_id, select
from auditor.model.errors import UsageError
from auditor.pipeline.prepare import all_rules
from auditor.tables.folder import bundle_root, fixtures_root


def catalogue(folders: Sequence[str], profile: str, severity: str, subject: str, filters: Sequence[str]) -> list[Rule]:
    """Rules of a profile by id, filtered by severity, subject, and texts in id or title."""
    rules = all_rules(folders)
    chosen = select(rules, load_profile(bundle_root() / "rules" / "profiles", profile), (), (), (), {})
    return sorted(
        (
            rule
            for rule in chosen
            if severity in ("", rule.severity)
            and subject in ("", rule.subject)
            and all(text.lower() in f"{rule.id} {rule.title}".lower() for text in filters)
        ),
        key=lambda rule: rule.id,
    )


def explained(folders: Sequence[str], name: str) -> tuple[Rule, str, str]:
    """A rule with the text of a good and of a bad example, empty where its fixtures are not at hand."""
    rules = all_rules(folders)
    known = resolve_id(rules, name)
    if known is None:
        raise UsageError(f"there is no rule {name}", _nearest(name, list(rules)))
    fixtures = fixtures_root() / known
    return rules[known], _first(fixtures, "pass-*.yaml"), _first(fixtures, "fail-*.yaml")


def _first(folder: Path, glob: str) -> str:
    files = sorted(folder.glob(glob))
    return files[0].read_text("utf-8") if files else ""


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 3, 0.5)
    return f"Did you mean {' or '.join(close)}?" if close else "`kubeplumb rules` lists them."
