"""Cases with the rules that answer them in, each case with the findings of its rules on its input out."""

import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from auditor.engine.rule import Rule
from auditor.kube.versions import parse_version
from auditor.model.findings import Finding, Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import compiled
from auditor.pipeline.settings import Settings
from tests.corpora.cases import Answer, Case
from tests.corpora.inputs import key_of, lay_out

TODAY = date(2026, 11, 21)

Answered = tuple[Case, Answer]


def judged(answered: Iterable[Answered], known: Mapping[str, Rule]) -> Iterator[tuple[Case, Answer, list[Finding]]]:
    """Judges all cases; those in the same circumstances share one run, in which each input is a world, or several."""
    groups: dict[tuple[object, ...], list[Answered]] = defaultdict(list)
    for case, found in answered:
        groups[found.version, found.complete, repr(found.params)].append((case, found))
    for group in groups.values():
        wanted = {rule for _, found in group for rule in found.rules}
        with tempfile.TemporaryDirectory() as home:
            worlds = lay_out((case for case, _ in group), Path(home))
            report = _run([str(path) for paths in worlds.values() for path in paths], wanted, group[0][1], known)
        by_world: dict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            by_world[finding.world].append(finding)
        for case, found in group:
            findings = [one for path in worlds[key_of(case)] for one in by_world[str(path)]]
            yield case, found, [one for one in findings if one.rule in found.rules]


def _run(paths: list[str], wanted: Collection[str], circumstances: Answer, known: Mapping[str, Rule]) -> Report:
    params = {rule: dict(values) for rule, values in circumstances.params.items()}
    settings = Settings(
        paths=tuple(paths),
        rules=compiled([rule for name, rule in known.items() if name in wanted], params),
        known_rules=dict(known),
        version=parse_version(circumstances.version),
        version_source="given",
        today=TODAY,
        complete=Completeness("all" in circumstances.complete, frozenset(circumstances.complete)),
        use_waivers=False,
        jobs=1,
    )
    return audit(settings, Run("", "", "", TODAY.isoformat(), "", "", settings.paths, "", "high", "info", "", ()))
