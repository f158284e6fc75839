"""A kubeadm configuration in, the flags that kubeadm itself gives to each component out.

Sources, all below cmd/kubeadm/app of k8s.io/kubernetes: phases/controlplane/manifests.go, phases/etcd/local.go,
phases/kubelet/flags.go, componentconfigs/kubelet.go, apis/kubeadm/v1beta4/defaults.go; tests compare them with what
kubeadm 1.30 and 1.37 wrote. What kubeadm asks its host for stands as a reference, such as `$(ADDRESS)`, and is a name
or an address and nothing more.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

from auditor.facts.components.flags import Word
from auditor.facts.components.layers import Layers
from auditor.facts.sources.extra_arguments import Extra, extra_arguments, words_of
from auditor.model.facts import Anchor

ADDRESS: Final = "$(ADDRESS)"
NODE: Final = "$(NODE_NAME)"
PKI: Final = "/etc/kubernetes/pki"
TOOL: Final = "kubeadm"

_API_SERVER: Final = {
    "advertise-address": "{address}",
    "allow-privileged": "true",
    "client-ca-file": "{pki}/ca.crt",
    "enable-admission-plugins": "NodeRestriction",
    "enable-bootstrap-token-auth": "true",
    "kubelet-client-certificate": "{pki}/apiserver-kubelet-client.crt",
    "kubelet-client-key": "{pki}/apiserver-kubelet-client.key",
    "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
    "proxy-client-cert-file": "{pki}/front-proxy-client.crt",
    "proxy-client-key-file": "{pki}/front-proxy-client.key",
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-client-ca-file": "{pki}/front-proxy-ca.crt",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "secure-port": "{port}",
    "service-account-key-file": "{pki}/sa.pub",
    "service-cluster-ip-range": "{services}",
    "tls-cert-file": "{pki}/apiserver.crt",
    "tls-private-key-file": "{pki}/apiserver.key",
}
_TOKENS: Final = {
    "service-account-issuer": "https://kubernetes.default.svc.{domain}",
    "service-account-signing-key-file": "{pki}/sa.key",
}
"""Of 1.20 and later, where tokens are always bound to an issuer; before it `--insecure-port=0` was needed instead."""
_INSECURE: Final = {"insecure-port": "0"}
_STACKED: Final = {
    "etcd-cafile": "{pki}/etcd/ca.crt",
    "etcd-certfile": "{pki}/apiserver-etcd-client.crt",
    "etcd-keyfile": "{pki}/apiserver-etcd-client.key",
    "etcd-servers": "https://{local}:2379",
}
_CLIENT: Final = {
    "bind-address": "127.0.0.1",
    "leader-elect": "true",
    "kubeconfig": "/etc/kubernetes/{name}.conf",
    "authentication-kubeconfig": "/etc/kubernetes/{name}.conf",
    "authorization-kubeconfig": "/etc/kubernetes/{name}.conf",
}
_CONTROLLERS: Final = {
    "client-ca-file": "{pki}/ca.crt",
    "cluster-name": "{cluster}",
    "cluster-signing-cert-file": "{pki}/ca.crt",
    "cluster-signing-key-file": "{pki}/ca.key",
    "controllers": "*,bootstrapsigner,tokencleaner",
    "requestheader-client-ca-file": "{pki}/front-proxy-ca.crt",
    "root-ca-file": "{pki}/ca.crt",
    "service-account-private-key-file": "{pki}/sa.key",
    "use-service-account-credentials": "true",
}
"""With an own CA key; where that lies elsewhere, which only the host shows, nothing is signed."""
_PODS: Final = {"allocate-node-cidrs": "true", "cluster-cidr": "{pods}", "service-cluster-ip-range": "{services}"}
_ETCD: Final = {
    "advertise-client-urls": "https://{host}:2379",
    "cert-file": "{pki}/etcd/server.crt",
    "client-cert-auth": "true",
    "data-dir": "{data}",
    "initial-advertise-peer-urls": "https://{host}:2380",
    "initial-cluster": "{node}=https://{host}:2380",
    "key-file": "{pki}/etcd/server.key",
    "listen-client-urls": "https://{local}:2379,https://{host}:2379",
    "listen-metrics-urls": "http://{local}:2381",
    "listen-peer-urls": "https://{host}:2380",
    "name": "{node}",
    "peer-cert-file": "{pki}/etcd/peer.crt",
    "peer-client-cert-auth": "true",
    "peer-key-file": "{pki}/etcd/peer.key",
    "peer-trusted-ca-file": "{pki}/etcd/ca.crt",
    "snapshot-count": "10000",
    "trusted-ca-file": "{pki}/etcd/ca.crt",
}
_ETCD_36: Final = {"feature-gates": "InitialCorruptCheck=true", "watch-progress-notify-interval": "5s"}
_ETCD_35: Final = {
    "experimental-initial-corrupt-check": "true",
    "experimental-watch-progress-notify-interval": "5s",
}
KUBELET_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "anonymous-auth": ("authentication.anonymous.enabled", "false"),
    "authentication-token-webhook": ("authentication.webhook.enabled", "true"),
    "authorization-mode": ("authorization.mode", "Webhook"),
    "cgroup-driver": ("cgroupDriver", "systemd"),
    "client-ca-file": ("authentication.x509.clientCAFile", "{pki}/ca.crt"),
    "cluster-dns": ("clusterDNS", "{dns}"),
    "cluster-domain": ("clusterDomain", "{domain}"),
    "healthz-bind-address": ("healthzBindAddress", "127.0.0.1"),
    "healthz-port": ("healthzPort", "10248"),
    "pod-manifest-path": ("staticPodPath", "/etc/kubernetes/manifests"),
    "rotate-certificates": ("", "true"),
}
"""What kubeadm adds to a KubeletConfiguration that does not say it, by flag; what has no field it always sets."""


class Host(NamedTuple):
    """What kubeadm knows of the machine that a component is to run on."""

    address: str = ADDRESS
    port: int = 6443
    node: str = NODE


def api_server(cluster: Layers, host: Host, minor: int, extra: Sequence[Extra], home: Anchor) -> tuple[Word, ...]:
    """The words of the API server's command line (getAPIServerCommand)."""
    own = _API_SERVER | (_TOKENS if minor >= 20 else _INSECURE)
    values = _values(cluster, host)
    if cluster.raw("etcd", "external") is None:
        own |= _STACKED
    flags = _filled(own, values)
    if cluster.raw("etcd", "external") is not None:
        flags |= _external(cluster.below("etcd", "external"))
    if all(one.name != "authorization-config" for one in extra):
        flags["authorization-mode"] = "Node,RBAC"
    return words_of(flags, extra, home, TOOL)


