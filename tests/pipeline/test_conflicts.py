"""Objects that are in the input twice: which of them conflict, and which places are named, in any order."""

from itertools import permutations

from auditor.model.inventory import ObjectEntry
from auditor.model.refs import ObjectRef, Origin
from auditor.pipeline.joins import conflicts
from auditor.pipeline.worker import Entry


def entry(name: str, file: str, digest: str) -> Entry:
    return Entry(ObjectEntry(ObjectRef("v1", "ConfigMap", "shop", name), "w", file, 1, digest), Origin(file))


def test_the_first_two_that_differ_are_named_in_any_order() -> None:
    found = {("ConfigMap", "shop", "a"): "ConfigMap/shop/a is in the input twice: a.yaml:1 and c.yaml:1"}
    twice = [entry("a", "a.yaml", "1"), entry("a", "b.yaml", "1"), entry("a", "c.yaml", "2"), entry("a", "d.yaml", "3")]
    for some in permutations(twice):
        assert conflicts(some) == found


def test_equal_ones_and_those_without_a_name_do_not_conflict() -> None:
    alike = [entry("a", "a.yaml", "1"), entry("a", "b.yaml", "1")]
    nameless = [entry(name, file, file) for name in ("", "web-*") for file in ("a.yaml", "b.yaml")]
    assert conflicts([*alike, *nameless]) == {}
