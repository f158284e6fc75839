"""Verdicts on an etcd, by its own command line, agree with what it gives to clients without a certificate."""

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Kubeplumb
from tests.live import handshakes
from tests.live.apiserver import built
from tests.live.certificates import Pair
from tests.live.etcd import etcd
from tests.live.judged import judged

RULES = (
    "etcd-auto-tls",
    "etcd-cipher-weak",
    "etcd-client-cert-auth-off",
    "etcd-plain-http-clients",
    "etcd-tls-missing",
)
CERTIFICATES = {"client-cert-auth": "true", "trusted-ca-file": "{ca}"}
SUITES = ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
missing = built("etcd")
pytestmark = pytest.mark.skipif(isinstance(missing, str), reason=str(missing))


def reads(port: int, scheme: str, certificate: Pair | None = None) -> bool:
    """Whether a client gets keys: through the gateway for JSON, with the same checks as gRPC has."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(*certificate)
    body = json.dumps({"key": "AA==", "range_end": "AA=="}).encode()
    try:
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}/v3/kv/range", body)
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return "header" in json.load(answer)
    except (urllib.error.URLError, ssl.SSLError, ConnectionResetError):
        return False


OFF, PLAIN, NO_TLS = "etcd-client-cert-auth-off", "etcd-plain-http-clients", "etcd-tls-missing"
AUTO = {"auto-tls": "true", "cert-file": "", "key-file": "", "client-cert-file": "", "client-key-file": ""}


@pytest.mark.parametrize(
    ("settings", "tls", "failed"),
    [
        (CERTIFICATES, True, set()),
        (CERTIFICATES | {"tls-min-version": "TLS1.3"}, True, set()),
        (CERTIFICATES | {"listen-client-urls": "{url},{plain}"}, True, {PLAIN}),
        ({}, True, {OFF}),
        ({"trusted-ca-file": "{ca}"}, True, set()),
        (AUTO, True, {"etcd-auto-tls", OFF}),
        (AUTO | {"listen-client-urls": "{url},{plain}"}, True, {"etcd-auto-tls", OFF, PLAIN}),
        ({}, False, {OFF, NO_TLS}),
    ],
    ids=[
        "certificates",
        "tls-1.3",
        "plain-as-well",
        "tls-alone",
        "trusted-ca-alone",
        "auto-tls",
        "auto-tls-and-plain",
        "plain",
    ],
)
def test_reads_without_a_certificate(
    tmp_path: Path, kubeplumb: Kubeplumb, settings: dict[str, str], tls: bool, failed: set[str]
) -> None:
    with etcd(tmp_path, settings, tls=tls) as store:
        told = judged(kubeplumb, tmp_path / "audited", "etcd", store.words, RULES)
        found = {rule for rule, verdict in told.verdicts.items() if "fail" in verdict}
        assert reads(store.port, "https") == (tls and OFF in found)
        clear = reads(store.port, "http"), reads(store.plain, "http")
        assert clear == (NO_TLS in found, PLAIN in found)
        if tls:
            assert reads(store.port, "https", store.client)
            assert handshakes.versions(store.port) <= {"VersionTLS12", "VersionTLS13"}
    assert found == failed


def test_cipher_suites(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    """Its certificate is of ECDSA, so that of two suites one can be used."""
    with etcd(tmp_path, {"cipher-suites": ",".join(SUITES)}) as store:
        told = judged(kubeplumb, tmp_path / "audited", "etcd", store.words, RULES)
        accepted = handshakes.suites(store.port)
    assert told.value("cipher-suites") == SUITES
    assert accepted == {SUITES[1]}
    assert told.verdicts["etcd-cipher-weak"] == "fail"
