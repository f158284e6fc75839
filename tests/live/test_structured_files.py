"""A real kube-apiserver with every structured configuration file does what our facts say about the files."""

import json
import subprocess
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.configuration.admission import pod_security
from auditor.facts.configuration.audit_decisions import Request, audit_rules, decide
from auditor.facts.configuration.authentication import anonymous_state
from auditor.facts.configuration.encryption import writer
from auditor.facts.objects.decode import decode
from tests.conftest import Kubeplumb
from tests.live.apiserver import NEWEST, OLDER, Server, binaries, free_ports, running, token_of
from tests.live.waiting import until

CONFIG = "apiserver.config.k8s.io/v1"
KEY = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
AES = {"aescbc": {"keys": [{"name": "one", "secret": KEY}]}}
BOX = {"secretbox": {"keys": [{"name": "one", "secret": KEY}]}}
CLEAR: dict[str, Any] = {"identity": {}}
ENCRYPTION = {
    "apiVersion": CONFIG,
    "kind": "EncryptionConfiguration",
    "resources": [
        {"resources": ["secrets"], "providers": [AES, CLEAR]},
        {"resources": ["configmaps"], "providers": [CLEAR, AES]},
        {"resources": ["*.apps"], "providers": [BOX, CLEAR]},
        {"resources": ["*."], "providers": [BOX, CLEAR]},
    ],
}
POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "unheard": "of",
    "rules": [
        {"level": "None", "userGroups": ["quiet"]},
        {
            "level": "RequestResponse",
            "namespaces": ["leaky"],
            "resources": [{"group": "", "resources": ["secrets", "serviceaccounts/*"]}],
        },
        {"level": "Request", "verbs": ["create"], "resources": [{"group": "*", "resources": ["deployments"]}]},
        {"level": "None", "nonResourceURLs": ["/version", "/healthz*"]},
        {"level": "Metadata", "users": ["alice"], "resources": [{"group": "", "resources": ["*/status", "pods/*"]}]},
        {"level": "None", "resources": [{"group": "", "resources": ["pods"], "resourceNames": ["hidden"]}]},
        {"level": "Metadata", "resources": [{"group": ""}]},
    ],
}
AUTHENTICATION = {
    "apiVersion": CONFIG,
    "kind": "AuthenticationConfiguration",
    "anonymous": {"enabled": True, "conditions": [{"path": "/livez"}, {"path": "/api/v1/namespaces"}]},
}
PODS = {
    "apiVersion": "pod-security.admission.config.k8s.io/v1",
    "kind": "PodSecurityConfiguration",
    "defaults": {"enforce": "baseline"},
    "exemptions": {"namespaces": ["exempt"], "usernames": ["carol"]},
}
ADMISSION = {
    "apiVersion": CONFIG,
    "kind": "AdmissionConfiguration",
    "plugins": [{"name": "PodSecurity", "configuration": PODS}],
}
USERS = {"alice": "", "bob": "", "carol": "system:masters", "dave": "quiet,system:masters", "erin": "system:masters"}
NOWHERE = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\n"
NOWHERE += "users: [{name: a, user: {}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n"


def webhook(name: str, policy: str, user: str, kubeconfig: Path) -> dict[str, Any]:
    """An authorizer that never answers, asked about one user."""
    return {
        "type": "Webhook",
        "name": name,
        "webhook": {
            "timeout": "1s",
            "subjectAccessReviewVersion": "v1",
            "matchConditionSubjectAccessReviewVersion": "v1",
            "failurePolicy": policy,
            "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": str(kubeconfig)},
            "matchConditions": [{"expression": f"request.user == '{user}'"}],
        },
    }


