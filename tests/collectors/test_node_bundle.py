"""The script that looks at a node, in every shell there is, and what becomes of its bundle."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.collectors.nodes.bundle import json_schema, read_bundle
from auditor.collectors.nodes.documents import documents, node_name
from auditor.collectors.nodes.gaps import bundle_gaps
from auditor.collectors.yaml.text import Unreadable
from auditor.model.inventory import Resource
from tests.collectors.fake_node import PEM, SCRIPT, Node, node, shells
from tests.conftest import Kubeplumb

SECRET = "S3CRET"
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
@pytest.mark.parametrize("part", ["environ", "cmdline", "status", "comm", "fd", "root", "net/tcp"])
def test_a_process_that_ends_meanwhile(fake: Node, shell: str, part: str) -> None:
    """What is there when looked for and cannot be opened afterwards; a socket is like that."""
    fake.process(10, ["/usr/bin/kubelet", "--config=/etc/kubernetes/a.yaml"], {"KUBE_A": "1"})
    fake.process(11, ["/usr/bin/etcd"])
    place = fake.proc / "10" / part
    shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(place.parent):
        made.bind(place.name)
        bundle = read_bundle(fake.run(shell))
    assert [one.component for one in bundle.processes][-1] == "etcd"
    unread = [one.unread for one in bundle.processes if one.pid == 10]
    lost = {
        "environ": "environment",
        "cmdline": "arguments",
        "root": "files",
        "fd": "listening",
        "status": "",
        "net/tcp": "listening",
    }
    assert unread == ([lost[part]] if part in lost else [])


def test_without_processes(fake: Node) -> None:
    shutil.rmtree(fake.proc)
    bundle = fake.bundle()
    assert (bundle["processesSeen"], bundle["processes"], bundle["end"]) == (False, [], True)


def test_as_somebody_else_than_root(fake: Node, tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("takes root, to become somebody else")
    fake.file("/etc/kubernetes/pki/ca.key")
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


@each_shell
def test_more_files_than_a_bundle_holds(fake: Node, shell: str) -> None:
    for number in range(40):
        fake.file(f"/etc/kubernetes/pki/{number}.key")
    script = SCRIPT.read_bytes()
    assert b"MOST_FILES=3000\n" in script
    bundle = read_bundle(fake.run(shell, script.replace(b"MOST_FILES=3000\n", b"MOST_FILES=30\n")))
    assert (len(bundle.files), bundle.leftOut > 5) == (30, True)
    assert "left out" in " ".join(gap.reason for gap in bundle_gaps(bundle, "n"))


def test_what_is_missing_becomes_gaps(fake: Node) -> None:
    fake.file("/var/lib/kubelet/config.yaml", f'{CONFIG}a: "b\n  c"\n')
    fake.file("/etc/kubernetes/notes.txt", "x")
    fake.process(10, ["/usr/bin/kubelet"])
    (fake.proc / "10" / "environ").unlink()
    bundle = read_bundle(fake.run())
    whole = bundle.model_copy(update={"processes": [], "missing": ["awk", "od"]})
    gaps = {gap.reason for gap in bundle_gaps(bundle, "n")}
    assert gaps == {
        "/var/lib/kubelet/config.yaml is not in the bundle: a quoted text goes on in the next line",
        "kubelet (process 10): could not be read: environment",
    }
    assert {
        "no process of a component was seen: in a pod, the script needs hostPID",
        "the node lacks awk: what the script needs it for is missing",
    } <= {gap.reason for gap in bundle_gaps(whole, "n")}


def test_the_command_prints_the_script(kubeplumb: Kubeplumb) -> None:
    assert kubeplumb("node-script").out == SCRIPT.read_text("utf-8")
