"""A folder of rules and their fixtures in, what is wrong with them out: the same test for our own rules and a user's.

A fixture's file name begins with the verdict it must give: `pass-`, `fail-`, `manual-`, `not-evaluated-` or
`not-applicable-`. Lines marked `# FAIL` are the lines that findings must report, no more and no less. A first line
`# kubeplumb: version=1.34 today=2026-01-31 complete=all params.name=[1,2]` sets the circumstances. Where the input is
more than a file, a fixture is a folder with `input/` and a `case.yaml` of the same settings.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from auditor.engine.load import rule_files, validate
from auditor.engine.rule import Rule
from auditor.kube.versions import parse_version
from auditor.model.errors import InvalidDefinition, UsageError
from auditor.model.findings import Finding, Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings
from auditor.tables.releases import newest_known

VERDICTS = ("not-evaluated", "not-applicable", "pass", "fail", "manual")
MARK = "# FAIL"
DIRECTIVE = "# kubeplumb:"
DEFAULT_TODAY = "2026-11-21"


@dataclass(slots=True)
class Outcome:
    """What a folder's test found; no complaints is good."""

    rules: int = 0
    fixtures: int = 0
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture: its input, the verdict wanted, and the circumstances."""

    name: str
    input: Path
    verdict: str
    settings: Mapping[str, Any]


def run_folder(folder: str, fixtures: str = "") -> Outcome:
    """Tests every rule file of a folder against `fixtures`, or else the folder's own `fixtures` folder."""
    home = Path(folder)
    if not home.is_dir():
        raise UsageError(f"{folder}: no such folder", "`kubeplumb rules test` takes a folder of rule files.")
    outcome = Outcome()
    try:
        rules = all_rules([folder])
    except InvalidDefinition as error:
        outcome.complaints.append(str(error))
        return outcome
    mine = [rule for rule in rules.values() if Path(rule.file).is_relative_to(home)]
    where = Path(fixtures) if fixtures else home / "fixtures"
    for rule in mine:
        outcome.rules += 1
        found = cases(where / rule.id)
        outcome.fixtures += len(found)
        outcome.complaints += check_rule(rule, rules, found)
    return outcome


def cases(folder: Path) -> list[Case]:
    """The fixtures of one rule."""
    found = []
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        verdict = next((verdict for verdict in VERDICTS if entry.name.startswith(f"{verdict}-")), "")
        if entry.is_dir() and (entry / "case.yaml").is_file():
            settings = json.loads(json.dumps(_yaml(entry / "case.yaml") or {}, default=str))
            found.append(Case(entry.name, entry / "input", verdict, settings))
        elif entry.suffix in (".yaml", ".yml", ".json"):
            found.append(Case(entry.name, entry, verdict, _directive(entry)))
    return found


def check_rule(rule: Rule, rules: Mapping[str, Rule], found: list[Case]) -> list[str]:
    """What is wrong with a rule's fixtures, or with the rule by its fixtures."""
    complaints = [f"{rule.id}: no fixture {verdict}-*" for verdict in _missing(rule, found)]
    for case in found:
        complaints += [f"{rule.id}: {case.name}: {text}" for text in check_case(rule, rules, case)]
    return complaints


def _missing(rule: Rule, found: list[Case]) -> Iterator[str]:
    verdicts = {case.verdict for case in found}
    for wanted in ("pass", rule.on_false):
        if wanted not in verdicts:
            yield wanted


def check_case(rule: Rule, rules: Mapping[str, Rule], case: Case) -> Iterator[str]:
    """What is wrong with one fixture."""
    if not case.verdict:
        yield f"the name begins with none of {', '.join(VERDICTS)}"
        return
    report = run_case(rule, rules, case)
    counts = report.rules[0].verdicts
    findings = report.findings
    for gap in report.gaps:
        if case.verdict in ("pass", "fail") and not case.settings.get("gaps"):
            yield f"gap at {gap.file}:{gap.line}: {gap.reason}"
    errors = [finding for finding in findings if finding.verdict == "rule-error"]
    if errors:
        yield f"rule error on {errors[0].ref}: {errors[0].reason}"
        return
    if not counts[case.verdict]:  # type: ignore[index]  # one of VERDICTS, all of which are verdicts
        yield f"nobody got the verdict {case.verdict}; verdicts: { {key: n for key, n in counts.items() if n} }"
    if case.verdict in ("fail", "manual"):
        yield from _lines(case, [one for one in findings if one.verdict == case.verdict])
    else:
        for finding in findings:
            if finding.verdict in ("fail", "manual"):
                yield f"fails at {finding.place}: {finding.message}"


def _lines(case: Case, findings: list[Finding]) -> Iterator[str]:
    """Differences between marked lines and reported ones."""
    marked = set()
    files = sorted(case.input.rglob("*")) if case.input.is_dir() else [case.input]
    for file in files:
        if file.is_file():
            lines = file.read_text("utf-8").splitlines()
            marked |= {(file.name, number) for number, line in enumerate(lines, 1) if line.rstrip().endswith(MARK)}
    if not marked and not case.settings.get("unmarked"):
        yield f"no line is marked {MARK}"
        return
    reported = {(Path(finding.place.file).name, finding.place.line) for finding in findings}
    for name, line in sorted(marked - reported) if marked else ():
        yield f"{name}:{line} is marked {MARK} and not reported"
    for name, line in sorted(reported - marked) if marked else ():
        texts = [one.message for one in findings if one.place.line == line]
        yield f"{name}:{line} is reported and not marked {MARK}: {texts[0] if texts else ''}"


def run_case(rule: Rule, rules: Mapping[str, Rule], case: Case) -> Report:
    """The report of one rule alone on one fixture."""
    given = case.settings
    complete = given.get("complete", "")
    kinds = [complete] if isinstance(complete, str) and complete else list(complete or ())
    version = str(given.get("version", ""))
    settings = Settings(
        paths=(str(case.input),),
        rules=compiled([rule], {rule.id: dict(given.get("params") or {})}),
        known_rules=dict(rules),
        version=parse_version(version) if version else newest_known(),
        version_source="given" if version else "assumed",
        today=date.fromisoformat(str(given.get("today", DEFAULT_TODAY))),
        complete=Completeness("all" in kinds, frozenset(kinds)),
        use_waivers=False,
        jobs=1,
    )
    run = Run("", "", "", settings.today.isoformat(), "", "", settings.paths, "", "high", "info", "", ())
    return audit(settings, run)


def _directive(file: Path) -> dict[str, Any]:
    """The settings in a fixture's first line."""
    first = file.read_text("utf-8").partition("\n")[0]
    result: dict[str, Any] = {}
    if not first.startswith(DIRECTIVE):
        return result
    for part in first.removeprefix(DIRECTIVE).split():
        key, _, text = part.partition("=")
        value: Any = text
        if key.startswith("params."):
            result.setdefault("params", {})[key.removeprefix("params.")] = json.loads(text)
            continue
        if "," in text:
            value = text.split(",")
        result[key] = value or True
    return result


def _yaml(file: Path) -> Any:
    import ryaml

    return ryaml.loads(file.read_text("utf-8"))


def validated(file: Path) -> None:
    """Raises `InvalidDefinition` where a rule file is not as it should be."""
    from auditor.pipeline.subjects import SUBJECTS

    validate(_yaml(file), str(file), SUBJECTS)


def files_of(folder: Path) -> list[Path]:
    """The rule files of a folder."""
    return rule_files(folder)
