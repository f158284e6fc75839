"""No input crashes or hangs the audit, no rule errs on any object, and no bad object hides another's findings."""

import copy
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import ryaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.model.findings import Report, Run
from auditor.model.inventory import Completeness
from auditor.pipeline.audit import audit
from auditor.pipeline.prepare import all_rules, compiled
from auditor.pipeline.settings import Settings
from auditor.tables.releases import newest_known

ROOT = Path(__file__).parent.parent.parent
CORPORA = Path(os.environ.get("KUBEPLUMB_CORPORA", ROOT.parent / "shared" / "corpora"))
RULES = all_rules(())
COMPILED = compiled(RULES.values(), {})
SENTINEL = """\
apiVersion: v1
kind: Pod
metadata: {name: sentinel, namespace: sentinel}
spec:
  containers:
    - {name: sentinel, image: "registry.example/sentinel:1.2", securityContext: {privileged: true}}
"""


def scan(*paths: Path) -> Report:
    chosen = Settings(
        paths=tuple(map(str, paths)),
        rules=COMPILED,
        known_rules=RULES,
        version=newest_known(),
        version_source="given",
        today=date(2026, 11, 21),
        complete=Completeness(all=True),
        jobs=1,
    )
    return audit(chosen, Run("", "", "", "2026-11-21", "", "", (), "", "high", "info", "", ()))


def bases() -> list[Any]:
    """One document of every kind that the rules' own fixtures hold, the longest of each."""
    best: dict[str, str] = {}
    for file in sorted((ROOT / "tests" / "fixtures" / "rules").glob("*/*.yaml")):
        for text in file.read_text("utf-8").split("\n---\n"):
            value = ryaml.loads(text)
            if isinstance(value, dict) and isinstance(value.get("kind"), str):
                best[value["kind"]] = max(best.get(value["kind"], ""), json.dumps(value, default=str), key=len)
    return [json.loads(text) for _, text in sorted(best.items())]


BASES = bases()
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", "0", "true", "*", "\u202e", "\x1b[31m", "a" * 300, "{{ x }}", "$(A)", "10Gi", "-1"]),
    st.text(max_size=8),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with a key or index into it."""
    found: list[tuple[Any, Any]] = []
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in pairs:
        found.append((node, key))
        found += places(child)
    return found


def survives_mutation(folder: Path, base: Any, data: st.DataObject) -> None:
    """One or two fields of a document become anything at all; no rule errs, and the next object is judged."""
    document = copy.deepcopy(base)
    for _ in range(data.draw(st.integers(1, 2))):
        node, key = data.draw(st.sampled_from(places(document)))
        node[key] = data.draw(VALUES)
    file = folder / "mutated.yaml"
    text = json.dumps(document, default=str)
    file.write_text(f"{text}\n---\n{SENTINEL}", "utf-8", "surrogatepass")
    report = scan(file)
    errors = [f"{one.rule} on {text}: {one.reason}" for one in report.findings if one.verdict == "rule-error"]
    assert errors == []
    assert any(one.rule == "container-privileged" and one.ref.name == "sentinel" for one in report.findings)


@given(st.sampled_from(BASES), st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_field_of_any_type_anywhere(tmp_path_factory: pytest.TempPathFactory, base: Any, data: st.DataObject) -> None:
    survives_mutation(tmp_path_factory.getbasetemp(), base, data)


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES, ids=lambda base: base["kind"])
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_kind_at_length(tmp_path_factory: pytest.TempPathFactory, base: Any, data: st.DataObject) -> None:
    survives_mutation(tmp_path_factory.getbasetemp(), base, data)


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"no corpora at {CORPORA}")
@pytest.mark.parametrize(
    "folder", sorted(entry.name for entry in CORPORA.iterdir() if entry.is_dir()) if CORPORA.is_dir() else []
)
def test_no_file_of_the_corpora_crashes_a_rule(folder: str) -> None:
    files = [path for path in sorted((CORPORA / folder).rglob("*")) if path.is_file()]
    report = scan(CORPORA / folder, *files)
    assert [f"{one.rule} {one.place} {one.reason}" for one in report.findings if one.verdict == "rule-error"] == []
    assert report.coverage.files >= len(files)
