"""What OpenShift's objects decide: defaults where nothing is said, and nothing decided where something is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.managed.openshift import OPENSHIFT, openshift_facts
from auditor.facts.objects.decode import decode
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

GROUP = "config.openshift.io/v1"
CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
TYPES = {"string": str, "int": int, "list": list}
KINDS = ("APIServer", "OAuth", "FeatureGate", "Image")


def fact(kind: str, spec: Any, version: str = GROUP) -> list[Fact]:
    made = World("w", CLUSTER, Completeness())
    manifest = decode(version, kind, {"apiVersion": version, "kind": kind, "spec": spec}).value
    made.resources[kind] = [Resource(ObjectRef(version, kind, "", "cluster"), manifest, Origin("f"), "w")]
    return list(openshift_facts(made))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "APIServer",
            {"auditProfile": "Default", "unaudited": [], "encryption": "identity", "tlsMinimum": "VersionTLS12"},
        ),
        ("OAuth", {"tokenSeconds": 86_400}),
        ("FeatureGate", {"featureSet": ""}),
        ("Image", {"insecureRegistries": []}),
    ],
)
def test_what_is_left_out_has_the_default(kind: str, values: dict[str, Any]) -> None:
    for spec in ({}, None):
        (found,) = fact(kind, spec)
        assert found.value == {"kind": kind, **values}
        assert found.undecided == {}


def test_kinds_of_the_same_name_in_other_groups_are_none() -> None:
    assert fact("Image", {}, "image.openshift.io/v1") == []


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        ("APIServer", {"audit": "None"}, "auditProfile"),
        ("APIServer", {"audit": {"customRules": ["x"]}}, "unaudited"),
        ("APIServer", {"encryption": {"type": True}}, "encryption"),
        ("APIServer", {"tlsSecurityProfile": {"type": "Custom"}}, "tlsMinimum"),
        ("APIServer", {"tlsSecurityProfile": {"type": "Future"}}, "tlsMinimum"),
        ("OAuth", {"tokenConfig": {"accessTokenMaxAgeSeconds": "8h"}}, "tokenSeconds"),
        ("FeatureGate", {"featureSet": ["x"]}, "featureSet"),
        ("Image", {"registrySources": {"insecureRegistries": [1]}}, "insecureRegistries"),
        ("Image", [], "insecureRegistries"),
    ],
)
def test_what_is_of_another_type_or_unknown_is_undecided(kind: str, spec: Any, field: str) -> None:
    (found,) = fact(kind, spec)
    assert field in found.undecided


_KEYS = st.sampled_from(
    (
        *("audit", "customRules", "profile", "encryption", "type", "tlsSecurityProfile", "custom", "minTLSVersion"),
        *("tokenConfig", "accessTokenMaxAgeSeconds", "featureSet", "registrySources", "insecureRegistries"),
    )
)
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3))
_SPECS = st.recursive(
    _PLAIN, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(_KEYS, inner, max_size=3))
)


@given(st.sampled_from(KINDS), _SPECS)
def test_any_spec_leaves_a_fact_of_the_schema(kind: str, spec: Any) -> None:
    (found,) = fact(kind, spec)
    for name, value in found.value.items():
        assert type(value) is TYPES[OPENSHIFT.fields[name].type], name
