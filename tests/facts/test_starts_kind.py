"""kind's cluster files: what patches, feature gates and nodes make of the components."""

import pytest

from tests.facts.worlds import line_of, scanned, value

CLUSTER = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
featureGates:
  AnonymousAuthConfigurableEndpoints: true
runtimeConfig:
  api/alpha: "true"
kubeadmConfigPatches:
- |
  kind: ClusterConfiguration
  apiServer:
    extraArgs:
      anonymous-auth: "false"
      enable-admission-plugins: NodeRestriction,AlwaysPullImages
- |
  apiVersion: kubelet.config.k8s.io/v1beta1
  kind: KubeletConfiguration
  readOnlyPort: 10255
nodes:
- role: control-plane
  image: kindest/node:v1.31.2@sha256:18fbefc20a7113353c7b75b5c869d7145a6abd6269154825872dc59c1329912e
  kubeadmConfigPatches:
  - |
    kind: ClusterConfiguration
    scheduler:
      extraArgs: {profiling: "false"}
- role: worker
  kubeadmConfigPatches:
  - |
    kind: JoinConfiguration
    nodeRegistration:
      kubeletExtraArgs:
        anonymous-auth: "true"
- role: worker
- role: worker
"""
PLAIN = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"


def test_patches_are_merged_over_what_kind_writes() -> None:
    made = scanned(CLUSTER)
    server, scheduler = made.fact("kube-apiserver"), made.fact("kube-scheduler")
    assert server.value["version"] == "1.31.2"
    assert value(server, "anonymous-auth") == (False, "flag")
    assert made.line(server.anchors["settings.anonymous-auth"]) == line_of(CLUSTER, 'anonymous-auth: "false"')
    assert value(server, "feature-gates")[0] == {"AnonymousAuthConfigurableEndpoints": True}
    assert made.place(server, "feature-gates") == line_of(CLUSTER, "featureGates:")
    assert value(server, "runtime-config")[0] == {"api/alpha": "true"}
    assert value(server, "client-ca-file") == ("/etc/kubernetes/pki/ca.crt", "kubeadm")
    assert value(scheduler, "profiling") == (False, "flag")
    assert made.place(scheduler, "profiling") == "f.yaml:25"


def test_kubelets_that_are_patched_alike_are_one() -> None:
    kubelets = [fact for fact in scanned(CLUSTER).facts if fact.value["component"] == "kubelet"]
    assert [value(fact, "anonymous-auth")[0] for fact in kubelets] == [False, True]
    assert {value(fact, "read-only-port") for fact in kubelets} == {(10255, "file")}
    assert {value(fact, "fail-swap-on") for fact in kubelets} == {(False, "file")}


def test_a_cluster_of_which_nothing_is_said_is_judged_as_kind_makes_it() -> None:
    made = scanned(PLAIN)
    assert len(made.facts) == 5
    assert value(made.fact("kube-apiserver"), "enable-admission-plugins") == (["NodeRestriction"], "kubeadm")
    assert made.place(made.fact("kubelet"), "seccomp-default") == "f.yaml:1"


def test_json_patches_leave_what_they_change_undecided() -> None:
    patch = "kubeadmConfigPatchesJSON6902: [{kind: ClusterConfiguration, patch: '[]'}, 5]\n"
    made = scanned(PLAIN + patch)
    assert "not read" in made.fact("etcd").undecided["settings"]
    assert "settings" not in made.fact("kubelet").undecided


def test_a_patch_that_cannot_be_read_is_a_gap() -> None:
    made = scanned(PLAIN + "kubeadmConfigPatches:\n- |\n  kind: {\n")
    assert [gap.code for gap in made.gaps] == ["yaml-syntax"]


def test_the_cluster_of_another_tool_is_none_of_kinds() -> None:
    assert not scanned("kind: Cluster\napiVersion: cluster.x-k8s.io/v1beta1\nmetadata: {name: c}\n").facts


@pytest.mark.parametrize("hostile", ["5", "[]", "[null, {a: 1}, 'kind: ClusterConfiguration']", "{a: 1}", "x"])
@pytest.mark.parametrize("field", ["nodes", "featureGates", "kubeadmConfigPatches", "networking", "runtimeConfig"])
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    assert scanned(f"{PLAIN}{field}: {hostile}\n").facts
    assert scanned(f"{PLAIN}nodes: [{{{field}: {hostile}, image: 5}}]\n").facts


NODES = """\
nodes:
- role: worker
  kubeadmConfigPatches: ["{kind: ClusterConfiguration, apiServer: {extraArgs: {anonymous-auth: 'false'}}}"]
  kubeadmConfigPatchesJSON6902: [{kind: ClusterConfiguration, patch: '[]'}]
- role: control-plane
  kubeadmConfigPatches: ["{kind: ClusterConfiguration, apiServer: {extraArgs: {profiling: 'false'}}}"]
"""


def test_the_control_plane_is_told_by_the_first_node_of_it() -> None:
    server = scanned(PLAIN + NODES).fact("kube-apiserver")
    assert value(server, "profiling") == (False, "flag")
    assert value(server, "anonymous-auth") == (True, "default")


def test_nodes_of_which_nothing_is_said_join_as_the_whole_clusters_patches_say() -> None:
    patch = "kubeadmConfigPatches: [\"{kind: JoinConfiguration, nodeRegistration: {kubeletExtraArgs: {v: '9'}}}\"]\n"
    made = scanned(f"{PLAIN}{patch}nodes: [{{role: control-plane}}, {{role: worker}}, {{role: worker}}]\n")
    kubelets = [fact for fact in made.facts if fact.value["component"] == "kubelet"]
    assert [value(fact, "v")[0] for fact in kubelets] == [0, 9]
