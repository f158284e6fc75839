"""HostState documents of a world in, one fact for each node out: its kernel's settings and what watches it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource

KUBELET_DEFAULTS: Final[Mapping[str, int]] = {
    "vm.overcommit_memory": 1,
    "vm.panic_on_oom": 0,
    "kernel.panic": 10,
    "kernel.panic_on_oops": 1,
    "kernel.keys.root_maxkeys": 1_000_000,
    "kernel.keys.root_maxbytes": 25_000_000,
}
"""What the kubelet sets, or with `protectKernelDefaults` insists on (kubernetes pkg/kubelet/cm
container_manager_linux.go, setupKernelTunables; k8s.io/component-helpers node/util/sysctl)."""
_TEXTS: Final = ("hostname", "collected", "kernelRelease", "lockdown", "selinux", "cgroups", "lsm")
_LISTS: Final = ("runtimes", "components", "agents", "missingTools", "unread")
_KERNEL: Final = ("kernel",)

HOST = Subject(
    name="host",
    description="A node as its bundle tells it: the kernel's settings, what runs there, what watches it.",
    variable="host",
    owners=("cluster",),
    reads=("HostState.observed.kubeplumb.dev",),
    joined=True,
    fields={
        "node": Field("string", "The node's name."),
        "hostname": Field("string", "What the machine calls itself."),
        "collected": Field("string", "When, ISO 8601, UTC."),
        "root": Field("bool", "Whether the script ran as root, and so could see everything."),
        "kernel": Field("map", "Kernel parameters by name, numbers as int: `kernel.panic`, `net.ipv4.ip_forward`."),
        "kernelDefaults": Field(
            "list",
            "Kernel parameters that the kubelet wants otherwise: `name`, `value` and `want`.",
            _KERNEL,
        ),
        "kernelRelease": Field("string", "Such as `6.1.0-18-amd64`; empty if it is not told."),
        "os": Field("map", "`ID`, `VERSION_ID`, `PRETTY_NAME` of /etc/os-release."),
        "lsm": Field("string", "The kernel's security modules, such as `lockdown,yama,apparmor`; empty if not told."),
        "apparmor": Field("bool", "Whether AppArmor is on."),
        "selinux": Field("string", "`enforcing`, `permissive`, or empty where it is not there."),
        "lockdown": Field("string", "As /sys/kernel/security/lockdown has it."),
        "cgroups": Field("string", "`1` or `2`; empty if not told."),
        "swap": Field("bool", "Whether memory is swapped to a disk."),
        "runtimes": Field("list", "Container runtimes that run: `containerd`, `crio`, `dockerd`, `cri-dockerd`."),
        "components": Field("list", "Components that run, by name."),
        "agents": Field("list", "Processes seen that watch the node, such as `auditd`, `falco`, `tetragon`."),
        "missingTools": Field("list", "Tools that the script lacked."),
        "unread": Field("list", "Settings that are there and could not be read."),
    },
)


def host_facts(world: World) -> Iterator[Fact]:
    """One fact for each node that a bundle tells of."""
    for resource in world.of("HostState"):
        if resource.ref.api_version == OBSERVED:
            yield _fact(resource, world)


def _fact(resource: Resource, world: World) -> Fact:
    manifest = resource.manifest
    kernel, system = manifest.get("kernel"), manifest.get("os")
    kernel = {str(name): _value(value) for name, value in kernel.items()} if isinstance(kernel, Mapping) else {}
    value: dict[str, Any] = {
        "node": str(manifest.get("node", "")),
        **{name: str(manifest.get(name, "")) for name in _TEXTS},
        **{name: manifest[name] if isinstance(manifest.get(name), list) else [] for name in _LISTS},
        **{name: manifest.get(name) is True for name in ("root", "apparmor", "swap")},
        "kernel": kernel,
        "kernelDefaults": [
            {"name": name, "value": kernel[name], "want": want}
            for name, want in KUBELET_DEFAULTS.items()
            if name in kernel and kernel[name] != want
        ],
        "os": system if isinstance(system, dict) else {},
    }
    anchors = {"": Anchor(resource.origin, resource.ref, ())}
    fact = Fact("host", resource.ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(resource.origin, ())
    hidden = [name for name in value["unread"] if isinstance(name, str)]
    if any("." in name and not name.startswith("net.") for name in hidden):
        reason = f"the script could not read {', '.join(hidden)} on node {value['node']}: run it as root"
        fact.undecided |= dict.fromkeys(("kernel", "kernelDefaults"), reason)
    for name in ("apparmor", "selinux", "cgroups", "swap"):
        if name in hidden or (name in ("cgroups", "swap") and name not in manifest):
            fact.undecided[name] = f"the bundle of node {value['node']} does not tell it"
    conflict = world.conflict(resource.ref)
    if conflict:
        fact.undecided |= dict.fromkeys(value, conflict)
    return fact


def _value(value: Any) -> Any:
    """A number where it is one: parameters come as texts, and YAML reads them as numbers."""
    text = str(value).strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else text
