"""Components: which containers are recognised, what their command lines say, and what peers get wrong about them."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.clusters.cluster import cluster_fact
from auditor.facts.components.command_lines import COMPONENTS, command_line
from auditor.facts.components.starts import pod_starts
from auditor.facts.components.subject import component_facts
from auditor.facts.workloads.workload import workload_facts
from auditor.facts.world import World
from auditor.kube.versions import parse_version
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from auditor.tables.components import file_flags, file_only, flags


def cluster(version: str = "1.34", source: str = "seen") -> Fact:
    return cluster_fact("w", parse_version(version), source, date(2026, 11, 21), None)


def pod(*containers: dict[str, Any], **spec: Any) -> Resource:
    manifest = {"metadata": {"name": "p"}, "spec": {"containers": list(containers), **spec}}
    return Resource(ObjectRef("v1", "Pod", "kube-system", "p"), manifest, Origin("a.yaml"), "w")


def components(resource: Resource, within: Fact | None = None) -> list[Fact]:
    within = within or cluster()
    world = World("w", within, Completeness())
    for fact in workload_facts(resource, within, (), []):
        if fact.subject == "workload":
            world.starts += pod_starts(fact, resource.manifest)
    return list(component_facts(world))


def component(container: dict[str, Any], within: Fact | None = None) -> Fact:
    (fact,) = components(pod(container), within)
    return fact


def document(kind: str, group: str = "kubelet.config.k8s.io", **content: Any) -> Fact:
    resource = Resource(ObjectRef(f"{group}/v1beta1", kind, "", ""), content, Origin("a.yaml"), "w")
    (fact,) = component_facts(World("w", cluster(), Completeness(), {kind: [resource]}))
    return fact


def value(fact: Fact, name: str) -> Any:
    return fact.value["settings"][name]["value"]


API = "registry.k8s.io/kube-apiserver:v1.34.2"


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        ({"command": ["kube-apiserver"]}, "kube-apiserver"),
        ({"command": ["/usr/local/bin/kube-scheduler", "--v=2"]}, "kube-scheduler"),
        ({"args": ["kube-proxy", "--v=2"]}, "kube-proxy"),
        ({"command": ["/hyperkube", "apiserver"]}, "kube-apiserver"),
        ({"command": ["/hyperkube", "kubelet"]}, "kubelet"),
        ({"command": ["/go-runner", "--log-file=/x", "/usr/local/bin/kube-apiserver", "--v=2"]}, "kube-apiserver"),
        ({"command": ["sh", "-c", "exec kube-controller-manager --v=2"]}, "kube-controller-manager"),
        ({"command": ["/bin/bash", "-ec", "ulimit -n 10\nexec etcd --data-dir /x"]}, "etcd"),
        ({"image": API, "args": ["--v=2"]}, "kube-apiserver"),
        ({"command": ["/bin/aws-cloud-controller-manager", "--v=2"]}, "cloud-controller-manager"),
        (
            {"image": "registry.example/openstack-cloud-controller-manager:v1.34.0", "args": ["--v=2"]},
            "cloud-controller-manager",
        ),
        ({"image": "k8s.gcr.io/hyperkube:v1.16.0", "name": "kube-proxy", "args": ["--v=2"]}, "kube-proxy"),
        ({"image": "quay.io/coreos/etcd:v3.5.9", "env": [{"name": "ETCD_NAME", "value": "a"}]}, "etcd"),
        ({"image": "quay.io/coreos/etcd:v3.5.9"}, None),
        ({"command": ["sh", "-c", "set -e\nexec wait-for x -- hyperkube kube-apiserver --v=$V"]}, "kube-apiserver"),
        ({"command": ["sh", "-c", "if a; then exec /bin/etcd --name=$N; fi"]}, "etcd"),
        ({"command": ["sh", "-c", "etcd --name=$N & kube-apiserver --v=$V"]}, None),
        ({"image": API, "command": ["sleep", "1"]}, None),
        ({"command": ["sh", "-c", "etcdctl snapshot save /backup"]}, None),
        ({"command": ["sh", "-c", "kubectl rollout restart ds/kube-proxy"]}, None),
        ({"command": ["sh", "-c", "echo 'unfinished"]}, None),
        ({"command": ["sh", "-c", "kubectl get po | grep etcd"]}, None),
        ({"command": ["etcd-operator"]}, None),
        ({"image": "registry.example/operator:1.0", "args": ["--kubelet-service=kube-system/kubelet"]}, None),
        ({"command": ["/go-runner", "--log-file=/var/kube-apiserver", "/bin/true"]}, None),
        ({"image": "registry.example/etcd-backup:1.0", "args": ["--v=2"]}, None),
        ({"name": "kube-apiserver", "image": "nginx"}, None),
    ],
)
def test_recognises(container: dict[str, Any], wanted: str | None) -> None:
    line = command_line(container)
    assert (line.component if line else None) == wanted


@pytest.mark.parametrize(("kind", "wanted"), [("ServerVersion", False), ("Certificate", False), ("Corefile", True)])
def test_what_an_api_server_says_of_itself_shows_no_component(kind: str, wanted: bool) -> None:
    resource = Resource(ObjectRef(OBSERVED, kind, "", "x"), {}, Origin("a"), "w")
    assert World("w", cluster(), Completeness(), {kind: [resource]}).may_show_components() is wanted


def test_says_where_each_setting_was_set() -> None:
    fact = component({"command": ["kube-apiserver", "--profiling=false"], "args": ["--anonymous-auth", "--v", "3"]})
    settings = fact.value["settings"]
    certain = {"confidence": "certain"}
    assert settings["profiling"] == {"value": False, "origin": "flag", "set": True, "default": True, **certain}
    assert settings["authorization-mode"] == {
        "value": ["AlwaysAllow"],
        "origin": "default",
        "set": False,
        "default": ["AlwaysAllow"],
        **certain,
    }
    assert fact.anchors["settings.profiling"].path == ("spec", "containers", 0, "command", 1)
    assert fact.anchors["settings.v"].path == ("spec", "containers", 0, "args", 1)
    assert fact.anchors["settings.*"].path == ("spec", "containers", 0, "command")


@pytest.mark.parametrize(
    ("version", "source", "image", "minor"),
    [
        ("1.37", "assumed", API, 34),
        ("1.37", "seen", API, 34),
        ("1.30", "given", API, 30),
        ("1.37", "assumed", "registry.example/mine/kube-apiserver:stable", 37),
        ("1.37", "assumed", "registry.example/platform:v1.2.3", 37),
        ("1.37", "assumed", "rancher/hardened-kubernetes:v1.30.4-rke2r1-build20240815", 30),
    ],
)
def test_the_version_decides_the_defaults(version: str, source: str, image: str, minor: int) -> None:
    fact = component({"image": image, "command": ["kube-apiserver"]}, cluster(version, source))
    assert fact.value["minor"] == minor
    assert value(fact, "audit-log-maxage") == (366 if minor >= 36 else 0)


def test_flags_of_old_versions() -> None:
    def port(tag: str) -> dict[str, Any] | None:
        image = f"k8s.gcr.io/kube-apiserver:{tag}"
        found: dict[str, Any] = component({"image": image, "command": ["kube-apiserver"]}).value["settings"]
        return found.get("insecure-port")

    assert [(port(tag) or {}).get("value") for tag in ("v1.18.0", "v1.20.0", "v1.24.0")] == [8080, 0, None]


def test_admission_plugins_are_the_defaults_and_those_named() -> None:
    def plugins(*flags: str) -> list[str]:
        found: list[str] = component({"image": API, "command": ["kube-apiserver", *flags]}).value["admissionPlugins"]
        return found

    assert {"PodSecurity", "ServiceAccount"} < set(plugins())
    assert "NodeRestriction" not in plugins()
    assert "NodeRestriction" in plugins("--enable-admission-plugins=AlwaysPullImages,NodeRestriction")
    assert "PodSecurity" not in plugins("--disable-admission-plugins=PodSecurity")
    assert plugins("--admission-control=NodeRestriction") == ["NodeRestriction"]


def test_a_plugin_that_is_on_and_off_keeps_the_server_from_starting() -> None:
    flags = ["--disable-admission-plugins=PodSecurity", "--enable-admission-plugins=PodSecurity"]
    assert "does not start" in component({"command": ["kube-apiserver", *flags]}).undecided["admissionPlugins"]


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([], False),
        (["--anonymous-auth=true"], False),
        (["--authorization-mode=RBAC"], True),
        (["--authorization-mode=RBAC,AlwaysAllow"], False),
        (["--authorization-config=/x"], True),
        (["--authorization-mode=RBAC", "--anonymous-auth=false"], False),
    ],
)
def test_always_allow_switches_anonymous_requests_off(flags: list[str], wanted: bool) -> None:
    fact = component({"command": ["kube-apiserver", *flags]})
    assert value(fact, "anonymous-auth") is wanted
    assert fact.value["settings"]["anonymous-auth"]["written"] is ("--anonymous-auth=false" not in flags)


@pytest.mark.parametrize(
    ("flags", "name", "reason"),
    [
        (["--authentication-config=/x"], "anonymous-auth", "file of --authentication-config"),
        (["--authorization-config=/x"], "authorization-mode", "file of --authorization-config"),
        (["--anonymous-auth=no"], "anonymous-auth", "no boolean"),
        (["--audit-log-maxage=$(AGE)"], "audit-log-maxage", "value of AGE"),
        (["--authorization-mode=$(AGE)"], "anonymous-auth", "value of AGE"),
        (["--enable-admission-plugins=$(AGE)"], "enable-admission-plugins", "value of AGE"),
    ],
)
def test_what_is_not_known_is_not_guessed(flags: list[str], name: str, reason: str) -> None:
    source = {"secretKeyRef": {"name": "s", "key": "k"}}
    fact = component({"command": ["kube-apiserver", *flags], "env": [{"name": "AGE", "valueFrom": source}]})
    assert reason in fact.undecided[f"settings.{name}"]
    assert "value" not in fact.value["settings"][name]


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"command": ["kube-apiserver", "$(FLAGS)"], "envFrom": [{"configMapRef": {"name": "c"}}]}, "value of FLAGS"),
        ({"command": ["kube-apiserver", "--$(F)=1"], "envFrom": [{"configMapRef": {"name": "c"}}]}, "value of F"),
        ({"command": ["sh", "-c", "exec kube-apiserver --v=$V"]}, "shell"),
        ({"command": ["etcd", "--config-file=/x"]}, "--config-file"),
        ({"command": ["kube-proxy", "--config=/x"]}, "--config"),
    ],
)
def test_a_whole_command_line_that_is_not_known(container: dict[str, Any], reason: str) -> None:
    fact = component(container)
    assert reason in fact.undecided["settings"]
    assert fact.value["settings"] == {}


def test_references_are_expanded_as_the_kubelet_does() -> None:
    env = [
        {"name": "DIR", "value": "/pki"},
        {"name": "CERT", "value": "$(DIR)/ca.crt"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
    flags = [
        "--cert-file=$(CERT)",
        "--key-file=$$(CERT)",
        "--name=$(NOBODY)",
        "--listen-peer-urls=https://$(POD_IP):2380",
    ]
    fact = component({"command": ["etcd", *flags], "env": env})
    assert value(fact, "cert-file") == "/pki/ca.crt"
    assert value(fact, "key-file") == "$(CERT)"
    assert value(fact, "name") == "$(NOBODY)"
    assert value(fact, "listen-peer-urls") == ["https://$(POD_IP):2380"]
    assert fact.undecided == {}


def test_the_environment_of_etcd() -> None:
    env = [{"name": "ETCD_CERT_FILE", "value": "/c"}, {"name": "ETCD_AUTO_TLS", "value": "true"}]
    fact = component({"command": ["etcd", "--auto-tls=false"], "env": env})
    assert fact.value["settings"]["cert-file"]["origin"] == "env"
    assert fact.anchors["settings.cert-file"].path == ("spec", "containers", 0, "env", 0)
    assert value(fact, "auto-tls") is False


def test_an_environment_of_etcd_that_was_not_read() -> None:
    fact = component({"command": ["etcd", "--auto-tls=false"], "envFrom": [{"configMapRef": {"name": "c"}}]})
    assert value(fact, "auto-tls") is False
    assert "envFrom" in fact.undecided["settings.cert-file"]


@pytest.mark.parametrize(
    "script",
    [
        "exec kube-apiserver --profiling=false --anonymous-auth",
        "/usr/local/bin/kube-apiserver \\\n  --profiling=false \\\n  --anonymous-auth\n",
        "kube-apiserver '--profiling=false' \"--anonymous-auth\" >>/var/log/x 2>&1",
    ],
)
def test_a_shell_that_runs_one_plain_command(script: str) -> None:
    fact = component({"command": ["sh", "-c"], "args": [script]})
    assert value(fact, "profiling") is False
    assert fact.anchors["settings.profiling"].path == ("spec", "containers", 0, "args", 0)


def test_a_kubelet_has_other_defaults_by_flags_than_by_file() -> None:
    names = ("anonymous-auth", "authentication-token-webhook", "authorization-mode", "read-only-port")
    by_flags = component({"command": ["kubelet"]})
    by_file = document("KubeletConfiguration")
    assert [value(by_flags, name) for name in names] == [True, False, "AlwaysAllow", 10255]
    assert [value(by_file, name) for name in names] == [False, True, "Webhook", 0]
    with_file = component({"command": ["kubelet", "--config=/x", "--read-only-port=0"]})
    assert set(names) - {name.partition(".")[2] for name in with_file.undecided} == {"read-only-port"}


def test_fields_of_a_file() -> None:
    fact = document(
        "KubeletConfiguration",
        authentication={"anonymous": {"enabled": "false"}, "x509": "none"},
        streamingConnectionIdleTimeout="0s",
        eventRecordQPS=0,
        port=0,
        tlsCipherSuites=["A"],
        somethingNew={"a": 1},
    )
    assert value(fact, "streaming-connection-idle-timeout") == "4h0m0s"
    assert value(fact, "event-qps") == 0
    assert value(fact, "port") == 10250
    assert value(fact, "tls-cipher-suites") == ["A"]
    assert value(fact, "somethingNew") == {"a": 1}
    assert "is not of type bool" in fact.undecided["settings.anonymous-auth"]
    assert "authentication.x509 is not of type object" in fact.undecided["settings.client-ca-file"]
    assert "only a flag" in fact.undecided["settings.hostname-override"]
    assert fact.anchors["settings.anonymous-auth"].path == ("authentication", "anonymous", "enabled")


class TestMistakesOfPeers:
    """Defects of other tools (by number in the project's list of them) that must not be ours."""

    def test_8_and_12_a_bare_boolean_is_true_and_false_is_false(self) -> None:
        assert value(component({"command": ["etcd", "--client-cert-auth"]}), "client-cert-auth") is True
        assert value(component({"command": ["etcd", "--client-cert-auth=false"]}), "client-cert-auth") is False
        assert value(component({"command": ["etcd", "--auto-tls=false"]}), "auto-tls") is False

    def test_10_an_absent_flag_has_its_default(self) -> None:
        assert value(component({"command": ["kube-apiserver", "--authorization-mode=RBAC"]}), "anonymous-auth") is True

    def test_11_a_disabled_plugin_is_not_enabled(self) -> None:
        flag = "--disable-admission-plugins=DenyServiceExternalIPs"
        plugins = component({"command": ["kube-apiserver", flag]}).value["admissionPlugins"]
        assert "DenyServiceExternalIPs" not in plugins

    def test_15_flags_may_stand_in_args(self) -> None:
        assert value(component({"image": API, "args": ["--profiling=false"]}), "profiling") is False
        assert value(component({"command": ["kube-apiserver"], "args": ["--profiling=false"]}), "profiling") is False

    def test_16_other_containers_do_not_hide_a_component(self) -> None:
        sidecar = {"name": "konnectivity", "image": "registry.example/proxy-server:1.0", "args": ["--v=2"]}
        found = components(pod(sidecar, {"name": "api", "command": ["kube-apiserver"]}))
        assert [fact.container for fact in found] == ["api"]
        native = {"name": "etcd", "command": ["etcd"], "restartPolicy": "Always"}
        found = components(pod(sidecar, initContainers=[native, {"name": "once", "command": ["etcd", "--version"]}]))
        assert [fact.container for fact in found] == ["etcd"]

    def test_18_etcd_has_an_environment_and_a_file(self) -> None:
        env = [{"name": "ETCD_CLIENT_CERT_AUTH", "value": "true"}]
        assert value(component({"command": ["etcd"], "env": env}), "client-cert-auth") is True
        assert "settings" in component({"command": ["etcd", "--config-file=/x"]}).undecided

    def test_modes_are_a_list_and_no_text(self) -> None:
        modes = value(
            component({"command": ["kube-apiserver", "--authorization-mode=NodeX,NoRBAC"]}), "authorization-mode"
        )
        assert "Node" not in modes
        assert "RBAC" not in modes


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["--", "-v", "--v", "--anonymous-auth", "--config", "--config-file=/x", "$(A)", "$(", "$$", "sh", "-c"]
    ),
    st.from_regex(r"--[a-z-]{1,12}=[a-z$()]{0,6}", fullmatch=True),
)


