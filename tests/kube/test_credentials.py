"""Shapes of credentials: what must be found, what must not, and how long hostile text takes."""

import base64
import json
import time

import pytest

from auditor.kube import credentials
from auditor.kube.credentials import looks_like_credential


def _jwt(header: object) -> str:
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (json.dumps(header).encode(), b'{"sub": "someone"}', b"signature-signature")
    )


BODY = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn"

# Token shapes are put together here, so that no scanner takes this file for a leak.
SHAPES = [
    ("private-key", "-----BEGIN RSA " + f"PRIVATE KEY-----\n{BODY}\n"),
    ("private-key", "-----BEGIN " + f"PRIVATE KEY-----\\n{BODY}\\n"),
    ("private-key", "-----BEGIN OPENSSH " + f"PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{BODY}"),
    ("aws-access-key-id", "AKIA" + "ZZZZ7777XXXX2222"),
    ("aws-access-key-id", "id=ASIA" + "ZZZZ7777XXXX2222;"),
    ("github-token", "ghp_" + "a1" * 18),
    ("github-token", "github_pat_" + "a1" * 20),
    ("gitlab-token", "glpat-" + "a1" * 10),
    ("slack-token", "xoxb-" + "123456789012-abcdef"),
    ("slack-webhook", "https://hooks.slack.com/services/T" + "0000000/B0000000/" + "x1" * 12),
    ("google-api-key", "AIza" + "b" * 35),
    ("stripe-key", "sk_live_" + "c1" * 12),
    ("npm-token", "npm_" + "d1" * 18),
    ("bootstrap-token", "bootstrapTokens:\n  - token: q7f3k9.m2x5t8w1z4c6v0b3\n    ttl: 0s\n"),
    ("bootstrap-token", '{"discovery":{"tlsBootstrapToken":"q7f3k9.m2x5t8w1z4c6v0b3"}}'),
    ("bootstrap-token", "kubeadm join a:6443 --token q7f3k9.m2x5t8w1z4c6v0b3 --node-name n"),
    ("jwt", _jwt({"alg": "RS256", "kid": "x"})),
    ("jwt", "Bearer " + _jwt({"alg": "HS256"})),
    ("azure-storage-key", "AccountName=x;AccountKey=" + "e1" * 43 + "==;"),
    ("authorization-header", "Authorization:Bearer zyxwvut" + "9876543210"),
    ("authorization-header", '"authorization": "Basic dXNlcjpw' + 'YXNzd29yZA=="'),
    ("connection-string", "postgres://user:pass@db:5432/shop"),
    ("connection-string", "see amqp://guest:guest@mq for the queue"),
    ("connection-string", "redis://:abc@cache:6379"),
    ("connection-string", "root:pw@tcp(db:3306)/shop"),
    ("connection-string", "Server=db;User Id=sa;Password=Sup3r;"),
    ("connection-string", "jdbc:mysql://db/shop?user=u&password=abc"),
]


@pytest.mark.parametrize(("detector", "value"), SHAPES)
def test_values_that_are_credentials_whatever_they_are_called(detector: str, value: str) -> None:
    assert looks_like_credential("SETTING", value) == detector


@pytest.mark.parametrize(("detector", "value"), [*SHAPES, ("password-in-file", "db-password: hunter2hunter2")])
def test_what_stands_in_a_long_text_is_found_as_in_a_short_one(detector: str, value: str) -> None:
    filler = "".join(f'  "align": {number % 7},\n' for number in range(1000))
    assert looks_like_credential("dashboard.json", filler) is None
    assert looks_like_credential("dashboard.json", f"{filler}\n{value}\n{filler}") == detector


