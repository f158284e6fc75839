"""A connection and paths in, JSON answers out: retried, rate limited, within one budget of time, and read-only.

Every request is a GET or the creation of a self-review, which the server answers and does not store.
"""

import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlencode

import orjson

from auditor import __version__
from auditor.collectors.api.connection import Connection
from auditor.model.errors import ClusterUnreachable

T = TypeVar("T")

USER_AGENT = f"kubeplumb/{__version__}"
TRIES = 6
_BACKOFF = 0.25
"""Seconds before the first retry; doubled for each further one."""
_LONGEST_WAIT = 30.0
_SAVED_UP = 2.0
"""Seconds whose requests may be sent at once, so that a small cluster is read in one go; kubectl has 6 (300 of 50)."""
PASSING = frozenset({429, 500, 502, 503, 504})
"""Statuses that another try may cure (apimachinery pkg/api/errors, client-go rest/with_retry.go)."""
_LONGEST_ANSWER = 1 << 30
_PIECE = 1 << 20


class Limits(NamedTuple):
    """How hard and how long a server is asked."""

    qps: float = 50.0
    """Requests a second, once those of two seconds are sent; 0 is no limit."""
    seconds: float = 600.0
    """For the whole run."""
    request_seconds: float = 60.0
    """Without any byte, for one request."""


