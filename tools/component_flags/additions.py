"""What no flag set of a component tells, in tables: later defaults, other versions, configuration files.

Sources are files of k8s.io/kubernetes at 1.37.1, 1.32.9, 1.28.15, 1.27.16, 1.22.17, 1.20.15, 1.19.16 and 1.16.15,
unless they name another. `generate.py` joins the tables with the flags.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A kind of configuration file: what its fields mean, as paths with dots."""

    component: str
    flags: Mapping[str, str]
    """Fields and the flags of the same meaning."""
    plain: frozenset[str] = frozenset()
    """Numbers whose zero is the same as not set."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Where a file's default is not the flag's."""
    file_only: Mapping[str, list[Any]] = field(default_factory=dict)
    """Rows of fields that have no flag."""


AS_OF = "1.37.1"
SOURCE = (
    "the flag sets of the components, printed by a Go program over k8s.io/kubernetes v1.37.1 and "
    "go.etcd.io/etcd/server/v3 v3.7.0",
    "pkg/kubelet/apis/config/v1beta1/defaults.go and pkg/kubeapiserver/options/plugins.go of v1.22.17, v1.27.16, "
    "v1.32.9 and v1.37.1",
)
"""The versions that `main.go` was built with, and where the rest comes from: to be changed with them."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    # BuiltInAuthorizationOptions.Complete (pkg/kubeapiserver/options/authorization.go); DefaultTLSVersion
    # (k8s.io/component-base/cli/flag/ciphersuites_flag.go) for an empty --tls-min-version.
    "kube-apiserver": {"authorization-mode": ["AlwaysAllow"], "tls-min-version": "VersionTLS12"},
    "kube-controller-manager": {"tls-min-version": "VersionTLS12"},
    "kube-scheduler": {"tls-min-version": "VersionTLS12"},
    "kubelet": {"tls-min-version": "VersionTLS12"},
}
"""What a component uses where the flag's own default is empty, and filled in after parsing."""

HISTORY: Mapping[str, Mapping[str, Json]] = {
    "kube-apiserver": {
        # DefaultAuditLogOptions has them in k8s.io/apiserver v0.36.0 and not in v0.35.0 (pkg/server/options/audit.go).
        "audit-log-maxage": {"before": {"36": 0}},
        "audit-log-maxbackup": {"before": {"36": 0}},
        "audit-log-maxsize": {"before": {"36": 0}},
        "authentication-config": {"since": 29},  # KEP-3331; not in 1.28.15
        "authorization-config": {"since": 29},  # KEP-3221; not in 1.28.15
        "service-account-extend-token-expiration": {"since": 20},  # KEP-1205; off in 1.19.16, on in 1.20.15
        "tls-curve-preferences": {"since": 36},  # k8s.io/apiserver v0.36.0, not v0.35.0 (pkg/server/options/serving.go)
    },
    "kubelet": {
        # SetDefaults_KubeletConfiguration (pkg/kubelet/apis/config/v1beta1/defaults.go) of 1.22.17 and 1.27.16.
        "event-burst": {"before": {"27": 10}},
        "event-qps": {"before": {"27": 5}},
        "fail-cgroupv1": {"since": 31, "before": {"35": False}},  # KEP-4569 and KEP-5573; false in 1.32.9
        "seccomp-default": {"since": 22},  # KEP-2413
    },
}
"""How older versions differ: `since` the minor version that has the flag first, and its default `before` another. Only
for the flags that rules read; all others are taken to have been as they are."""

