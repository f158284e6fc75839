"""Configuration files in, what the API server's own code makes of them out: writes `document-cases.json`. Needs Go.

Run it with `python -m tests.facts.record_document_cases PROGRAM`, where PROGRAM is `document_oracle/main.go` built with
`go.mod` and `go.sum` of `tests/live/servers` beside it; the same seed gives the same cases.
"""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUTPUT = HERE / "document-cases.json"
_LONGEST = 90
FILE = "/etc/hosts"
"""Stands for every other file that has to exist."""
RESOURCES = ("secrets", "configmaps", "deployments.apps", "customs.group.invalid")
CONFIG = "apiserver.config.k8s.io/v1"
KEY = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
SHORT = "EjRWeJCrze8SNFZ4kKvN7w=="
KMS = {"kms": {"apiVersion": "v2", "name": "a", "endpoint": "unix:///run/none.sock", "timeout": "5ms"}}
AES = {"aescbc": {"keys": [{"name": "one", "secret": KEY}, {"name": "two", "secret": SHORT}]}}
GCM = {"aesgcm": {"keys": [{"name": "one", "secret": SHORT}]}}
BOX = {"secretbox": {"keys": [{"name": "one", "secret": KEY}]}}
CLEAR: dict[str, Any] = {"identity": {}}
PROVIDERS: tuple[dict[str, Any], ...] = (KMS, AES, GCM, BOX, CLEAR)
PATTERNS = (
    "secrets",
    "configmaps",
    "*.",
    "*.*",
    "*.apps",
    "deployments.apps",
    "events",
    "*.group.invalid",
    "*",
    "Pods",
)
PATTERNS += ("customs.group.invalid", "secrets.", "*.extensions", "pods.*", "*.events.k8s.io", "apiserveripinfo")

ISSUER = {
    "issuer": {"url": "https://issuer.example", "audiences": ["a"], "discoveryURL": "https://other.example/x"},
    "claimValidationRules": [{"claim": "hd", "requiredValue": "x"}, {"expression": "claims.aud == 'a'"}],
    "claimMappings": {"username": {"claim": "sub", "prefix": ""}, "groups": {"expression": "claims.groups"}},
    "userValidationRules": [{"expression": "!user.username.startsWith('system:')", "message": "no"}],
}
WEBHOOK = {
    "timeout": "3s",
    "authorizedTTL": "1m",
    "subjectAccessReviewVersion": "v1",
    "matchConditionSubjectAccessReviewVersion": "v1",
    "failurePolicy": "Deny",
    "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": FILE},
    "matchConditions": [{"expression": "request.user == 'a'"}],
}
TLS = {"clientCert": FILE, "clientKey": FILE, "caBundle": FILE}
POD_SECURITY = {
    "apiVersion": "pod-security.admission.config.k8s.io/v1",
    "kind": "PodSecurityConfiguration",
    "defaults": {"enforce": "baseline", "enforce-version": "v1.30", "warn": "restricted", "warn-version": "latest"},
    "exemptions": {"namespaces": ["kube-system"], "usernames": ["a"], "runtimeClasses": ["kata.x"]},
}
DOCUMENTS: tuple[dict[str, Any], ...] = (
    {
        "apiVersion": CONFIG,
        "kind": "AuthenticationConfiguration",
        "anonymous": {"enabled": True, "conditions": [{"path": "/livez"}]},
        "jwt": [ISSUER],
    },
    {"apiVersion": f"{CONFIG}beta1", "kind": "AuthenticationConfiguration", "jwt": [ISSUER]},
    {
        "apiVersion": CONFIG,
        "kind": "AuthorizationConfiguration",
        "authorizers": [
            {"type": "Webhook", "name": "gate.example", "webhook": WEBHOOK},
            {"type": "Node", "name": "node"},
            {"type": "RBAC", "name": "rbac"},
        ],
    },
    {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [
            {
                "name": "cluster",
                "connection": {
                    "proxyProtocol": "HTTPConnect",
                    "transport": {"tcp": {"url": "https://a:1", "tlsConfig": TLS}},
                },
            },
            {
                "name": "etcd",
                "connection": {"proxyProtocol": "HTTPConnect", "transport": {"tcp": {"url": "http://a:1"}}},
            },
            {
                "name": "controlplane",
                "connection": {"proxyProtocol": "GRPC", "transport": {"uds": {"udsName": "/x"}}},
            },
        ],
    },
    {
        "apiVersion": CONFIG,
        "kind": "AdmissionConfiguration",
        "plugins": [
            {"name": "PodSecurity", "configuration": POD_SECURITY},
            {"name": "EventRateLimit", "path": "limits.yaml"},
        ],
    },
    POD_SECURITY,
    {
        "apiVersion": "eventratelimit.admission.k8s.io/v1alpha1",
        "kind": "Configuration",
        "limits": [{"type": "Server", "qps": 5, "burst": 10}, {"type": "User", "qps": 1, "burst": 1, "cacheSize": 5}],
    },
)
WORDS: tuple[Any, ...] = (None, True, 3, 0, -1, "", "x", "X y", [], {}, "v1", "1h", "-1s", "0s", "https://a.example")
_FIXED = ("apiVersion", "kind", "expression", "caBundle", "clientCert", "clientKey", "kubeConfigFile")
WORDS += (
    "http://a?b",
    "*",
    "/a*b",
    "Metadata",
    "RequestReceived",
    "baseline",
    "MatchAny",
    "GRPC",
    "RBAC",
    "rbac",
    "Node",
)


