"""The table of a component's effective settings: what is set, by what, where, and what would hold otherwise."""

from pathlib import Path

from tests.cli.test_commands import Kubeplumb

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: kubelet, namespace: kube-system}
spec:
  containers:
    - name: kubelet
      image: registry.example/kubelet:v1.34.1
      command:
        - kubelet
        - --config=/etc/kubernetes/kubelet.yaml
        - --max-pods=110
        - --event-qps=x
"""
CONFIGURATION = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 10255
"""


def test_what_is_set_where(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "kubelet.yaml").write_text(CONFIGURATION)
    lines = [line.replace(f"{tmp_path}/", "") for line in kubeplumb("facts", "component", tmp_path).out.splitlines()]
    assert lines[0] == "kubelet  Pod/kube-system/kubelet  1.34.1, seen as pod  pod.yaml:6:7"
    cells = [" ".join(line.split()) for line in lines[2:-1]]
    assert cells == [
        'config "/etc/kubernetes/kubelet.yaml" flag pod.yaml:10:11 ""',
        "event-qps ? undecided pod.yaml:12:11 --event-qps: 'x' is no integer, so the component does not start",
        "max-pods 110 flag pod.yaml:11:11 110",
        "read-only-port 10255 file, likely kubelet.yaml:3:1 0",
    ]
    assert lines[-1].startswith("  not shown: ")


def test_defaults_are_shown_when_asked_for(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace("--config=/etc/kubernetes/kubelet.yaml", "--v=2"))
    out = kubeplumb("facts", "component", tmp_path, "--all").out
    assert any(line.split()[:3] == ["anonymous-auth", "true", "default"] for line in out.splitlines())
    assert "not shown" not in out


def test_json_when_asked_for_and_no_table_of_other_facts(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    assert kubeplumb("facts", "component", tmp_path, "-o", "json").out.startswith('{"subject": "component"')
    assert kubeplumb("facts", "container", tmp_path, "-o", "table").code == 2


def test_credentials_on_a_command_line_are_hidden(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD + "        - --manifest-url=https://u:hunter22@pods.example/\n")
    for form in ("table", "json"):
        out = kubeplumb("facts", "component", tmp_path, "-o", form).out
        assert "manifest-url" in out
        assert "hunter22" not in out
