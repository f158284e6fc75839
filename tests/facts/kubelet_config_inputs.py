"""Nothing in, the command lines and files out that `record_kubelet_config_cases.py` starts a real kubelet with."""

from typing import NamedTuple

FOLDER = "/etc/kubernetes"
"""Stands for the folder of a case's files, in its words, its files and the answer."""
CONFIG, DROPINS = f"--config={FOLDER}/kubelet.yaml", f"--config-dir={FOLDER}/d"
BOTH = f"{CONFIG} {DROPINS}"
JSON_HEAD = '!{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1",'
HEAD = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


class Input(NamedTuple):
    """One start of a kubelet."""

    name: str
    words: str
    files: dict[str, str]
    """By path below the folder: text, or `-> TARGET` for a symbolic link. `HEAD` goes before it unless it has a `!`."""


OPEN = "authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}\nauthorization: {mode: AlwaysAllow}\n"
LOCKED = "authentication: {anonymous: {enabled: false}}\nauthorization: {mode: Webhook}\nreadOnlyPort: 0\n"
ECDSA, RSA = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"


def config(name: str, text: str, words: str = "") -> Input:
    """A start with a configuration file, and flags that come after `--config`."""
    return Input(name, f"{CONFIG} {words}".strip(), {"kubelet.yaml": text})


def dropins(name: str, text: str, words: str = "", /, **files: str) -> Input:
    """A start with a configuration file and drop-ins, whose names are given with `_` for `-` and without `.conf`."""
    given = {f"d/{key.strip('_').replace('_', '-')}.conf": value for key, value in files.items()}
    return Input(name, f"{BOTH} {words}".strip(), {"kubelet.yaml": text, **given})


def alone(name: str, words: str = "", /, **files: str) -> Input:
    """A start with drop-ins, and no configuration file."""
    given = {f"d/{key.strip('_').replace('_', '-')}.conf": value for key, value in files.items()}
    return Input(name, f"{DROPINS} {words}".strip(), given)


DEFAULTS = (
    Input("neither flag nor file", "", {}),
    config("a file that sets nothing", ""),
    Input("an empty file", CONFIG, {"kubelet.yaml": "!"}),
    Input("a file of comments", CONFIG, {"kubelet.yaml": "!# nothing\n"}),
    Input("no such file", CONFIG, {}),
    Input("an empty --config", "--config=", {}),
    Input("no folder of drop-ins", f"{CONFIG} {DROPINS}", {"kubelet.yaml": ""}),
    Input("an empty --config-dir", f"{CONFIG} --config-dir=", {"kubelet.yaml": ""}),
    Input("another kind", CONFIG, {"kubelet.yaml": "!apiVersion: v1\nkind: ConfigMap\n"}),
    Input("another version", CONFIG, {"kubelet.yaml": "!apiVersion: kubelet.config.k8s.io/v1alpha1\n" + HEAD[42:]}),
    Input("no kind", CONFIG, {"kubelet.yaml": "!readOnlyPort: 10255\n"}),
    Input("JSON", CONFIG, {"kubelet.yaml": JSON_HEAD + '"readOnlyPort":10255}'}),
    Input("a second document", CONFIG, {"kubelet.yaml": f"readOnlyPort: 10255\n---\n{HEAD}readOnlyPort: 10256\n"}),
)  # fmt: skip

VALUES = (
    config("open", OPEN),
    config("zero numbers", "port: 0\nreadOnlyPort: 0\nmaxPods: 0\neventBurst: 0\nregistryBurst: 0\nkubeAPIBurst: 0\n"),
    config("zero pointers", "eventRecordQPS: 0\nregistryPullQPS: 0\nhealthzPort: 0\npodPidsLimit: 0\noomScoreAdj: 0\n"),
    config("negative limit of processes", "podPidsLimit: -5\n"),
    config("zero durations", "streamingConnectionIdleTimeout: 0s\nsyncFrequency: '0'\nnodeStatusUpdateFrequency: 0m\n"),
    config("a duration as a number", "syncFrequency: 0\n"),
    config("durations in other units", "streamingConnectionIdleTimeout: 90m\nimageMinimumGCAge: 0.5h\n"),
    config("negative duration", "streamingConnectionIdleTimeout: -1s\n"),
    config("empty words", 'tlsMinVersion: ""\naddress: ""\nauthorization: {mode: ""}\nhealthzBindAddress: ""\n'),
    config("nulls", "authentication: {anonymous: {enabled: null}, x509: null}\nauthorization: null\n"
           "readOnlyPort: null\neventRecordQPS: null\nenforceNodeAllocatable: null\ntlsCipherSuites: null\n"),
    config("empty lists", "tlsCipherSuites: []\nenforceNodeAllocatable: []\nclusterDNS: []\n"),
    config("booleans of YAML 1.1", "authentication: {anonymous: {enabled: yes}}\nprotectKernelDefaults: on\n"),
    config("numbers of YAML 1.1", "readOnlyPort: 0x280f\nhealthzPort: 0100\nmaxPods: 1_00\nregistryBurst: 2e1\n"),
    config("a boolean as text", 'authentication: {anonymous: {enabled: "false"}}\n'),
    config("a number as text", 'readOnlyPort: "0"\n'),
    config("a list as text", f"tlsCipherSuites: {RSA}\n"),
    config("an unknown field", "readOnlyPorts: 1\nanonymousAuth: false\nauthentication: {anonymus: {enabled: true}}\n"),
    config("a field in other letters", "ReadOnlyPort: 10255\nauthentication: {Anonymous: {Enabled: true}}\n"),
    config("a field twice", "readOnlyPort: 10255\nreadOnlyPort: 0\n"),
    config("parallel pulls", "maxParallelImagePulls: 5\n"),
    config("status more often", "nodeStatusUpdateFrequency: 4s\n"),
    config("eviction", "evictionHard: {memory.available: 5%}\n"),
    config("eviction merged", "evictionHard: {memory.available: 5%}\nmergeDefaultEvictionSettings: true\n"),
    config("relative paths", "staticPodPath: manifests\nauthentication: {x509: {clientCAFile: ../pki/ca.crt}}\n"
           "tlsCertFile: k.crt\ntlsPrivateKeyFile: k.key\n"),
    config("gates", "featureGates: {CPUManagerPolicyAlphaOptions: true, ComponentFlagz: false}\n"),
    config("a gate nobody knows", "featureGates: {NoSuchGate: true}\n"),
    config("gates as text", 'featureGates: {ComponentFlagz: "false"}\n'),
    config("headers", "staticPodURL: https://pods.example/p\nstaticPodURLHeader: {Authorization: [Bearer x]}\n"),
)  # fmt: skip

