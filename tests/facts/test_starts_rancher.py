"""k3s and RKE2: which components they start, with which flags, and who has set each."""

from typing import Any

import pytest

from auditor.collectors.nodes.configs import configuration
from auditor.facts.components.component import component_facts
from auditor.facts.components.starts import Start
from auditor.facts.sources.launched import launched_starts
from auditor.model.facts import Anchor, Fact
from auditor.model.inventory import Resource
from auditor.model.refs import OBSERVED, ObjectRef, Origin
from tests.facts.node_worlds import unit, world

K3S = "etc/systemd/system/k3s.service"
RKE2 = "etc/systemd/system/rke2-server.service"
CONFIG = "etc/rancher/k3s/config.yaml"
API, PLUGINS = "kube-apiserver", "enable-admission-plugins"
CONTROL_PLANE = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]


def config(name: str, **options: Any) -> Resource:
    found = configuration({key.replace("__", "+").replace("_", "-"): value for key, value in options.items()}, name)
    assert found is not None
    return Resource(found.ref, found.manifest, Origin(name), "w", secrets=found.secrets)


def starts(files: dict[str, str], *configs: Resource, complete: bool = True) -> dict[str, Start]:
    result = world(files, complete=complete)
    for resource in configs:
        result.resources.setdefault(resource.ref.kind, []).append(resource)
    return {one.component: one for one in launched_starts(result)}


def words(start: Start) -> dict[str, str]:
    """The flags, and for each its value, or what makes it unknown."""
    assert not start.undecided
    found: dict[str, str] = {}
    for word in start.words:
        name, _, value = word.text.removeprefix("--").partition("=")
        found[name] = f"{found[name]} {value}" if name in found else f"?{word.unknown}" if word.unknown else value
    return found


def server(*more: str) -> dict[str, str]:
    return {K3S: unit(" ".join(("ExecStart=/usr/local/bin/k3s server", *more)))}


def fact(component: str, files: dict[str, str], *configs: Resource) -> Fact:
    result = world(files, complete=True)
    for resource in configs:
        result.resources.setdefault(resource.ref.kind, []).append(resource)
    return next(one for one in component_facts(result) if one.value["component"] == component)


def test_a_server_runs_everything_but_etcd_and_an_agent_a_kubelet_and_a_proxy() -> None:
    assert list(starts(server())) == [*CONTROL_PLANE, "kubelet", "kube-proxy"]
    assert "etcd" in starts(server("--cluster-init"))
    assert "etcd" not in starts(server("--cluster-init", "--datastore-endpoint=postgres://x"))
    agent = {K3S: unit("ExecStart=/usr/local/bin/k3s agent --server https://a")}
    assert list(starts(agent)) == ["kubelet", "kube-proxy"]
    assert list(starts(server("--disable-scheduler", "--disable-kube-proxy", "--disable-agent"))) == CONTROL_PLANE[:2]
    assert starts({K3S: unit("ExecStart=/usr/local/bin/k3s etcd-snapshot save")}) == {}
    assert "etcd" in starts({RKE2: unit("ExecStart=/usr/local/bin/rke2 server")})


def test_what_k3s_sets_itself() -> None:
    found = starts(server())
    api = words(found["kube-apiserver"])
    assert api["anonymous-auth"] == "false"
    assert api["client-ca-file"] == "/var/lib/rancher/k3s/server/tls/client-ca.crt"
    assert "encryption-provider-config" not in api
    assert api["etcd-servers"].startswith("?")
    assert words(found["kubelet"])["protect-kernel-defaults"] == "false"
    assert {word.origin for word in found["kube-apiserver"].words} == {"k3s"}
    assert {word.path for word in found["kubelet"].words} == {found["kubelet"].anchor}


