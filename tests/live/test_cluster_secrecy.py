"""An audit changes nothing, says who it is, and leaves no byte of a Secret anywhere."""

import base64
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
import zstandard

from auditor import __version__
from tests.live.audit import audited
from tests.live.audits import ONE_PROCESS, audit, told
from tests.live.cluster import Cluster
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.kubectl import kubectl
from tests.live.objects import Object, apply
from tests.live.releases import BOTH
from tests.live.waiting import until

# No detector knows it by its shape: only where it stands tells what it is.
VALUE = "zq7Xw-horse-battery-9fK2"
NAMESPACE = "secrecy"
SECRET: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "database", "namespace": NAMESPACE, "labels": {"kept": "label-of-the-secret"}},
    "stringData": {"password": VALUE},
    "data": {"token": base64.b64encode(f"prefix {VALUE}".encode()).decode()},
}
CONTAINER: Object = {
    "name": "app",
    "image": "registry.example/app:1.0",
    "env": [{"name": "DATABASE_PASSWORD", "value": VALUE}, {"name": "MODE", "value": "kept-as-it-is"}],
}
LABELS = {"app": "app"}
DEPLOYMENT: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "app", "namespace": NAMESPACE},
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "containers": [CONTAINER],
                "initContainers": [CONTAINER | {"name": "first"}],
            },
        },
    },
}


@pytest.fixture(scope="module")
def admin(shop: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secret and Deployment are applied as people do it, so that annotations repeat both."""
    config = kubeconfig(tmp_path_factory.mktemp("secrecy") / "config", shop, token_user("admin"))
    apply(shop, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}])
    done = kubectl(config, "apply", "-f", "-", text=yaml.safe_dump_all([SECRET, DEPLOYMENT]))
    assert done.returncode == 0, done.stderr
    path = f"/api/v1/namespaces/{NAMESPACE}"
    until("the pod is there", lambda: bool(shop.get(f"{path}/pods").body["items"]))
    for planted in (f"{path}/secrets/database", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/app"):
        annotations = shop.get(planted).body["metadata"]["annotations"]
        assert VALUE in annotations["kubectl.kubernetes.io/last-applied-configuration"]
    return config


def spellings() -> Iterator[bytes]:
    """The value as it is, and in base64 at each of the three offsets in which it may lie in a longer text."""
    yield VALUE.encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + VALUE.encode())
        yield whole[4 if offset else 0 : -4]


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()


@pytest.mark.parametrize("options", [(), ("--secret-metadata",)])
def test_no_byte_of_a_secret_is_left_anywhere(admin: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    files = [tmp_path / name for name in ("report.json", "report.html", "report.sarif", "report.txt")]
    formats = ("json", "html", "sarif", "terminal")
    outputs = [option for name, file in zip(formats, files, strict=True) for option in ("-o", f"{name}={file}")]
    snapshots = [tmp_path / "snapshot.json.zst", tmp_path / "snapshot.json.gz"]
    written = {}
    for snapshot in snapshots:
        command = ("cluster", "--kubeconfig", admin, "--no-config", "--profile", "all", "-v", *ONE_PROCESS, *options)
        done = told(*command, "--save", snapshot, *outputs)
        assert done.code == 1, done
        written |= {snapshot.name: unpacked(snapshot), "streams": (done.out + done.err).encode()}
    written |= {file.name: file.read_bytes() for file in files}
    shown = told("snapshot", "show", "--json", snapshots[0])
    written["show"] = (shown.out + shown.err).encode()
    for name, data in written.items():
        assert [text for text in spellings() if text in data] == [], name
    # It is not for want of looking: all else of the objects is there, and the rule has found the credential.
    for snapshot in snapshots:
        assert b"kept-as-it-is" in written[snapshot.name]
        assert (b"label-of-the-secret" in written[snapshot.name]) == bool(options)
    report = json.loads(written["report.json"])
    failed = {(one["rule"], one["object"]["name"]) for one in report["findings"] if one["verdict"] == "fail"}
    assert ("credential-in-environment", "app") in failed
    blind = {one["object"]["kind"] for one in report["findings"] if one["verdict"] == "not-evaluated"}
    assert ("Secret" in blind) == (not options)


@BOTH
def test_every_request_reads_and_says_who_it_is(shop: Cluster, admin: Path) -> None:
    with audited(shop.audit_log, "admin") as seen:
        audit(admin)
    assert {one.agent for one in seen} == {f"kubeplumb/{__version__}"}
    assert {one.verb for one in seen} == {"get", "list", "create"}
    created = [one.path for one in seen if one.verb == "create"]
    assert created == ["/apis/authentication.k8s.io/v1/selfsubjectreviews"]
    paths = Counter(one.path.partition("?")[0] for one in seen)
    assert [path for path, count in paths.items() if count > 1 and path not in ("/api", "/apis")] == []
    assert not [path for path in paths if "secret" in path or path.endswith("/configmaps")]
    with audited(shop.audit_log, "admin") as seen:
        audit(admin, "--secret-metadata")
    assert [one.verb for one in seen if "secret" in one.path] == ["list"]


def test_a_check_of_rights_only_asks_about_oneself(shop: Cluster, admin: Path) -> None:
    with audited(shop.audit_log, "admin") as seen:
        assert told("rbac-needed", "--check", "--kubeconfig", admin).code == 0
    created = {one.path for one in seen if one.verb == "create"}
    assert created == {
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    }
    assert {one.verb for one in seen} == {"get", "list", "create"}