UNLISTED: Mapping[str, Mapping[str, list[Any]]] = {
    "kube-apiserver": {
        "basic-auth-file": ["string", "", {"removed": 19}],  # in 1.16.15, not in 1.19.16
        # Heeded in 1.19.16, without effect from 1.20 (addDummyInsecureFlags, cmd/kube-apiserver/app/options).
        "insecure-bind-address": ["string", "127.0.0.1", {"removed": 24}],
        "insecure-port": ["int", 0, {"removed": 24, "before": {"20": 8080}}],
    },
    "etcd": {
        # newConfig (server/etcdmain/config.go), whose flag set is not exported. Minor versions are etcd's.
        "config-file": ["string", ""],
        "enable-v2": ["bool", False, {"removed": 6}],  # etcd's CHANGELOG-3.6, breaking changes
        "initial-cluster-state": ["string", "new"],
        "version": ["bool", False],
    },
}
"""Flags that the flag sets lack: those of older versions only, and etcd's that are out of `main.go`'s reach."""

FILES: Mapping[str, Mapping[str, Json]] = {
    # To give both is an error (Validate, pkg/kubeapiserver/options/authentication.go and authorization.go), except for
    # --anonymous-auth beside a file that leaves anonymous requests out: then the flag holds.
    "kube-apiserver": {
        "authentication-config": {"governs": ["anonymous-auth", "oidc-*"], "flag_wins": True},
        "authorization-config": {"governs": ["authorization-mode"], "flag_wins": True},
        # What a file alone can say: facts/structured.py names it so.
        "admission-control-config-file": {
            "governs": ["podSecurity", "eventRateLimit", "imagePolicy"],
            "flag_wins": False,
        },
    },
    # kubeletConfigFlagPrecedence (cmd/kubelet/app/server.go) parses the flags again, over the files.
    "kubelet": {
        "config": {"governs": "fields", "flag_wins": True},
        "config-dir": {"governs": "fields", "flag_wins": True},
    },
    # DeprecatedOptions (cmd/kube-scheduler/app/options/deprecated.go): ignored when --config is given.
    "kube-scheduler": {
        "config": {"governs": ["contention-profiling", "kube-api-*", "kubeconfig", "profiling"], "flag_wins": False}
    },
    # Options.Complete (cmd/kube-proxy/app/options.go) replaces the configuration that flags have filled; what flags
    # keep all the same (logging and --hostname-override) no rule reads.
    "kube-proxy": {"config": {"governs": ["*"], "flag_wins": False}},
    # configFromFile (server/etcdmain/config.go) takes the file alone, without other flags or the environment.
    "etcd": {"config-file": {"governs": ["*"], "flag_wins": False}},
}
"""The flags that name configuration files, and the flags (patterns of names) that such a file decides. A lone `*` and
the word `fields` stay as they are: auditor/tables/components.py gives them their meaning."""