def written(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = binaries()
    if isinstance(found, str):
        pytest.skip(found)
    folder = tmp_path_factory.mktemp("structured")
    nowhere = folder / "nowhere.conf"
    nowhere.write_text(NOWHERE)
    hooks = [webhook("open", "NoOpinion", "alice", nowhere), webhook("shut", "Deny", "bob", nowhere)]
    builtin = [{"type": "Node", "name": "node"}, {"type": "RBAC", "name": "rbac"}]
    chain = {"apiVersion": CONFIG, "kind": "AuthorizationConfiguration", "authorizers": [*hooks, *builtin]}
    flags = (
        f"--encryption-provider-config={written(folder, 'encryption.json', ENCRYPTION)}",
        f"--audit-policy-file={written(folder, 'policy.json', POLICY)}",
        f"--audit-log-path={folder / 'audit.log'}",
        f"--authentication-config={written(folder, 'authentication.json', AUTHENTICATION)}",
        f"--admission-control-config-file={written(folder, 'admission.json', ADMISSION)}",
        "--allow-privileged",
    )
    tokens = tuple(f'{token_of(user)},{user},{user},"{groups}"' for user, groups in USERS.items())
    config = (f"--authorization-config={written(folder, 'authorization.json', chain)}",)
    with running(folder, *flags, tokens=tokens, authorization=config) as started:
        for name in ("leaky", "exempt", "shop"):
            assert started.post("/api/v1/namespaces", {"metadata": {"name": name}}).ok
        yield started


def decoded(document: dict[str, Any]) -> dict[str, Any]:
    found = decode(document["apiVersion"], document["kind"], document)
    assert not found.wrong
    return found.value


def stored(server: Server, key: str) -> bytes:
    """What etcd holds under a key, read past the API server (etcd's JSON gateway)."""
    body = json.dumps({"key": b64encode(key.encode()).decode()}).encode()
    url = (server.folder / "etcd.url").read_text() + "/v3/kv/range"
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
        (found,) = json.load(answer)["kvs"]
    return b64decode(found["value"])


def test_every_resource_is_written_by_the_provider_we_name(server: Server) -> None:
    selector = {"matchLabels": {"app": "a"}}
    container = {"name": "a", "image": "a"}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}}
    made = {
        ("", "secrets"): ("/api/v1", {"data": {"password": "aHVudGVyMg=="}}),
        ("", "configmaps"): ("/api/v1", {"data": {"a": "b"}}),
        ("", "serviceaccounts"): ("/api/v1", {}),
        ("apps", "deployments"): ("/apis/apps/v1", {"spec": {"selector": selector, "template": template}}),
        ("coordination.k8s.io", "leases"): ("/apis/coordination.k8s.io/v1", {"spec": {}}),
    }
    entries = decoded(ENCRYPTION)["resources"]
    for (group, resource), (path, body) in made.items():
        answer = server.post(f"{path}/namespaces/shop/{resource}", {"metadata": {"name": "probe"}, **body})
        assert answer.ok, answer
        value = stored(server, f"/registry/{resource}/shop/probe")
        seen = value.split(b":")[2].decode() if value.startswith(b"k8s:enc:") else "identity"
        found = writer(entries, (group, resource))
        assert seen == (found[1] if found else "identity"), resource


def test_requests_are_recorded_as_decided(server: Server) -> None:
    asked: list[tuple[str, Request]] = []
    secret = {"metadata": {"name": "loot"}, "data": {"password": b64encode(b"found-in-the-log").decode()}}
    assert server.post("/api/v1/namespaces/leaky/secrets", secret).ok
    resources = ("", "secrets"), ("", "pods"), ("", "nodes"), ("apps", "deployments"), ("", "configmaps")
    for user in ("carol", "dave", "alice"):
        groups = tuple(group for group in USERS[user].split(",") if group)
        for group, resource in resources:
            for namespace in ("shop", "leaky", ""):
                if namespace and resource == "nodes":
                    continue
                for name, sub in (("", ""), ("hidden", ""), ("web", "status")):
                    within = f"/namespaces/{namespace}" if namespace else ""
                    if name and not namespace and resource != "nodes":
                        continue
                    verb = "get" if name else "list"
                    one = Request(user, groups, verb, group, resource, sub, namespace, name)
                    parts = [f"/{part}" for part in (resource, name, sub) if part]
                    asked.append((f"{'/apis/apps/v1' if group else '/api/v1'}{within}{''.join(parts)}", one))
        paths = ("/version", "/healthz/etcd", "/api", "/metrics")
        asked += [(path, Request(user, groups, "get", path=path)) for path in paths]
    for number, (path, one) in enumerate(asked):
        server.get(f"{path}?probe={number}", token=token_of(one.user))
    log = server.folder / "audit.log"
    last = max(n for n, (_, one) in enumerate(asked) if decide(audit_rules(POLICY), one).level != "None")
    until("the last request is recorded", lambda: f'?probe={last}"' in log.read_text())
    events = [json.loads(line) for line in log.read_text().splitlines()]
    seen = {event["requestURI"].rpartition("?probe=")[2]: event["level"] for event in events}
    rules = audit_rules(decoded(POLICY))
    levels = {number: decide(rules, one).level for number, (_, one) in enumerate(asked)}
    assert set(levels.values()) == {"None", "Metadata", "RequestResponse"}
    assert {number: seen.get(str(number), "None") for number in levels} == levels
    assert secret["data"]["password"] in log.read_text(), "RequestResponse writes Secrets into the log"


