"""Paths and a version in, the report of one Pod Security profile out."""

from datetime import date
from functools import cache
from pathlib import Path

from auditor.engine.batches import Compiled
from auditor.engine.select import load_profile
from auditor.kube.versions import parse_version
from auditor.model.findings import Report, Run
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings
from auditor.tables.folder import bundle_root

LEVELS = ("baseline", "restricted")


@cache
def _rules(level: str) -> dict[str, list[Compiled]]:
    profile = load_profile(bundle_root() / "rules" / "profiles", f"pss-{level}")
    rules = all_rules(())
    return compiled([rules[name] for name in profile.rules], {})


def audit_level(level: str, version: str, folder: Path) -> Report:
    """What the level's profile says about all files of a folder at a version."""
    settings = Settings(
        paths=(str(folder),),
        rules=_rules(level),
        known_rules={},
        version=parse_version(version),
        version_source="given",
        today=date(2026, 11, 21),
        use_waivers=False,
        jobs=1,
    )
    return audit(settings, Run("", "", "", "2026-11-21", "", "", settings.paths, "", "high", "info", "", ()))