@pytest.mark.parametrize(
    ("more", "component", "flag", "wanted"),
    [
        (("--secrets-encryption",), "kube-apiserver", "encryption-provider-config", "/cred/encryption-config.json"),
        (("--secrets-encryption=false",), "kube-apiserver", "encryption-provider-config", None),
        (("--protect-kernel-defaults",), "kubelet", "protect-kernel-defaults", "true"),
        (("--data-dir=/d/",), "kubelet", "client-ca-file", "/d/agent/client-ca.crt"),
        (("-d", "/d"), "kubelet", "client-ca-file", "/d/agent/client-ca.crt"),
        (("--cluster-init",), "kube-apiserver", "etcd-servers", "https://127.0.0.1:2379"),
        (("--cluster-init",), "etcd", "client-cert-auth", "true"),
        (("--cluster-init", "--etcd-expose-metrics"), "etcd", "listen-metrics-urls", "?k3s sets it"),
        (("--kube-apiserver-arg=profiling=true",), "kube-apiserver", "profiling", "true"),
        (("--kube-apiserver-arg", "--profiling"), "kube-apiserver", "profiling", "true"),
        (("--kubelet-arg=x=1 --kubelet-arg=x=2",), "kubelet", "x", "1 2"),
        (("--kube-apiserver-arg=enable-admission-plugins+=A",), API, PLUGINS, "NodeRestriction A"),
        (("--kube-apiserver-arg=enable-admission-plugins-=A",), API, PLUGINS, "A NodeRestriction"),
        (("--kube-apiserver-arg=enable-admission-plugins=A",), API, PLUGINS, "A"),
        (("--kube-apiserver-arg=authorization-config=/a",), "kube-apiserver", "authorization-mode", "?k3s sets it"),
        (("--kubelet-arg=config=/a",), "kubelet", "anonymous-auth", "?k3s merges"),
        (("--kube-scheduler-arg=token=abcDEF123456",), "kube-scheduler", "token", "?its value looks like a credential"),
    ],
)  # fmt: skip
def test_options_decide_flags(more: tuple[str, ...], component: str, flag: str, wanted: str | None) -> None:
    found = words(starts(server(*more))[component]).get(flag)
    if wanted is None or found is None:
        assert found == wanted
    else:
        assert found.startswith(wanted) if wanted.startswith("?") else found.endswith(wanted)


def test_files_come_before_the_command_line_and_later_files_go_over_earlier_ones() -> None:
    files = [
        config(CONFIG, kube_apiserver_arg=["a=1", "b=1"], kubelet_arg=["c=1"], protect_kernel_defaults=True),
        config(f"{CONFIG}.d/20.yaml", kube_apiserver_arg__=["b=3"], tls_san=["x"]),
        config(f"{CONFIG}.d/10.yaml", kube_apiserver_arg__="b=2", kubelet_arg=["d=1"]),
    ]
    found = starts(server("--kube-apiserver-arg=b=4", "--protect-kernel-defaults=false"), *files)
    api = words(found["kube-apiserver"])
    assert (api["a"], api["b"]) == ("1", "1 2 3 4")
    kubelet = words(found["kubelet"])
    assert (kubelet.get("c"), kubelet["d"], kubelet["protect-kernel-defaults"]) == (None, "1", "false")
    places = {word.text: word.path for word in found["kube-apiserver"].words if word.text.startswith("--b=")}
    first = places["--b=1"]
    assert isinstance(first, Anchor)
    assert (first.origin.file, first.path) == (CONFIG, ("kube-apiserver-arg", 1))
    assert found["kubelet"].anchor.origin.file == CONFIG
    last = places["--b=4"]
    assert isinstance(last, Anchor)
    assert (last.origin.file, last.path) == (K3S, ("Service", "ExecStart", 0, 2))


def test_where_a_setting_of_k3s_was_set() -> None:
    found = fact("kube-apiserver", server(), config(CONFIG, kube_apiserver_arg=["anonymous-auth=true"], tls_san="x"))
    assert found.value["source"] == "unit"
    settings = found.value["settings"]
    assert (settings["anonymous-auth"]["value"], settings["anonymous-auth"]["origin"]) == (True, "flag")
    assert found.anchors["settings.anonymous-auth"].path == ("kube-apiserver-arg", 0)
    assert settings["profiling"]["origin"] == "k3s"
    assert found.anchors["settings.*"].path == ("kube-apiserver-arg",)
    assert "sets it" in found.undecided["settings.tls-cipher-suites"]


def test_a_configuration_that_is_not_in_the_input_leaves_everything_open() -> None:
    open_ended = starts(server(), complete=False)["kubelet"]
    assert open_ended.undecided == "its configuration file /etc/rancher/k3s/config.yaml is not in the input"
    named = starts(server("--config=/srv/k3s.yaml"))["kubelet"]
    assert "/srv/k3s.yaml" in named.undecided


