"""The flags that Talos itself gives to the components of Kubernetes, and what becomes of its users' beside them.

Sources, in github.com/siderolabs/talos: internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go and
kubelet_spec.go, internal/app/machined/pkg/system/services/etcd.go. They are those of 1.8 to 1.13, and differ little
before and after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from auditor.facts.components.flags import Word
from auditor.facts.sources.extra_arguments import Extra, words_of
from auditor.model.facts import Anchor

TOOL: Final = "talos"
CONFIG: Final = "/system/config/kubernetes/kube-apiserver"
SECRETS: Final = "/system/secrets/kubernetes"
_API: Final = f"{SECRETS}/kube-apiserver"
_MANAGER: Final = f"{SECRETS}/kube-controller-manager"
_SCHEDULER: Final = f"{SECRETS}/kube-scheduler"
_ETCD: Final = "/system/secrets/etcd"

FLAGS: Final[Mapping[str, Mapping[str, str]]] = {
    "kube-apiserver": {
        "admission-control-config-file": f"{CONFIG}/admission-control-config.yaml",
        "allow-privileged": "true",
        "anonymous-auth": "false",
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
        "audit-log-path": "/var/log/audit/kube/kube-apiserver.log",
        "audit-policy-file": f"{CONFIG}/auditpolicy.yaml",
        "bind-address": "0.0.0.0",
        "client-ca-file": f"{_API}/ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "encryption-provider-config": f"{_API}/encryptionconfig.yaml",
        "etcd-cafile": f"{_API}/etcd-client-ca.crt",
        "etcd-certfile": f"{_API}/etcd-client.crt",
        "etcd-keyfile": f"{_API}/etcd-client.key",
        "etcd-servers": "https://localhost:2379",
        "kubelet-client-certificate": f"{_API}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{_API}/apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "proxy-client-cert-file": f"{_API}/front-proxy-client.crt",
        "proxy-client-key-file": f"{_API}/front-proxy-client.key",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-client-ca-file": f"{_API}/aggregator-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "secure-port": "6443",
        "service-account-issuer": "https://$(ENDPOINT)",
        "service-account-key-file": f"{_API}/service-account.pub",
        "service-account-signing-key-file": f"{_API}/service-account.key",
        "tls-cert-file": f"{_API}/apiserver.crt",
        "tls-min-version": "VersionTLS12",
        "tls-private-key-file": f"{_API}/apiserver.key",
    },
    "kube-controller-manager": {
        "allocate-node-cidrs": "true",
        "authentication-kubeconfig": f"{_MANAGER}/kubeconfig",
        "authorization-kubeconfig": f"{_MANAGER}/kubeconfig",
        "bind-address": "127.0.0.1",
        "cluster-signing-cert-file": f"{_MANAGER}/ca.crt",
        "cluster-signing-key-file": f"{_MANAGER}/ca.key",
        "configure-cloud-routes": "false",
        "controllers": "*,tokencleaner",
        "kubeconfig": f"{_MANAGER}/kubeconfig",
        "leader-elect": "true",
        "profiling": "false",
        "root-ca-file": f"{_MANAGER}/ca.crt",
        "service-account-private-key-file": f"{_MANAGER}/service-account.key",
        "use-service-account-credentials": "true",
    },
    "kube-scheduler": {
        "authentication-kubeconfig": f"{_SCHEDULER}/kubeconfig",
        "authentication-tolerate-lookup-failure": "false",
        "authorization-kubeconfig": f"{_SCHEDULER}/kubeconfig",
        "bind-address": "127.0.0.1",
        "config": "/system/config/kubernetes/kube-scheduler/scheduler-config.yaml",
        "leader-elect": "true",
        "profiling": "false",
    },
    "etcd": {
        "auto-tls": "false",
        "cert-file": f"{_ETCD}/server.crt",
        "client-cert-auth": "true",
        "data-dir": "/var/lib/etcd",
        "key-file": f"{_ETCD}/server.key",
        "listen-client-urls": "https://$(ADDRESS):2379",
        "listen-peer-urls": "https://$(ADDRESS):2380",
        "peer-auto-tls": "false",
        "peer-cert-file": f"{_ETCD}/peer.crt",
        "peer-client-cert-auth": "true",
        "peer-key-file": f"{_ETCD}/peer.key",
        "peer-trusted-ca-file": f"{_ETCD}/ca.crt",
        "trusted-ca-file": f"{_ETCD}/ca.crt",
    },
    "kube-proxy": {
        "conntrack-max-per-core": "0",
        "hostname-override": "$(NODE_NAME)",
        "kubeconfig": "/etc/kubernetes/kubeconfig",
    },
    "kubelet": {
        "bootstrap-kubeconfig": "/etc/kubernetes/bootstrap-kubeconfig",
        "cert-dir": "/var/lib/kubelet/pki",
        "config": "/etc/kubernetes/kubelet.yaml",
        "kubeconfig": "/etc/kubernetes/kubeconfig-kubelet",
    },
}
"""By component; of what the machine alone knows an address stands as a reference."""

KUBELET_FIXED: Final = {
    "anonymous-auth": "false",
    "authentication-token-webhook": "true",
    "authorization-mode": "Webhook",
    "client-ca-file": "/etc/kubernetes/pki/ca.crt",
    "protect-kernel-defaults": "true",
    "rotate-certificates": "true",
}
KUBELET_DEFAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "address": ("address", "0.0.0.0"),
    "fail-swap-on": ("failSwapOn", "false"),
    "streaming-connection-idle-timeout": ("streamingConnectionIdleTimeout", "5m0s"),
}
"""What Talos writes to the kubelet's configuration file in any case, and what only if its user does not, by flag."""

