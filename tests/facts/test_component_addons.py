"""What components rely on: the network of pods, CoreDNS and container runtimes, in files and in ConfigMaps."""

import pytest

from tests.facts.worlds import Scanned, value

LIST = '{"name": "pods", "cniVersion": "0.3.1", "plugins": [{"type": "%s", "secret": "hunter22"}, {"type": "portmap"}]}'


@pytest.mark.parametrize(
    ("plugin", "name", "wanted"),
    [
        ("calico", "etc/cni/net.d/10.conflist", True),
        ("cilium-cni", "etc/cni/net.d/10.conflist", True),
        ("flannel", "etc/cni/net.d/10.conflist", False),
        ("bridge", "etc/cni/net.d/10.conflist", None),
        ("flannel", "var/lib/rancher/k3s/agent/etc/cni/net.d/10-flannel.conflist", None),
    ],
)
def test_which_networks_enforce_policies(plugin: str, name: str, wanted: bool | None) -> None:
    (fact,) = Scanned({name: LIST % plugin}).facts
    assert fact.value["component"] == "cni"
    assert fact.value["settings"]["network-policies"].get("value") is wanted
    assert ("settings.network-policies" in fact.undecided) is (wanted is None)
    assert "hunter22" not in str(fact.value)


def test_a_network_of_one_plugin_and_files_that_are_none() -> None:
    (fact,) = Scanned({"etc/cni/net.d/10.conf": '{"cniVersion": "0.3.1", "name": "x", "type": "calico"}'}).facts
    assert value(fact, "plugins") == (["calico"], "file")
    assert Scanned({"a.json": '{"name": "eslint", "plugins": [{"name": "x"}]}'}).facts == []
    assert Scanned({"a.json": '{"plugins": [{"type": "x"}]}'}).facts == []


COREFILE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        errors
        forward . /etc/resolv.conf {
            max_concurrent 1000
        }
        cache 30
    }
"""


def test_coredns_has_its_plugins_as_settings() -> None:
    made = Scanned({"dns.yaml": COREFILE})
    fact = made.fact("coredns")
    assert str(fact.ref) == "Corefile/kube-system/coredns"
    assert value(fact, "cache") == (["30"], "file")
    assert value(fact, "forward")[0] == [".", "/etc/resolv.conf", "max_concurrent"]
    assert made.place(fact, "cache") == "dns.yaml:5"
    unknown = Scanned({"dns.yaml": COREFILE.replace("cache 30", "cache {$TTL}")}).fact("coredns")
    assert "environment variables" in unknown.undecided["settings.plugins"]


def test_a_container_runtime() -> None:
    text = 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\ndisable_apparmor = true\n'
    fact = Scanned({"etc/containerd/config.toml": text}).fact("containerd")
    assert value(fact, "apparmor") == (False, "file")