def of_stacked_etcd(words: Sequence[Word], etcd: Sequence[Extra]) -> tuple[Word, ...]:
    """The API server's words where the address that etcd advertises is set: the server uses that one as well."""
    given = next((one for one in reversed(etcd) if one.name == "advertise-client-urls"), None)
    if given is None:
        return tuple(words)
    result = []
    for word in words:
        if word.origin == TOOL and word.text.startswith("--etcd-servers="):
            base = word.text.partition("=")[2]
            text = {"append": base + given.text, "prepend": given.text + base}.get(given.merge, given.text)
            word = Word(f"--etcd-servers={text}", given.place, given.unknown, TOOL)
        result.append(word)
    return tuple(result)


def controller_manager(cluster: Layers, host: Host, extra: Sequence[Extra], home: Anchor) -> tuple[Word, ...]:
    """The words of the controller manager's command line (getControllerManagerCommand)."""
    own = _CLIENT | _CONTROLLERS | (_PODS if cluster.text("networking", "podSubnet") else {})
    return words_of(_filled(own, _values(cluster, host, "controller-manager")), extra, home, TOOL)


def scheduler(extra: Sequence[Extra], home: Anchor) -> tuple[Word, ...]:
    """The words of the scheduler's command line (getSchedulerCommand)."""
    return words_of(_filled(_CLIENT, {"name": "scheduler"}), extra, home, TOOL)


