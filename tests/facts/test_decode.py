"""Decoding agrees with a real API server, shares what it can, and finds merge keys."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.objects.decode import Decoded, decode, decode_as
from auditor.facts.objects.mergekeys import merge_key_path
from auditor.facts.objects.scalars import WRONG, micro_time, number_text, quantity, text, time

CASES = json.loads(Path(__file__).with_name("decode-cases.json").read_bytes())["cases"]
"""What a real API server answered; see `record_decode_cases.py`."""

NUMBER_ARRAY = '{"a": [1, 2]}'
"""Go reads a byte string from an array of numbers too. Nobody writes one, and we call it wrong: a Gap is safe."""
YAML_KEYS: dict[str, dict[Any, str]] = {
    '{1: "b"}': {1: "b"},
    '{1.5: "b"}': {1.5: "b"},
    '{true: "b"}': {True: "b"},
    '{null: "b"}': {None: "b"},
}
"""Mappings that JSON cannot hold."""


POD = {
    "spec": {
        "containers": [
            {"name": "web", "env": [{"name": "A"}, {"name": "A"}], "ports": [{"containerPort": 80, "hostPort": 8}]},
            {"args": ["x"], "volumeMounts": [{"mountPath": "/a b"}]},
        ]
    }
}


def _decoded(case: dict[str, Any]) -> Decoded:
    value = case["value"]
    keyed = YAML_KEYS.get(value)
    manifest = json.loads(case["body"].replace(value, "{}") if keyed else case["body"])
    if keyed:
        manifest["metadata"]["labels"] = keyed
    return decode(manifest["apiVersion"], case["kind"], manifest)


def _answer(case: dict[str, Any]) -> dict[str, Any]:
    """What the server said to YAML, which is also what kubectl sends for JSON; surrogate escapes only JSON has."""
    return dict(case["json"] if "\\ud" in case["value"] else case["yaml"])


def _at(value: Any, field: str) -> Any:
    for step in field.split("."):
        value = value[int(step)] if isinstance(value, list) else (value or {}).get(step)
    return value


def _within(ours: Any, theirs: Any) -> bool:
    """Whether the server's answer says the same, besides the defaults that it adds."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(key in theirs and _within(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) <= len(theirs) and all(map(_within, ours, theirs))
    return type(ours) is type(theirs) and bool(ours == theirs)


def _case_id(case: dict[str, Any]) -> str:
    return f"{case['kind']}-{case['field']}-{case['value']}"


@pytest.mark.parametrize("case", CASES, ids=_case_id)
def test_refuses_what_the_server_refuses(case: dict[str, Any]) -> None:
    decoded = _decoded(case)
    if case["value"] == NUMBER_ARRAY or ("[null, " in case["value"] and case["field"] in {"spec", "spec.unknown"}):
        assert decoded.wrong, "a null in a list of unknown type cannot become a zero value"
        return
    assert bool(decoded.wrong) == (_answer(case)["status"] == 400), decoded.wrong
    assert decoded.known == (case["kind"] != "Thing")


@pytest.mark.parametrize("case", CASES, ids=_case_id)
def test_becomes_what_the_server_makes_of_it(case: dict[str, Any]) -> None:
    becomes = _answer(case).get("becomes")
    ours = _at(_decoded(case).value, case["field"])
    if case["field"].endswith(("creationTimestamp", "limits", "unknown")) or case["field"] == "spec" or becomes is None:
        return  # the server sets it, writes it in canonical form, drops it, or says nothing
    if "Privileged" in case["value"]:
        assert ours == {"Privileged": True}, "unknown fields are kept, and keys match case by case"
    elif ours is None:
        assert case["value"] in {"null", NUMBER_ARRAY}
    else:
        assert case["value"] == NUMBER_ARRAY or _within(ours, becomes)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.5, "0.5"),
        (1000.0, "1000"),
        (1e16, "10000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (-1.5e-5, "-0.000015"),
        (1e-6, "0.000001"),
    ],
)
def test_a_number_for_a_quantity_is_kept_as_digits(number: float, expected: str) -> None:
    assert number_text(number) == quantity(number) == expected


def test_nothing_changes_nothing_is_copied() -> None:
    for manifest in ({"kind": "Pod", **POD}, {"kind": "Thing", "spec": {"a": [1, 0.5, {"b": True}]}}):
        decoded = decode("v1", str(manifest["kind"]), manifest)
        assert decoded.value is manifest
        assert not decoded.wrong


def test_copies_only_what_changes_and_never_the_input() -> None:
    manifest: dict[str, Any] = {
        "metadata": {"creationTimestamp": None},
        "spec": {"containers": [{"name": "a", "ports": [{"containerPort": "80", "hostPort": 8}]}, {"name": "b"}]},
    }
    before = copy.deepcopy(manifest)
    decoded = decode("v1", "Pod", manifest)
    assert manifest == before
    assert decoded.value["metadata"] == {}
    assert decoded.value["spec"]["containers"][0] == {"name": "a", "ports": [{"hostPort": 8}]}
    assert decoded.value["spec"]["containers"][1] is manifest["spec"]["containers"][1]
    assert decoded.wrong == ((("spec", "containers", 0, "ports", 0, "containerPort"), "int32", "string"),)


