"""Which CustomResourceDefinitions define resources that embed pod templates: by the shape of their schemas."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.api.schemas import embeds_template

CONTAINERS = {"type": "array", "items": {"type": "object", "properties": {"name": {}, "image": {"type": "string"}}}}
POD_SPEC = {"type": "object", "properties": {"containers": CONTAINERS, "nodeName": {}}}
POD = {"type": "object", "properties": {"metadata": {"type": "object"}, "spec": POD_SPEC}}
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def shape(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def definition(schema: Any, *, served: Any = True) -> dict[str, Any]:
    return {"spec": {"versions": [{"name": "v1", "served": served, "schema": {"openAPIV3Schema": schema}}]}}


@pytest.mark.parametrize(
    "schema",
    [
        shape(spec=shape(template=POD)),
        shape(spec=shape(jobTemplate=shape(spec=shape(template=POD)))),
        shape(spec=shape(workers={"type": "array", "items": shape(template=POD)})),
        shape(spec=shape(roles={"type": "object", "additionalProperties": shape(template=POD)})),
        shape(spec=shape(template=ANYTHING)),
        shape(spec=shape(podTemplate=ANYTHING)),
        POD,
    ],
)
def test_a_template_is_found_wherever_it_stands(schema: Any) -> None:
    assert embeds_template(definition(schema))


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {},
        shape(spec=shape(dnsNames={"type": "array", "items": {"type": "string"}})),
        shape(spec=shape(containers={"type": "array", "items": {"type": "string"}})),
        shape(spec=shape(containers={"type": "array", "items": shape(name={})})),
        shape(spec=shape(settings=ANYTHING)),
        shape(spec=shape(template={"type": "string"})),
    ],
)
def test_what_is_none_is_none(schema: Any) -> None:
    assert not embeds_template(definition(schema))


def test_only_versions_that_are_served_count() -> None:
    schema = shape(spec=shape(template=POD))
    assert not embeds_template(definition(schema, served=False))
    both = definition(schema, served=False)
    both["spec"]["versions"].append({"name": "v2", "served": True, "schema": {"openAPIV3Schema": schema}})
    assert embeds_template(both)


def test_depth_is_bounded() -> None:
    schema = shape(template=POD)
    for _ in range(2000):
        schema = shape(a=schema)
    assert not embeds_template(definition(schema))


words = st.sampled_from(["properties", "spec", "containers", "items", "image", "template", "versions", "schema", "x"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)


@given(anything, anything, st.dictionaries(words, anything))
def test_no_definition_breaks_it(schema: Any, versions: Any, other: dict[str, Any]) -> None:
    embeds_template(definition(schema))
    embeds_template(definition({"properties": schema}))
    embeds_template({"spec": {"versions": versions}})
    embeds_template(other)
