"""What must never leave a node, planted in files, arguments and variables, and looked for in the bundle."""

import json
import random
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.collectors.nodes.bundle import read_bundle
from tests.collectors.fake_node import PEM, Node, node, shells
from tests.collectors.test_node_bundle import CONFIG, LONG, SECRET, content, decoded, each_shell, observed

_LINES = f"MIIBOgIBAAJB\n{b64encode(SECRET.encode()).decode()}\n"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{_LINES}-----END RSA PRIVATE KEY-----\n"


@pytest.fixture
def fake(tmp_path: Path) -> Node:
    return node(tmp_path)


# Each of these stands in one file.

PLANTED = {
    "admin.conf": f'{CONFIG}users: [{{name: a, user: {{token: {SECRET}, password: "{SECRET}"}}}}]\n',
    "block.conf": f"{CONFIG}users:\n- name: a\n  user:\n    token: |\n      {SECRET}\n      {SECRET}\n    b: c\n",
    "folded.conf": f"{CONFIG}user:\n  token:\n    {SECRET}\n  password: >-\n\n    {SECRET}\n",
    "quoted.conf": f"{CONFIG}user:\n  token: \"a\\\" {SECRET}\"\n  password: 'it''s {SECRET}'\n",
    "lines.conf": f'{CONFIG}user:\n  token: "first\n    {SECRET}"\n  other: 1\n',
    "key-data.conf": f"{CONFIG}client-key-data: {b64encode(KEY.encode()).decode()}\n",
    "disguised.conf": f"{CONFIG}x: {b64encode((PEM + KEY).encode()).decode()}\n",
    "exec.conf": f"{CONFIG}exec:\n  args: [--token, {SECRET}]\n  env:\n  - name: A\n    value: {SECRET}\n",
    "provider.conf": f"{CONFIG}auth-provider: {{config: {{id-token: {SECRET}, refresh-token: {SECRET}}}}}\n",
    "url.conf": f"{CONFIG}server: https://user:{SECRET}@10.0.0.1\n",
    "enc.yaml": f"{CONFIG}keys:\n- name: key1\n  secret: {LONG}\n- secret: {SECRET}\n  name: key2\n",
    "enc-flow.yaml": f"{CONFIG}keys: [{{name: a, secret: {SECRET}}}]\n",
    "kubeadm.yaml": f"{CONFIG}bootstrapTokens:\n- token: {SECRET.lower()}.0123456789abcdef\ncertificateKey: {SECRET}\n",
    "pod.yaml": f"{CONFIG}env:\n- name: DB_HOST\n  value: {SECRET}\n- value: {SECRET}\n  name: A\n",
    "pod.json": json.dumps({"apiVersion": "v1", "kind": "Pod", "env": [{"name": "A", "value": SECRET}]}),
    "lines.json": json.dumps({"apiVersion": "v1", "kind": "Pod", "env": [{"name": "A", "value": SECRET}]}, indent=1),
    "json.conf": json.dumps({"apiVersion": "v1", "kind": "Config", "token": SECRET, "x": {"password": f'"{SECRET}'}}),
    "split.json": f'{{"apiVersion": "v1", "kind": "Config", "token":\n"{SECRET}"}}\n',
    "args.yaml": f"{CONFIG}command:\n- x\n- --token\n- {SECRET}\n- --my-password={SECRET}\n",
    "shell.yaml": f"{CONFIG}command: [sh, -c, 'exec k3s --token {SECRET} --datastore-endpoint=mysql://u:{SECRET}@h/d']\n",
    "secret.yaml": f"apiVersion: v1\nkind: Secret\nstringData:\n  a: {SECRET}\n",
    "alias.yaml": f"{CONFIG}a: &a {SECRET}\ntoken: *a\n",
    "complex.yaml": f"{CONFIG}? token\n: {SECRET}\n",
    "escape.yaml": f'{CONFIG}"\\x74oken": {SECRET}\n',
    "tagged.yaml": f"{CONFIG}token: !!str {SECRET}\npassword: &x {SECRET}\n",
    "tabs.yaml": f"{CONFIG}token:\t{SECRET}\n",
    "crlf.yaml": f"{CONFIG}token: {SECRET}\r\nother: 1\r\n",
    "unknown.yaml": f"{CONFIG}something: {LONG}\n",
    "jwt.yaml": f"{CONFIG}x: eyJhbGciOiJIUzI1NiJ9.{SECRET}.{SECRET}\n",
    "inline.yaml": f"{CONFIG}x: |\n  {KEY.replace(chr(10), chr(10) + '  ')}\n",
    "auths.json": json.dumps({"apiVersion": "v1", "kind": "x", "auths": {"r": {"auth": SECRET}}}),
    "join.yaml": f"{CONFIG}x: {SECRET.lower()}.0123456789abcdef\n",
    "tokens.csv": f"{SECRET},admin,1\n",
    "token": SECRET,
    "key.pem": KEY + PEM,
    "sa.key": KEY,
    "plain.txt": SECRET,
    "binary.yaml": f"{CONFIG}\0{SECRET}",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_no_secret_of_a_file_is_in_the_bundle(fake: Node, name: str) -> None:
    fake.file(f"/etc/kubernetes/{name}", PLANTED[name])
    for shell in shells():
        bundle = fake.run(shell)
        assert f"/etc/kubernetes/{name}" in {file.name for file in read_bundle(bundle).files}
        _no_secret(bundle)


OTHERS = {
    "/etc/rancher/k3s/config.yaml": f'token: {SECRET}\nagent-token: "{SECRET}"\netcd-s3-secret-key: {SECRET}\n',
    "/etc/systemd/system/k3s.service": f"[Service]\nEnvironment=\"K3S_TOKEN={SECRET}\" 'B_PASSWORD={SECRET}' A=b\n"
    f"ExecStart=/usr/local/bin/k3s \\\n server \\\n '--token' \\\n '{SECRET}' \\\n --agent-token {SECRET} --z\n",
    "/etc/systemd/system/k3s.service.env": f"K3S_TOKEN={SECRET}\n",
    "/etc/default/kubelet": f'KUBELET_EXTRA_ARGS="--token={SECRET} --x"\nPASSWORD={SECRET} {SECRET}\n',
    "/var/lib/kubelet/kubeadm-flags.env": f'KUBELET_KUBEADM_ARGS="--password {SECRET} --y=z"\n',
    "/etc/containerd/config.toml": f"[auth]\n password = \"{SECRET}\"\n identitytoken = '{SECRET}'\n",
    "/etc/containerd/other.toml": f'[auth]\npassword = """\n{SECRET}"""\n',
    "/etc/docker/daemon.json": f'{{"http-proxy": "http://u:{SECRET}@proxy", "api-key": "{SECRET}"}}',
    "/etc/cni/net.d/10-x.conflist": f'{{"plugins": [{{"policy": {{"k8s_auth_token": "{SECRET}"}}}}]}}',
    "/etc/cni/net.d/calico-kubeconfig": f"{CONFIG}users:\n- user: {{token: {SECRET}}}\n",
    "/var/lib/rancher/k3s/server/token": f"K10abc::server:{SECRET}\n",
    "/var/lib/kubelet/config.json": json.dumps({"auths": {"r": {"auth": SECRET}}}),
}


@each_shell
def test_no_secret_of_other_places_is_in_the_bundle(fake: Node, shell: str) -> None:
    for name, text in OTHERS.items():
        fake.file(name, text)
    arguments = ["k3s", "server", "--token", SECRET, f"--agent-token={SECRET}", f"--db=mysql://u:{SECRET}@h", LONG]
    fake.process(
        5, [*arguments, f"exec x --token {SECRET}\n--my-password={SECRET}"], {"K3S_TOKEN": SECRET, "ETCD_X": LONG}
    )
    bundle = fake.run(shell)
    names = {file.name for file in read_bundle(bundle).files}
    assert set(OTHERS) <= names
    _no_secret(bundle)
    process = observed(bundle)["HostProcess k3s"].manifest
    assert process["arguments"][:2] == ["k3s", "server"]
    assert len(process["arguments"]) == 8


def _no_secret(bundle: bytes) -> None:
    """The secret in no letters, as it is or in base64, and not in what base64 in the bundle says either."""
    text = decoded(bundle)
    words = re.findall(r"[A-Za-z0-9+/]{16,}", text)
    inner = [b64decode(word[: len(word) // 4 * 4]).decode("utf-8", "replace") for word in words]
    encoded = b64encode(SECRET.encode()).decode().rstrip("=")[:-1]
    for one in (text, *inner):
        assert SECRET.lower() not in one.lower()
        assert encoded not in one
        assert LONG[:20] not in one


SHOWN = """apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
spec:
  containers:
  - command:
    - kube-apiserver
    - --anonymous-auth=false
    - --enable-bootstrap-token-auth=true
    - --service-account-key-file=/etc/kubernetes/pki/sa.pub
    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
    - --kubelet-client-key
    - /etc/kubernetes/pki/apiserver-kubelet-client.key
    - sh -c 'x --kubelet-client-key /etc/kubernetes/pki/apiserver-kubelet-client.key --y'
    - --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    - --feature-gates=KMSv1=false,RotateKubeletServerCertificate=true
    - --etcd-servers=https://127.0.0.1:2379
    image: registry.k8s.io/kube-apiserver@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    env:
    - name: ETCD_NAME
      value: shown
    volumeMounts: [{mountPath: /etc/ssl/certs, name: ca-certs, readOnly: true}]
  volumes:
  - secret:
      secretName: foo
    name: x
  - projected:
      sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600
  tolerations:
  - key: node-role
    value: master
  automountServiceAccountToken: false
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - name: anonymous-auth
    value: "false"
---
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: ["secrets", configmaps]
  providers: [{identity: {}}]
---
apiVersion: v1
kind: Config
users:
- name: a
  user:
    client-certificate-data: CERTIFICATE
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
"""


@each_shell
def test_what_is_no_secret_is_shown_word_for_word(fake: Node, shell: str) -> None:
    text = SHOWN.replace("CERTIFICATE", b64encode(PEM.encode()).decode())
    fake.file("/etc/kubernetes/all.yaml", text)
    assert content(fake.run(shell), "/etc/kubernetes/all.yaml") == text


PLAIN = {
    "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf": """[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/b.conf --kubeconfig=/etc/k.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml" 'OTHER=a b'
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS \\
  --tls-private-key-file /var/lib/kubelet/pki/kubelet.key \\
  --authentication-token-webhook=true --client-ca-file=/etc/kubernetes/pki/ca.crt
""",
    "/var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1 --container-runtime-endpoint=unix:///x"\n',
    "/etc/containerd/config.toml": """version = 2
root = "/var/lib/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.9"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
""",
    "/etc/cni/net.d/10-x.conflist": '{"cniVersion": "1.0.0", "plugins": [{"type": "bridge", "isGateway": true}]}\n',
    "/etc/rancher/k3s/config.yaml": "kube-apiserver-arg:\n- anonymous-auth=false\n- audit-log-path=/x/audit.log\n",
    "/etc/etcd/etcd.conf": "ETCD_DATA_DIR=/var/lib/etcd\nETCD_CERT_FILE=/e/server.crt\nETCD_CLIENT_CERT_AUTH=true\n",
    "/etc/etcd/etcd.conf.yml": "data-dir: /var/lib/etcd\nclient-transport-security:\n  key-file: /e/server.key\n",
}


@each_shell
@pytest.mark.parametrize("name", PLAIN)
def test_units_and_the_like_are_shown_word_for_word(fake: Node, shell: str, name: str) -> None:
    fake.file(name, PLAIN[name])
    assert content(fake.run(shell), name) == PLAIN[name]


def test_comments_are_left_out(fake: Node) -> None:
    fake.file("/etc/kubernetes/a.yaml", f"{CONFIG}# token {SECRET}\na: b # {SECRET}\nc: 'x # y'\nd: e#f\n")
    assert content(fake.run(), "/etc/kubernetes/a.yaml") == f"{CONFIG}#\na: b #\nc: 'x # y'\nd: e#f\n"


def test_masks_keep_the_lines_where_they_are(fake: Node) -> None:
    text = PLANTED["block.conf"]
    fake.file("/etc/kubernetes/block.conf", text)
    shown = content(fake.run(), "/etc/kubernetes/block.conf").split("\n")
    assert len(shown) == len(text.split("\n"))
    assert shown[-2] == "    b: c"


# Documents with all that can stand in a value, written in all the ways that two writers know.

SECRET_NAMES = ("token", "password", "client-key-data", "secret", "access-token", "clientSecret", "certificateKey",
                "etcd-s3-secret-key", "id_token", "PASSWORD", "api_key", "auth", "passphrase")  # fmt: skip
NAMES = ("name", "a", "users", "server", "x509", "mode", "items", "image", "value2", "env", "config", "b.c/d")
BESIDE = ("", " ", "'", '"', "\\", "#", " # x", ": y", "\n", "\n\n", " {a}", "]", "}", ", b", "\t", "é", " |", " - z",
          "'x'", '"y"', "\nzz: 1", "&a", "*b", "!c", "%")  # fmt: skip
HARMLESS: tuple[Any, ...] = ("x", 1, True, None, "/etc/kubernetes/pki/ca.crt", "https://1.2.3.4:6443", ["a", "b"], {},
                             "two\nlines", "it's", "a: b", "#c", [])  # fmt: skip
DOCUMENTS = 250


class Writer:
    """Documents of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def secret(self) -> str:
        text = self.random.choice(BESIDE) + SECRET + self.random.choice(BESIDE)
        if self.random.random() < 0.3:
            text += self.random.choice(BESIDE) + SECRET + " and more words " * self.random.randint(0, 5) + SECRET
        return text

    def value(self, depth: int) -> Any:
        drawn = self.random.random()
        if depth > 3 or drawn < 0.4:
            return self.random.choice(HARMLESS)
        if drawn < 0.75:
            return self.mapping(depth + 1)
        return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]

    def mapping(self, depth: int = 0) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for _ in range(self.random.randint(1, 4)):
            secret = self.random.random() < 0.4
            made[self.random.choice(SECRET_NAMES if secret else NAMES)] = self.secret() if secret else self.value(depth)
        if self.random.random() < 0.15:
            made["env"] = [{"name": self.random.choice(["FOO", "BAR_BAZ"]), "value": self.secret()}]
        if self.random.random() < 0.1:
            made["args"] = ["--token", self.secret().strip() or SECRET, "--x"]
        if self.random.random() < 0.1:
            made["args"] = [f"--my-password={self.secret()}", "--x"]
        return made

    def written(self, document: Any) -> tuple[str, str]:
        drawn = self.random.randint(0, 3)
        if drawn == 0:
            return json.dumps(document, indent=self.random.choice([None, 1, 4]), ensure_ascii=False), "json"
        if drawn == 1:
            return json.dumps(document, separators=(",", ":"), ensure_ascii=False), "json"
        text = yaml.safe_dump(
            document,
            default_flow_style=self.random.choice([None, True, False]),
            default_style=self.random.choice([None, None, None, '"', "'", "|", ">"]),
            width=self.random.choice([20, 80, 10000]),
            indent=self.random.choice([2, 4]),
            allow_unicode=True,
            sort_keys=self.random.choice([True, False]),
        )
        return text, "yaml"


@pytest.mark.parametrize("seed", range(3))
def test_no_secret_however_it_is_written(fake: Node, seed: int) -> None:
    """And what is left is the same document, apart from what was withheld."""
    writer, made = Writer(seed), dict[str, Any]()
    for number in range(DOCUMENTS):
        document = {"apiVersion": "v1", "kind": "Config", **writer.mapping()}
        text, suffix = writer.written(document)
        fake.file(f"/etc/kubernetes/{number}.{suffix}", text)
        made[f"/etc/kubernetes/{number}.{suffix}"] = document
    files = {file.name: file.content for file in read_bundle(fake.run()).files if file.content and file.name in made}
    assert len(files) > DOCUMENTS // 2
    for name, text in files.items():
        assert SECRET not in text, text
        _same(made[name], (json.loads if name.endswith("json") else yaml.safe_load)(text))


def _same(document: Any, shown: Any) -> None:
    if isinstance(document, dict):
        assert document.keys() == shown.keys()
        for key, value in document.items():
            _same(value, shown[key])
    elif isinstance(document, list):
        assert len(document) == len(shown)
        for one, other in zip(document, shown, strict=True):
            _same(one, other)
    else:
        assert document == shown or "(withheld)" in str(shown)
