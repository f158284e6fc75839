"""The corpora against our rules: every case is accounted for, every difference explained, no explanation stale."""

import sys

import pytest

from tests.corpora.agreement import Agreement, markdown, measure
from tests.corpora.cases import CLASSES, CORPORA, FOLDERS, read_mapping

LEAST = 95.0
"""Per cent of the mapped cases of each folder that must agree."""

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason=f"no corpora at {CORPORA}; set KUBEPLUMB_CORPORA to the folder that holds them"
)


@pytest.fixture(scope="module")
def results() -> dict[str, Agreement]:
    found = measure()
    sys.stdout.write("\n".join(["", *markdown(found, details=False), ""]))
    return {one.folder: one for one in found}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_case_is_mapped_or_has_a_reason_why_not(folder: str, results: dict[str, Agreement]) -> None:
    result = results[folder]
    assert result.problems == []
    assert result.mapped + result.unmapped.total() == result.cases


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_difference_is_explained(folder: str, results: dict[str, Agreement]) -> None:
    unexplained = [f"{one.case.id}: {one.said}" for one in results[folder].differences if one.meant is None]
    assert unexplained == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_most_cases_agree(folder: str, results: dict[str, Agreement]) -> None:
    assert results[folder].share >= LEAST


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_disagreement_has_a_class_and_a_reason(folder: str) -> None:
    for case, meant in read_mapping(folder).disagreements.items():
        assert meant.kind in CLASSES, case
        assert len(meant.reason) > 20, case