class Failure(Exception):
    """A request that was not answered as asked: HTTP status (0 for none), the API's reason, and words."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class Client:
    """Sends requests; may be used by several threads."""

    connection: Connection
    limits: Limits
    started: float = field(default_factory=time.monotonic)
    sent: int = 0
    answered: bool = False
    """Whether the server has answered at all."""
    _pool: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: float = 0.0

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
        *,
        tries: int = TRIES,
        longest: int = _LONGEST_ANSWER,
        read: Callable[[bytes], Any] = orjson.loads,
    ) -> Any:
        """What `read` makes of the answer to a GET; raises `Failure`, also for more than `longest` bytes.

        A ValueError of `read` says that the answer is no JSON.
        """
        asked = f"{path}?{urlencode(query)}" if query else path
        return self._ask("GET", asked, accept, None, tries, longest, read)

    def review(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a self-review, the only thing that is ever created; raises `Failure`."""
        assert "/selfsubject" in path
        return self._ask("POST", path, "application/json", orjson.dumps(body), TRIES, _LONGEST_ANSWER, orjson.loads)

    def left(self) -> float:
        """Seconds that the budget still allows."""
        return self.limits.seconds - (time.monotonic() - self.started)

    def _ask(
        self,
        method: str,
        path: str,
        accept: str,
        body: bytes | None,
        tries: int,
        longest: int,
        read: Callable[[bytes], Any],
    ) -> Any:
        return self.patiently(lambda: _parsed(*self._once(method, path, accept, body, longest), read), tries)

    def patiently(self, once: Callable[[], T], tries: int = TRIES, until: float = math.inf) -> T:
        """What one of several tries gives, each in its turn, until a moment that `time.monotonic` tells.

        `once` sends one request, and raises `Passing` where another one may fare better. Raises its `Failure`.
        """
        failure = Failure(0, "Timeout", self._used_up())
        for attempt in range(tries):
            if self._left_until(until) <= 0:
                raise failure
            self._wait_for_turn()
            try:
                return once()
            except Passing as passing:
                failure = passing.failure
                wait = max(passing.after, _BACKOFF * 2**attempt)
                if attempt + 1 == tries or wait > min(_LONGEST_WAIT, self._left_until(until)):
                    break
                time.sleep(wait)
        raise failure

    def _left_until(self, moment: float) -> float:
        return min(self.left(), moment - time.monotonic())

    def _wait_for_turn(self) -> None:
        with self._lock:
            self.sent += 1
        if self.limits.qps <= 0:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now - _SAVED_UP, self._next)
            self._next = turn + 1 / self.limits.qps
        if turn > now:
            time.sleep(turn - now)

    def _once(
        self, method: str, path: str, accept: str, body: bytes | None, longest: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer to one request."""
        import urllib3

        with self._lock:  # an exec plugin may run
            credentials = self.connection.authorization()
        headers = _headers(self.connection, credentials, accept, body)
        timeout = urllib3.Timeout(connect=10, read=max(1.0, min(self.limits.request_seconds, self.left())))
        try:
            answer = self.pool().request(
                method,
                self.connection.server + path,
                body=body,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            data = self._body(answer, longest)
            answer.release_conn()
            self.answered = True
        except urllib3.exceptions.SSLError as error:
            # A connection that was kept may be cut while it is written to. Only the first tells of a wrong certificate.
            if self.answered or isinstance(error.args[0], ssl.SSLEOFError):
                raise Passing(Failure(0, "Unreachable", _words(error)), 0) from error
            raise _unreachable(self.connection, error) from error
        except urllib3.exceptions.LocationValueError as error:
            raise _unreachable(self.connection, error) from error
        except urllib3.exceptions.HTTPError as error:
            raise Passing(Failure(0, "Unreachable", _words(error)), 0) from error
        return answer.status, answer.headers, data

    def _body(self, answer: Any, longest: int) -> bytes:
        """The body piece by piece, as long as there is time: one that trickles never times out of itself."""
        pieces, size = list[bytes](), 0
        while piece := answer.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > longest:
                answer.close()
                raise Failure(int(answer.status), "TooLarge", f"the answer has more than {longest >> 20} MiB")
            if self.left() <= 0:
                answer.close()
                raise Passing(Failure(0, "Timeout", f"{self._used_up()} before the answer had come"), 0)
        return b"".join(pieces)

    def _used_up(self) -> str:
        return f"the time for the whole run ({self.limits.seconds:g} s) is used up"

    def pool(self) -> Any:
        """The connection pool, made when the first request is sent."""
        with self._lock:
            if self._pool is None:
                self._pool = new_pool(self.connection, self.connection.tls)
        return self._pool


def new_pool(connection: Connection, tls: Any) -> Any:
    """A pool of connections to the API server with some TLS settings, through its proxy if it has one."""
    import urllib3

    options: dict[str, Any] = {"maxsize": 8, "block": False}
    # Whoever switched the check off knows, and the report says so.
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if tls is not None:
        options["ssl_context"] = tls
        if connection.server_name:
            options |= {"server_hostname": connection.server_name, "assert_hostname": connection.server_name}
    if not connection.proxy:
        return urllib3.PoolManager(**options)
    if connection.proxy.startswith("socks"):
        try:
            from urllib3.contrib.socks import SOCKSProxyManager
        except ImportError as error:
            raise ClusterUnreachable(
                "the proxy of the kubeconfig or environment speaks SOCKS", "Install PySocks beside kubeplumb."
            ) from error
        return SOCKSProxyManager(connection.proxy, **options)
    account = urllib3.util.parse_url(connection.proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=unquote(account)) if account else None
    return urllib3.ProxyManager(connection.proxy, proxy_headers=headers, **options)


class Passing(Exception):
    """A failure that another try may cure, and the seconds to wait that the server asked for."""

    def __init__(self, failure: Failure, after: float) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.after = after


def _headers(connection: Connection, credentials: str, accept: str, body: bytes | None) -> Any:
    import urllib3

    headers = urllib3.HTTPHeaderDict({"Accept": accept, "User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    if credentials:
        headers["Authorization"] = credentials
    if body is not None:
        headers["Content-Type"] = "application/json"
    for name, values in connection.headers.items():
        for value in values:
            headers.add(name, value.encode().decode("latin-1"))  # which http.client sends it in: UTF-8, as Go does
    return headers


def _parsed(status: int, headers: Mapping[str, str], data: bytes, read: Callable[[bytes], Any]) -> Any:
    if status in PASSING:
        raise Passing(_failure(status, data), retry_after(headers))
    if status >= 300:
        raise _failure(status, data)
    try:
        return read(data)
    except ValueError as error:
        words = f"the answer is no JSON ({len(data)} bytes, it may have been cut off)"
        raise Passing(Failure(status, "BadAnswer", words), 0) from error


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds to wait that a server asks for, or none."""
    after = headers.get("Retry-After", "")
    return float(after) if after.isascii() and after.isdigit() else 0.0


def _failure(status: int, data: bytes) -> Failure:
    """What a Status object of the API says, or how a text begins."""
    try:
        said = orjson.loads(data)
    except ValueError:
        said = None
    if isinstance(said, dict) and isinstance(said.get("message"), str):
        return Failure(status, str(said.get("reason") or status), said["message"][:300])
    return Failure(status, str(status), f"HTTP status {status}: {data[:100].decode('utf-8', 'replace').strip()}")


def _unreachable(connection: Connection, error: Exception) -> ClusterUnreachable:
    text = _words(error)
    hint = "Check certificate-authority and tls-server-name of the kubeconfig's cluster."
    if "expired" in text:
        hint = "A certificate has expired: that of the server, or the client's own (`kubectl config view --raw`)."
    elif "alert" in text.lower():
        hint = "The server refused the client's certificate: it may have expired, or be of another CA."
    elif "WRONG_VERSION_NUMBER" in text or "record layer" in text.lower():
        hint = "The server does not speak TLS at this address: check `server` in the kubeconfig, and the proxy."
    return ClusterUnreachable(f"{connection.server}: {text}", hint)


def _words(error: Exception) -> str:
    """The innermost words of an error of urllib3, which wraps those of the system."""
    inner = getattr(error, "reason", None)
    return _words(inner) if isinstance(inner, Exception) else why(error)


def why(error: BaseException) -> str:
    """What went wrong, out of words of urllib3 that begin with its own objects."""
    return str(error).rpartition(": ")[2] or type(error).__name__
