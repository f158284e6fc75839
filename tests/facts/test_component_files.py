"""Components and the files that their flags name: which document is meant, and what wins."""

from datetime import date
from typing import Any

import pytest

from auditor.facts.clusters.cluster import cluster_fact
from auditor.facts.components.starts import pod_starts
from auditor.facts.components.subject import component_facts
from auditor.facts.workloads.workload import workload_facts
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

KUBELET = "kubelet.config.k8s.io/v1beta1"
ETC = [{"name": "etc", "mountPath": "/etc/kubernetes", "readOnly": True}]
FROM_NODE = [{"name": "etc", "hostPath": {"path": "/srv/kubernetes"}}]
HOST_ETC = [{"name": "etc", "hostPath": {"path": "/etc/kubernetes"}}]


def pod(*words: str, mounts: Any = (), volumes: Any = (), node: str = "") -> Resource:
    container = {"name": "c", "command": list(words), "volumeMounts": list(mounts)}
    spec = {"containers": [container], "volumes": list(volumes), "nodeName": node}
    return Resource(
        ObjectRef("v1", "Pod", "kube-system", "p"), {"metadata": {"name": "p"}, "spec": spec}, Origin("pod.yaml"), "w"
    )


def kubelet_file(name: str, content: dict[str, Any], **origin: Any) -> Resource:
    ref = ObjectRef(KUBELET, "KubeletConfiguration", "kube-system", "kubelet-config") if origin else None
    return Resource(ref or ObjectRef(KUBELET, "KubeletConfiguration", "", ""), content, Origin(name, **origin), "w")


def observed(kind: str, file: str, **content: Any) -> Resource:
    return Resource(ObjectRef("observed.kubeplumb.dev/v1", kind, "", file), content, Origin(file), "w")


def facts(*resources: Resource, source: str = "seen") -> list[Fact]:
    cluster = cluster_fact("w", parse_version("1.34"), source, date(2026, 11, 21), None)
    world = World("w", cluster, Completeness())
    for resource in resources:
        world.resources.setdefault(resource.ref.kind, []).append(resource)
        for fact in workload_facts(resource, cluster, (), []):
            if fact.subject == "workload":
                world.starts += pod_starts(fact, resource.manifest)
    return list(component_facts(world))


def setting(fact: Fact, name: str) -> tuple[Any, str, str]:
    entry = fact.value["settings"][name]
    return entry.get("value"), entry["origin"], entry["confidence"]


@pytest.mark.parametrize(
    ("name", "mounts", "volumes", "wanted"),
    [
        ("srv/kubernetes/kubelet.yaml", ETC, FROM_NODE, (10255, "file", "certain")),
        ("root/srv/kubernetes/kubelet.yaml", ETC, FROM_NODE, (10255, "file", "certain")),
        ("etc/kubernetes/kubelet.yaml", ETC, FROM_NODE, (10255, "file", "likely")),
        ("files/kubelet.yaml", ETC, FROM_NODE, (10255, "file", "likely")),
        ("etc/kubernetes/kubelet.yaml", (), (), (10255, "file", "likely")),
        ("etc/kubernetes/other.yaml", ETC, FROM_NODE, (None, "undecided", "unknown")),
        ("notsrv/kubernetes/kubelet.yaml.d/x.yaml", ETC, FROM_NODE, (None, "undecided", "unknown")),
    ],
)
def test_which_file_is_meant(name: str, mounts: Any, volumes: Any, wanted: Any) -> None:
    start = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=mounts, volumes=volumes)
    first = facts(start, kubelet_file(name, {"readOnlyPort": 10255}))[0]
    assert setting(first, "read-only-port") == wanted


def test_two_files_of_one_name_are_none() -> None:
    start = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=ETC, volumes=FROM_NODE)
    found = facts(start, kubelet_file("a/kubelet.yaml", {}), kubelet_file("b/kubelet.yaml", {}))
    assert setting(found[0], "read-only-port")[1] == "undecided"
    assert len(found) == 3


def test_a_file_that_a_component_names_is_no_component_of_its_own() -> None:
    start = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=ETC, volumes=FROM_NODE)
    (fact,) = facts(start, kubelet_file("srv/kubernetes/kubelet.yaml", {"readOnlyPort": 10255}))
    assert fact.anchors["settings.read-only-port"].origin.file == "srv/kubernetes/kubelet.yaml"
    assert fact.anchors["settings.read-only-port"].path == ("readOnlyPort",)
    assert fact.anchors["settings.config"].origin.file == "pod.yaml"


