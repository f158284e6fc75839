"""A node bundle in, what was observed out: documents of its files, processes, certificates and of the node itself."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from auditor.collectors.api.cluster import OBSERVED
from auditor.collectors.nodes.bundle import Bundle, File, Process
from auditor.collectors.nodes.roles import flags_of, path_of, prefix_of, roles
from auditor.kube.credentials import looks_like_credential
from auditor.kube.pem import certificate_blocks
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef, Origin

_HIDDEN: Final = "(withheld)"
_BIG_ENDIAN: Final = frozenset({"s390x", "s390", "ppc64", "mips", "mips64"})
_EMBEDDED: Final = re.compile(
    r"""["']?(client-certificate-data|certificate-authority-data)["']?[ \t]*:[ \t]*["']?([A-Za-z0-9+/=]+)"""
)
_ROTATED: Final = re.compile(r"/kubelet-(client|server)-\d{4}-\d\d-\d\d-[\d-]+\.pem$")
"""Certificates that the kubelet has had; the one in use is `-current.pem` (k8s.io/client-go util/certificate
certificate_store.go)."""
_STATE: Final = (("release", "kernelRelease"), ("lsm", "lsm"), ("lockdown", "lockdown"), ("cgroups", "cgroups"))


def node_name(bundle: Bundle) -> str:
    """The node's name as its kubelet decides it.

    k8s.io/component-helpers node/util/hostname.go: `--hostname-override`, else the host's name, in small letters.
    """
    if bundle.node:
        return bundle.node
    for process in bundle.processes:
        if process.component == "kubelet":
            for flag, value in flags_of(process.arguments or ()):
                if flag == "--hostname-override" and value.strip():
                    return value.strip().lower()
    return bundle.hostname.strip().lower() or "unnamed"


def documents(bundle: Bundle, name: str, world: str) -> Iterator[Resource]:
    """Documents of all that a bundle tells; `name` is the bundle's own, as reports print it."""
    node, made = node_name(bundle), roles(bundle)
    yield _resource("HostState", node, _state(bundle, node), f"{name}!/proc/sys", world)
    numbers: Counter[str] = Counter()
    for process in sorted(bundle.processes, key=lambda one: one.pid):
        numbers[process.component] += 1
        count = numbers[process.component]
        known_as = f"{node}:{process.component}{f'-{count}' if count > 1 else ''}"
        yield _resource("HostProcess", known_as, _process(bundle, process, node), f"{name}!/proc/{process.pid}", world)
    seen, shown = set[str](), set[str]()
    for file in bundle.files:
        if file.name in seen:
            continue
        seen.add(file.name)
        where = f"{name}!{file.name}"
        yield _resource(
            "HostFile", f"{node}:{file.name}", _file(bundle, file, node, made.get(file.name, [])), where, world
        )
        for number, content in enumerate(_certificates(file, node, shown), 1):
            suffix = "" if number == 1 else f"#{number}"
            yield _resource("Certificate", f"{node}:{file.name}{suffix}", content, where, world, number)


def _resource(kind: str, name: str, content: dict[str, Any], where: str, world: str, number: int = 0) -> Resource:
    manifest = {"apiVersion": OBSERVED, "kind": kind, "metadata": {"name": name}, **content}
    return Resource(ObjectRef(OBSERVED, kind, "", name), manifest, Origin(where, number, 0), world)


def _file(bundle: Bundle, file: File, node: str, its_roles: list[str]) -> dict[str, Any]:
    owner = {
        "uid": file.uid,
        "gid": file.gid,
        "owner": bundle.users.get(str(file.uid), "") if file.uid is not None else None,
        "group": bundle.groups.get(str(file.gid), "") if file.gid is not None else None,
        "mode": f"{int(file.mode, 8):04o}" if file.mode is not None else None,
        "size": file.size,
    }
    said = {"target": file.target, "error": file.error, "withheld": file.withheld, "within": prefix_of(file.name)[:-1]}
    return {
        "node": node,
        "path": path_of(file),
        "type": file.type,
        **{key: value for key, value in owner.items() if value is not None},
        **{key: value for key, value in said.items() if value},
        "roles": its_roles,
    }


