"""Talos' machine configurations: what Talos sets, what its user may, and that no secret in them is kept."""

import json

import pytest

from tests.conftest import Kubeplumb
from tests.facts.worlds import line_of, scanned, value

SECRET = "c2VjcmV0LW9mLXRoZS1jbHVzdGVy"
MACHINE = f"""\
version: v1alpha1
debug: false
machine:
  type: controlplane
  token: {SECRET}
  ca:
    crt: {SECRET}
    key: {SECRET}
  install:
    image: ghcr.io/siderolabs/installer:v1.10.3
  kubelet:
    image: ghcr.io/siderolabs/kubelet:v1.33.1
    extraArgs:
      rotate-server-certificates: "true"
    extraConfig:
      readOnlyPort: 10255
    defaultRuntimeSeccompProfileEnabled: true
cluster:
  id: {SECRET}
  secret: {SECRET}
  token: {SECRET}
  secretboxEncryptionSecret: {SECRET}
  clusterName: prod
  apiServer:
    image: registry.k8s.io/kube-apiserver:v1.33.1
    extraArgs:
      anonymous-auth: "true"
      enable-admission-plugins: AlwaysPullImages
      service-account-issuer: [https://a, https://b]
      authorization-mode: AlwaysAllow
  controllerManager:
    extraArgs:
      bind-address: 0.0.0.0
  scheduler: {{}}
  proxy:
    extraArgs:
      metrics-bind-address: 0.0.0.0:10249
  etcd:
    ca: {{crt: {SECRET}, key: {SECRET}}}
    extraArgs:
      listen-metrics-urls: http://0.0.0.0:2381
"""


def test_what_a_user_sets_replaces_or_joins_what_talos_does() -> None:
    made = scanned(MACHINE)
    server = made.fact("kube-apiserver")
    assert value(server, "anonymous-auth")[1] == "flag"
    assert made.place(server, "anonymous-auth") == line_of(MACHINE, "anonymous-auth")
    assert value(server, "enable-admission-plugins") == (["NodeRestriction", "AlwaysPullImages"], "flag")
    assert value(server, "authorization-mode") == (["Node", "RBAC", "AlwaysAllow"], "flag")
    assert value(server, "service-account-issuer")[0] == ["https://$(ENDPOINT)", "https://a", "https://b"]
    assert value(server, "profiling") == (False, "talos")
    assert made.place(server, "profiling") == line_of(MACHINE, "apiServer:")
    assert value(server, "tls-cipher-suites") == (None, "undecided")
    assert (server.value["version"], server.value["settings"]["profiling"]["confidence"]) == ("1.33.1", "certain")
    assert made.place(made.fact("kube-controller-manager"), "bind-address") == line_of(MACHINE, " bind-address: 0")
    assert value(made.fact("kube-proxy"), "metrics-bind-address") == ("0.0.0.0:10249", "flag")
    assert made.place(made.fact("etcd"), "listen-metrics-urls") == line_of(MACHINE, ":2381")
    assert value(made.fact("etcd"), "client-cert-auth") == (True, "talos")


def test_the_kubelets_configuration_is_talos_and_its_users() -> None:
    made = scanned(MACHINE)
    kubelet = made.fact("kubelet")
    assert value(kubelet, "read-only-port") == (10255, "file")
    assert made.place(kubelet, "read-only-port") == line_of(MACHINE, "readOnlyPort")
    assert value(kubelet, "rotate-server-certificates") == (True, "flag")
    assert value(kubelet, "seccomp-default") == (True, "talos")
    assert value(kubelet, "protect-kernel-defaults") == (True, "talos")
    assert len([fact for fact in made.facts if fact.value["component"] == "kubelet"]) == 1


def test_a_worker_starts_a_kubelet_alone() -> None:
    assert [fact.value["component"] for fact in scanned(MACHINE.replace("controlplane", "worker")).facts] == ["kubelet"]