def test_a_flag_of_the_kubelet_wins_over_its_file_and_gates_are_merged() -> None:
    """kubeletConfigFlagPrecedence in cmd/kubelet/app/server.go."""
    start = pod(
        "kubelet",
        "--config=/etc/kubernetes/kubelet.yaml",
        "--read-only-port=0",
        "--feature-gates=A=false",
        mounts=ETC,
        volumes=FROM_NODE,
    )
    content = {"readOnlyPort": 10255, "featureGates": {"A": True, "B": True}, "protectKernelDefaults": True}
    (fact,) = facts(start, kubelet_file("srv/kubernetes/kubelet.yaml", content))
    assert setting(fact, "read-only-port") == (0, "flag", "certain")
    assert setting(fact, "feature-gates")[0] == {"A": False, "B": True}
    assert setting(fact, "protect-kernel-defaults") == (True, "file", "certain")


def test_defaults_of_a_kubelet_with_a_file_are_the_files() -> None:
    start = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=ETC, volumes=FROM_NODE)
    (with_file,) = facts(start, kubelet_file("srv/kubernetes/kubelet.yaml", {}))
    (without,) = facts(pod("kubelet"))
    assert setting(with_file, "anonymous-auth") == (False, "default", "certain")
    assert setting(without, "anonymous-auth") == (True, "default", "certain")


def test_a_configmap_that_is_mounted() -> None:
    mounts = [{"name": "config", "mountPath": "/var/lib/kubelet"}]
    volumes = [{"name": "config", "configMap": {"name": "kubelet-config", "items": [{"key": "k", "path": "c.yaml"}]}}]
    start = pod("kubelet", "--config=/var/lib/kubelet/c.yaml", mounts=mounts, volumes=volumes)
    held = kubelet_file("maps.yaml", {"readOnlyPort": 10255}, base=("data", "k"))
    other = kubelet_file("maps.yaml", {"readOnlyPort": 1}, base=("data", "c.yaml"))
    assert setting(facts(start, held, other)[0], "read-only-port") == (10255, "file", "certain")


DROP_INS = ("kubelet", "--config=/etc/kubelet.yaml", "--config-dir=/etc/kubelet.d")


def bundle(*resources: tuple[str, dict[str, Any]], folder: bool = True) -> list[Fact]:
    process = observed("HostState", "n1.json!", node="n1")
    there = [observed("HostFile", "n1.json!", node="n1", type="directory", path="/etc/kubelet.d")] if folder else []
    mounts = [{"name": "etc", "mountPath": "/etc"}]
    start = pod(*DROP_INS, mounts=mounts, volumes=[{"name": "etc", "hostPath": {"path": "/etc"}}], node="n1")
    files = [kubelet_file(f"n1.json!{path}", content) for path, content in resources]
    return [fact for fact in facts(start, process, *there, *files) if fact.value["source"] == "pod"]


def test_drop_ins_are_merged_in_the_order_of_their_names() -> None:
    (fact,) = bundle(
        ("/etc/kubelet.yaml", {"readOnlyPort": 1, "authentication": {"anonymous": {"enabled": True}}}),
        ("/etc/kubelet.d/20.conf", {"readOnlyPort": 3, "allowedUnsafeSysctls": ["net.*"]}),
        ("/etc/kubelet.d/10.conf", {"readOnlyPort": 2, "allowedUnsafeSysctls": ["kernel.*"]}),
        ("/etc/kubelet.d/30.yaml", {"readOnlyPort": 4}),
        ("/etc/kubelet.d/sub/90.conf", {"authentication": {"anonymous": {"enabled": None}}}),
    )
    assert setting(fact, "read-only-port") == (3, "file", "certain")
    assert fact.anchors["settings.read-only-port"].origin.file == "n1.json!/etc/kubelet.d/20.conf"
    assert setting(fact, "allowed-unsafe-sysctls")[0] == ["net.*"]
    assert setting(fact, "anonymous-auth") == (False, "default", "certain")


def test_an_empty_drop_in_folder_is_known_and_one_that_nobody_has_read_is_not() -> None:
    config = ("/etc/kubelet.yaml", {"readOnlyPort": 1})
    assert setting(bundle(config)[0], "read-only-port") == (1, "file", "certain")
    assert setting(bundle(config, folder=False)[0], "read-only-port")[1] == "undecided"


