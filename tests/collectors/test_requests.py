"""How a server is asked: what is tried again and what is not, how fast, how long, and with what alone."""

import gzip
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from urllib3.exceptions import SSLError

from auditor.collectors.api import requests
from auditor.collectors.api.connection import connect
from auditor.collectors.api.kubeconfig import Access
from auditor.collectors.api.requests import Client, Failure, Limits
from auditor.model.errors import ClusterUnreachable
from tests.collectors.fake_api import REVIEW, Answer, Api, client, kubeconfig, named, status
from tests.conftest import Kubeplumb

GOOD = Answer({"fine": True})


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(requests, "time", made)
    return made


def timed(folder: Path, api: Api, clock: Clock, **limits: float) -> Client:
    made = client(folder, api, **limits)
    made.started = clock.now
    return made


def test_too_many_requests_is_tried_again_after_the_time_that_the_server_names(
    tmp_path: Path, api: Api, clock: Clock
) -> None:
    api.routes["/x"] = [status(429, "TooManyRequests", "slow down", ("Retry-After", "7")), GOOD]
    assert timed(tmp_path, api, clock).get("/x") == {"fine": True}
    assert clock.slept == [7.0]


@pytest.mark.parametrize(
    "passing",
    [
        status(500, "InternalError", "etcd"),
        status(502, "", "gateway"),
        status(503, "ServiceUnavailable", "starting"),
        status(504, "Timeout", "slow"),
        status(429, "TooManyRequests", "slow down"),
        status(429, "TooManyRequests", "slow down", ("Retry-After", "soon")),
        Answer(b"<html>bad gateway", 502),
        Answer(reset=True),
        Answer({"fine": False, "long": "x" * 1000}, cut=700),
        Answer(b'{"fine": tr'),
        Answer(b""),
    ],
)
def test_what_passes_is_tried_again_with_growing_waits(tmp_path: Path, api: Api, clock: Clock, passing: Answer) -> None:
    api.routes["/x"] = [passing, passing, GOOD]
    assert timed(tmp_path, api, clock).get("/x") == {"fine": True}
    assert clock.slept == [0.25, 0.5]
    assert len(api.seen) == 3


def test_what_does_not_pass_ends_with_the_words_of_the_server(tmp_path: Path, api: Api, clock: Clock) -> None:
    api.routes["/x"] = status(503, "ServiceUnavailable", "etcd is gone")
    with pytest.raises(Failure, match="etcd is gone") as caught:
        timed(tmp_path, api, clock).get("/x")
    assert (caught.value.status, caught.value.reason) == (503, "ServiceUnavailable")
    assert len(api.seen) == 6


@pytest.mark.parametrize("code", [301, 302, 400, 401, 403, 404, 405, 409, 410, 422])
def test_an_answer_is_an_answer(tmp_path: Path, api: Api, clock: Clock, code: int) -> None:
    api.routes["/x"] = status(code, "Why", "because", ("Location", "/y"))
    with pytest.raises(Failure, match="because") as caught:
        timed(tmp_path, api, clock).get("/x")
    assert (caught.value.status, caught.value.reason) == (code, "Why")
    assert api.paths() == ["/x"]


def test_an_answer_that_is_no_status_shows_how_it_begins(tmp_path: Path, api: Api) -> None:
    api.routes["/x"] = Answer(b"not here, go away", 404)
    with pytest.raises(Failure, match="HTTP status 404: not here"):
        client(tmp_path, api).get("/x")


def test_the_budget_of_the_run_ends_every_request(tmp_path: Path, api: Api, clock: Clock) -> None:
    api.routes["/x"] = status(503, "ServiceUnavailable", "down")
    asked = timed(tmp_path, api, clock, seconds=1.0)
    with pytest.raises(Failure, match="down"):
        asked.get("/x")
    assert clock.now <= 1.0
    clock.now = 1.5
    before = len(api.seen)
    with pytest.raises(Failure, match=re.escape("the time for the whole run (1 s) is used up")) as caught:
        asked.get("/x")
    assert (caught.value.status, caught.value.reason) == (0, "Timeout")
    assert len(api.seen) == before


def test_a_wait_longer_than_the_budget_is_not_begun(tmp_path: Path, api: Api, clock: Clock) -> None:
    api.routes["/x"] = status(429, "TooManyRequests", "slow down", ("Retry-After", "20"))
    with pytest.raises(Failure, match="slow down"):
        timed(tmp_path, api, clock, seconds=10.0).get("/x")
    assert clock.slept == []