def etcd(cluster: Layers, host: Host, minor: int, extra: Sequence[Extra], home: Anchor) -> tuple[Word, ...]:
    """The words of etcd's command line (getEtcdCommand) of the first member; etcd is 3.6 since Kubernetes 1.34."""
    own = _ETCD | (_ETCD_36 if minor >= 34 else _ETCD_35)
    return words_of(_filled(own, _values(cluster, host)), extra, home, TOOL)


def kubelet(
    cluster: Layers, node: Layers, configured: Layers, minor: int, extra: Sequence[Extra], home: Anchor, config: str
) -> tuple[Word, ...]:
    """The words of a kubelet's command line, and as flags what kubeadm adds to its configuration file."""
    values = _values(cluster, Host())
    added = {
        name: text
        for name, (field, text) in KUBELET_FIELDS.items()
        if (not field or configured.raw(*field.split(".")) in (None, "")) and (name != "cgroup-driver" or minor >= 22)
    }
    fixed = {
        "bootstrap-kubeconfig": "/etc/kubernetes/bootstrap-kubelet.conf",
        "config": config,
        "kubeconfig": "/etc/kubernetes/kubelet.conf",
    }
    if minor >= 24:  # before it there was a choice of its own for Docker
        socket = "unix:///var/run/containerd/containerd.sock"
        fixed["container-runtime-endpoint"] = node.text("nodeRegistration", "criSocket", default=socket)
    words = words_of(_filled(added, values) | fixed, extra, home, TOOL)
    if node.text("nodeRegistration", "name") and all(one.name != "hostname-override" for one in extra):
        reason = "kubeadm sets it where the machine has another name than nodeRegistration.name"
        words = (*words, Word("--hostname-override=", node.place("nodeRegistration", "name"), reason, TOOL))
    return words


def host_of(node: Layers, *path: str) -> Host:
    """The machine that an InitConfiguration, or a JoinConfiguration's `controlPlane`, is for."""
    return Host(
        node.text(*path, "localAPIEndpoint", "advertiseAddress", default=ADDRESS),
        node.number(*path, "localAPIEndpoint", "bindPort", default=6443),
        _node_name(node),
    )


def _node_name(node: Layers) -> str:
    """What is told, else what its kubelet is told, else what only the machine knows."""
    extra = extra_arguments(node, "nodeRegistration", "kubeletExtraArgs")
    given = [one.text for one in extra if one.name == "hostname-override" and not one.unknown]
    return node.text("nodeRegistration", "name", default=given[-1] if given else NODE)


def _external(etcd: Layers) -> dict[str, str]:
    """Where an etcd of somebody else's is, and how to get in; certificate and key go together."""
    flags = {"etcd-servers": ",".join(str(one) for one in etcd.list("endpoints"))}
    cert, key, ca = etcd.text("certFile"), etcd.text("keyFile"), etcd.text("caFile")
    if ca:
        flags["etcd-cafile"] = ca
    if cert and key:
        flags |= {"etcd-certfile": cert, "etcd-keyfile": key}
    return flags


def _values(cluster: Layers, host: Host, name: str = "") -> dict[str, str]:
    services = cluster.text("networking", "serviceSubnet", default="10.96.0.0/12")
    six = _is_v6(host.address)
    return {
        "address": host.address,
        "cluster": cluster.text("clusterName", default="kubernetes"),
        "data": cluster.text("etcd", "local", "dataDir", default="/var/lib/etcd"),
        "dns": _dns(services),
        "domain": cluster.text("networking", "dnsDomain", default="cluster.local"),
        "host": f"[{host.address}]" if six else host.address,
        "local": "[::1]" if six else "127.0.0.1",
        "name": name,
        "node": host.node,
        "pki": cluster.text("certificatesDir", default=PKI).rstrip("/") or "/",
        "pods": cluster.text("networking", "podSubnet"),
        "port": str(host.port),
        "services": services,
    }


def _filled(own: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: text.format_map(values) for name, text in own.items()}


def _is_v6(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address)
    except ValueError:
        return False


def _dns(services: str) -> str:
    """The tenth address of the (first) service range (GetDNSIP of constants.go)."""
    try:
        return str(ip_network(services.partition(",")[0].strip(), strict=False)[10])
    except (ValueError, IndexError):
        return "10.96.0.10"
