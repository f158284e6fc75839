"""The script that looks at a node, in every shell there is, and what becomes of its bundle."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.collectors.node_bundle import json_schema, read_bundle
from auditor.collectors.node_documents import documents, node_name
from auditor.collectors.text import Unreadable
from auditor.model.inventory import Resource
from tests.collectors.fake_node import PEM, SCRIPT, Node, node, shells
from tests.conftest import Kubeplumb

SECRET = "S3CRET"
_LINES = f"MIIBOgIBAAJB\n{b64encode(SECRET.encode()).decode()}\n"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{_LINES}-----END RSA PRIVATE KEY-----\n"
CONFIG = "apiVersion: v1\nkind: Config\n"
LONG = b64encode(b"S3CRET-and-more-of-it-to-be-long-0123456789").decode()

each_shell = pytest.mark.parametrize("shell", shells())


@pytest.fixture
def fake(tmp_path: Path) -> Node:
    return node(tmp_path)


def observed(bundle: bytes) -> dict[str, Resource]:
    found = documents(read_bundle(bundle), "node1.json", "w")
    return {f"{item.ref.kind} {item.ref.name.removeprefix('worker-1:')}": item for item in found}


def decoded(bundle: bytes) -> str:
    """All texts of a bundle, whatever they are encoded in."""
    return read_bundle(bundle).model_dump_json()


def content(bundle: bytes, name: str) -> str:
    (file,) = (file for file in read_bundle(bundle).files if file.name == name)
    return file.content or f"withheld: {file.withheld}"


@each_shell
def test_files_with_owner_mode_and_target(fake: Node, shell: str) -> None:
    fake.file("/etc/kubernetes/pki/ca.crt", PEM, 0o644)
    fake.file("/srv/kubelet.yaml", f"{CONFIG}x: 1\n", 0o4755)
    (fake.root / "etc/kubernetes/link.yaml").symlink_to("/srv/kubelet.yaml")
    (fake.root / "etc/kubernetes/loop").symlink_to("loop")
    (fake.root / "etc/kubernetes/dangling").symlink_to("/nowhere")
    os.mkfifo(fake.root / "etc/kubernetes/pipe.yaml")
    os.chown(fake.root / "srv/kubelet.yaml", 998, 997)
    (fake.root / "srv/kubelet.yaml").chmod(0o4640)
    bundle = fake.run(shell)
    jsonschema.validate(json.loads(bundle), json_schema())
    found = observed(bundle)
    assert found["HostFile /etc/kubernetes/pki/ca.crt"].manifest["mode"] == "0644"
    linked = found["HostFile /etc/kubernetes/link.yaml"].manifest
    assert (linked["target"], linked["mode"], linked["owner"], linked["group"]) == (
        "/srv/kubelet.yaml", "4640", "etcd", "etcd",
    )  # fmt: skip
    assert found["HostFile /etc/kubernetes/loop"].manifest["error"] == "links without end"
    assert found["HostFile /etc/kubernetes/pipe.yaml"].manifest["type"] == "other"
    assert content(bundle, "/etc/kubernetes/link.yaml") == f"{CONFIG}x: 1\n"
    assert found["Certificate /etc/kubernetes/pki/ca.crt"].manifest["pem"] == PEM


HOSTILE = ('a"b', "a\\b", "a\nb", "\n", "end\n", "$(touch pwned)", "`touch pwned`", "-n", "--", "*", "[x]", " ",
           "\t", "ü", "';touch pwned;'", "{}", "a,b", "\x01", "\x7f")  # fmt: skip


@each_shell
def test_hostile_names(fake: Node, shell: str) -> None:
    for name in HOSTILE:
        fake.file(f"/etc/kubernetes/pki/{name}", "x")
    odd = os.fsencode(fake.root / "etc/kubernetes/pki") + b"/\xff\xfe.crt"
    with open(odd, "w") as handle:
        handle.write(PEM)
    bundle = fake.run(shell)
    names = {file.name for file in read_bundle(bundle).files}
    assert {f"/etc/kubernetes/pki/{name}" for name in HOSTILE} <= names
    assert "/etc/kubernetes/pki/\\xff\\xfe.crt" in names
    assert not list(fake.folder.rglob("pwned"))
    assert not Path("pwned").exists()


@each_shell
def test_processes(fake: Node, shell: str, tmp_path: Path) -> None:
    fake.file(
        "/etc/kubernetes/kubelet.yaml", f"{CONFIG}x509: {{clientCAFile: /srv/ca.crt}}\nstaticPodPath: /srv/pods\n"
    )
    fake.file("/srv/ca.crt", PEM)
    fake.file("/srv/pods/kube-apiserver.yaml", f"{CONFIG}")
    words = ["/usr/bin/kubelet", "--config=/etc/kubernetes/kubelet.yaml", '--x=a\nb"c', "", "ü", "--kubeconfig", "/no"]
    fake.process(10, words, {"KUBE_A": "1", "OTHER": SECRET}, listening=["0100007F:2780", "00000000:280A"])
    inside = tmp_path / "container"
    (inside / "etc").mkdir(parents=True)
    (inside / "etc/etcd.conf").write_text("data-dir: /data\ntrusted-ca-file: /etc/ca.pem\n")
    (inside / "etc/ca.pem").write_text(PEM)
    (inside / "data").mkdir(mode=0o700)
    fake.process(11, ["etcd", "--config-file", "/etc/etcd.conf"], {"ETCD_CERT_FILE": "/etc/ca.pem"}, inside)
    fake.process(12, ["/usr/bin/kube-controllers"])
    fake.process(13, ["/usr/bin/kube-controller-manager"])
    fake.process(14, ["/usr/sbin/auditd"])
    bundle = fake.run(shell)
    found = observed(bundle)
    kubelet = found["HostProcess kubelet"].manifest
    assert kubelet["arguments"] == words
    assert kubelet["environment"] == {"KUBE_A": "1"}
    assert [(one["address"], one["port"]) for one in kubelet["listening"]] == [("127.0.0.1", 10112), ("0.0.0.0", 10250)]
    assert kubelet["unseen"]["/no"] == "is not there"
    etcd = found["HostProcess etcd"].manifest
    assert etcd["files"] == {path: f"etcd:{path}" for path in ("/etc/etcd.conf", "/etc/ca.pem", "/data")}
    assert {one.ref.name for one in found.values() if one.ref.kind == "HostProcess"} == {
        "worker-1:kubelet", "worker-1:etcd", "worker-1:kube-controller-manager",
    }  # fmt: skip
    roles = {name: item.manifest["roles"] for name, item in found.items() if item.ref.kind == "HostFile"}
    assert roles["HostFile /srv/ca.crt"] == ["client-ca"]
    assert roles["HostFile /srv/pods/kube-apiserver.yaml"] == ["apiserver-manifest"]
    assert roles["HostFile etcd:/data"] == ["etcd-data"]
    assert roles["HostFile etcd:/etc/ca.pem"] == ["pki-certificate"]
    assert found["HostState worker-1"].manifest["agents"] == ["auditd"]


def test_a_process_is_given_no_more_than_it_could_read_itself(fake: Node) -> None:
    fake.file("/root/private.yaml", f"{CONFIG}private: yes\n")
    fake.file("/root/public.yaml", f"{CONFIG}public: yes\n", 0o644)
    fake.process(10, ["/tmp/kubelet", "--config=/root/private.yaml", "--bootstrap=/root/public.yaml"], uid=1000)
    bundle = decoded(fake.run())
    assert "public: yes" in bundle
    assert "private: yes" not in bundle


# Secrecy: each of these stands in one file, and the secret must not be in the bundle.

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


def test_masks_keep_the_lines_where_they_are(fake: Node) -> None:
    text = PLANTED["block.conf"]
    fake.file("/etc/kubernetes/block.conf", text)
    shown = content(fake.run(), "/etc/kubernetes/block.conf").split("\n")
    assert len(shown) == len(text.split("\n"))
    assert shown[-2] == "    b: c"


# What is missing, or may not be read, is said.


TOOLS = ("awk", "base64", "date", "head", "id", "ls", "od", "readlink", "stat", "tr", "uname")


def _tools(folder: Path, without: str) -> str:
    folder.mkdir()
    for tool in (*TOOLS, "cat", "dd", "wc", "sh", "dash"):
        found = shutil.which(tool)
        if tool != without and found:
            (folder / tool).symlink_to(os.path.realpath(found))
    return str(folder)


@pytest.mark.parametrize("tool", TOOLS)
def test_without_a_tool(fake: Node, tmp_path: Path, tool: str) -> None:
    fake.file("/etc/kubernetes/a.yaml", f"{CONFIG}token: {SECRET}\n", 0o640)
    (fake.root / "etc/kubernetes/b.yaml").symlink_to("a.yaml")
    fake.process(10, ["/usr/bin/kubelet", f"--x={chr(10)}ü"], listening=["0100007F:2780"])
    path = _tools(tmp_path / "bin", tool)
    script = SCRIPT.read_bytes().replace(b"PATH=${PATH:-/bin}:/usr/sbin:/usr/bin:/sbin:/bin", b"")
    done = subprocess.run(
        [f"{path}/dash"], input=script, capture_output=True, env=fake.environment() | {"PATH": path}, check=True
    )
    assert done.stderr == b""
    bundle = read_bundle(done.stdout)
    assert bundle.missing == [tool]
    (file,) = (file for file in bundle.files if file.name == "/etc/kubernetes/a.yaml")
    assert (file.mode or "").endswith("640")
    assert SECRET not in bundle.model_dump_json()
    (process,) = bundle.processes
    if tool in ("awk", "tr"):
        assert process.arguments is None
        assert "arguments" in process.unread
    else:
        assert process.arguments == ["/usr/bin/kubelet", "--x=\nü"]
    linked = [file for file in bundle.files if file.name == "/etc/kubernetes/b.yaml"]
    assert linked[0].error == ("a link that cannot be read" if tool == "readlink" else "")


@each_shell
@pytest.mark.parametrize("part", ["environ", "cmdline", "status", "comm", "fd", "root"])
def test_a_process_that_ends_meanwhile(fake: Node, shell: str, part: str) -> None:
    """What is there when looked for and cannot be opened afterwards; a socket is like that."""
    fake.process(10, ["/usr/bin/kubelet", "--config=/etc/kubernetes/a.yaml"], {"KUBE_A": "1"})
    fake.process(11, ["/usr/bin/etcd"])
    place = fake.proc / "10" / part
    shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(fake.proc / "10"):
        made.bind(part)
        bundle = read_bundle(fake.run(shell))
    assert [one.component for one in bundle.processes][-1] == "etcd"
    unread = [one.unread for one in bundle.processes if one.pid == 10]
    lost = {"environ": "environment", "cmdline": "arguments", "root": "files", "fd": "listening", "status": ""}
    assert unread == ([lost[part]] if part in lost else [])


def test_without_processes(fake: Node) -> None:
    shutil.rmtree(fake.proc)
    bundle = fake.bundle()
    assert (bundle["processesSeen"], bundle["processes"], bundle["end"]) == (False, [], True)


def test_as_somebody_else_than_root(fake: Node, tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("takes root, to become somebody else")
    fake.file("/etc/kubernetes/pki/ca.key", KEY)
    fake.file("/etc/kubernetes/admin.conf", CONFIG)
    (fake.root / "etc/kubernetes/pki").chmod(0o700)
    fake.process(10, ["/usr/bin/kubelet", "--config=/etc/kubernetes/admin.conf"], {"KUBE_A": "1"})
    (fake.proc / "10" / "environ").chmod(0o400)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    bundle = fake.run("setpriv --reuid 65534 --regid 65534 --clear-groups dash")
    assert read_bundle(bundle).user.root is False
    found = observed(bundle)
    assert found["HostFile /etc/kubernetes/pki/*"].manifest["error"] == "permission denied"
    assert found["HostFile /etc/kubernetes/admin.conf"].manifest["withheld"] == "it cannot be read"
    assert "environment" in found["HostProcess kubelet"].manifest["unread"]


@each_shell
def test_the_kernel_of_this_machine(fake: Node, shell: str) -> None:
    """The real /proc/sys gives a file's first byte alone to who asks byte by byte, as `read` of some shells does."""
    told = json.loads(fake.run(shell, KUBEPLUMB_PROC="/proc", KUBEPLUMB_SYS="/sys"))["state"]["kernel"]
    real = {name: Path("/proc/sys", *name.split(".")).read_text().strip() for name in told}
    assert told == real
    assert {"kernel.panic", "vm.overcommit_memory", "kernel.keys.root_maxbytes"} <= set(told)