def configz(node: str, **content: Any) -> Resource:
    ref = ObjectRef("observed.kubeplumb.dev/v1", "KubeletConfigz", "", node)
    return Resource(ref, {"node": node, "kubeletconfig": content}, Origin("/configz", 0, 0), "w")


def test_what_a_kubelet_says_of_itself_is_a_fact_of_its_own() -> None:
    (fact,) = facts(configz("n1", readOnlyPort=10255, authentication={"anonymous": {"enabled": True}}))
    assert (fact.value["component"], fact.value["node"], fact.value["source"]) == ("kubelet", "n1", "configz")
    assert setting(fact, "read-only-port") == (10255, "configz", "certain")
    assert fact.anchors["settings.anonymous-auth"].path == ("kubeletconfig", "authentication", "anonymous", "enabled")


def test_what_a_kubelet_says_of_itself_settles_what_its_flags_leave_open() -> None:
    start = pod("kubelet", "--config=/etc/elsewhere.yaml", "--read-only-port=0", node="n1")
    (fact,) = facts(start, configz("n1", readOnlyPort=0, authentication={"anonymous": {"enabled": True}}))
    assert setting(fact, "anonymous-auth") == (True, "configz", "certain")
    assert setting(fact, "read-only-port") == (0, "flag", "certain")
    assert "settings.anonymous-auth" not in fact.undecided


def silent(node: str) -> Resource:
    one = configz(node)
    return one._replace(manifest={"node": node, "reason": "the kubelet of n1 did not tell: forbidden"})


def test_nothing_is_known_of_a_kubelet_that_did_not_tell() -> None:
    (fact,) = facts(silent("n1"))
    assert (fact.value["component"], fact.value["node"], fact.value["settings"]) == ("kubelet", "n1", {})
    assert fact.undecided["settings"] == "the kubelet of n1 did not tell: forbidden"


def test_a_kubelet_that_did_not_tell_takes_nothing_away_of_what_its_pod_says() -> None:
    start = pod("kubelet", "--read-only-port=0", "--anonymous-auth=false", node="n1")
    (fact,) = facts(start, silent("n1"))
    assert setting(fact, "anonymous-auth") == (False, "flag", "certain")
    assert setting(fact, "authorization-mode") == ("AlwaysAllow", "default", "certain")


def test_what_is_served_says_the_same_in_other_words() -> None:
    """A duration has many spellings, and of --seccomp-default the configuration has a field that it does not set."""
    start = pod("kubelet", "--streaming-connection-idle-timeout=7m", "--seccomp-default", node="n1")
    served = configz("n1", streamingConnectionIdleTimeout="7m0s", seccompDefault=False, readOnlyPort=10255)
    (fact,) = facts(start, served)
    assert setting(fact, "streaming-connection-idle-timeout") == ("7m", "flag", "certain")
    assert setting(fact, "seccomp-default") == (True, "flag", "certain")


def test_a_zero_that_is_served_is_no_default() -> None:
    (fact,) = facts(configz("n1", streamingConnectionIdleTimeout="0s", authorization={"mode": "Webhook"}))
    assert setting(fact, "streaming-connection-idle-timeout") == ("0s", "configz", "certain")
    assert setting(fact, "max-pods") == (0, "configz", "certain")
    assert setting(fact, "tls-min-version") == ("VersionTLS12", "default", "certain")


def test_defaults_of_an_assumed_version_are_likely() -> None:
    (fact,) = facts(pod("kube-apiserver", "--profiling=false"), source="assumed")
    assert setting(fact, "service-account-lookup")[2] == "likely"
    assert setting(fact, "profiling")[2] == "certain"


@pytest.mark.parametrize(("flag", "file", "wanted"), [(False, True, True), (True, False, True), (False, False, False)])
def test_the_seccomp_default_is_on_if_the_flag_or_the_file_says_so(flag: bool, file: bool, wanted: bool) -> None:
    """createAndInitKubelet in cmd/kubelet/app/server.go."""
    words = ("kubelet", "--config=/etc/kubernetes/kubelet.yaml", f"--seccomp-default={str(flag).lower()}")
    start = pod(*words, mounts=ETC, volumes=FROM_NODE)
    (fact,) = facts(start, kubelet_file("srv/kubernetes/kubelet.yaml", {"seccompDefault": file}))
    assert setting(fact, "seccomp-default")[0] is wanted