FLAGS = (
    Input("flags alone", "--anonymous-auth=false --authorization-mode=Webhook --authentication-token-webhook "
          "--read-only-port 0", {}),
    Input("the last flag wins", "--read-only-port=0 --read-only-port=10256 --anonymous-auth=false --anonymous-auth",
          {}),
    Input("flags with underscores", "--read_only_port=0 --anonymous_auth=false", {}),
    Input("lists of flags", f"--tls-cipher-suites={RSA} --tls-cipher-suites {ECDSA},{RSA} --cluster-dns=10.0.0.10", {}),
    Input("maps of flags", "--system-reserved=cpu=1 --system-reserved=memory=1Gi,cpu=2 "
          "--eviction-hard=memory.available<9%", {}),
    Input("gates of flags", "--feature-gates=ComponentFlagz=false,MemoryQoS=true --feature-gates=MemoryQoS=false", {}),
    Input("an unknown flag", "--insecure-port=0", {}),
    Input("a flag's wrong value", "--anonymous-auth=no", {}),
    Input("a word that is no flag", "--read-only-port=0 extra", {}),
    Input("a port that no kubelet takes", "--port=0", {}),
    Input("zeros of flags", "--max-pods=0 --event-burst=0 --streaming-connection-idle-timeout=0 --event-qps=0", {}),
    Input("empty words of flags", "--tls-min-version= --cluster-domain= --read-only-port=0", {}),
    config("flags over a file", LOCKED, "--anonymous-auth --authorization-mode=AlwaysAllow --read-only-port=10255"),
    Input("flags on both sides of --config", f"--anonymous-auth=false {CONFIG} --read-only-port=0",
          {"kubelet.yaml": OPEN + "readOnlyPort: 10255\n"}),
    config("a flag that says what is default", OPEN, "--anonymous-auth=false --authorization-mode=Webhook"),
    config("a flag's list over a file's", f"tlsCipherSuites: [{RSA}]\n", f"--tls-cipher-suites={ECDSA}"),
    config("two flags' lists over a file's", f"tlsCipherSuites: [{RSA}]\n",
           f"--tls-cipher-suites={ECDSA} --tls-cipher-suites=TLS_AES_128_GCM_SHA256"),
    config("an empty list of a flag", f"tlsCipherSuites: [{RSA}]\nallowedUnsafeSysctls: [net.*]\n",
           "--tls-cipher-suites= --allowed-unsafe-sysctls="),
    config("a flag's map over a file's", "systemReserved: {memory: 1Gi}\nevictionHard: {memory.available: 5%}\n",
           "--system-reserved=cpu=1 --eviction-hard=nodefs.available<7%"),
    config("a flag's gates over a file's", "featureGates: {ComponentFlagz: false, MemoryQoS: true}\n",
           "--feature-gates=MemoryQoS=false,ComponentStatusz=false"),
    config("gates of flags alone, beside a file", "", "--feature-gates=ComponentFlagz=false"),
    config("zeros of flags over a file", "maxPods: 7\nstreamingConnectionIdleTimeout: 5m\neventRecordQPS: 5\n",
           "--max-pods=0 --streaming-connection-idle-timeout=0 --event-qps=0 --event-burst=0"),
    config("a flag with no field", "seccompDefault: false\n", "--seccomp-default"),
    config("a field with a flag of another name", "serverTLSBootstrap: false\nrotateCertificates: true\n",
           "--rotate-server-certificates --rotate-certificates=false"),
    config("a flag's relative path", "", "--client-ca-file=pki/ca.crt --pod-manifest-path=manifests"),
    Input("--config twice", f"--config={FOLDER}/a.yaml --config={FOLDER}/b.yaml",
          {"a.yaml": OPEN, "b.yaml": "readOnlyPort: 10256\n"}),
)  # fmt: skip
