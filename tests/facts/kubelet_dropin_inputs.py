"""Nothing in, starts of a kubelet with drop-ins out: see `kubelet_config_inputs.py`."""

from tests.facts.kubelet_config_inputs import (
    BOTH,
    CONFIG,
    DROPINS,
    ECDSA,
    FOLDER,
    HEAD,
    JSON_HEAD,
    LOCKED,
    OPEN,
    RSA,
    Input,
    alone,
    config,
    dropins,
)

GATES = "featureGates: {ComponentFlagz: false, MemoryQoS: true}\n"

MERGED = (
    dropins("one drop-in", LOCKED, __10="readOnlyPort: 10255\n"),
    dropins("the later name wins", LOCKED, __20="readOnlyPort: 2\n", __10="readOnlyPort: 1\nmaxPods: 9\n"),
    dropins("names are compared as text", "", __9="readOnlyPort: 9\n", __10="readOnlyPort: 10\n"),
    dropins("objects are merged", OPEN, __10="authentication: {webhook: {enabled: true}}\n"),
    dropins("lists are replaced", f"tlsCipherSuites: [{RSA}, {ECDSA}]\n", __10=f"tlsCipherSuites: [{ECDSA}]\n"),
    dropins("an empty list", f"tlsCipherSuites: [{RSA}]\nclusterDNS: [10.0.0.10]\nenforceNodeAllocatable: [none]\n",
            __10="tlsCipherSuites: []\nclusterDNS: []\nenforceNodeAllocatable: []\n"),
    dropins("an empty list of the file is lost", "enforceNodeAllocatable: []\n", __10="maxPods: 9\n"),
    dropins("zeros of the file", "healthzPort: 0\neventRecordQPS: 0\nport: 0\n", __10="maxPods: 9\n"),
    dropins("maps are merged", "systemReserved: {memory: 1Gi, cpu: 500m}\n", __10="systemReserved: {cpu: '1'}\n"),
    dropins("eviction is merged with the default", "", __10="evictionHard: {memory.available: 5%}\n"),
    dropins("gates are merged", GATES, __10="featureGates: {MemoryQoS: false, ComponentStatusz: false}\n"),
    dropins("a null removes", OPEN + "readOnlyPort: 10255\nmaxPods: 7\n" + GATES,
            __10="readOnlyPort: null\nmaxPods: null\nauthentication: {anonymous: null}\n"
            "featureGates: {MemoryQoS: null}\n"),
    dropins("a null removes all", OPEN, __10="authentication: null\nauthorization: null\nevictionHard: null\n"),
    dropins("an empty object changes nothing", OPEN, __10="authentication: {}\nauthorization: {}\n"),
    dropins("a null that a later one sets", OPEN, __10="authentication: null\n",
            __20="authentication: {webhook: {enabled: false}}\n"),
    dropins("zero numbers", "readOnlyPort: 10255\nport: 10999\nmaxPods: 7\neventRecordQPS: 5\neventBurst: 6\n",
            __10="readOnlyPort: 0\nport: 0\nmaxPods: 0\neventRecordQPS: 0\neventBurst: 0\n"),
    dropins("zero durations and empty words",
            "streamingConnectionIdleTimeout: 5m\ntlsMinVersion: VersionTLS13\n" + OPEN,
            __10='streamingConnectionIdleTimeout: 0s\ntlsMinVersion: ""\nauthorization: {mode: ""}\n'),
    dropins("parallel pulls", "", __10="maxParallelImagePulls: 5\n"),
    dropins("status more often", "", __10="nodeStatusUpdateFrequency: 4s\n"),
    dropins("a drop-in that sets nothing", OPEN, __10=""),
    dropins("a field in other letters", "", __10="ReadOnlyPort: 10255\nauthentication: {Anonymous: {Enabled: true}}\n"),
    dropins("a field in other letters that the file sets", "readOnlyPort: 10256\n", __10="ReadOnlyPort: 10255\n"),
    dropins("an unknown field", "", __10="readOnlyPorts: 1\nauthentication: {anonymus: {enabled: true}}\n"),
    dropins("a field twice", "", __10="readOnlyPort: 10255\nreadOnlyPort: 10256\n"),
    dropins("a boolean as text", "", __10='authentication: {anonymous: {enabled: "true"}}\n'),
    dropins("a scalar for an object", OPEN, __10="authentication: 5\n"),
    dropins("booleans of YAML 1.1", "", __10="authentication: {anonymous: {enabled: yes}}\nhealthzPort: 0100\n"),
    dropins("relative paths", "staticPodPath: a\n", __10="staticPodPath: manifests\ntlsCertFile: k.crt\n"
            "tlsPrivateKeyFile: k.key\n"),
    dropins("other letters of a gate", "", __10="featureGates: {componentflagz: true}\n"),
)  # fmt: skip