def test_anonymous_requests_get_the_paths_of_the_conditions(server: Server) -> None:
    state, paths = anonymous_state(decoded(AUTHENTICATION))
    assert state == "paths"
    for path in ("/livez", "/livez/ping", "/readyz", "/version", "/api/v1/namespaces", "/api/v1/namespaces/shop", "/"):
        assert (server.get(path, token="").status != 401) == (path in paths), path
    assert server.get("/api/v1/namespaces", token="").status == 403


def test_a_webhook_that_fails_is_passed_over_or_denies(server: Server) -> None:
    role = {"metadata": {"name": "looks"}, "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name} for name in ("alice", "bob")]
    refers = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "looks"}
    binding = {"metadata": {"name": "looks"}, "subjects": subjects, "roleRef": refers}
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    assert server.post(f"{rbac}/clusterroles", role).ok
    assert server.post(f"{rbac}/clusterrolebindings", binding).ok
    until("alice has her rights", lambda: server.get("/api/v1/nodes", token=token_of("alice")).ok)
    assert server.get("/api/v1/nodes", token=token_of("bob")).status == 500, "denied, with the webhook's error"


def test_pods_are_held_to_the_defaults_but_for_the_exempt(server: Server) -> None:
    given = pod_security(decoded(PODS))
    pod = {
        "metadata": {"generateName": "a-"},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": "a", "image": "a", "securityContext": {"privileged": True}}],
        },
    }
    for namespace in ("shop", "exempt"):
        for user in ("carol", "erin"):
            exempt = namespace in given["exemptions"]["namespaces"] or user in given["exemptions"]["usernames"]
            wanted = 201 if exempt or given["defaults"]["enforce"] == "privileged" else 403
            answer = server.post(f"/api/v1/namespaces/{namespace}/pods", pod, token=token_of(user))
            assert answer.status == wanted, (namespace, user, answer)


REFUSED = {
    "unknown field": ("encryption-provider-config", {**ENCRYPTION, "metadata": {"name": "a"}}),
    "duplicate key": ("encryption-provider-config", f'{{"kind": "", {json.dumps(ENCRYPTION)[1:]}'),
    "wrong type": ("audit-policy-file", {**POLICY, "rules": [{"level": 3}]}),
    "no rules": ("audit-policy-file", {**POLICY, "rules": []}),
    "conditions although off": (
        "authentication-config",
        {**AUTHENTICATION, "anonymous": {"enabled": False, "conditions": [{"path": "/livez"}]}},
    ),
    "another name than the type's": (
        "authorization-config",
        {
            "apiVersion": CONFIG,
            "kind": "AuthorizationConfiguration",
            "authorizers": [{"type": "RBAC", "name": "roles"}],
        },
    ),
}


def ended(folder: Path, flag: str, document: Any, release: str = NEWEST) -> str:
    """What a server says that ends at once, since it refuses a file."""
    found = binaries(release)
    if isinstance(found, str):
        pytest.skip(found)
    key = folder / "key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    etcd, secure = free_ports(2)
    command = [
        str(found[0]), f"--etcd-servers=http://127.0.0.1:{etcd}", f"--secure-port={secure}", f"--cert-dir={folder}",
        f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://a", "--service-cluster-ip-range=10.0.0.0/24", "--bind-address=127.0.0.1",
        f"--{flag}={written(folder, 'document.json', document)}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert not any(line.startswith("panic") for line in done.stderr.splitlines())
    return done.stderr


@pytest.mark.parametrize("case", REFUSED)
def test_the_server_does_not_start_with_what_we_refuse(case: str, tmp_path: Path) -> None:
    flag, document = REFUSED[case]
    if isinstance(document, dict):
        assert decode(document["apiVersion"], document["kind"], document).wrong
    ended(tmp_path, flag, document)


def test_an_older_server_refuses_the_group_of_all_in_an_audit_policy(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    """The newest one takes it: the policy above has it."""
    assert "rules[2].resources.group" in ended(tmp_path, "audit-policy-file", POLICY, OLDER)
    options = ("--no-config", "--rule", "audit-policy-*", "-o", "json", "--kubernetes-version")
    for release, refused in ((OLDER, True), (NEWEST, False)):
        report = json.loads(kubeplumb("scan", tmp_path / "document.json", *options, release).out)
        reasons = {one.get("reason", "") for one in report["findings"] if one["verdict"] == "not-evaluated"}
        assert any("the group *" in reason for reason in reasons) == refused, reasons
