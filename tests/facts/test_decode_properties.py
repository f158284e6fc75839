"""Whatever stands anywhere in a manifest: decoding never raises, tells what it removed, and leaves the rest alone."""

import copy
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.objects.decode import decode
from auditor.facts.objects.mergekeys import merge_key_path
from auditor.model.refs import Path

GOOD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}, "creationTimestamp": "2024-01-02T03:04:05Z"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
        "template": {
            "metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}},
            "spec": {
                "hostNetwork": True,
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1",
                        "args": ["--a", "--b"],
                        "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}],
                        "env": [{"name": "A", "value": "1"}],
                        "resources": {"limits": {"cpu": "1", "memory": "64Mi"}},
                        "securityContext": {"privileged": True, "capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}},
                    },
                    {"name": "side", "image": "busybox", "securityContext": {"runAsUser": 0}},
                ],
                "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
            },
        },
    },
}


def _paths(node: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in members:
        yield from _paths(child, (*path, step))


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


def _with(path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(GOOD)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


PLACES = [path for path in _paths(GOOD) if path]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3) | st.dates()
KEYS = st.text(max_size=5) | st.integers() | st.booleans() | st.none() | st.floats()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3) | st.tuples(inner),
    max_leaves=8,
)


def _is_plain(value: Any) -> bool:
    """Whether CEL can hold it."""
    if type(value) is dict:
        return all(type(key) is str and _is_plain(child) for key, child in value.items())
    if type(value) is list:
        return all(map(_is_plain, value))
    if type(value) is int:
        return -(2**63) <= value < 2**63
    if type(value) is str:
        return value.encode("utf-8", "replace").decode() == value
    return type(value) is bool or (type(value) is float and math.isfinite(value))


@given(st.sampled_from(PLACES), VALUES)
def test_one_strange_value_harms_nothing_else(place: Path, value: Any) -> None:
    manifest = _with(place, value)
    before = repr(manifest)
    decoded = decode("apps/v1", "Deployment", manifest)
    assert repr(manifest) == before, "the input is not changed"
    assert _is_plain(decoded.value)
    assert all(entry.path[: len(place)] == place for entry in decoded.wrong)
    for path in PLACES:
        related = path[: len(place)] == place or place[: len(path)] == path
        if not related:
            assert _at(decoded.value, path) == _at(GOOD, path)


@given(VALUES, st.sampled_from(["v1 Pod", "v1 Secret", "example.com/v1 Thing", "v1 List", ""]))
def test_any_document_at_all(value: Any, known: str) -> None:
    version, _, kind = known.partition(" ")
    manifest = value if isinstance(value, dict) else {"spec": value, "metadata": value, "data": value}
    decoded = decode(version, kind, manifest)
    assert _is_plain(decoded.value)
    again = decode(version, kind, decoded.value)
    assert again.value == decoded.value, "decoding twice is decoding once"
    assert not again.wrong


@given(st.sampled_from(PLACES), VALUES, st.sampled_from(PLACES))
def test_merge_keys_of_any_object(place: Path, value: Any, path: Path) -> None:
    decoded = decode("apps/v1", "Deployment", _with(place, value)).value
    assert merge_key_path("apps/v1", "Deployment", decoded, path)
