"""A parsed document that is no object of a cluster in, what it configures on a node out, without secrets."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from auditor.collectors.nodes.talos import KIND as TALOS
from auditor.collectors.nodes.talos import talos_config
from auditor.kube.withheld import WITHHELD, shown_value
from auditor.model.refs import OBSERVED, ObjectRef

_ETCD_KEYS: Final = frozenset(
    {
        "advertise-client-urls",
        "client-transport-security",
        "data-dir",
        "initial-advertise-peer-urls",
        "initial-cluster",
        "initial-cluster-state",
        "initial-cluster-token",
        "listen-client-urls",
        "listen-metrics-urls",
        "listen-peer-urls",
        "peer-transport-security",
        "quota-backend-bytes",
        "snapshot-count",
    }
)
"""Keys of `etcd --config-file` (Config and configJSON in server/embed/config.go of etcd 3.7)."""

_ETCD_ONLY: Final = _ETCD_KEYS - {"data-dir"}

_RANCHER: Final = r"(?:^|[/!])etc/rancher/(k3s|rke2)/config\.yaml(?:\.d/[^/]+)?$"
_RANCHER_ARGS: Final = frozenset(
    f"{name}-arg{sign}"
    for name in (
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "etcd",
        "kube-cloud-controller-manager",
    )
    for sign in ("", "+")
)
_RANCHER_KEYS: Final = frozenset(
    {
        "cluster-init",
        "disable-cloud-controller",
        "flannel-backend",
        "node-taint",
        "protect-kernel-defaults",
        "secrets-encryption",
        "tls-san",
        "write-kubeconfig",
        "write-kubeconfig-mode",
    }
)
"""Options of `k3s server` and `rke2 server` that no other program has two of (pkg/cli/cmds/server.go, agent.go)."""

_RKE2_KEYS: Final = frozenset(
    {
        "audit-policy-file",
        "cni",
        "control-plane-resource-requests",
        "ingress-controller",
        "kubelet-path",
        "pod-security-admission-config-file",
        "profile",
    }
)
"""Options that only `rke2` has (pkg/cli/cmds/root.go and k3sopts.go)."""

_USER_SECRETS: Final = ("token", "password", "client-key-data")
_USER: Final = r"([A-Za-z][\w+.-]*://)([^/@\s]+)@"
_PLUGINS: Final = ("auth-provider", "exec")
_SWITCHES: Final = ("insecure-skip-tls-verify", "disable-compression")


class Configuration(NamedTuple):
    """A document under the name that facts know it by."""

    ref: ObjectRef
    manifest: Mapping[str, Any]
    secrets: tuple[str, ...] = ()


def configuration(value: Any, name: str) -> Configuration | None:
    """What a document is that configures a node without being an object of the API; None for anything else.

    A kubeconfig looks like an object (`kind: Config` of `v1`), and no server has that kind.
    """
    if not isinstance(value, dict):
        return None
    base = re.split(r"[/\\]", name)[-1]
    if "kind" in value or "apiVersion" in value:
        return _kubeconfig(value, base) if _is_kubeconfig(value) else None
    talos = talos_config(value)
    if talos is not None:
        return Configuration(ObjectRef(OBSERVED, TALOS, "", ""), {"apiVersion": OBSERVED, "kind": TALOS, **talos})
    network = _network(value, base)
    if network is not None:
        return network
    keys = value.keys()
    if len(keys & _ETCD_KEYS) > 1 and keys & _ETCD_ONLY:
        return _hidden("EtcdConfig", value, base)
    path = re.search(_RANCHER, name)
    kind = {"k3s": "K3sConfig", "rke2": "Rke2Config"}[path[1]] if path else _rancher(value, name)
    return _hidden(kind, value, base) if kind else None


def _network(value: Mapping[str, Any], base: str) -> Configuration | None:
    """A network configuration of CNI, of which nothing is kept but which plugins it names.

    Its format: SPEC.md of github.com/containernetworking/cni, section 1; `cniVersion` may be left out.
    """
    plugins = value.get("plugins")
    if isinstance(plugins, list) and plugins and all(isinstance(one, dict) and "type" in one for one in plugins):
        told: dict[str, Any] = {"plugins": [{"type": str(one["type"])} for one in plugins]}
    elif "cniVersion" in value and isinstance(value.get("type"), str):
        told = {"type": value["type"]}
    else:
        return None
    if not isinstance(value.get("name"), str):
        return None
    manifest = {"apiVersion": OBSERVED, "kind": "CniConfig", "name": value["name"], **told}
    return Configuration(ObjectRef(OBSERVED, "CniConfig", "", base), manifest)


def _is_kubeconfig(value: Mapping[str, Any]) -> bool:
    same = value.get("kind") == "Config" and value.get("apiVersion") == "v1"
    return same and any(isinstance(value.get(key), list) for key in ("clusters", "users", "contexts"))


def _rancher(value: Mapping[str, Any], name: str) -> str:
    """The kind of a configuration of k3s or RKE2 by its keys: an argument for a component and nothing but options."""
    keys = value.keys()
    told = len(keys & _RANCHER_ARGS) + len(keys & _RANCHER_KEYS)
    if told < 2 and not (keys <= _RANCHER_ARGS and keys):
        return ""
    return "Rke2Config" if keys & _RKE2_KEYS or "rke2" in name else "K3sConfig"


def _kubeconfig(value: Mapping[str, Any], base: str) -> Configuration:
    """Clusters and users with their names and how each is reached or proves itself, credentials withheld.

    The format is Config in k8s.io/client-go/tools/clientcmd/api/v1/types.go. What has another type is left out.
    """
    secrets: list[str] = []
    manifest: dict[str, Any] = {"apiVersion": OBSERVED, "kind": "Kubeconfig"}
    for key, inner in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
        if isinstance(value.get(key), list):
            manifest[key] = [_named(entry, inner, secrets) for entry in value[key]]
    return Configuration(ObjectRef(OBSERVED, "Kubeconfig", "", base), manifest, tuple(secrets))


def _named(entry: Any, inner: str, secrets: list[str]) -> dict[str, Any]:
    """An entry of a list, which is never left out, so that the others keep their numbers."""
    entry = entry if isinstance(entry, dict) else {}
    content = entry.get(inner) if isinstance(entry.get(inner), dict) else {}
    kept: dict[str, Any] = {}
    for key, value in content.items():
        if key in _PLUGINS:
            kept[key] = _hide_below(value, secrets)
        elif isinstance(value, bool if key in _SWITCHES else str):
            kept[key] = _hide(value, secrets) if key in _USER_SECRETS else _without_user(key, value, secrets)
    name = entry.get("name")
    return {"name": name if isinstance(name, str) else "", inner: kept}


def _without_user(key: str, value: Any, secrets: list[str]) -> Any:
    """A value without what a URL says of a user, which leaves its scheme and host to be judged."""
    user = re.match(_USER, value) if isinstance(value, str) else None
    if user is None:
        return _option(key, value, secrets)
    secrets.append(user[2])
    return f"{user[1]}{WITHHELD}{value[user.end(2) :]}"


def _hide(value: Any, secrets: list[str]) -> Any:
    if not isinstance(value, str) or not value or value == WITHHELD:
        return value
    secrets += value.split()
    return WITHHELD


_NAMES_IN_EXEC: Final = frozenset({"name", "command", "apiVersion", "interactiveMode", "installHint", "cmd-path"})


def _hide_below(value: Any, secrets: list[str], name: str = "") -> Any:
    """Texts below a plugin's configuration, of which nobody knows which are secret."""
    if isinstance(value, dict):
        return {key: _hide_below(item, secrets, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide_below(item, secrets, name) for item in value]
    return value if name in _NAMES_IN_EXEC else _hide(value, secrets)


def _hidden(kind: str, value: Mapping[str, Any], base: str) -> Configuration:
    """A mapping of options without tokens, keys and passwords."""
    secrets: list[str] = []
    manifest = {key: _option(key, item, secrets) for key, item in value.items()}
    return Configuration(ObjectRef(OBSERVED, kind, "", base), manifest, tuple(secrets))


_TOKENS: Final = frozenset({"token", "agent-token", "vpn-auth", "etcd-s3-secret-key", "etcd-s3-access-key"})


def _option(key: str, value: Any, secrets: list[str]) -> Any:
    if isinstance(value, list):
        return [_option(key, item, secrets) for item in value]
    if isinstance(value, dict):
        return {name: _option(name, item, secrets) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    shown = WITHHELD if key in _TOKENS and value else shown_value(key, value)
    if shown != value:
        secrets += value.split()
    return shown
