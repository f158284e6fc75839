"""The flags that k0s itself gives to the components of Kubernetes.

Sources, in github.com/k0sproject/k0s: apiserver.go, controllermanager.go, scheduler.go, etcd.go and
workerconfig/reconciler.go of pkg/component/controller, and pkg/component/worker/kubelet.go.
"""

from collections.abc import Mapping
from typing import Final

TOOL: Final = "k0s"
_PKI: Final = "/var/lib/k0s/pki"

FLAGS: Final[Mapping[str, Mapping[str, str]]] = {
    "kube-apiserver": {
        "allow-privileged": "true",
        "anonymous-auth": "false",
        "api-audiences": "https://kubernetes.default.svc",
        "authorization-mode": "Node,RBAC",
        "client-ca-file": f"{_PKI}/ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "kubelet-certificate-authority": f"{_PKI}/ca.crt",
        "kubelet-client-certificate": f"{_PKI}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{_PKI}/apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false",
        "proxy-client-cert-file": f"{_PKI}/front-proxy-client.crt",
        "proxy-client-key-file": f"{_PKI}/front-proxy-client.key",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-client-ca-file": f"{_PKI}/front-proxy-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "secure-port": "6443",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-jwks-uri": "https://kubernetes.default.svc/openid/v1/jwks",
        "service-account-key-file": f"{_PKI}/sa.pub",
        "service-account-signing-key-file": f"{_PKI}/sa.key",
        "tls-cert-file": f"{_PKI}/server.crt",
        "tls-min-version": "VersionTLS12",
        "tls-private-key-file": f"{_PKI}/server.key",
    },
    "kube-controller-manager": {
        "allocate-node-cidrs": "true",
        "authentication-kubeconfig": f"{_PKI}/ccm.conf",
        "authorization-kubeconfig": f"{_PKI}/ccm.conf",
        "bind-address": "127.0.0.1",
        "client-ca-file": f"{_PKI}/ca.crt",
        "cluster-name": "k0s",
        "cluster-signing-cert-file": f"{_PKI}/ca.crt",
        "cluster-signing-key-file": f"{_PKI}/ca.key",
        "controllers": "*,bootstrapsigner,tokencleaner",
        "enable-hostpath-provisioner": "true",
        "kubeconfig": f"{_PKI}/ccm.conf",
        "leader-elect": "true",
        "profiling": "false",
        "requestheader-client-ca-file": f"{_PKI}/front-proxy-ca.crt",
        "root-ca-file": f"{_PKI}/ca.crt",
        "service-account-private-key-file": f"{_PKI}/sa.key",
        "terminated-pod-gc-threshold": "12500",
        "use-service-account-credentials": "true",
    },
    "kube-scheduler": {
        "authentication-kubeconfig": f"{_PKI}/scheduler.conf",
        "authorization-kubeconfig": f"{_PKI}/scheduler.conf",
        "bind-address": "127.0.0.1",
        "kubeconfig": f"{_PKI}/scheduler.conf",
        "leader-elect": "true",
        "profiling": "false",
    },
    "etcd": {
        "advertise-client-urls": "https://127.0.0.1:2379",
        "cert-file": f"{_PKI}/etcd/server.crt",
        "client-cert-auth": "true",
        "data-dir": "/var/lib/k0s/etcd",
        "enable-pprof": "false",
        "key-file": f"{_PKI}/etcd/server.key",
        "listen-client-urls": "https://127.0.0.1:2379",
        "listen-peer-urls": "https://$(ADDRESS):2380",
        "peer-cert-file": f"{_PKI}/etcd/peer.crt",
        "peer-client-cert-auth": "true",
        "peer-key-file": f"{_PKI}/etcd/peer.key",
        "peer-trusted-ca-file": f"{_PKI}/etcd/ca.crt",
        "trusted-ca-file": f"{_PKI}/etcd/ca.crt",
    },
    "kubelet": {
        "cert-dir": "/var/lib/k0s/kubelet/pki",
        "client-ca-file": f"{_PKI}/ca.crt",
        "config": "/var/lib/k0s/kubelet-config.yaml",
        "kubeconfig": "/var/lib/k0s/kubelet.conf",
        "root-dir": "/var/lib/k0s/kubelet",
    },
}
"""By component."""

STACKED: Final = {
    "etcd-cafile": f"{_PKI}/etcd/ca.crt",
    "etcd-certfile": f"{_PKI}/apiserver-etcd-client.crt",
    "etcd-keyfile": f"{_PKI}/apiserver-etcd-client.key",
    "etcd-servers": "https://127.0.0.1:2379",
}
"""An API server's flags for the etcd that k0s runs."""

KUBELET: Final = {
    "eventRecordQPS": 0,
    "failSwapOn": False,
    "rotateCertificates": True,
    "serverTLSBootstrap": True,
    "tlsMinVersion": "VersionTLS12",
}
"""What every worker profile begins with."""