def structured(flag: str, document: dict[str, Any], *words: str) -> Fact:
    start = pod("kube-apiserver", f"--{flag}=/etc/kubernetes/s.yaml", *words, mounts=ETC, volumes=FROM_NODE)
    ref = ObjectRef(document["apiVersion"], document["kind"], "", "")
    (fact,) = facts(start, Resource(ref, document, Origin("srv/kubernetes/s.yaml"), "w"))
    return fact


AUTHENTICATION = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
AUTHORIZATION = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration"}


def test_anonymous_requests_by_a_structured_file() -> None:
    anonymous = {"enabled": True, "conditions": [{"path": "/livez"}]}
    fact = structured("authentication-config", {**AUTHENTICATION, "anonymous": anonymous})
    assert setting(fact, "anonymous-auth") == (True, "file", "certain")
    assert fact.value["settings"]["anonymous-auth"]["paths"] == ["/livez"]
    assert fact.anchors["settings.anonymous-auth"].origin.file == "srv/kubernetes/s.yaml"


def test_a_structured_file_that_says_nothing_of_anonymous_requests_leaves_them_to_the_flag() -> None:
    assert setting(structured("authentication-config", AUTHENTICATION, "--anonymous-auth=false"), "anonymous-auth") == (
        False,
        "flag",
        "certain",
    )


def test_a_structured_file_beside_a_flag_that_it_excludes_keeps_the_server_from_starting() -> None:
    document = {**AUTHENTICATION, "anonymous": {"enabled": True}}
    fact = structured("authentication-config", document, "--anonymous-auth=false")
    assert "does not start" in fact.undecided["settings"]


def test_authorizers_by_a_structured_file() -> None:
    authorizers = [{"type": "RBAC", "name": "rbac"}, {"type": "Node", "name": "node"}]
    fact = structured("authorization-config", {**AUTHORIZATION, "authorizers": authorizers})
    assert setting(fact, "authorization-mode") == (["RBAC", "Node"], "file", "certain")


def test_a_structured_file_that_is_not_there_leaves_open_what_it_decides() -> None:
    for flag, name in (
        ("authentication-config", "anonymous-auth"),
        ("authorization-config", "authorization-mode"),
        ("admission-control-config-file", "podSecurity"),
    ):
        (fact,) = facts(pod("kube-apiserver", f"--{flag}=/etc/kubernetes/s.yaml", mounts=ETC, volumes=FROM_NODE))
        assert setting(fact, name)[1] == "undecided"


def test_credentials_in_a_configuration_file_are_known_as_such() -> None:
    content = {
        "staticPodURL": "https://u:hunter22@pods.example/",
        "staticPodURLHeader": {"Authorization": ["Bearer abcdef"]},
    }
    (alone,) = facts(kubelet_file("kubelet.yaml", content))
    start = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=ETC, volumes=FROM_NODE)
    (named,) = facts(start, kubelet_file("srv/kubernetes/kubelet.yaml", content))
    for fact in (alone, named):
        assert "Bearer abcdef" in fact.secrets
        assert any("hunter22" in text for text in fact.secrets)


def test_what_a_kubelets_file_says_alone_is_likely_since_flags_go_before_it() -> None:
    (fact,) = facts(kubelet_file("kubelet.yaml", {"readOnlyPort": 10255}))
    assert setting(fact, "read-only-port") == (10255, "file", "likely")


def test_a_field_that_is_called_as_a_flag_does_not_set_it() -> None:
    (fact,) = facts(kubelet_file("kubelet.yaml", {"v": False, "logging": {"verbosity": 3}}))
    assert setting(fact, "v") == (3, "file", "likely")
    (served,) = facts(configz("n", v=False))
    assert setting(served, "v")[0] == 0


def test_copies_of_two_nodes_do_not_answer_for_each_other() -> None:
    def unit(root: str) -> Resource:
        pod_of = pod("kubelet", "--config=/etc/kubernetes/kubelet.yaml", mounts=ETC, volumes=HOST_ETC)
        return pod_of._replace(origin=Origin(f"{root}etc/kubernetes/manifests/kubelet.yaml"))

    files = [kubelet_file(f"n{number}/etc/kubernetes/kubelet.yaml", {"readOnlyPort": number}) for number in (1, 2)]
    found = facts(unit("n1/"), unit("n2/"), unit("n3/"), *files)
    assert [setting(fact, "read-only-port") for fact in found] == [
        (1, "file", "certain"),
        (2, "file", "certain"),
        (None, "undecided", "unknown"),
    ]
