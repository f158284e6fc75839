"""What peers' agents told of a node or a cloud in, files that our own collectors read out: the same, and no more.

Command lines, and files with owner, mode or content, become a node bundle; what a provider prints of a cluster becomes
that print.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

_AGENT = "hostdata.kubescape.cloud/"
_COMPONENTS = {
    "APIServerInfo": "kube-apiserver",
    "controllerManagerInfo": "kube-controller-manager",
    "schedulerInfo": "kube-scheduler",
    "KubeletInfo": "kubelet",
    "KubeProxyInfo": "kube-proxy",
}
_NAMED = (("clientCAFile", "--client-ca-file"), ("kubeConfigFile", "--kubeconfig"))
"""What an agent calls the files that a kubelet or kube-proxy names by these flags or in its configuration."""
_KUBELET_FILE = "/var/lib/kubelet/config.yaml"
"""Where an agent looks for a kubelet's configuration file that no flag names."""

_CLIENT_CA = "/etc/kubernetes/pki/ca.crt"
_NODE_FILES = {
    "adminConf": "/etc/kubernetes/admin.conf",
    "certificateAuthorities": _CLIENT_CA,
    "containerNetworkInterface": "/etc/cni/net.d/10-network.conflist",
    "controllerManagerConf": "/etc/kubernetes/controller-manager.conf",
    "etcdDataDirectory": "/var/lib/etcd/",
    "kubeAPIServerSpec": "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "kubeControllerManagerSpec": "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "kubeEtcdSpec": "/etc/kubernetes/manifests/etcd.yaml",
    "kubeSchedulerSpec": "/etc/kubernetes/manifests/kube-scheduler.yaml",
    "kubeconfigFileExists": "/etc/kubernetes/proxy.conf",
    "kubeletConf": "/etc/kubernetes/kubelet.conf",
    "kubeletConfigYamlConfiguration": "/var/lib/kubelet/config.yaml",
    "kubeletService": "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
    "kubePKIDirectory": "/etc/kubernetes/pki/",
    "schedulerConf": "/etc/kubernetes/scheduler.conf",
}
"""Where the files lie that a NodeInfo tells of by what they are for; a folder ends in a slash."""
_NODE_FLAGS = {
    "kubeletAuthorizationMode": "--authorization-mode",
    "kubeletEventQps": "--event-qps",
    "kubeletMakeIptablesUtilChains": "--make-iptables-util-chains",
    "kubeletProtectKernelDefaults": "--protect-kernel-defaults",
    "kubeletRotateCertificates": "--rotate-certificates",
    "kubeletStreamingConnectionIdleTimeout": "--streaming-connection-idle-timeout",
    "kubeletTlsPrivateKeyFile": "--tls-private-key-file",
}
_OTHER = 998
"""The number of a user or group that is not root, where only the name is told."""


class Written(NamedTuple):
    """A file to write, and whether it is named on the command line rather than found in a folder."""

    path: str
    content: bytes
    named: bool = False


def told(content: bytes) -> list[Written] | None:
    """The files for what an agent told; None for anything else."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if document.get("kind") == "ClusterDescribe":
        return [Written("described.json", json.dumps(document["data"]).encode(), named=True)]
    if document.get("kind") == "NodeInfo":
        return [_node_info(document["info"])]
    return list(_host(document)) if str(document.get("apiVersion", "")).startswith(_AGENT) else None


def _host(document: Mapping[str, Any]) -> Iterator[Written]:
    """Of an agent that gives command lines, and files with owner, mode and sometimes content."""
    data, kind = document.get("data"), document.get("kind", "")
    parts: dict[str, Any] = {kind: data} if kind in _COMPONENTS else data if isinstance(data, dict) else {}
    processes: list[dict[str, Any]] = []
    files = {one["path"]: _owned(one) for one in _files(data)}
    for name, part in parts.items():
        if isinstance(part, dict) and isinstance(part.get("cmdLine"), str):
            component = _COMPONENTS[name]
            arguments = part["cmdLine"].split()
            for path, content in _contents(component, arguments, part):
                files.setdefault(path, {"name": path, "type": "file"})["content"] = content
            arguments += [f"{flag}={part[key]['path']}" for key, flag in _NAMED if "path" in part.get(key, ())]
            processes.append(_process(component, arguments))
        elif name == "etcdDataDir":
            processes.append(_process("etcd", [f"--data-dir={part['path']}"]))
    if files or processes:
        yield _bundle(str(document.get("metadata", {}).get("name") or "node"), [*files.values()], processes)


def _process(component: str, arguments: list[str]) -> dict[str, Any]:
    """A process; some tests leave the name of the binary out."""
    named = bool(arguments) and not arguments[0].startswith("-")
    return {"component": component, "arguments": arguments if named else [component, *arguments]}


def _contents(component: str, words: list[str], part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Paths and contents of the files whose content is told; one without a path is the configuration file."""
    for one in part.values():
        content = one.get("content") if isinstance(one, dict) else None
        if content:
            path = one.get("path") or _flag(words, "--config") or _KUBELET_FILE
            yield path, _with_kind(component, b64decode(content).decode())