_KUBELET = Document(
    component="kubelet",
    # AddKubeletConfigFlags (cmd/kubelet/app/options/options.go).
    flags={
        "address": "address",
        "port": "port",
        "readOnlyPort": "read-only-port",
        "tlsCertFile": "tls-cert-file",
        "tlsPrivateKeyFile": "tls-private-key-file",
        "tlsCipherSuites": "tls-cipher-suites",
        "tlsMinVersion": "tls-min-version",
        "rotateCertificates": "rotate-certificates",
        "serverTLSBootstrap": "rotate-server-certificates",
        "authentication.x509.clientCAFile": "client-ca-file",
        "authentication.webhook.enabled": "authentication-token-webhook",
        "authentication.anonymous.enabled": "anonymous-auth",
        "authorization.mode": "authorization-mode",
        "registryPullQPS": "registry-qps",
        "eventRecordQPS": "event-qps",
        "eventBurst": "event-burst",
        "enableServer": "enable-server",
        "enableDebuggingHandlers": "enable-debugging-handlers",
        "healthzPort": "healthz-port",
        "healthzBindAddress": "healthz-bind-address",
        "streamingConnectionIdleTimeout": "streaming-connection-idle-timeout",
        "makeIPTablesUtilChains": "make-iptables-util-chains",
        "protectKernelDefaults": "protect-kernel-defaults",
        "podPidsLimit": "pod-max-pids",
        "seccompDefault": "seccomp-default",
        "allowedUnsafeSysctls": "allowed-unsafe-sysctls",
        "failSwapOn": "fail-swap-on",
        "serializeImagePulls": "serialize-image-pulls",
        "staticPodPath": "pod-manifest-path",
        "staticPodURL": "manifest-url",
        "featureGates": "feature-gates",
        "cgroupsPerQOS": "cgroups-per-qos",
        "cgroupDriver": "cgroup-driver",
        "maxPods": "max-pods",
        "containerRuntimeEndpoint": "container-runtime-endpoint",
        "imageServiceEndpoint": "image-service-endpoint",
        "enableContentionProfiling": "contention-profiling",
        "registerNode": "register-node",
        "failCgroupV1": "fail-cgroupv1",
    },
    # Numbers that are no pointers in k8s.io/kubelet/config/v1beta1/types.go.
    plain=frozenset({"port", "readOnlyPort", "eventBurst", "maxPods"}),
    # Those of SetDefaults_KubeletConfiguration; applyLegacyDefaults (cmd/kubelet/app/options/options.go) is for flags.
    defaults={
        "authentication.webhook.enabled": True,
        "authentication.anonymous.enabled": False,
        "authorization.mode": "Webhook",
        "readOnlyPort": 0,
    },
    # Defaults of pkg/kubelet/apis/config/v1beta1/defaults.go, or else as k8s.io/kubelet/config/v1beta1 describes them.
    file_only={
        "enableProfilingHandler": ["enableProfilingHandler", "bool", True],
        "enableDebugFlagsHandler": ["enableDebugFlagsHandler", "bool", True],
        "enableSystemLogHandler": ["enableSystemLogHandler", "bool", True],
        "enableSystemLogQuery": ["enableSystemLogQuery", "bool", False],
        # Set if KubeletEnsureSecretPulledImages is on, as it is by default since 1.35 (pkg/features/kube_features.go).
        "imagePullCredentialsVerificationPolicy": [
            "imagePullCredentialsVerificationPolicy",
            "string",
            "NeverVerifyPreloadedImages",
            {"before": {"35": ""}},
        ],
        "userNamespaces.idsPerPod": ["userNamespaces/idsPerPod", "int", 65536],
    },
)

_PROXY = Document(
    component="kube-proxy",
    # Options.AddFlags (cmd/kube-proxy/app/options.go).
    flags={
        "bindAddress": "bind-address",
        "healthzBindAddress": "healthz-bind-address",
        "metricsBindAddress": "metrics-bind-address",
        "enableProfiling": "profiling",
        "mode": "proxy-mode",
        "featureGates": "feature-gates",
        "bindAddressHardFail": "bind-address-hard-fail",
        "hostnameOverride": "hostname-override",
        "nodePortAddresses": "nodeport-addresses",
        "clientConnection.kubeconfig": "kubeconfig",
        "clusterCIDR": "cluster-cidr",
        "detectLocalMode": "detect-local-mode",
        "iptables.localhostNodePorts": "iptables-localhost-nodeports",
        "iptables.masqueradeAll": "masquerade-all",
        "ipvs.strictARP": "ipvs-strict-arp",
        "configSyncPeriod": "config-sync-period",
        "showHiddenMetricsForVersion": "show-hidden-metrics-for-version",
    },
)

_SCHEDULER = Document(
    component="kube-scheduler",
    # cmd/kube-scheduler/app/options/deprecated.go.
    flags={
        "enableProfiling": "profiling",
        "enableContentionProfiling": "contention-profiling",
        "clientConnection.kubeconfig": "kubeconfig",
        "clientConnection.contentType": "kube-api-content-type",
        "clientConnection.qps": "kube-api-qps",
        "clientConnection.burst": "kube-api-burst",
    },
    # SetDefaults_KubeSchedulerConfiguration (pkg/scheduler/apis/config/v1/defaults.go): zero is the same as not set.
    plain=frozenset({"clientConnection.burst"}),
)


def _same(names: str) -> dict[str, str]:
    """Fields that are called as their flags."""
    return {name: name for name in names.split()}


