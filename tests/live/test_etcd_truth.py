"""Verdicts on an etcd, by its own command line, agree with what it gives to clients without a certificate."""

import json
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Kubeplumb
from tests.live import handshakes
from tests.live.apiserver import built
from tests.live.etcd import Store, etcd
from tests.live.judged import judged

RULES = (
    "etcd-auto-tls",
    "etcd-cipher-weak",
    "etcd-client-cert-auth-off",
    "etcd-plain-http-clients",
    "etcd-tls-missing",
)
CERTIFICATES = {"client-cert-auth": "true", "trusted-ca-file": "{ca}"}
WEAK = "TLS_RSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
missing = built("etcd")
pytestmark = pytest.mark.skipif(isinstance(missing, str), reason=str(missing))


def reads(store: Store, *, certificate: bool = False) -> bool:
    """Whether a client gets keys: through the gateway for JSON, with the same checks as gRPC has."""
    scheme = "https" if store.client else "http"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate and store.client:
        context.load_cert_chain(*store.client)
    url = f"{scheme}://127.0.0.1:{store.port}/v3/kv/range"
    body = json.dumps({"key": "AA==", "range_end": "AA=="}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10, context=context) as answer:
            return "header" in json.load(answer)
    except (urllib.error.URLError, ssl.SSLError, ConnectionResetError):
        return False


@pytest.mark.parametrize(
    ("settings", "tls", "failed"),
    [
        (CERTIFICATES, True, set()),
        (CERTIFICATES | {"tls-min-version": "TLS1.3"}, True, set()),
        ({}, True, {"etcd-client-cert-auth-off"}),
        ({"trusted-ca-file": "{ca}"}, True, set()),
        ({"auto-tls": "true", "cert-file": "", "key-file": ""}, True, {"etcd-auto-tls", "etcd-client-cert-auth-off"}),
        ({}, False, {"etcd-client-cert-auth-off", "etcd-plain-http-clients", "etcd-tls-missing"}),
    ],
    ids=["certificates", "certificates-and-tls-1.3", "tls-alone", "trusted-ca-alone", "auto-tls", "plain"],
)
def test_reads_without_a_certificate(
    tmp_path: Path, kubeplumb: Kubeplumb, settings: dict[str, str], tls: bool, failed: set[str]
) -> None:
    with etcd(tmp_path, settings, tls=tls) as store:
        told = judged(kubeplumb, tmp_path / "audited", "etcd", store.words, RULES)
        found = {rule for rule, verdict in told.verdicts.items() if "fail" in verdict}
        assert reads(store) == bool(found & {"etcd-client-cert-auth-off", "etcd-plain-http-clients"})
        assert reads(store, certificate=True)
        if tls:
            accepted = handshakes.versions(store.port) if not settings.get("client-cert-auth") else None
            old = {"VersionTLS10", "VersionTLS11"}
            assert accepted is None or not accepted & old
    assert found == failed


def test_cipher_suites(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    """Its certificate is of ECDSA, so that of two suites one can be used."""
    with etcd(tmp_path, {"cipher-suites": WEAK}) as store:
        told = judged(kubeplumb, tmp_path / "audited", "etcd", store.words, RULES)
        accepted = handshakes.suites(store.port)
    assert told.value("cipher-suites") == WEAK.split(",")
    assert accepted == {WEAK.split(",")[1]}
    assert told.verdicts["etcd-cipher-weak"] == "fail"


def test_plain_http_and_tls_on_one_port(tmp_path: Path) -> None:
    """What `etcd-plain-http-clients` says of URLs is what is listened on: a plain request to a TLS port gets nothing."""
    with etcd(tmp_path, {}) as store, socket.create_connection(("127.0.0.1", store.port), 10) as plain:
        plain.sendall(b"GET /version HTTP/1.0\r\n\r\n")
        assert b"etcdserver" not in plain.recv(1000)
