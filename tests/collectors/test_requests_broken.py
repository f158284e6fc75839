"""Connections that break are tried again; only one that never worked ends the run."""

import io
import ssl
from typing import Any

import pytest
import urllib3

from auditor.collectors.api import requests
from auditor.collectors.api.connection import Connection
from auditor.collectors.api.requests import Client, Failure, Limits
from auditor.model.errors import ClusterUnreachable

CUT = urllib3.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))
UNTRUSTED = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))


class Pool:
    """Says what it is told to, one thing a request, the last again and again."""

    def __init__(self, *says: Any) -> None:
        self.says = list(says)

    def request(self, *_: Any, **__: Any) -> Any:
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return urllib3.HTTPResponse(said, status=200, preload_content=False)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    class NoCredentials:
        def get_api_key_with_prefix(self, _: str) -> str:
            return ""

    monkeypatch.setattr(requests, "_BACKOFF", 0.0)
    nowhere = Connection("c", "https://c.invalid", None, None, "", "", "default", {}, NoCredentials())
    return Client(nowhere, Limits(qps=0))


def body(text: bytes) -> Any:
    return io.BytesIO(text)


def test_a_kept_connection_that_was_cut_is_replaced(client: Client) -> None:
    client._pool = Pool(CUT, body(b'{"a": 1}'))
    assert client.get("/version") == {"a": 1}


def test_a_server_that_cannot_be_trusted_ends_the_run_unless_it_has_answered_before(client: Client) -> None:
    client._pool = Pool(UNTRUSTED)
    with pytest.raises(ClusterUnreachable, match="certificate verify failed"):
        client.get("/version")
    client._pool = Pool(body(b"{}"), UNTRUSTED)
    assert client.get("/version") == {}
    with pytest.raises(Failure, match="certificate verify failed"):
        client.get("/api")
