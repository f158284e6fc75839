"""Two pods look the same if and only if nothing that matters tells them apart."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.api.pods import PodText, read_pods
from auditor.facts.workloads.ownership import TOKEN_PATH, Owners
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin

POD: dict[str, Any] = {
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "uid": "1",
        "labels": {"app": "web"},
        "annotations": {"note": "a", "container.apparmor.security.beta.kubernetes.io/c": "runtime/default"},
        "ownerReferences": [{"uid": "nobody"}, {"uid": "rs", "controller": True}],
        "managedFields": [{"manager": "kubelet"}],
    },
    "spec": {
        "nodeName": "node-1",
        "containers": [
            {
                "name": "c",
                "image": "web:1",
                "volumeMounts": [{"name": "kube-api-access-abcde", "readOnly": True, "mountPath": TOKEN_PATH}],
            }
        ],
        "volumes": [{"name": "kube-api-access-abcde", "projected": {"sources": []}}],
    },
    "status": {"phase": "Running"},
}


def read(*pods: dict[str, Any], compact: bool = True) -> list[PodText]:
    answer = {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "next"}, "items": pods}
    listed = read_pods(json.dumps(answer, separators=(",", ":") if compact else None).encode())
    assert listed["metadata"]["continue"] == "next"
    items: list[PodText] = listed["items"]
    return items


def changed(path: str, value: Any) -> dict[str, Any]:
    pod = deepcopy(POD)
    *above, last = path.split("/")
    node: Any = pod
    for step in above:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return pod


def renamed(pod: dict[str, Any], suffix: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(pod).replace("abcde", suffix))
    return made


SAME = {
    "another name": changed("metadata/name", "web-2"),
    "another node": changed("spec/nodeName", "node-2"),
    "another label": changed("metadata/labels", {"app": "web", "hash": "1"}),
    "another note": changed("metadata/annotations/note", "b"),
    "another state": changed("status/phase", "Pending"),
    "another token": renamed(POD, "fghij"),
}
OTHER = {
    "another controller": changed("metadata/ownerReferences/1/uid", "other"),
    "no controller": changed("metadata/ownerReferences/1/controller", None),
    "another profile": changed(
        "metadata/annotations", {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}
    ),
    "another image": changed("spec/containers/0/image", "web:2"),
    "another account": changed("spec/serviceAccountName", "admin"),
    "the host's network": changed("spec/hostNetwork", True),
    "a volume more": changed("spec/volumes", [{"name": "host", "hostPath": {"path": "/"}}]),
}


@pytest.mark.parametrize("why", SAME)
@pytest.mark.parametrize("compact", [True, False])
def test_what_does_not_matter_does_not_show(why: str, compact: bool) -> None:
    first, second = read(POD, SAME[why], compact=compact)
    assert first.look == second.look != b""
    assert owner_says(POD) == owner_says(SAME[why])


@pytest.mark.parametrize("why", OTHER)
def test_what_matters_shows(why: str) -> None:
    first, second = read(POD, OTHER[why])
    assert first.look != second.look


def owner_says(pod: dict[str, Any]) -> bool:
    template = {"metadata": POD["metadata"], "spec": {"containers": [{"name": "c", "image": "web:1"}]}}
    return follows(template, pod)


def test_the_owner_knows_the_pod() -> None:
    assert owner_says(POD)


def test_a_mirror_looks_like_nothing() -> None:
    (mirror,) = read(changed("metadata/annotations", {"kubernetes.io/config.mirror": "1"}))
    assert mirror.look == b""


def test_a_token_that_is_named_elsewhere_looks_like_nothing() -> None:
    (odd,) = read(changed("spec/containers/0/args", ["kube-api-access-abcde"]))
    assert odd.look == b""


def test_a_pod_is_built_as_it_was_given() -> None:
    (pod,) = read(POD)
    assert (pod.built(), pod.namespace, pod.name) == (POD, "shop", "web-1")


@pytest.mark.parametrize("items", [None, []])
def test_an_empty_list_has_no_pods(items: list[Any] | None) -> None:
    assert read_pods(json.dumps({"kind": "PodList", "metadata": {}, "items": items}).encode())["items"] == []


@pytest.mark.parametrize("answer", [{"kind": "Status"}, {"items": [{"metadata": {"name": 1}}], "metadata": {}}, [], 1])
def test_what_is_no_list_of_pods_is_handed_on(answer: Any) -> None:
    assert read_pods(json.dumps(answer).encode()) == answer


@pytest.mark.parametrize(
    "data", [b"", b'{"items": [', b'{"items": ["\\ud800"]}', b'{"metadata": {}, "items": [{"a": 1']
)
def test_what_is_no_json_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="line 1"):
        read_pods(data)


WORDS = st.sampled_from(["kube-api-access-abcde", "kube-api-access-fghij", "a", "b", "nodeName", '"nodeName":"x"', "ü"])
VALUES = st.recursive(
    WORDS | st.booleans() | st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS | st.just("name"), inner, max_size=2),
    max_leaves=4,
)
MOUNTS = st.lists(
    st.fixed_dictionaries(
        {"name": WORDS, "readOnly": st.booleans(), "mountPath": st.sampled_from([TOKEN_PATH, "/a"])},
        optional={"x": VALUES},
    ),
    max_size=2,
)
SPECS = st.fixed_dictionaries(
    {"containers": st.lists(st.fixed_dictionaries({"name": WORDS}, optional={"volumeMounts": MOUNTS}), max_size=2)},
    optional={
        "nodeName": WORDS,
        "volumes": st.lists(
            st.fixed_dictionaries({"name": WORDS}, optional={"projected": VALUES, "hostPath": VALUES}), max_size=2
        ),
        "serviceAccountName": WORDS,
        "hostNetwork": st.booleans(),
        "other": VALUES,
    },
)


@settings(deadline=None, max_examples=400)
@given(st.lists(SPECS, min_size=2, max_size=5), st.data())
def test_pods_that_look_the_same_are_the_same_to_their_owner(specs: list[dict[str, Any]], data: st.DataObject) -> None:
    """Each beside itself with another node and token, which mostly looks the same, and never wrongly."""
    others = [renamed(spec, data.draw(st.sampled_from(["abcde", "fghij", "zzzzz"]))) for spec in specs]
    pods = [changed("spec", spec) for spec in (*specs, *others)]
    texts = read(*pods)
    for one, text in zip(pods, texts, strict=True):
        assert text.built() == one
        for other, beside in zip(pods, texts, strict=True):
            if text.look and text.look == beside.look:
                for template in pods:
                    assert follows(template, one) == follows(template, other)


def follows(template: dict[str, Any], pod: dict[str, Any]) -> bool:
    owners = Owners()
    manifest = {"metadata": {"uid": "rs"}, "spec": {"template": template}}
    owners.own_word(Resource(ObjectRef("apps/v1", "ReplicaSet", "shop", "web"), manifest, Origin("", 0, 0), ""))
    return owners.same_as_template(Resource(ObjectRef("v1", "Pod", "shop", "web"), pod, Origin("", 0, 0), ""))
