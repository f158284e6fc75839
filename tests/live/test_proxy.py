"""The proxy injects the faults that a test scripts, and is not noticed otherwise."""

import base64
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.live.apiserver import token_of
from tests.live.audit import audited
from tests.live.cluster import Cluster
from tests.live.faults import (
    Fault,
    Request,
    Reset,
    Slow,
    Truncated,
    expired_list,
    first,
    too_many,
    unauthorized,
    unavailable,
)
from tests.live.kubeconfig import kubeconfig, token_user
from tests.live.kubectl import kubectl
from tests.live.objects import apply
from tests.live.proxy import Proxy, proxied

LIST = "/api/v1/configmaps"


def connect(proxy: Proxy) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(proxy.ca))
    return http.client.HTTPSConnection(proxy.base_url.removeprefix("https://"), timeout=20, context=context)


@pytest.fixture
def proxy(cluster: Cluster, tmp_path: Path) -> Iterator[Proxy]:
    with proxied(cluster, tmp_path) as made:
        yield made


@pytest.fixture
def client(proxy: Proxy) -> Iterator[http.client.HTTPSConnection]:
    with closing(connect(proxy)) as connection:
        yield connection


Got = tuple[int, bytes, dict[str, str]]


def get(client: http.client.HTTPSConnection, path: str = LIST, user: str = "admin") -> Got:
    client.request("GET", path, headers={"Authorization": f"Bearer {token_of(user)}"})
    answer = client.getresponse()
    return answer.status, answer.read(), dict(answer.headers)


def test_the_proxy_passes_on_over_one_connection(
    cluster: Cluster, proxy: Proxy, client: http.client.HTTPSConnection
) -> None:
    with audited(cluster.audit_log, "nobody") as seen:
        answers = [get(client, path, "nobody")[0] for path in ("/version", LIST, "/version")]
    assert answers == [one.status for one in seen] == [200, 403, 200]
    assert json.loads(get(client)[1])["kind"] == "ConfigMapList"
    openapi = json.loads(get(client, "/openapi/v2")[1])
    assert openapi["swagger"] == "2.0"
    client.request("POST", "/api/v1/namespaces", b"{}", {"Content-Type": "application/json"})
    assert client.getresponse().read().count(b"system:anonymous")
    assert proxy.connections == 1
    assert proxy.log[0] == (Request("GET", "/version", 0, 0), None)
    assert proxy.log[2] == (Request("GET", "/version", 1, 2), None)


def test_the_proxy_serves_kubectl(cluster: Cluster, proxy: Proxy, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "config", proxy, token_user("admin"))
    apply(cluster, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "through-proxy"}}])
    done = kubectl(config, "get", "serviceaccounts", "-n", "through-proxy", "-o", "name")
    assert done.stdout == "serviceaccount/default\n", done.stderr


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        (unavailable(500), 500, "InternalError"),
        (unavailable(503), 503, "ServiceUnavailable"),
        (unauthorized(), 401, "Unauthorized"),
    ],
)
def test_answers_are_scripted_and_the_connection_lasts(
    proxy: Proxy, client: http.client.HTTPSConnection, fault: Fault, code: int, reason: str
) -> None:
    proxy.script = first(2, fault, lambda request: request.path == LIST)
    assert get(client, "/version")[0] == 200
    for _ in range(2):
        status, body, _ = get(client)
        assert (status, json.loads(body)["reason"], json.loads(body)["code"]) == (code, reason, code)
    assert get(client)[0] == 200
    assert proxy.connections == 1
    assert proxy.faults == [fault, fault]


def test_a_server_is_busy_for_so_many_seconds(proxy: Proxy, client: http.client.HTTPSConnection) -> None:
    proxy.script = lambda request: too_many(2) if request.seen == 1 else None
    told = [get(client) for _ in range(3)]
    assert [(status, headers.get("Retry-After")) for status, _, headers in told] == [
        (200, None),
        (429, "2"),
        (200, None),
    ]


@pytest.mark.parametrize("after", [None, 0, 100])
def test_a_connection_is_reset(proxy: Proxy, client: http.client.HTTPSConnection, after: int | None) -> None:
    proxy.script = first(2, Reset(after))
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)) as caught:
        get(client)
    client.close()
    # A reset takes with it what the client has not read yet.
    if isinstance(caught.value, http.client.IncompleteRead):
        assert len(caught.value.partial) == (after or 0)
    # Python's TLS takes a reset for an end: look below it.
    client.connect()
    with socket.socket(fileno=os.dup(client.sock.fileno())) as below:
        client.request("GET", LIST, headers={"Authorization": f"Bearer {token_of('admin')}"})
        with pytest.raises(ConnectionResetError):
            drain(below)
    client.close()
    assert get(client)[0] == 200
    assert proxy.connections == 3


def drain(connection: socket.socket) -> None:
    connection.settimeout(20)
    while connection.recv(1 << 16):
        pass


def test_a_body_is_slow_and_whole(proxy: Proxy, client: http.client.HTTPSConnection) -> None:
    proxy.script = first(1, Slow(0.5))
    start = time.monotonic()
    _, slow, _ = get(client)
    assert time.monotonic() - start >= 0.5
    assert json.loads(slow)["kind"] == "ConfigMapList"


def test_a_body_is_cut_though_its_length_agrees(proxy: Proxy, client: http.client.HTTPSConnection) -> None:
    proxy.script = first(1, Truncated(0.5))
    client.request("GET", LIST, headers={"Authorization": f"Bearer {token_of('admin')}", "Accept-Encoding": "gzip"})
    answer = client.getresponse()
    body = answer.read()
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(body)))
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    whole = get(client)[1]
    assert whole.startswith(body[: body.index(b"resourceVersion")])
    assert proxy.connections == 1


def test_a_list_expires_in_its_middle(proxy: Proxy, client: http.client.HTTPSConnection) -> None:
    def later(request: Request) -> bool:
        return "continue=" in request.path

    def read(query: str) -> tuple[int, dict[str, Any]]:
        status, body, _ = get(client, f"{LIST}?limit=1{query}")
        return status, json.loads(body)

    rest = f"&continue={read('')[1]['metadata']['continue']}"
    proxy.script = first(1, expired_list(), later)
    status, body = read(rest)
    assert (status, body["reason"], body["metadata"]) == (410, "Expired", {})
    proxy.script = first(1, expired_list, later)
    status, body = read(rest)
    assert (status, body["reason"]) == (410, "Expired")
    token = body["metadata"]["continue"]
    assert json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["rv"] == -1
    # The real server takes it and goes on where the list broke off.
    status, inconsistent = read(f"&continue={token}")
    assert status == 200
    assert [one["metadata"]["uid"] for one in inconsistent["items"]] == [
        one["metadata"]["uid"] for one in read(rest)[1]["items"]
    ]


def test_a_token_expires_in_mid_run(proxy: Proxy, client: http.client.HTTPSConnection) -> None:
    proxy.script = lambda request: unauthorized() if request.total >= 2 else None
    assert [get(client)[0] for _ in range(4)] == [200, 200, 401, 401]


def test_an_error_of_a_script_is_not_lost(cluster: Cluster, tmp_path: Path) -> None:
    def script(request: Request) -> None:
        raise KeyError(request.path)

    proxies = ExitStack()
    made = proxies.enter_context(proxied(cluster, tmp_path, script))
    with closing(connect(made)) as connection, pytest.raises(http.client.RemoteDisconnected):
        get(connection)
    with pytest.raises(ExceptionGroup, match="in the proxy"):
        proxies.close()
