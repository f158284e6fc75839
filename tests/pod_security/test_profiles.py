"""The Pod Security profiles as data: what belongs together, and what stays out of the default profile."""

from auditor.engine.select import load_profile
from auditor.pipeline.prepare import all_rules
from auditor.tables.folder import bundle_root, load_table
from auditor.tables.pss import newest_minor, pss_at

RULES = all_rules(())
BASELINE, RESTRICTED = (
    set(load_profile(bundle_root() / "rules" / "profiles", f"pss-{level}").rules)
    for level in ("baseline", "restricted")
)


def test_restricted_is_baseline_and_more() -> None:
    assert BASELINE < RESTRICTED
    assert set(RULES) >= RESTRICTED


def test_rules_that_only_admission_cares_for_are_quiet() -> None:
    only_admission = {name: rule.severity for name, rule in RULES.items() if name.startswith("pss-")}
    assert set(only_admission) <= RESTRICTED
    assert set(only_admission.values()) <= {"low", "info"}


def test_dangerous_capabilities_are_beyond_the_standard() -> None:
    assert not set(load_table("capabilities")["dangerous"]) & set(pss_at(newest_minor())["baselineCapabilities"])