def _process(bundle: Bundle, process: Process, node: str) -> dict[str, Any]:
    views = [view for view in bundle.views if view.pid == process.pid]
    content: dict[str, Any] = {"node": node, "pid": process.pid, "component": process.component}
    content |= {"executable": process.executable} if process.executable else {}
    content |= {"uid": process.uid} if process.uid is not None else {}
    if process.arguments is not None:
        content["arguments"] = [_without_credential(word) for word in process.arguments]
    if process.environment is not None:
        pairs = (text.partition("=") for text in map(_without_credential, process.environment))
        content["environment"] = {name: value for name, _, value in pairs if name}
    if process.listening is not None:
        content["listening"] = [_address(text, bundle.state.facts.get("machine", "")) for text in process.listening]
    content["files"] = {view.path: view.file for view in views if view.file}
    content["unseen"] = {view.path: view.error for view in views if not view.file}
    content["unread"] = process.unread.split()
    return content


def _without_credential(word: str) -> str:
    """The script hides credentials; a bundle that somebody else made may not."""
    name, equals, value = word.partition("=")
    if looks_like_credential(name.lstrip("-") if equals else "", value if equals else word):
        return f"{name}={_HIDDEN}" if equals else _HIDDEN
    return word


def _address(text: str, machine: str) -> dict[str, Any]:
    """An address of /proc/net/tcp: 32-bit words in the machine's order.

    Linux net/ipv4/tcp_ipv4.c, get_tcp4_sock; net/ipv6/tcp_ipv6.c.
    """
    from ipaddress import ip_address

    words, _, port = text.partition(":")
    step = 1 if machine in _BIG_ENDIAN else -1
    data = b"".join(bytes.fromhex(words[at : at + 8])[::step] for at in range(0, len(words), 8))
    address = ip_address(data)
    return {
        "address": str(address),
        "port": int(port, 16),
        "loopback": bool(address.is_loopback),
        "everywhere": bool(address.is_unspecified),
    }


def _state(bundle: Bundle, node: str) -> dict[str, Any]:
    known = bundle.state.facts
    runtimes = {"containerd", "crio", "dockerd", "cri-dockerd"}
    content: dict[str, Any] = {
        "node": node,
        "hostname": bundle.hostname,
        "collected": bundle.collected,
        "root": bundle.user.root,
        "missingTools": bundle.missing,
        "leftOut": bundle.leftOut,
        "kernel": dict(bundle.state.kernel),
        "os": {key.removeprefix("os."): value for key, value in known.items() if key.startswith("os.")},
        "runtimes": sorted({one.component for one in bundle.processes if one.component in runtimes}),
        "components": sorted({one.component for one in bundle.processes}),
        "agents": sorted({agent.name for agent in bundle.agents}),
        "unread": bundle.state.unread.split(),
    }
    content |= {name: known[key] for key, name in _STATE if key in known}
    content |= {"apparmor": known["apparmor"] == "Y"} if "apparmor" in known else {}
    content |= {"selinux": "enforcing" if known["selinux"] == "1" else "permissive"} if "selinux" in known else {}
    content |= {"swap": known["swap"] != "0"} if "swap" in known else {}
    return content


def _certificates(file: File, node: str, shown: set[str]) -> Iterator[dict[str, Any]]:
    """Certificates that are a file's content, or stand in a kubeconfig; the same ones once for a node."""
    for content in _all_certificates(file, node):
        if content["pem"] not in shown:
            shown.add(content["pem"])
            yield content


def _all_certificates(file: File, node: str) -> Iterator[dict[str, Any]]:
    text, where = file.content or "", f"{file.name} on node {node}"
    blocks = "".join(certificate_blocks(text))
    if blocks and not _ROTATED.search(file.name):
        yield {"role": "file", "where": where, "pem": blocks}
    for field, data in _EMBEDDED.findall(text):
        try:
            pem = "".join(certificate_blocks(b64decode(data, validate=True).decode("utf-8", "replace")))
        except ValueError:
            continue  # whoever reads the kubeconfig says so
        if pem:
            role = "client" if field == "client-certificate-data" else "file"
            yield {"role": role, "where": f"{field} in {where}", "pem": pem}
