"""Cluster API's objects: the control plane and the kubelets that kubeadm is to set up, and the files they bring."""

import base64

import pytest

from tests.facts.worlds import line_of, scanned, value

CONTROL_PLANE = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp, namespace: fleet}
spec:
  version: v1.31.4
  kubeadmConfigSpec:
    clusterConfiguration:
      apiServer:
        extraArgs:
          anonymous-auth: "false"
          authentication-config: /audit/authn.yaml
    initConfiguration:
      nodeRegistration:
        kubeletExtraArgs: {read-only-port: "10255"}
    joinConfiguration:
      nodeRegistration:
        kubeletExtraArgs: {read-only-port: "10255"}
"""
LISTS = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: cp, namespace: fleet}
spec:
  version: v1.34.1
  kubeadmConfigSpec:
    clusterConfiguration:
      apiServer:
        extraArgs:
        - name: profiling
          value: "false"
"""
PATCHED = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  version: v1.31.4
  kubeadmConfigSpec:
    files:
    - path: /etc/patches/kubeletconfiguration0+strategic.yaml
      content: |
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        authentication: {anonymous: {enabled: true}}
    - path: /etc/patches/kube-scheduler0+merge.yaml
      content: "spec: {}"
    initConfiguration:
      patches: {directory: /etc/patches}
"""
TEMPLATE = """\
apiVersion: bootstrap.cluster.x-k8s.io/v1beta1
kind: KubeadmConfigTemplate
metadata: {name: worker}
spec:
  template:
    spec:
      joinConfiguration:
        nodeRegistration:
          kubeletExtraArgs:
            anonymous-auth: "true"
"""


def test_a_control_plane() -> None:
    made = scanned(CONTROL_PLANE)
    assert sorted(fact.value["component"] for fact in made.facts) == [
        *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
    ]
    server, kubelet = made.fact("kube-apiserver"), made.fact("kubelet")
    assert (server.value["minor"], server.ref.kind, server.ref.name) == (31, "KubeadmControlPlane", "cp")
    assert value(server, "enable-admission-plugins") == (["NodeRestriction"], "kubeadm")
    assert made.place(server, "authentication-config") == line_of(CONTROL_PLANE, "authn.yaml")
    assert value(kubelet, "read-only-port") == (10255, "flag")
    assert value(kubelet, "rotate-certificates") == (True, "kubeadm")
    assert made.seen == {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"}


def test_flags_as_a_list() -> None:
    made = scanned(LISTS)
    server = made.fact("kube-apiserver")
    assert value(server, "profiling") == (False, "flag")
    assert made.place(server, "profiling") == line_of(LISTS, '"false"')
    assert made.fact("kubelet").ref.kind == "KubeadmControlPlane"


def test_patches_of_a_kubelet_are_read_and_others_leave_their_component_undecided() -> None:
    made = scanned(PATCHED)
    kubelet = made.fact("kubelet")
    assert value(kubelet, "anonymous-auth") == (True, "file")
    assert made.place(kubelet, "anonymous-auth") == line_of(PATCHED, "enabled: true")
    assert "kube-scheduler0+merge.yaml" in made.fact("kube-scheduler").undecided["settings"]
    assert value(made.fact("kube-apiserver"), "authorization-mode") == (["Node", "RBAC"], "kubeadm")
    assert len([fact for fact in made.facts if fact.value["component"] == "kubelet"]) == 1


def test_a_patch_of_a_kubelet_that_is_no_document_leaves_it_undecided() -> None:
    text = PATCHED.replace("+strategic", "+json").replace("        kind: KubeletConfiguration\n", "")
    assert "kubeletconfiguration0+json.yaml" in scanned(text).fact("kubelet").undecided["settings"]


def test_a_template_of_workers_is_a_kubelet() -> None:
    made = scanned(TEMPLATE)
    (fact,) = made.facts
    assert value(fact, "anonymous-auth") == (True, "flag")
    assert made.place(fact, "anonymous-auth") == line_of(TEMPLATE, '"true"')
    assert scanned(TEMPLATE.partition("      joinConf")[0] + "      {}\n").fact("kubelet")


SCHEDULER = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  kubeadmConfigSpec:
    files:
    - path: /etc/sched/config.yaml
      content: |
        apiVersion: kubescheduler.config.k8s.io/v1
        kind: KubeSchedulerConfiguration
        enableProfiling: true
    clusterConfiguration:
      scheduler:
        extraArgs: {config: /mnt/config.yaml, profiling: "false"}
        extraVolumes: [{name: c, hostPath: /etc/sched, mountPath: /mnt}]
"""


def test_a_file_of_the_object_is_found_through_the_mount() -> None:
    made = scanned(SCHEDULER)
    fact = made.fact("kube-scheduler")
    assert value(fact, "profiling") == (True, "file")
    assert made.place(fact, "profiling") == line_of(SCHEDULER, "enableProfiling")
    assert len([one for one in made.facts if one.value["component"] == "kube-scheduler"]) == 1


@pytest.mark.parametrize("hostile", ["5", "[]", "[null, {path: 5}]", "{a: 1}", "null", "x"])
@pytest.mark.parametrize("field", ["clusterConfiguration", "files", "joinConfiguration", "version"])
def test_nothing_in_it_breaks_the_reading(field: str, hostile: str) -> None:
    for group, kind in (("controlplane", "KubeadmControlPlane"), ("bootstrap", "KubeadmConfig")):
        head = f"apiVersion: {group}.cluster.x-k8s.io/v1beta1\nkind: {kind}\n"
        assert scanned(f"{head}spec: {{kubeadmConfigSpec: {{{field}: {hostile}}}, {field}: {hostile}}}\n").facts
        assert scanned(f"{head}spec: {hostile}\n").facts
        scanned(head.replace(kind, f"{kind}Template") + f"spec: {{template: {hostile}}}\n")


def test_a_template_of_a_control_plane_may_be_patched_by_a_cluster_class() -> None:
    text = CONTROL_PLANE.replace("KubeadmControlPlane", "KubeadmControlPlaneTemplate").replace(
        "  version: v1.31.4\n  kubeadmConfigSpec:", "  template: {spec: {kubeadmConfigSpec: {"
    )
    text = text.partition("    clusterConfiguration")[0] + "clusterConfiguration: {}}}}\n"
    settings = scanned(text).fact("kube-apiserver").value["settings"]
    assert {entry["confidence"] for entry in settings.values()} == {"likely"}


def test_a_file_in_base64_and_the_longest_mount() -> None:
    content = base64.b64encode(
        b"apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
    ).decode()
    text = SCHEDULER.partition("      content: |")[0] + f"      encoding: base64\n      content: {content}\n"
    text += SCHEDULER[SCHEDULER.index("    clusterConfiguration") :]
    assert value(scanned(text).fact("kube-scheduler"), "profiling") == (True, "default")
    hidden = text.replace(
        "extraVolumes: [", "extraVolumes: [{name: d, hostPath: /etc/other, mountPath: /mnt/config.yaml}, "
    )
    assert value(scanned(hidden).fact("kube-scheduler"), "profiling")[1] == "undecided"
    named = hidden.replace("/etc/other", "/etc/sched/config.yaml")
    assert value(scanned(named).fact("kube-scheduler"), "profiling") == (True, "default")