def test_the_script_writes_nothing(fake: Node) -> None:
    fake.file("/etc/kubernetes/a.yaml", CONFIG)
    before = {path: path.lstat().st_mtime_ns for path in fake.folder.rglob("*")}
    fake.run()
    assert {path: path.lstat().st_mtime_ns for path in fake.folder.rglob("*")} == before


def test_shellcheck_has_nothing_to_say() -> None:
    tool = shutil.which("shellcheck")
    if tool is None:
        pytest.skip("no shellcheck")
    done = subprocess.run(
        [tool, "-s", "sh", "-e", "SC2016,SC2317", str(SCRIPT)], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


# Reading.


def bundle_of(fake: Node) -> bytes:
    manifest = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n  containers: [{name: a, image: b}]\n"
    )
    fake.file("/etc/kubernetes/manifests/p.yaml", manifest, 0o666)
    fake.process(10, ["/usr/bin/kubelet", "--hostname-override=Worker-1"])
    return fake.run()


def test_a_named_bundle_is_judged_with_the_files_in_it(fake: Node, tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    folder = tmp_path / "bundles"
    folder.mkdir()
    place = folder / "node1.json"
    place.write_bytes(bundle_of(fake))
    options = ("--no-config", "-o", "json", "--rule", "host-pid", "--rule", "node-file-writable")
    named = json.loads(kubeplumb("scan", place, *options).out)
    places = {one["rule"]: f"{one['place']['file']}:{one['place']['line']}" for one in _failed(named)}
    inner = f"{place}!/etc/kubernetes/manifests/p.yaml"
    assert places == {"host-pid": f"{inner}:5", "node-file-writable": f"{inner}:0"}
    piped = json.loads(kubeplumb("scan", "-", *options, stdin=place.read_bytes()).out)
    assert {one["place"]["file"] for one in _failed(piped)} == {"-!/etc/kubernetes/manifests/p.yaml"}
    walked = json.loads(kubeplumb("scan", folder, *options, "--allow-empty").out)
    assert _failed(walked) == []
    assert "node bundle" in json.dumps(walked["coverage"])


def _failed(report: Any) -> list[Any]:
    return [one for one in report["findings"] if one["verdict"] == "fail"]


@pytest.mark.parametrize("damage", ["cut", "type", "schema", "base64", "garbage"])
def test_a_damaged_bundle_is_a_gap(fake: Node, tmp_path: Path, kubeplumb: Kubeplumb, damage: str) -> None:
    data = bundle_of(fake)
    damaged = {
        "cut": data[: len(data) // 2],
        "type": data.replace(b'"type":"file"', b'"type":"flie"'),
        "schema": data.replace(b"node/v1", b"node/v9"),
        "base64": data.replace(b'"base64":"', b'"base64":"!'),
        "garbage": data[:40] + b"\xff\x00" * 100,
    }[damage]
    place = tmp_path / "node1.json"
    place.write_bytes(damaged)
    with pytest.raises(Unreadable, match="node bundle"):
        read_bundle(damaged)
    result = kubeplumb("scan", place, "--no-config", "-o", "json")
    assert result.code == 3
    (gap,) = json.loads(result.out)["gaps"]
    assert "the node bundle cannot be read" in gap["reason"]


@pytest.mark.parametrize(
    ("arguments", "given", "name"),
    [
        (["kubelet", "--hostname-override=Node-A"], "", "node-a"),
        (["kubelet", "--hostname-override", "b"], "", "b"),
        (["kubelet"], "", "worker-1"),
        (["kubelet", "--hostname-override=a"], "given", "given"),
    ],
)
def test_the_name_of_the_node(fake: Node, arguments: list[str], given: str, name: str) -> None:
    fake.process(10, arguments)
    assert node_name(read_bundle(fake.run(KUBEPLUMB_NODE=given))) == name
