"""Documents of providers: recognised however they are wrapped and spelt, and nothing else taken for one."""

import json
from typing import Any

import pytest

from auditor.collectors.foreign import recognised
from tests.collectors.test_read import gaps, read, refs
from tests.facts.provider_answers import AKS, AUDIT, EKS, GKE, NODEGROUP, OKE

ALL = {
    "EksCluster": (EKS, "cluster"),
    "EksNodegroup": (NODEGROUP, "nodegroup"),
    "GkeCluster": (GKE, ""),
    "AksCluster": (AKS, ""),
    "AksDiagnosticSetting": (AUDIT, ""),
    "OkeCluster": (OKE, "data"),
}


def found(value: Any) -> list[tuple[str, tuple[str | int, ...], bool]]:
    return [(one.ref.kind, one.base, one.manifest["listed"]) for one in recognised(value)]


@pytest.mark.parametrize("kind", ALL)
def test_a_tool_s_answer_is_recognised_with_its_wrapper_and_without(kind: str) -> None:
    answer, wrapper = ALL[kind]
    assert found(answer) == [(kind, (), False)]
    if wrapper:
        assert found({wrapper: answer, "etag": "x"}) == [(kind, (wrapper,), False)]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("key", ["", "clusters", "data", "value"])
def test_a_list_holds_one_for_each_item(kind: str, key: str) -> None:
    items = [ALL[kind][0], {"name": "other"}, ALL[kind][0]]
    base = (key,) if key else ()
    assert found({key: items} if key else items) == [(kind, (*base, 0), True), (kind, (*base, 2), True)]


def test_spelling_does_not_matter() -> None:
    camel = {"id": OKE["id"], "name": "shop", "kubernetesVersion": "v1.34.1", "endpointConfig": {}}
    assert found({"data": camel}) == [("OkeCluster", ("data",), False)]
    go = {"Arn": EKS["arn"], "Name": "shop", "Version": "1.34", "ResourcesVpcConfig": {"EndpointPublicAccess": True}}
    assert found({"Cluster": go}) == [("EksCluster", ("Cluster",), False)], "as the SDK for Go has it"
    snake = {"self_link": GKE["selfLink"], "name": "shop", "current_master_version": "1.34.1-gke.1"}
    assert found(snake) == [("GkeCluster", (), False)], "as the client library for Go has it"
    assert found({**AKS, "id": AKS["id"].lower(), "type": AKS["type"].lower()}) == [("AksCluster", (), False)]


def test_an_answer_that_leaves_its_network_out_is_one() -> None:
    assert found({"cluster": {"arn": EKS["arn"], "name": "shop", "version": "1.34"}}) == [
        ("EksCluster", ("cluster",), False)
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "cluster",
        {"clusters": ["shop", "bank"]},
        {"cluster": {"name": "shop", "version": "1.34"}},
        {"cluster": {"name": "shop", "arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/shop"}},
        {"cluster": {**EKS, "resourcesVpcConfig": []}},
        {"cluster": {**EKS, "name": 7}},
        {"cluster": [EKS, "x"]},
        {**GKE, "selfLink": "https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances/shop"},
        {**GKE, "selfLink": None},
        {"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2024-05-01", "name": "shop"},
        {**AKS, "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"},
        {"data": {"id": "ocid1.instance.oc1.example", "name": "shop", "kubernetes-version": "v1.34.1"}},
        {"data": {"id": "ocid1.cluster.oc1.example", "name": "shop"}},
        {"name": "x" * 10_000, "arn": "arn:aws:eks:" + "x" * 10_000, "resourcesVpcConfig": {}},
        {"clusters": [{"name": "minikube", "cluster": {"server": "https://127.0.0.1"}}], "users": []},
    ],
    ids=str,
)
def test_an_ordinary_document_is_not_taken_for_one(value: Any) -> None:
    assert found(value) == []


def test_a_kubernetes_object_stays_one() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "cluster": EKS, **AKS_HEAD})
    assert refs(read(text, "x.json")) == ["ConfigMap/a"]


AKS_HEAD = {"id": AKS["id"], "type": AKS["type"], "name": "shop"}


@pytest.mark.parametrize("name", ["cluster.json", "cluster.yaml", "-"])
def test_a_file_with_an_answer_holds_a_resource(name: str) -> None:
    result = read(json.dumps({"cluster": EKS}, indent=2), name)
    assert refs(result) == ["EksCluster/shop"]
    assert result.resources[0].origin.base == ("cluster",)
    assert gaps(result) == []


def test_an_answer_may_stand_between_manifests() -> None:
    text = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: a}}\n---\n{json.dumps(GKE)}\n---\nother: 1\n"
    assert refs(read(text)) == ["Namespace/a", "GkeCluster/shop"]
