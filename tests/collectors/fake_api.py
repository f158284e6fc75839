"""Objects and scripted answers in, an API server on a loopback port out that remembers every request; for tests."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from auditor.collectors.api.connection import connect
from auditor.collectors.api.discovery import ApiResource
from auditor.collectors.api.kubeconfig import Access
from auditor.collectors.api.requests import Client, Limits

VERBS = ("get", "list", "watch")
REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
ACCESS_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Seen(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    body: Any

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Answer(NamedTuple):
    """What is sent back: a body that is JSON or bytes, cut off before its end, or nothing but a reset."""

    body: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cut: int = 0
    reset: bool = False


Route = Answer | list[Answer] | Callable[[Seen], Answer]
"""An answer; several, of which the last stays; or what makes one."""


def status(code: int, reason: str, message: str, *headers: tuple[str, str]) -> Answer:
    """A Status object of the API."""
    return Answer({"kind": "Status", "status": "Failure", "reason": reason, "message": message}, code, headers)


def forbidden(what: str = "that") -> Answer:
    return status(403, "Forbidden", f'{what} is forbidden: User "anna" cannot list it')


@dataclass(slots=True)
class Api:
    """Objects by resource, answers by path that go before them, and what was asked."""

    resources: dict[str, ApiResource] = field(default_factory=dict)
    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    page: int = 500
    aggregated: bool = True
    stale: set[str] = field(default_factory=set)
    url: str = ""

    def serve(self, kind: str, plural: str, api_version: str, *items: dict[str, Any], namespaced: bool = True) -> None:
        """Adds a resource and its objects."""
        group, _, version = api_version.rpartition("/")
        resource = ApiResource(group, version, plural, kind, namespaced, VERBS)
        self.resources[resource.path()] = resource
        self.objects.setdefault(resource.path(), []).extend(items)

    def paths(self, text: str = "") -> list[str]:
        """The paths that were asked for, in order, if they hold a text."""
        return [one.path for one in self.seen if text in one.path]

    def answer(self, request: Seen) -> Answer:
        route = self.routes.get(request.path)
        if isinstance(route, list):
            return route.pop(0) if len(route) > 1 else route[0]
        if route is not None:
            return route(request) if callable(route) else route
        if request.path == REVIEW:
            info = {"username": "anna", "groups": ["devs", "system:authenticated"]}
            return Answer({"status": {"userInfo": info}}, 201)
        if request.path == ACCESS_REVIEW:
            return Answer({"status": {"allowed": True}}, 201)
        if request.path == "/version":
            return Answer({"major": "1", "minor": "34", "gitVersion": "v1.34.2"})
        return self._discovery(request) or self._list(request)

    def _discovery(self, request: Seen) -> Answer | None:
        root, _, rest = request.path.strip("/").partition("/")
        mine = [one for one in self.resources.values() if bool(one.group) == (root == "apis")]
        if request.path in ("/api", "/apis"):
            if self.aggregated and "APIGroupDiscoveryList" in "".join(request.header("Accept")):
                groups = dict.fromkeys(one.group for one in mine)
                return Answer({"kind": "APIGroupDiscoveryList", "items": [self._group(name) for name in groups]})
            if root == "api":
                return Answer({"kind": "APIVersions", "versions": ["v1"]})
            versions: dict[str, list[dict[str, str]]] = {}
            for one in mine:
                entry = {"groupVersion": one.api_version, "version": one.version}
                if entry not in versions.setdefault(one.group, []):
                    versions[one.group].append(entry)
            groups_ = [{"name": name, "versions": some, "preferredVersion": some[0]} for name, some in versions.items()]
            return Answer({"kind": "APIGroupList", "groups": groups_})
        served = [one for one in mine if one.api_version == rest]
        if not served:
            return None
        items: list[dict[str, Any]] = [
            {"name": f"{one.plural}/status", "kind": one.kind, "verbs": ["get"]} for one in served
        ]
        items += [
            {"name": one.plural, "kind": one.kind, "namespaced": one.namespaced, "verbs": list(one.verbs)}
            for one in served
        ]
        return Answer({"kind": "APIResourceList", "groupVersion": rest, "resources": items})

    def _group(self, name: str) -> dict[str, Any]:
        versions: dict[str, dict[str, Any]] = {}
        for one in self.resources.values():
            if one.group == name:
                fresh = "Stale" if one.api_version in self.stale else "Current"
                entry = versions.setdefault(
                    one.version, {"version": one.version, "freshness": fresh, "resources": list[dict[str, Any]]()}
                )
                scope = "Namespaced" if one.namespaced else "Cluster"
                kind = {"group": name, "version": one.version, "kind": one.kind}
                entry["resources"].append(
                    {"resource": one.plural, "responseKind": kind, "scope": scope, "verbs": list(one.verbs)}
                )
        return {"metadata": {"name": name} if name else {}, "versions": list(versions.values())}

    def _list(self, request: Seen) -> Answer:
        path, wanted, namespace = request.path, "", ""
        for one in self.resources.values():
            head = one.path().removesuffix(one.plural)
            if path == one.path():
                wanted = path
            elif path.startswith(f"{head}namespaces/") and path.endswith(f"/{one.plural}"):
                wanted, namespace = one.path(), path.removeprefix(f"{head}namespaces/").partition("/")[0]
        if not wanted:
            found = [item for items in self.objects.values() for item in items if _path_of(item, self) == path]
            return Answer(found[0]) if found else status(404, "NotFound", f"{path} was not found")
        items = [
            {key: value for key, value in item.items() if key not in ("apiVersion", "kind")}
            for item in self.objects[wanted]
            if not namespace or item["metadata"].get("namespace") == namespace
        ]
        start = int(request.query.get("continue", "0"))
        size = min(int(request.query.get("limit", "0")) or len(items), self.page if "limit" in request.query else 10**9)
        more = {"continue": str(start + size)} if start + size < len(items) else {}
        return Answer({"kind": "List", "metadata": {"resourceVersion": "1", **more}, "items": items[start:][:size]})


def _path_of(item: Mapping[str, Any], api: Api) -> str:
    metadata = item["metadata"]
    for one in api.resources.values():
        if (one.api_version, one.kind) == (item.get("apiVersion"), item.get("kind")):
            return one.path(metadata.get("namespace", ""), metadata["name"])
    return ""


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Runs it on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            # A proxy is asked for whole addresses.
            parts = urlsplit(self.path)
            request = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), tuple(self.headers.items()), body)
            api.seen.append(request)
            self._send(api.answer(request))

        do_POST = do_GET  # noqa: N815 - the names that http.server calls
        do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def _send(self, answer: Answer) -> None:
            if answer.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) - answer.cut])
            self.close_connection = self.close_connection or bool(answer.cut)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a reset is meant

    server = Server(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def kubeconfig(folder: Path, url: str, *, user: Any = None, name: str = "config", **cluster: Any) -> Path:
    """A kubeconfig with one context called `test`; JSON is YAML."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def client(folder: Path, api: Api, **limits: float) -> Client:
    """A client without a rate limit, unless one is given."""
    return Client(connect(Access(str(kubeconfig(folder, api.url)))), Limits(**{"qps": 0.0, **limits}))


def named(api_version: str, kind: str, namespace: str, name: str, **rest: Any) -> dict[str, Any]:
    """An object as a server gives it, with a uid."""
    where = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **where, "uid": f"{kind}-{namespace}-{name}", **rest.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}