def test_marks_hold_no_blank_since_they_are_looked_for_in_words() -> None:
    assert [mark for mark in credentials._SHAPE_MARKS if mark.split() != [mark]] == []


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn",
        "-----BEGIN " + "PRIVATE KEY-----\n${KEY}",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "XAKIA" + "ZZZZ7777XXXX2222",
        _jwt({"typ": "JWT"}),
        _jwt(["alg"]),
        "eyJhbGciOi.eyJzdWIiOi.notbase64notbase64",
        "https://example.com/a?b=c@d",
        "http://host:8080/@x",
        "the token q7f3k9.m2x5t8w1z4c6v0b3.example of somebody",
        "token: q7f3k9.m2x5t8w1z4c6",
        "name: q7f3k9.m2x5t8w1z4c6v0b3",
        "Authorization: Bearer $(TOKEN)",
        "Authorization: Bearer ${TOKEN}",
        "Authorization: Bearer TOKEN",
        "--authorization-mode=Node,RBAC",
        "postgres://user:$(PASSWORD)@db",
        "postgres://user:${PASSWORD}@db",
        "postgres://user:{{ .Values.password }}@db",
        "postgres://user:<password>@db",
        "postgres://user:***@db",
        "postgres://user@db",
        "Server=db;Password=$(PASSWORD);",
        "user@example.com",
        "git@github.com:org/repo.git",
        "quay.io/org/app:1.2@sha256:" + "a" * 64,
    ],
)
def test_values_that_only_resemble_credentials(value: str) -> None:
    assert looks_like_credential("SETTING", value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"),
        ("PGPASSWORD", "x1"),
        ("dbPassword", "changeme"),
        ("API_KEY", "abcdef0123456789"),
        ("SECRET", "s3cr3tvalue"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"),
        ("MYSQL_ROOT_PASSWORD", "123456"),
        ("DJANGO_SECRET_KEY", "django-insecure-abc123xyz"),
        ("TOKEN", "3d9f8a7b6c5d4e3f"),
        ("JWT_SECRET", "mysupersecretvalue1"),
        ("ADMIN_PASS", "admin"),
        ("GITHUB_PAT", "abcd1234efgh5678"),
        ("PASSWORD_1", "abc"),
        ("AZURE_BATCH_KEY", "xxxxx"),
        ("OCI_CLI_KEY_CONTENT", "xxxxx"),
        ("GRAFANA_ADMIN_PASSWORD", "admin"),
        ("RABBITMQ_DEFAULT_PASS", "guest"),
        ("DB_PWD", "x y z"),
        ("ENCRYPTION_KEY", "c2VjcmV0c2VjcmV0c2VjcmV0"),
        ("auth.token", "9f8e7d6c5b4a"),
    ],
)
def test_literals_under_names_of_credentials(name: str, value: str) -> None:
    assert looks_like_credential(name, value) in ("password", "secret", "key")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "/app"),
        ("PASSWORD_FILE", "/run/secrets/x"),
        ("PASSWORD_MIN_LENGTH", "8"),
        ("TOKEN_TTL", "3600"),
        ("TOKEN_EXPIRY", "24h"),
        ("SECRETARIAT", "bob"),
        ("TOKENIZER", "bpe"),
        ("KEYCLOAK_URL", "https://k"),
        ("MONKEY", "abc"),
        ("DB_PASSWORD", "$(X)"),
        ("DB_PASSWORD", "${X}"),
        ("DB_PASSWORD", "{{ .Values.x }}"),
        ("DB_PASSWORD", "<password>"),
        ("SECRET_NAME", "foo"),
        ("USE_PASSWORD", "true"),
        ("DB_SECRET", "db-credentials"),
        ("TOKEN", "/var/run/secrets/token"),
        ("PUBLIC_KEY", "abcdef"),
        ("CACHE_KEY", "abc"),
        ("BYPASS", "abc"),
        ("PASS_THROUGH", "x"),
        ("COMPASS", "x"),
        ("MAX_TOKENS", "4096"),
        ("VAULT_TOKEN", "vault:secret/data#x"),
        ("aws_secret", "my/secret/file/path"),
        ("pw", ""),
        ("TOKEN_URL", "auth"),
        ("API_KEY", "API_KEY_VALUE"),
        ("SECRET_KEY_REF", "x"),
        ("TOKEN", "your-token-here"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("DB_PASSWORD", "REDACTED"),
        ("PASSWORD_HASHER", "argon2"),
        ("TOKENS_PER_MINUTE", "1000"),
        ("DISABLE_PASSWORD", "yes please"),
        ("CREDENTIALS", "/etc/gcp/key.json"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "key.json"),
        ("JWT_SECRET", "ENC[AES256,data:x]"),
        ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAA"),
    ],
)
def test_settings_that_are_about_credentials_or_nothing_of_the_kind(name: str, value: str) -> None:
    assert looks_like_credential(name, value) is None


def test_passwords_in_configuration_files() -> None:
    assert looks_like_credential("app.properties", "a=b\nspring.datasource.password=hunter2\n") == "password-in-file"
    assert looks_like_credential("app.yaml", "db:\n  password: 'hunter2'\n") == "password-in-file"
    assert looks_like_credential("app.env", "A=1\nexport API_KEY=abc123\n") == "key-in-file"
    assert looks_like_credential("app.yaml", "db:\n  password: ${PASSWORD}\n  passwordFile: /x/y\n") is None
    assert looks_like_credential("run.sh", "#!/bin/sh\nPASSWORD=$(cat /x)\nTOKEN=abc\n") is None


@pytest.mark.parametrize(
    ("value", "detector"),
    [
        ("REDIS_PASSWORD=hunter2", "password-in-file"),
        ("password: hunter2", "password-in-file"),
        ("export API_KEY='abc123'", "key-in-file"),
        ("REDIS_PASSWORD=$(PASSWORD)", None),
        ("REDIS_PASSWORD=<password>", None),
        ("PASSWORD_FILE=/run/password", None),
        ("password: required", None),
        ("password=", None),
        ("app.kubernetes.io/name=redis", None),
        ("enter your password: then press return", None),
        ("token=abc123", None),
    ],
)
def test_an_assignment_is_the_whole_value(value: str, detector: str | None) -> None:
    assert looks_like_credential("config", value) == detector


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "eyJ",
        "-----BEGIN " + "PRIVATE KEY-----",
        "x:",
        "://",
        "a://b:",
        ";password=",
        "AKIA",
        "password\n",
        "-a",
        "1s",
        "key-",
    ],
)
@pytest.mark.parametrize("name", ["PASSWORD", "SECRET", "OTHER"])
def test_hostile_text_takes_linear_time(name: str, unit: str) -> None:
    started = time.perf_counter()
    looks_like_credential(name, unit * ((1 << 20) // len(unit)) + "!@://")
    looks_like_credential(name, unit * (290 // len(unit)) + "!")
    assert time.perf_counter() - started < 5, "a quadratic pattern needs minutes for a MiB"