PRECEDENCE = (
    dropins("flags over drop-ins", LOCKED, "--anonymous-auth --read-only-port=10255", __10="readOnlyPort: 10256\n"),
    dropins("a flag's list over a drop-in's", "", f"--tls-cipher-suites={ECDSA}", __10=f"tlsCipherSuites: [{RSA}]\n"),
    dropins("a flag's gates over a drop-in's", GATES, "--feature-gates=MemoryQoS=true",
            __10="featureGates: {MemoryQoS: false, ComponentStatusz: false}\n"),
    dropins("a flag's map over a drop-in's", "systemReserved: {memory: 1Gi}\n", "--system-reserved=pid=100",
            __10="systemReserved: {cpu: '1'}\n"),
    alone("drop-ins without a file", __10="readOnlyPort: 10256\n"),
    alone("drop-ins without a file, and flags", "--authorization-mode=Webhook --event-qps=0", __10="readOnlyPort: 0\n"),
    alone("drop-ins without a file remove a default", __10="authentication: {anonymous: null}\nauthorization: null\n"),
    alone("drop-ins without a file remove what a flag sets", "--anonymous-auth", __10="authentication: null\n"),
    alone("gates of flags and drop-ins", "--feature-gates=MemoryQoS=true,ComponentFlagz=false",
          __10="featureGates: {MemoryQoS: false, ComponentStatusz: false}\n"),
    alone("lists of flags and drop-ins", f"--tls-cipher-suites={RSA}", __10=f"tlsCipherSuites: [{ECDSA}]\n"),
    alone("zeros of flags and a drop-in", "--max-pods=0 --event-burst=0 --streaming-connection-idle-timeout=0",
          __10="readOnlyPort: 0\n"),
)  # fmt: skip


def _files(name: str, files: dict[str, str], words: str = BOTH, text: str = "") -> Input:
    return Input(name, words, {"kubelet.yaml": text, **files})


def _port(number: int) -> str:
    return f"readOnlyPort: {number}\n"


NAMES = (
    _files("names that do not count", {"d/10.yaml": _port(1), "d/20.conf.bak": _port(2), "d/30.CONF": _port(3),
           "d/40conf": _port(4), "d/50.json": _port(5), "d/60.conf~": _port(6)}),
    _files("a hidden file counts", {"d/.10.conf": _port(1)}),
    _files("a name that is nothing but the ending counts", {"d/.conf": _port(1)}),
    _files("a hidden file comes first", {"d/.99.conf": _port(99), "d/10.conf": _port(10)}),
    _files("capitals come before small letters", {"d/b.conf": _port(1), "d/C.conf": _port(2)}),
    _files("names beyond ASCII", {"d/é.conf": _port(1), "d/z.conf": _port(2)}),
    _files("a folder below", {"d/sub/10.conf": _port(1), "d/99.conf": _port(2)}),
    _files("a folder and a file of one name", {"d/a/z.conf": _port(1), "d/a.conf": _port(2), "d/a-b.conf": _port(3)}),
    _files("a folder with the ending", {"d/a.conf/z.conf": _port(1)}),
    _files("a hidden folder", {"d/.git/z.conf": _port(1)}),
    _files("a link to a file", {"other.txt": _port(1), "d/10.conf": "-> ../other.txt"}),
    _files("a link to a folder", {"e/10.conf": _port(1), "d/sub": "-> ../e"}),
    _files("a link to a folder with the ending", {"e/10.conf": _port(1), "d/sub.conf": "-> ../e"}),
    _files("a link to nothing", {"d/10.conf": "-> nowhere"}),
    _files("the folder is a link", {"e/10.conf": _port(1), "d": "-> e"}),
    _files("the folder is a link, with a slash", {"e/10.conf": _port(1), "d": "-> e"}, f"{CONFIG} {DROPINS}/"),
    _files("the folder is a file", {"d": _port(1)}),
    _files("the folder is a drop-in", {"d.conf": _port(1)}, f"{CONFIG} {DROPINS}.conf"),
    _files("the folder is the file's own", {"10.conf": _port(1)}, f"{CONFIG} --config-dir={FOLDER}"),
    _files("an empty drop-in", {"d/10.conf": "!"}),
    _files("a drop-in of comments", {"d/10.conf": "!# nothing\n"}),
    _files("a drop-in without kind", {"d/10.conf": "!readOnlyPort: 1\n"}),
    _files("a drop-in of another kind", {"d/10.conf": "!apiVersion: v1\nkind: ConfigMap\n"}),
    _files("a drop-in of another version", {"d/10.conf": "!apiVersion: kubelet.config.k8s.io/v1alpha1\n" + HEAD[42:]}),
    _files("a second document of a drop-in", {"d/10.conf": f"{_port(1)}---\n{HEAD}{_port(2)}"}),
    _files("no YAML", {"d/10.conf": "!{"}),
    _files("a drop-in of JSON", {"d/10.conf": JSON_HEAD + '"readOnlyPort":1}'}),
    config("a folder that no flag names", OPEN),
)  # fmt: skip