def test_a_wrong_item_keeps_the_places_of_the_others() -> None:
    decoded = decode("v1", "Pod", {"spec": {"containers": ["x", {"name": "b", "args": [1, "c"]}]}})
    assert decoded.value == {"spec": {"containers": [{}, {"name": "b", "args": ["", "c"]}]}}
    assert [entry.path for entry in decoded.wrong] == [
        ("spec", "containers", 0),
        ("spec", "containers", 1, "args", 0),
    ]


def test_custom_resources_lose_only_nulls_and_what_cel_cannot_hold() -> None:
    manifest = {"spec": {"a": None, "n": 1 << 63, "f": math.inf, "s": {1}, "deep": [{"b": None, "c": 1}], 5: "x"}}
    decoded = decode("example.com/v1", "Thing", manifest)
    assert decoded.value == {"spec": {"deep": [{"c": 1}], "5": "x"}}
    assert sorted(str(entry.path[-1]) for entry in decoded.wrong) == ["f", "n", "s"]
    assert not decoded.known


def test_depth_is_bounded() -> None:
    value: dict[str, Any] = {}
    value["again"] = value
    decoded = decode("example.com/v1", "Thing", value)
    assert len(decoded.wrong) == 1
    assert "levels" in decoded.wrong[0].expected


def test_light_decodes_metadata_only() -> None:
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": None}}, "spec": 5}
    decoded = decode("v1", "Pod", manifest, light=True)
    assert decoded.value == {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": ""}}}
    assert not decoded.wrong


def test_decode_as_a_pod_template() -> None:
    decoded = decode_as("PodTemplateSpec", {"spec": {"hostNetwork": "yes", "hostPID": True}})
    assert decoded.value == {"spec": {"hostPID": True}}
    assert decoded.wrong[0].path == ("spec", "hostNetwork")
    assert decode_as("PodTemplateSpec", [1]).wrong == (((), "object", "array"),)
    with pytest.raises(KeyError):
        decode_as("NoSuchType", {})


def test_removed_versions_are_known() -> None:
    ingress = {"spec": {"backend": {"serviceName": "a", "servicePort": 80}, "rules": [{"host": 5}]}}
    decoded = decode("extensions/v1beta1", "Ingress", ingress)
    assert decoded.known
    assert decoded.value["spec"] == {"backend": {"serviceName": "a", "servicePort": 80}, "rules": [{}]}


def test_text_and_times() -> None:
    assert text("a\ud83d\ude00b\ud800") == "a😀b�"
    assert time("2024-02-29T00:00:00Z") is not WRONG
    assert time("0000-02-29T00:00:00Z") is not WRONG
    assert time("1900-02-29T00:00:00Z") is WRONG
    assert time("2023-04-31T00:00:00Z") is WRONG
    assert micro_time("2024-02-29T00:00:00Z") is WRONG


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            ("spec", "containers", 0, "ports", 0, "hostPort"),
            "spec.containers[name=web].ports[containerPort=80,protocol=TCP].hostPort",
        ),
        (("spec", "containers", 0, "env", 1), "spec.containers[name=web].env[1]"),
        (("spec", "containers", 1, "args", 0), "spec.containers[1].args[0]"),
        (("spec", "containers", 1, "volumeMounts", 0), "spec.containers[1].volumeMounts[mountPath=/a b]"),
        (("spec", "containers", 7, "image"), "spec.containers[7].image"),
        (("spec", "containers"), "spec.containers"),
        ((), ""),
    ],
)
def test_merge_keys_stand_for_indices(path: tuple[str | int, ...], expected: str) -> None:
    assert merge_key_path("v1", "Pod", POD, path) == expected


def test_merge_keys_of_custom_resources_are_names() -> None:
    thing = {"spec": {"template": POD}}
    path = ("spec", "template", "spec", "containers", 0, "image")
    assert merge_key_path("example.com/v1", "Thing", thing, path) == "spec.template.spec.containers[name=web].image"


def test_nulls_of_a_document_that_may_be_a_patch_are_kept() -> None:
    version = "kubelet.config.k8s.io/v1beta1"
    manifest = {"readOnlyPort": None, "authentication": {"anonymous": None}, "clusterDNS": [None, "10.0.0.10"], 5: None}
    found = decode(version, "KubeletConfiguration", manifest).value
    assert found == {"readOnlyPort": None, "authentication": {"anonymous": None}, "clusterDNS": [{}, "10.0.0.10"]}
    assert manifest["clusterDNS"] == [None, "10.0.0.10"]