_JOINED: Final = frozenset({"authorization-mode", "controllers", "enable-admission-plugins", "feature-gates"})
_REPEATED: Final = frozenset({"service-account-issuer"})
_DENIED: Final[Mapping[str, frozenset[str]]] = {
    "kube-apiserver": frozenset(
        {
            "etcd-servers",
            "client-ca-file",
            "requestheader-client-ca-file",
            "encryption-provider-config",
            "tls-cert-file",
        }
        | {"proxy-client-cert-file", "proxy-client-key-file", "etcd-cafile", "etcd-certfile", "etcd-keyfile"}
        | {"kubelet-client-certificate", "kubelet-client-key", "service-account-key-file", "tls-private-key-file"}
        | {"service-account-signing-key-file", "authorization-config"}
    ),
    "kube-controller-manager": frozenset(
        {"cluster-signing-cert-file", "cluster-signing-key-file", "authentication-kubeconfig", "root-ca-file"}
        | {"authorization-kubeconfig", "service-account-private-key-file"}
    ),
    "kube-scheduler": frozenset({"kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig", "config"}),
    "etcd": frozenset(FLAGS["etcd"]),
    "kubelet": frozenset({"bootstrap-kubeconfig", "kubeconfig", "config", "cert-dir"}),
}


def talos_words(
    component: str, own: Mapping[str, str], extra: Sequence[Extra], home: Anchor
) -> tuple[tuple[Word, ...], str]:
    """The words of a component's command line; and why Talos refuses a user's flag, or empty."""
    denied = next((one.name for one in extra if one.name in _DENIED.get(component, ())), "")
    if denied:
        return (), f"Talos does not let its user set --{denied}, so it is refused"
    return words_of(own, tuple(_merged(own, extra, home)), home, TOOL), ""


def _merged(own: Mapping[str, str], extra: Iterable[Extra], home: Anchor) -> Iterator[Extra]:
    """A user's flags, with what Talos' own add to those that are not simply replaced."""
    groups: dict[str, list[Extra]] = {}
    for one in extra:
        groups.setdefault(one.name, []).append(one)
    for name, group in groups.items():
        if name in _JOINED and name in own:
            parts = [part for text in (own[name], *(one.text for one in group)) for part in text.split(",")]
            unknown = next((one.unknown for one in group if one.unknown), "")
            yield Extra(name, ",".join(dict.fromkeys(parts)), group[-1].place, unknown)
            continue
        if name in _REPEATED and name in own:
            yield Extra(name, own[name], home)
        yield from group
