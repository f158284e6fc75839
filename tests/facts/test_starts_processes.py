"""Processes of a node bundle: their arguments, their environment, and the files that they see."""

from typing import Any

from auditor.facts.components.component import component_facts
from auditor.facts.sources.processes import process_starts
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from tests.facts.node_worlds import UNIT, unit, world

KUBELET = ObjectRef("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", "", "")


def process(component: str, *arguments: str, **more: Any) -> Resource:
    manifest = {"node": "n1", "pid": 7, "component": component, "arguments": list(arguments), "environment": {}, **more}
    ref = ObjectRef(OBSERVED, "HostProcess", "", f"n1:{component}")
    return Resource(ref, manifest, Origin("n1.json!/proc/7", 0, 0), "w")


def with_processes(*resources: Resource, files: dict[str, str] | None = None) -> World:
    result = world(files or {})
    for resource in resources:
        result.resources.setdefault(resource.ref.kind, []).append(resource)
    return result


def fact(*resources: Resource, files: dict[str, str] | None = None) -> Fact:
    (found,) = component_facts(with_processes(*resources, files=files))
    return found


def test_arguments_and_where_they_stand() -> None:
    found = fact(process("kubelet", "/usr/bin/kubelet", "--read-only-port=10255", "--v", "2"))
    assert (found.value["source"], found.value["node"]) == ("process", "n1")
    assert found.value["settings"]["read-only-port"]["value"] == 10255
    assert found.anchors["settings.read-only-port"].path == ("arguments", 1)
    assert found.anchors["settings.*"].path == ("arguments",)


def test_a_file_by_the_name_that_the_process_knows_it_by() -> None:
    """A process in a container sees other files than the node's under the same names."""
    started = process("kubelet", "kubelet", "--config=/c.yaml", files={"/c.yaml": "kubelet:/c.yaml"})
    own = Resource(KUBELET, {"readOnlyPort": 1}, Origin("n1.json!kubelet:/c.yaml"), "w")
    others = Resource(KUBELET, {"readOnlyPort": 2}, Origin("n1.json!/c.yaml"), "w")
    facts = list(component_facts(with_processes(started, own, others)))
    assert facts[0].value["settings"]["read-only-port"]["value"] == 1


def test_the_environment_of_etcd() -> None:
    found = fact(process("etcd", "etcd", environment={"ETCD_CLIENT_CERT_AUTH": "true"}))
    assert found.value["settings"]["client-cert-auth"]["origin"] == "env"
    assert found.anchors["settings.client-cert-auth"].path == ("environment", "ETCD_CLIENT_CERT_AUTH")
    unread = process("etcd", "etcd", unread=["environment"])
    assert "settings.client-cert-auth" in fact(unread).undecided


def test_what_could_not_be_read_is_undecided() -> None:
    assert "could not be read" in fact(process("kubelet", arguments=None)).undecided["settings"]


def test_a_value_that_was_withheld_is_undecided() -> None:
    found = fact(process("kube-apiserver", "kube-apiserver", "--etcd-prefix=(withheld)", "--profiling=false"))
    assert "credential" in found.undecided["settings.etcd-prefix"]
    assert found.value["settings"]["profiling"]["value"] is False


def test_a_process_by_another_name_and_one_of_all_in_one() -> None:
    assert fact(process("kubelet", "my-kubelet", "--v=2")).value["settings"]["v"]["set"]
    assert fact(process("hyperkube", "/hyperkube", "kubelet", "--v=2")).value["component"] == "kubelet"
    assert list(process_starts(with_processes(process("containerd", "containerd", "--config=/x")))) == []


def test_a_running_process_goes_before_the_unit_that_started_it() -> None:
    files = {f"n1.json!/{UNIT}": unit("ExecStart=kubelet --read-only-port=1")}
    found = fact(process("kubelet", "kubelet", "--read-only-port=2"), files=files)
    assert found.value["settings"]["read-only-port"]["value"] == 2