@pytest.mark.parametrize(("talos", "wanted"), [("v1.13.0", (False, "talos")), ("v1.14.0", (None, "undecided"))])
def test_anonymous_requests_by_the_version_of_talos(talos: str, wanted: tuple[bool | None, str]) -> None:
    text = MACHINE.replace("v1.10.3", talos).replace('      anonymous-auth: "true"\n', "")
    assert value(scanned(text).fact("kube-apiserver"), "anonymous-auth") == wanted


def test_without_a_version_of_talos_its_own_flags_are_likely() -> None:
    settings = (
        scanned(MACHINE.replace("    image: ghcr.io/siderolabs/installer:v1.10.3\n", "    disk: x\n"))
        .fact("kube-apiserver")
        .value["settings"]
    )
    assert settings["profiling"]["confidence"] == "likely"
    assert settings["enable-admission-plugins"]["confidence"] == "certain"


def test_what_talos_refuses_is_undecided() -> None:
    text = MACHINE.replace("anonymous-auth:", "client-ca-file:")
    assert "--client-ca-file" in scanned(text).fact("kube-apiserver").undecided["settings"]


def test_no_secret_is_kept(kubeplumb: Kubeplumb) -> None:
    made = scanned(MACHINE)
    assert SECRET not in repr(made.world.resources)
    for command in (
        ("facts", "object"),
        ("facts", "component"),
        ("scan", "-o", "json", "--profile", "all", "--fail-on=none"),
    ):
        result = kubeplumb(*command, "-", stdin=MACHINE.encode())
        assert "TalosConfig" in result.out
        assert SECRET not in result.out + result.err


def test_findings_are_on_the_lines_of_the_fields(kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("scan", "-", "-o", "json", "--profile", "all", "--fail-on=none", stdin=MACHINE.encode())
    found = {
        (one["rule"], one["place"]["line"]) for one in json.loads(result.out)["findings"] if one["verdict"] == "fail"
    }
    lines = MACHINE.splitlines()
    for rule, part in (
        ("apiserver-authorization-always-allow", "authorization-mode"),
        ("kubelet-read-only-port", "readOnlyPort"),
        ("component-bind-address", " bind-address: 0"),
        ("kube-proxy-metrics-exposed", "metrics-bind-address"),
        ("etcd-metrics-exposed", ":2381"),
    ):
        assert (rule, next(number for number, line in enumerate(lines, 1) if part in line)) in found


@pytest.mark.parametrize("hostile", ["5", "[]", "[null, {a: 1}]", "{extraArgs: 5, image: 5}", "x", "{extraArgs: [5]}"])
@pytest.mark.parametrize("field", ["apiServer", "etcd", "kubelet", "machine", "cluster", "scheduler"])
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    head = "version: v1alpha1\n"
    assert scanned(
        f"{head}machine: {{type: controlplane, {field}: {hostile}}}\ncluster: {{{field}: {hostile}}}\n"
    ).facts
    scanned(f"{head}machine: {{type: init}}\n{field}: {hostile}\n")
    scanned(f"{head}cluster: {{}}\n{field}: {hostile}\n")


def test_authorizers_that_a_user_adds_are_in_a_file() -> None:
    """Without them the file says no more than the modes that Talos always has."""
    bare = MACHINE.replace("      authorization-mode: AlwaysAllow\n", "")
    assert value(scanned(bare).fact("kube-apiserver"), "authorization-mode") == (["Node", "RBAC"], "talos")
    added = bare.replace(
        "    image: registry", "    authorizationConfig: [{type: Webhook, name: w}]\n    image: registry"
    )
    server = scanned(added).fact("kube-apiserver")
    assert "webhook" in server.undecided["settings"]
    assert "does not start" in server.undecided["settings"]


def test_a_kubelet_that_registers_no_node_lets_everybody_in() -> None:
    text = MACHINE.replace("    defaultRuntime", "    skipNodeRegistration: true\n    defaultRuntime")
    assert value(scanned(text).fact("kubelet"), "authorization-mode") == ("AlwaysAllow", "talos")
