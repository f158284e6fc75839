"""Requests without credentials where servers and networks fail: as patient as lists, at the same rate, in time."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api import probes, requests
from auditor.collectors.api.probes import PATHS, probe_anonymous
from auditor.collectors.api.requests import TRIES, Client
from auditor.model.inventory import Inventory, Provenance
from tests.collectors.fake_api import Answer, Api, client, status


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_BACKOFF", 0.0001)


def probing(folder: Path, api: Api, **limits: float) -> tuple[Client, dict[str, dict[str, Any]]]:
    """The client that asked, and what was told, by path."""
    made = client(folder, api, **limits)
    told = probe_anonymous(made, Inventory(Provenance("c", ""))).manifest["requests"]
    return made, {entry["path"]: entry for entry in told}


@pytest.mark.usefixtures("hurry")
def test_a_probe_is_asked_again_where_another_try_may_cure_it(tmp_path: Path, api: Api) -> None:
    refused = status(401, "Unauthorized", "Unauthorized")
    faults: list[Answer] = [Answer(reset=True), status(429, "TooManyRequests", ""), status(503, "", ""), refused]
    api.routes |= {path: [*faults] for path in PATHS}
    for path in ("/healthz", "/livez", "/readyz"):
        api.routes[path] = [*faults[:3], status(500, "InternalError", "etcd failed"), refused]
    made, told = probing(tmp_path, api)
    unhealthy = {path for path, one in told.items() if one["status"] == 500}
    assert unhealthy == {"/healthz", "/livez", "/readyz"}
    assert {one["status"] for path, one in told.items() if path not in unhealthy} == {401}
    assert made.sent == len(api.seen) == 4 * len(PATHS)


def test_a_server_that_asks_to_wait_is_given_the_time(tmp_path: Path, api: Api) -> None:
    busy = status(429, "TooManyRequests", "later", ("Retry-After", "1"))
    api.routes |= {"/": [busy, status(401, "Unauthorized", "")]}
    start = time.monotonic()
    assert probing(tmp_path, api)[1]["/"]["status"] == 401
    assert time.monotonic() - start >= 1


@pytest.mark.usefixtures("hurry")
def test_a_status_that_stays_is_the_answer(tmp_path: Path, api: Api) -> None:
    api.routes |= {"/": status(503, "ServiceUnavailable", "down")}
    told = probing(tmp_path, api)[1]["/"]
    assert (told["status"], told["reason"]) == (503, "ServiceUnavailable")
    assert api.paths().count("/") == TRIES


def test_an_answer_is_not_asked_for_again(tmp_path: Path, api: Api) -> None:
    api.routes |= {"/": status(403, "Forbidden", "no"), "/api": status(401, "Unauthorized", "no")}
    probing(tmp_path, api)
    assert api.paths().count("/") == api.paths().count("/api") == 1


@pytest.mark.usefixtures("hurry")
def test_a_server_that_never_answers_is_given_its_time_once(tmp_path: Path, api: Api) -> None:
    api.routes |= {path: Answer(reset=True) for path in PATHS}
    told = probing(tmp_path, api)[1]
    assert {one["status"] for one in told.values()} == {0}
    assert len(api.seen) == TRIES + len(PATHS) - 1


def test_probes_keep_to_the_rate(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._SAVED_UP", 0.0)
    start = time.monotonic()
    probing(tmp_path, api, qps=20)
    assert time.monotonic() - start >= (len(PATHS) - 1) / 20


def test_a_body_that_trickles_ends_with_the_time_for_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and all of them never."""
    monkeypatch.setattr(probes, "PATHS", ("/",))

    def trickle(listener: socket.socket) -> None:
        with listener.accept()[0] as connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
            for _ in range(200):
                connection.sendall(b"x")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        start = time.monotonic()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert probing(tmp_path, Api(url=address), seconds=0.5)[1]["/"]["status"] == 200
        assert time.monotonic() - start < 3
    thread.join()