def _with_kind(component: str, content: str) -> str:
    """The kubelet's configuration file with its kind, without which no kubelet would start and tests leave it out."""
    lacking = component == "kubelet" and "kind:" not in content
    return f"kind: KubeletConfiguration\n{content}" if lacking else content


def _flag(words: list[str], name: str) -> str:
    """The last value that a flag is given."""
    return next((word.partition("=")[2] for word in reversed(words) if word.startswith(f"{name}=")), "")


def _files(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping) and "ownership" in node and "path" in node:
        yield node
    elif isinstance(node, Mapping | list):
        for one in node.values() if isinstance(node, Mapping) else node:
            yield from _files(one)


def _owned(file: Mapping[str, Any]) -> dict[str, Any]:
    owner = file["ownership"]
    folder = file["path"].endswith("/") or "." not in PurePosixPath(file["path"]).name
    return {
        "name": file["path"].rstrip("/"),
        "type": "directory" if folder else "file",
        "mode": f"{file['permissions']:o}",
        **{"user": (owner["uid"], owner["username"]), "team": (owner["gid"], owner["groupname"])},
    }


def _node_info(info: Mapping[str, Any]) -> Written:
    """Of an agent that gives one value for one question: a flag's, a mode's, an owner's. No value: there is none."""
    files: dict[str, dict[str, Any]] = {}
    flags: list[str] = []
    for question, answer in info.items():
        if question.endswith("ArgumentSet"):
            flag = _NODE_FLAGS[question.removesuffix("ArgumentSet")]
            flags += [f"{flag}={value}" for value in answer["values"]]
            continue
        path = _NODE_FILES[next(name for name in sorted(_NODE_FILES, key=len)[::-1] if question.startswith(name))]
        flags += [f"--client-ca-file={path}"] if path == _CLIENT_CA else []
        for value in answer["values"]:
            kind = "directory" if path.endswith("/") else "file"
            file = files.setdefault(path, {"name": path.rstrip("/"), "type": kind})
            user, _, group = str(value).partition(":")
            file |= {"user": (_OTHER, user), "team": (_OTHER, group)} if group else {"mode": user}
    return _bundle("node", [*files.values()], [_process("kubelet", flags)])


def _bundle(node: str, files: list[dict[str, Any]], processes: Sequence[Mapping[str, Any]] = ()) -> Written:
    """A node bundle of files with their owners, and of the processes that name them."""
    users: dict[str, str] = {}
    groups: dict[str, str] = {}
    written = []
    for file in files:
        one = {key: value for key, value in file.items() if key not in ("user", "team")}
        if "user" in file:
            one |= {"uid": _known(users, *file["user"]), "gid": _known(groups, *file["team"])}
        written.append(one)
    bundle = {
        "schema": "kubeplumb.dev/node/v1",
        "user": {"uid": 0, "root": True},
        "processesSeen": bool(processes),
        "processes": [{**one, "pid": number} for number, one in enumerate(processes, 1)],
        "files": written,
        "views": [],
        "users": users,
        "groups": groups,
        "state": {"kernel": {}, "facts": {}},
        "hostname": node,
        "end": True,
    }
    return Written(f"{node}-bundle.json", json.dumps(bundle, separators=(",", ":")).encode(), named=True)


def _known(names: dict[str, str], number: int, name: str) -> int:
    """The number of a user or group, noted with its name, which counts: tests change the name alone."""
    if name:
        number = 0 if name == "root" else number or _OTHER
        names[str(number)] = name
    return number