def mutated(document: dict[str, Any], random: random.Random) -> dict[str, Any]:
    """A copy of a document with one or two changes, not in expressions: nothing here compiles them."""
    result = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 2))):
        places = list(_places(result))
        if not places:
            break
        node, key = random.choice(places)
        change = random.choice(("drop", "word", "word", "extra", "twice"))
        if change == "drop":
            del node[key]
        elif change == "extra" and isinstance(node, dict):
            node[random.choice(("extra", "metadata", "Name"))] = random.choice(WORDS)
        elif change == "twice" and isinstance(node, list):
            node.append(copy.deepcopy(node[key]))
        else:
            node[key] = copy.deepcopy(random.choice(WORDS))
    return result


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in list(items):
        waited_for = key == "timeout" and "endpoint" in node
        if key not in _FIXED and not waited_for:
            yield node, key
            yield from _places(child)


def encryption(random: random.Random) -> dict[str, Any]:
    """An EncryptionConfiguration of one to three entries."""
    entries = []
    for number in range(random.randint(1, 3)):
        chosen = copy.deepcopy(random.sample(PROVIDERS, random.randint(1, 3)))
        for one in chosen:
            if "kms" in one:
                one["kms"]["name"] = f"kms{number}"
        resources = random.sample(PATTERNS[:8], random.choice((1, 1, 1, 2)))
        if random.random() < 0.15:
            resources.append(random.choice(PATTERNS))
        entries.append({"resources": resources, "providers": chosen})
    old = random.random() < 0.1
    head = {"apiVersion": "v1" if old else CONFIG, "kind": "EncryptionConfig" if old else "EncryptionConfiguration"}
    return {**head, "resources": entries}


USERS = ("alice", "system:kube-proxy", "system:serviceaccount:a:b")
GROUPS = ("system:authenticated", "system:masters", "system:nodes", "ops")
VERBS = ("get", "list", "create", "delete")
NAMESPACES = ("", "shop", "kube-system")
API_GROUPS = ("", "apps", "*", "rbac.authorization.k8s.io")
AUDITED = ("pods", "pods/*", "*", "*/exec", "pods/exec", "secrets", "*/*", "deployments", "roles")
PATHS = ("/healthz", "/healthz*", "*", "/api", "/api/*", "/metrics", "/healthz/etcd", "/")
LEVELS = ("None", "Metadata", "Request", "RequestResponse")


def policy(random: random.Random) -> dict[str, Any]:
    """An audit policy of one to five rules."""
    rules = []
    for _ in range(random.randint(1, 5)):
        rule: dict[str, Any] = {"level": random.choice(LEVELS)}
        for name, words in (("users", USERS), ("userGroups", GROUPS), ("verbs", VERBS)):
            if random.random() < 0.25:
                rule[name] = random.sample(words, random.randint(1, 2))
        about = random.random()
        if about < 0.6:
            rule["resources"] = [_audited(random) for _ in range(random.randint(1, 2))]
            if random.random() < 0.3:
                rule["namespaces"] = random.sample(NAMESPACES, random.randint(1, 2))
        elif about < 0.8:
            rule["nonResourceURLs"] = random.sample(PATHS, random.randint(1, 2))
        if random.random() < 0.2:
            rule["omitStages"] = random.sample(("RequestReceived", "ResponseComplete"), 1)
        rules.append(rule)
    top = {"omitStages": ["RequestReceived"]} if random.random() < 0.3 else {}
    return {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", **top, "rules": rules}


def _audited(random: random.Random) -> dict[str, Any]:
    one: dict[str, Any] = {"group": random.choice(API_GROUPS)}
    if random.random() < 0.8:
        one["resources"] = random.sample(AUDITED, random.randint(1, 2))
        if random.random() < 0.2:
            one["resourceNames"] = ["web"]
    return one


def request(random: random.Random) -> dict[str, Any]:
    """What a policy is asked."""
    who = {"User": random.choice(USERS), "Groups": random.sample(GROUPS, random.randint(0, 2))}
    who["Verb"] = random.choice(VERBS)
    if random.random() < 0.25:
        return {**who, "Path": random.choice(("/healthz", "/healthz/etcd", "/api", "/api/v1", "/metrics", "/"))}
    resource, sub = random.choice((("pods", ""), ("pods", "exec"), ("secrets", ""), ("deployments", ""), ("roles", "")))
    where = {"Namespace": random.choice(NAMESPACES), "Name": random.choice(("web", "", "db"))}
    group = random.choice(("", "apps", "rbac.authorization.k8s.io"))
    return {**who, **where, "Group": group, "Resource": resource, "Subresource": sub}


def questions() -> Iterator[dict[str, Any]]:
    """All cases, without answers."""
    random_ = random.Random(7)
    for _ in range(160):
        document = encryption(random_)
        if random_.random() < 0.4:
            document = mutated(document, random_)
        yield {"Kind": document["kind"], "Document": document, "Resources": RESOURCES}
    for document in DOCUMENTS:
        for number in range(45):
            changed = mutated(document, random_) if number else document
            yield {"Kind": document["kind"], "Document": changed}
    for number in range(110):
        document = policy(random_)
        if number % 4 == 0:
            yield {"Kind": "Policy", "Document": mutated(document, random_)}
        else:
            yield {"Kind": "Policy", "Document": document, "Requests": [request(random_) for _ in range(8)]}


def main() -> None:
    """Asks the program and writes the file."""
    asked = list(questions())
    lines = "\n".join(json.dumps({**one, "Text": json.dumps(one["Document"])}) for one in asked)
    done = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        answer["error"] = answer["error"][:_LONGEST]
    cases = [json.dumps({**one, **answer}, separators=(",", ":")) for one, answer in zip(asked, answers, strict=True)]
    OUTPUT.write_text('{"cases": [\n' + ",\n".join(cases) + "\n]}\n")


if __name__ == "__main__":
    main()
