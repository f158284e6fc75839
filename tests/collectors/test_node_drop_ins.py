"""Drop-ins of a kubelet are in a bundle as the kubelet walks their folder, and what they take away is known."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.collectors.fake_node import Node, node, shells
from tests.conftest import Kubeplumb

HEAD = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


@pytest.fixture
def fake(tmp_path: Path) -> Node:
    """A kubelet with drop-ins of every kind."""
    made = node(tmp_path)
    made.file("/etc/kubelet.yaml", f"{HEAD}readOnlyPort: 10255\nauthentication: {{anonymous: {{enabled: true}}}}\n")
    made.file("/etc/d/10.conf", f"{HEAD}maxPods: 10\n")
    made.file("/etc/d/.hidden.conf", f"{HEAD}eventRecordQPS: 0\n")
    made.file("/etc/d/..odd.conf", f"{HEAD}registryPullQPS: 1\n")
    made.file("/etc/d/sub/deep er/20.conf", f"{HEAD}readOnlyPort: null\nauthentication: null\n")
    made.file("/etc/elsewhere/30.conf", f"{HEAD}maxPods: 30\n")
    (made.root / "etc/d/linked").symlink_to("../elsewhere")
    made.process(10, ["/usr/bin/kubelet", "--config=/etc/kubelet.yaml", "--config-dir=/etc/d/"])
    return made


@pytest.mark.parametrize("shell", shells())
def test_hidden_files_and_folders_below_are_taken_and_no_folder_behind_a_link(fake: Node, shell: str) -> None:
    files = {one["name"]: one for one in fake.bundle(shell)["files"] if isinstance(one["name"], str)}
    below = {name for name in files if name.startswith("/etc/d")}
    assert below == {
        *("/etc/d", "/etc/d/.hidden.conf", "/etc/d/..odd.conf", "/etc/d/10.conf", "/etc/d/sub", "/etc/d/sub/deep er"),
        "/etc/d/sub/deep er/20.conf",
    }
    assert "/etc/elsewhere/30.conf" not in files


def test_the_kubelet_is_known_by_all_of_them(fake: Node, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    (tmp_path / "n.json").write_bytes(fake.run())
    lines = kubeplumb("facts", "component", tmp_path / "n.json", "-o", "json").out.splitlines()
    facts: list[dict[str, Any]] = [json.loads(line)["fact"] for line in lines]
    (settings,) = [one["settings"] for one in facts if one["source"] == "process"]
    names = ("max-pods", "event-qps", "registry-qps", "read-only-port", "anonymous-auth")
    assert [settings[name].get("value") for name in names] == [10, 0, 1, 0, False]
