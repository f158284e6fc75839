"""deploy/: what it promises, judged by kubeplumb itself, by kustomize and by a real API server."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ryaml

from tests.conftest import Kubeplumb
from tests.live.apiserver import ADMIN_TOKEN, Server, binaries, running

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
ROLE = DEPLOY / "base" / "cluster-role.yaml"
KUBECTL = shutil.which("kubectl")


def manifests(*names: str) -> list[Any]:
    return [ryaml.loads((DEPLOY / name).read_text("utf-8")) for name in names]


def templates() -> list[Any]:
    cronjob, job = manifests("cronjob.yaml", "once/job.yaml")
    return [cronjob["spec"]["jobTemplate"]["spec"]["template"], job["spec"]["template"]]


def args(template: Any) -> list[str]:
    (container,) = template["spec"]["containers"]
    return list(container["args"])


def kubectl(*arguments: object) -> str:
    if KUBECTL is None:
        pytest.skip("no kubectl")
    done = subprocess.run([KUBECTL, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_role_is_the_printed_one(kubeplumb: Kubeplumb) -> None:
    """For the profile default, which the manifests run; `kubeplumb rbac-needed` into that file renews it."""
    assert ROLE.read_text("utf-8") == kubeplumb("rbac-needed").out
    assert not [argument for template in templates() for argument in args(template) if "profile" in argument]


@pytest.mark.parametrize("profile", ["pss-restricted", "default", "all"])
def test_a_scan_finds_it_clean(kubeplumb: Kubeplumb, profile: str) -> None:
    # The node agent cannot be restricted, and its waivers answer rules of the other profiles.
    without = ("--exclude", "node-agent") if profile == "pss-restricted" else ()
    options = ("--profile", profile, "--no-config", "--fail-on", "info", "-o", "json", *without)
    result = kubeplumb("scan", DEPLOY, *options)
    report = json.loads(result.out)
    assert (result.code, report["gaps"]) == (0, [])
    assert set(report["summary"]["failures"].values()) == {0}
    states = {"used"} if profile == "all" else {"used", "out-of-scope"}
    assert all(waiver["state"] in states and waiver["reason"] for waiver in report["waivers"])
    kinds = {item["object"]["kind"] for item in report["objects"]}
    assert {"CronJob", "Job", "Namespace", "NetworkPolicy", "ClusterRoleBinding"} <= kinds


def test_it_is_clean_as_a_whole_cluster(kubeplumb: Kubeplumb) -> None:
    """Declared complete, so that rules that argue from absence judge it as well."""
    scan = ("scan", DEPLOY, "--no-config", "--complete", "all", "--fail-on", "medium", "--no-waivers", "-o", "json")
    scan += ("--exclude", "node-agent")
    result = kubeplumb(*scan)
    assert result.code == 0, result.out
    assert json.loads(result.out)["summary"]["verdicts"]["fail"] == 0


@pytest.mark.parametrize("change", ["readOnlyRootFilesystem: true", "drop: [ALL]", "runAsNonRoot: true"])
def test_a_scan_would_find_what_is_taken_away(kubeplumb: Kubeplumb, tmp_path: Path, change: str) -> None:
    copy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    text = (copy / "cronjob.yaml").read_text("utf-8")
    assert change in text
    (copy / "cronjob.yaml").write_text(text.replace(change, ""), "utf-8")
    assert kubeplumb("scan", copy, "--profile", "all", "--no-config", "--fail-on", "info").code == 1


@pytest.mark.parametrize("folder", ["deploy", "deploy/once", "deploy/node-agent"])
def test_kustomize_renders_it_and_an_overlay_sets_the_image(tmp_path: Path, folder: str) -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    copy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / "mine").mkdir()
    overlay = {
        "resources": [f"../{folder}"],
        "images": [{"name": "registry.example/kubeplumb", "newName": "registry.test/audit", "digest": digest}],
    }
    (tmp_path / "mine" / "kustomization.yaml").write_text(json.dumps(overlay))
    written = list(ryaml.loads_all("---\n".join(path.read_text("utf-8") for path in copy.rglob("*.yaml"))))
    rendered = list(ryaml.loads_all(kubectl("kustomize", tmp_path / "mine")))
    assert {item["kind"] for item in rendered} >= {"Namespace", "ServiceAccount", "NetworkPolicy"}
    for item in rendered:
        text = json.dumps(item).replace(f"registry.test/audit@{digest}", "registry.example/kubeplumb:unset")
        assert json.loads(text) in written
    assert sum("registry.test/audit@" in json.dumps(item) for item in rendered) == 1


def test_the_node_agent_needs_what_it_asks_for_and_no_more() -> None:
    """It looks, and does nothing else: no token, no network, nothing to write to, two capabilities."""
    daemonset, policy = manifests("node-agent/daemonset.yaml", "node-agent/network-policy.yaml")
    spec = daemonset["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    context = container["securityContext"]
    assert context["capabilities"] == {"drop": ["ALL"], "add": ["DAC_READ_SEARCH", "SYS_PTRACE"]}
    assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert (spec["automountServiceAccountToken"], "hostNetwork" in spec, "hostIPC" in spec) == (False, False, False)
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


# A real API server takes it, admits its pods at the restricted level, and lets the account see what the audit reads.


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with deploy/ and deploy/once applied, and a kubeconfig for the account kubeplumb."""
    found = binaries()
    if isinstance(found, str):
        pytest.skip(found)
    folder = tmp_path_factory.mktemp("deploy")
    with running(folder) as server:
        admin = kubeconfig(folder / "admin", server, ADMIN_TOKEN)
        for overlay in ("deploy", "deploy/once"):
            kubectl("apply", "--kubeconfig", admin, "-k", ROOT / overlay)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
        answer = server.post("/api/v1/namespaces/kubeplumb/serviceaccounts/kubeplumb/token", request)
        yield server, kubeconfig(folder / "account", server, answer.body["status"]["token"])