@given(
    st.sampled_from(["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"]),
    st.lists(WORDS, max_size=6),
    st.lists(
        st.fixed_dictionaries({"name": st.sampled_from(["A", "ETCD_NAME"]), "value": st.text(max_size=5)}), max_size=2
    ),
)
def test_no_command_line_does_harm(name: str, words: list[str], env: list[dict[str, Any]]) -> None:
    for container in ({"command": [name, *words], "env": env}, {"command": ["sh", "-c", " ".join([name, *words])]}):
        for fact in components(pod(container)):
            assert fact.value["component"]
            json.dumps(fact.value)
            for setting in fact.value["settings"].values():
                assert ("value" in setting) == (setting["origin"] != "undecided")


FITS = {
    "bool": bool,
    "int": int,
    "float": float,
    "string": str,
    "duration": str,
    "list": list,
    "strings": list,
    "urls": list,
    "map": dict,
    "gates": dict,
}


@pytest.mark.parametrize("minor", [6, 18, 22, 30, 37])
@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_default_fits_its_kind(name: str, minor: int) -> None:
    found = [(flag.kind, flag.default) for flag in flags(name, minor).values()]
    found += [(field.kind, field.default) for field in file_only(name, minor)]
    assert all(type(default) is FITS[kind] for kind, default in found)


def test_every_governed_setting_exists() -> None:
    for name in COMPONENTS:
        by_file_alone = {"podSecurity", "eventRateLimit", "imagePolicy"}
        known = {
            *by_file_alone,
            *flags(name, 22),
            *flags(name, 37),
            *(field.setting for field in file_only(name, 37)),
            "*",
        }
        assert {setting for file in file_flags(name) for setting in file.governs} <= known


@pytest.mark.parametrize("part", ["exec/", "\n", " ", "etcd ", "'", '"', "$(", "/", "kube-", "> ", "1", "$(A", "do /"])
def test_long_scripts_and_flags_take_no_time(part: str) -> None:
    """They run in far less than a second each; a pattern that looks back would take minutes."""
    long = part * (400_000 // len(part))
    for start in ("etcd ", "exec kube-apiserver --v=", "x; etcd "):
        components(pod({"command": ["sh", "-c", start + long + "!"]}))
    for flag in ("request-timeout", "audit-log-maxage", "goaway-chance", "etcd-servers", "feature-gates"):
        components(pod({"command": ["kube-apiserver", f"--{flag}={long}x"]}))