def test_arguments_that_nobody_knows_leave_everything_open() -> None:
    files = {K3S: unit("PassEnvironment=OPTS", "ExecStart=/usr/local/bin/k3s server $OPTS")}
    assert "passed on" in starts(files)["kubelet"].undecided


def test_a_process_shows_no_arguments_and_its_unit_does() -> None:
    manifest = {"node": "n1", "component": "k3s", "arguments": ["/usr/local/bin/k3s", "server"], "environment": {}}
    ref = ObjectRef(OBSERVED, "HostProcess", "", "n1:k3s")
    process = Resource(ref, manifest, Origin("n1.json!/proc/1", 0, 0), "w")
    assert "does not show its arguments" in starts({}, process)["kubelet"].undecided
    launched = starts(
        {f"n1.json!/{K3S}": unit("ExecStart=/usr/local/bin/k3s server --protect-kernel-defaults")}, process
    )
    assert (launched["kubelet"].source, launched["kubelet"].undecided) == ("unit", "")
    assert words(launched["kubelet"])["protect-kernel-defaults"] == "true"


def test_a_configuration_alone() -> None:
    alone = starts({}, config(CONFIG, tls_san="x", write_kubeconfig_mode="0644"))
    assert [one.source for one in alone.values()] == ["configuration"] * 5
    either = starts({}, config(CONFIG, server="https://a:6443", kubelet_arg=["a=1"]))
    assert list(either) == ["kubelet", "kube-proxy"]


def test_where_neither_path_nor_option_tells_which_it_is_only_what_both_set_is_certain() -> None:
    found = starts({}, config("files/config.yaml", kube_apiserver_arg=["a=1"], tls_san=["x"]))
    api = words(found["kube-apiserver"])
    assert (api["anonymous-auth"], api["a"]) == ("false", "1")
    assert api["bind-address"].startswith("?k3s and rke2 set it differently")
    assert api["client-ca-file"].startswith("?")


@pytest.mark.parametrize("profile", ["cis", ""])
def test_rke2_with_a_profile(profile: str) -> None:
    options = {"profile": profile} if profile else {"cni": "canal"}
    found = starts({}, config("etc/rancher/rke2/config.yaml", tls_san="x", **options))
    api, kubelet = words(found["kube-apiserver"]), words(found["kubelet"])
    assert api["encryption-provider-config"] == "/var/lib/rancher/rke2/server/cred/encryption-config.json"
    assert (api["bind-address"], kubelet["protect-kernel-defaults"]) == ("0.0.0.0", "true" if profile else "false")
    assert api["audit-log-maxage"] == "30" if profile else api["audit-log-maxage"].startswith("?")
    assert found["kube-apiserver"].fallback
    assert not found["kubelet"].fallback


def test_the_kubelets_own_folder_holds_all_of_its_configuration() -> None:
    kubelet = ObjectRef("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", "", "")
    where = "var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf"
    written = Resource(kubelet, {"readOnlyPort": 0}, Origin(where), "w")
    found = words(starts(server("--kubelet-arg=config=/a --kubelet-arg=v=2"), written)["kubelet"])
    assert found == {
        "config-dir": "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d",
        "kubeconfig": "/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
        "read-only-port": "0",
        "v": "2",
    }


def test_the_file_that_k3s_writes_for_its_etcd_holds_all_of_its_configuration() -> None:
    where = "var/lib/rancher/k3s/server/db/etcd/config"
    content = {
        "listen-client-urls": "https://127.0.0.1:2379,https://10.0.0.1:2379",
        "listen-peer-urls": "https://a:2380",
    }
    etcd = Resource(ObjectRef(OBSERVED, "EtcdConfig", "", "config"), content, Origin(where), "w")
    found = fact("etcd", server("--cluster-init --etcd-arg=quota-backend-bytes=1"), etcd)
    entry = found.value["settings"]["listen-client-urls"]
    assert (entry["value"], entry["origin"]) == (["https://127.0.0.1:2379", "https://10.0.0.1:2379"], "file")
    assert found.anchors["settings.listen-client-urls"].origin.file == where