_ETCD = Document(
    component="etcd",
    # Config, configJSON and securityConfig in server/embed/config.go of etcd 3.7; whatever is no duration, which a file
    # gives in nanoseconds.
    flags={
        **_same("""
            advertise-client-urls auth-token auth-token-ttl auto-compaction-mode auto-compaction-retention bcrypt-cost
            cipher-suites cors data-dir discovery-srv distributed-tracing-address election-timeout
            enable-distributed-tracing enable-grpc-gateway enable-log-rotation enable-pprof feature-gates
            force-new-cluster heartbeat-interval host-whitelist initial-advertise-peer-urls initial-cluster
            initial-cluster-state initial-cluster-token listen-client-http-urls listen-client-urls listen-metrics-urls
            listen-peer-urls log-format log-level log-outputs logger max-concurrent-streams max-learners
            max-request-bytes max-snapshots max-txn-ops max-wals memory-mlock metrics name pre-vote quota-backend-bytes
            self-signed-cert-validity snapshot-count strict-reconfig-check tls-max-version tls-min-version
            unsafe-no-fsync wal-dir
        """),
        "client-transport-security.auto-tls": "auto-tls",
        "client-transport-security.cert-file": "cert-file",
        "client-transport-security.client-cert-auth": "client-cert-auth",
        "client-transport-security.client-cert-file": "client-cert-file",
        "client-transport-security.client-key-file": "client-key-file",
        "client-transport-security.key-file": "key-file",
        "client-transport-security.trusted-ca-file": "trusted-ca-file",
        "peer-transport-security.auto-tls": "peer-auto-tls",
        "peer-transport-security.cert-file": "peer-cert-file",
        "peer-transport-security.client-cert-auth": "peer-client-cert-auth",
        "peer-transport-security.client-cert-file": "peer-client-cert-file",
        "peer-transport-security.client-key-file": "peer-client-key-file",
        "peer-transport-security.key-file": "peer-key-file",
        "peer-transport-security.skip-client-san-verification": "peer-skip-client-san-verification",
        "peer-transport-security.trusted-ca-file": "peer-trusted-ca-file",
    },
    # configFromFile leaves the default where one of these is empty.
    plain=frozenset({"advertise-client-urls", "initial-advertise-peer-urls", "listen-client-urls", "listen-peer-urls"}),
)

DOCUMENTS: Mapping[str, Document] = {
    "kubelet.config.k8s.io/KubeletConfiguration": _KUBELET,
    "kubeproxy.config.k8s.io/KubeProxyConfiguration": _PROXY,
    "kubescheduler.config.k8s.io/KubeSchedulerConfiguration": _SCHEDULER,
    "observed.kubeplumb.dev/EtcdConfig": _ETCD,
}
"""The configuration files whose fields are read, by API group and kind; a collector names etcd's so.

kube-controller-manager reads no file: k8s.io/kube-controller-manager has a KubeControllerManagerConfiguration, which no
flag names.
"""

PLUGINS_ON: Mapping[int, str] = {
    0: """
        NamespaceLifecycle LimitRanger ServiceAccount DefaultStorageClass PersistentVolumeClaimResize
        DefaultTolerationSeconds MutatingAdmissionWebhook ValidatingAdmissionWebhook ResourceQuota
        StorageObjectInUseProtection Priority TaintNodesByCondition RuntimeClass CertificateApproval CertificateSigning
        CertificateSubjectRestriction DefaultIngressClass
    """,
    23: "PodSecurity",  # listed in 1.22.17 already, but its feature gate was off
    27: "ClusterTrustBundleAttest ValidatingAdmissionPolicy",
    32: "MutatingAdmissionPolicy",
    37: "PodTopologyLabels NodeDeclaredFeatureValidator PodGroupProtection PodResizeValidator",
}
"""Admission plugins that are on by default, by the first of the releases in SOURCE that lists them as such
(DefaultOffAdmissionPlugins, pkg/kubeapiserver/options/plugins.go); 0 for those of the oldest."""