def test_a_body_that_drips_ends_with_the_budget(tmp_path: Path) -> None:
    """Each byte comes in time, and the whole never would."""
    with dripping() as url:
        asked = Client(connect(Access(str(kubeconfig(tmp_path, url)))), Limits(0, 0.5))
        begun = time.monotonic()
        with pytest.raises(Failure, match="the time for the whole run"):
            asked.get("/x")
        assert time.monotonic() - begun < 5


@contextmanager
def dripping() -> Iterator[str]:
    """A server of one body that comes byte by byte, ten a second, for ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            peer, _ = server.accept()
            with peer, suppress(OSError):
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                for _ in range(100):
                    peer.sendall(b" ")
                    time.sleep(0.1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_requests_keep_their_distance_once_those_of_two_seconds_are_sent(
    tmp_path: Path, api: Api, clock: Clock
) -> None:
    api.routes["/x"] = GOOD
    clock.now = 50.0
    asked = timed(tmp_path, api, clock, qps=4.0)
    for _ in range(9):
        asked.get("/x")
    assert clock.now == 50.0
    for _ in range(4):
        asked.get("/x")
    assert clock.now == pytest.approx(51.0)
    assert asked.sent == 13


def test_a_pause_earns_no_more_than_two_seconds(tmp_path: Path, api: Api, clock: Clock) -> None:
    api.routes["/x"] = GOOD
    asked = timed(tmp_path, api, clock, qps=4.0)
    asked.get("/x")
    clock.now = 100.0
    for _ in range(11):
        asked.get("/x")
    assert clock.now == pytest.approx(100.5)


def test_each_request_says_who_asks_and_what_it_takes(tmp_path: Path, api: Api) -> None:
    body = {"fine": True}
    packed = gzip.compress(json.dumps(body).encode())
    api.routes["/x"] = Answer(packed, headers=(("Content-Encoding", "gzip"),))
    assert client(tmp_path, api).get("/x", {"limit": "5", "continue": "a&b"}, "application/json;as=Table") == body
    (one,) = api.seen
    assert one.query == {"limit": "5", "continue": "a&b"}
    assert one.header("Accept") == ["application/json;as=Table"]
    assert one.header("User-Agent")[0].startswith("kubeplumb/")


def test_a_review_is_the_only_thing_that_is_posted(tmp_path: Path, api: Api) -> None:
    asked = client(tmp_path, api)
    assert asked.review(REVIEW, {"kind": "SelfSubjectReview"})["status"]["userInfo"]["username"] == "anna"
    assert (api.seen[0].method, api.seen[0].body) == ("POST", {"kind": "SelfSubjectReview"})
    with pytest.raises(AssertionError):
        asked.review("/api/v1/namespaces", {})


def test_a_whole_audit_sends_gets_and_self_reviews_alone(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    api.serve("Namespace", "namespaces", "v1", named("v1", "Namespace", "", "shop"), namespaced=False)
    api.serve("Pod", "pods", "v1", named("v1", "Pod", "shop", "p", spec={"containers": []}))
    api.routes["/api/v1/pods"] = status(403, "Forbidden", "no")
    path = kubeconfig(tmp_path, api.url)
    kubeplumb("cluster", "--kubeconfig", path, "--profile", "all", "--save", tmp_path / "s.json.gz")
    kubeplumb("rbac-needed", "--check", "--kubeconfig", path)
    assert len(api.seen) > 5
    for one in api.seen:
        assert one.method == "GET" or (one.method == "POST" and "/selfsubject" in one.path), one
        assert "watch" not in one.query


def test_tls_that_ends_in_mid_handshake_is_a_reset_and_a_wrong_authority_ends_the_run_unless_it_is_under_way() -> None:
    connection: Any = type("C", (), {"server": "https://x", "headers": {}, "authorization": lambda self: ""})()
    asked = Client(connection, Limits(0, 60))

    def raising(error: Exception) -> Callable[..., Any]:
        def request(*_: Any, **__: Any) -> Any:
            raise error

        return request

    ended = SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1000)"))
    asked._pool = type("P", (), {"request": staticmethod(raising(ended))})()
    with pytest.raises(requests.Passing):
        asked._once("GET", "/x", "", None, 1)
    wrong = SSLError(ssl.SSLCertVerificationError("certificate verify failed: unable to get local issuer certificate"))
    asked._pool = type("P", (), {"request": staticmethod(raising(wrong))})()
    with pytest.raises(ClusterUnreachable) as caught:
        asked._once("GET", "/x", "", None, 1)
    assert "certificate-authority" in caught.value.hint
    asked.answered = True
    with pytest.raises(requests.Passing, match="local issuer"):
        asked._once("GET", "/x", "", None, 1)
