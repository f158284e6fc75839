"""Facts whose parts were set in several places: where evidence says that each part lies."""

from auditor.engine.evidence import key_words, parse, plan, resolve
from auditor.facts.clusters.cluster import CLUSTER
from auditor.facts.components.component import COMPONENT
from auditor.facts.objects.mergekeys import merge_key_path
from auditor.model.facts import Anchor, Fact
from auditor.model.refs import ObjectRef, Origin, Path

ORIGIN, REF = Origin("a.yaml"), ObjectRef("v1", "Pod", "", "p")


def at(*path: str | int) -> Anchor:
    return Anchor(ORIGIN, REF, path)


FACT = Fact(
    "component",
    REF,
    {"name": "api", "settings": {"profiling": {"value": False}, "v": {"value": 0}}},
    {"": at("spec"), "settings.profiling": at("spec", "command", 2), "settings.*": at("spec", "command")},
    "w",
)


def seen(text: str) -> tuple[Path, object, bool]:
    path = plan((text,), COMPONENT, {"component": COMPONENT, "cluster": CLUSTER}).written[0]
    (one,) = resolve(FACT, path)
    return one.path, one.value, one.present


def test_a_setting_lies_where_it_was_set() -> None:
    assert seen("settings.profiling.value") == (("spec", "command", 2), False, True)


def test_a_default_is_absent_and_lies_where_it_could_be_set() -> None:
    assert seen("settings.v.value") == (("spec", "command", "v"), 0, False)


def test_other_parts_lie_in_the_fact() -> None:
    assert seen("name") == (("spec", "name"), "api", True)


def test_keys_of_a_path() -> None:
    assert key_words(parse("settings.v.value")) == ("settings", "settings.v")
    assert key_words(("name",)) == ("name", "name")
    assert key_words(()) == ("", "")


def test_an_argument_is_told_by_its_flag() -> None:
    pod = {"spec": {"containers": [{"name": "a", "command": ["etcd", "--x=1", "--y", "--y=2", "z"]}]}}
    base: Path = ("spec", "containers", 0, "command")
    shown = [merge_key_path("v1", "Pod", pod, (*base, index)).rpartition("command")[2] for index in range(5)]
    assert shown == ["[0]", "[--x]", "[2]", "[3]", "[4]"]