def kubeconfig(file: Path, server: Server, token: str) -> Path:
    authority = base64.b64encode((server.folder / "certificates" / "apiserver.crt").read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": server.base_url, "certificate-authority-data": authority}}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    file.write_text(json.dumps(config))
    return file


@pytest.mark.live
@pytest.mark.xdist_group("deploy")
def test_its_pods_are_admitted_at_the_restricted_level(cluster: tuple[Server, Path]) -> None:
    server, _ = cluster
    for number, template in enumerate(templates()):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"audit-{number}"}, "spec": template["spec"]}
        answer = server.post("/api/v1/namespaces/kubeplumb/pods?dryRun=All", pod)
        assert answer.ok, answer.body
        assert answer.warnings == ()
        pod["spec"] = {**template["spec"], "securityContext": {}}
        assert server.post("/api/v1/namespaces/kubeplumb/pods?dryRun=All", pod).status == 403


@pytest.mark.live
@pytest.mark.xdist_group("deploy")
def test_the_node_agent_is_admitted_in_its_own_namespace_alone(tmp_path: Path) -> None:
    """On a server of its own: others' tests audit theirs."""
    found = binaries()
    if isinstance(found, str):
        pytest.skip(found)
    (daemonset,) = manifests("node-agent/daemonset.yaml")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": daemonset["spec"]["template"]["spec"]}
    with running(tmp_path) as server:
        admin = kubeconfig(tmp_path / "admin", server, ADMIN_TOKEN)
        for folder in ("node-agent", "once"):
            kubectl("apply", "--kubeconfig", admin, "-k", DEPLOY / folder)
        assert server.post("/api/v1/namespaces/kubeplumb-nodes/pods?dryRun=All", pod).ok
        assert server.post("/api/v1/namespaces/kubeplumb/pods?dryRun=All", pod).status == 403


@pytest.mark.live
@pytest.mark.xdist_group("deploy")
@pytest.mark.parametrize("which", [0, 1])
def test_its_account_may_read_all_that_its_audit_reads(
    cluster: tuple[Server, Path], kubeplumb: Kubeplumb, tmp_path: Path, which: int
) -> None:
    words = [word.replace("/reports", str(tmp_path)).replace("$(JOB)", "night-1") for word in args(templates()[which])]
    report = audit(kubeplumb, cluster[1], tmp_path, words)
    assert report["gaps"] == []
    assert "system:serviceaccount:kubeplumb:kubeplumb" in json.dumps(report["run"])
    seen = {item["object"]["kind"] for item in report["objects"] if item["object"]["namespace"] == "kubeplumb"}
    assert {"CronJob", "Job", "NetworkPolicy", "ServiceAccount"} <= seen
    assert not [one for one in report["findings"] if one["verdict"] == "fail" and "kubeplumb" in str(one["object"])]
    if which == 0:
        assert {path.name for path in tmp_path.glob("night-1*")} == {
            "night-1.html", "night-1.json", "night-1.json.zst",
        }  # fmt: skip


@pytest.mark.live
@pytest.mark.xdist_group("deploy")
def test_one_permission_less_is_a_gap(cluster: tuple[Server, Path], kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    server, account = cluster
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/kubeplumb"
    role = server.get(path).body
    rules = [rule for rule in role["rules"] if rule["apiGroups"] != ["networking.k8s.io"]]
    assert server.request("PUT", path, json.dumps({**role, "rules": rules}).encode()).ok
    try:
        gaps = audit(kubeplumb, account, tmp_path, ["cluster", "--fail-on=none", "--quiet"])["gaps"]
    finally:
        restored = json.dumps({"rules": role["rules"]}).encode()
        assert server.request("PATCH", path, restored, "application/merge-patch+json").ok
    assert {word for gap in gaps for word in ("ingresses", "networkpolicies") if word in json.dumps(gap)} == {
        "ingresses", "networkpolicies",
    }  # fmt: skip


def audit(kubeplumb: Kubeplumb, account: Path, folder: Path, words: list[str]) -> Any:
    """The report of the audit that these arguments start, with the account's credentials."""
    result = kubeplumb(*words, "--kubeconfig", account, "--no-config", f"--output=json={folder}/all.json")
    assert (result.code, result.err) == (0, "")
    return json.loads((folder / "all.json").read_text("utf-8"))
