"""In: objects as data; out: the same in the cluster, sent over a few lasting connections."""

import json
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.live.apiserver import Answer, Server
from tests.live.waiting import until

Object = dict[str, Any]

_CONNECTIONS = 8
# What others need comes first; what may refuse others comes last.
_FIRST = ("Namespace", "CustomResourceDefinition")
_LAST = (
    "Pod",
    "ValidatingAdmissionPolicyBinding",
    "MutatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
)


class Call(NamedTuple):
    """A request with an object; PATCH is a server-side apply."""

    method: str
    path: str
    body: Object


def apply(server: Server, manifests: Iterable[Object], namespace: str = "default") -> list[Object]:
    """Creates objects, or brings those that are there to what is asked; Lists are taken apart.

    Returns them as the server has them, by rank and then in the order given. `namespace` is for those without. Each new
    namespace gets its default service account. AssertionError names every object refused, after all others are made.
    """
    wanted = [one for manifest in manifests for one in _flat(manifest)]
    made, refused = [], []
    for rank in sorted({_rank(one) for one in wanted}):
        chosen = [one for one in wanted if _rank(one) == rank]
        served = _served(server, {one["apiVersion"] for one in chosen})
        calls, unknown = [], []
        for one in chosen:
            known = served.get((one["apiVersion"], one["kind"]))
            if known is None:
                unknown.append(f"{one['kind']}: {one['apiVersion']} has none on this server")
            else:
                calls.append(Call("POST", _collection(known, one, namespace), one))
        answers = _create(server, calls)
        made += [answer.body for answer in answers if answer.ok]
        refused += unknown + _refusals(calls, answers)
        if rank < len(_FIRST):
            _follow_up(server, chosen)
    assert not refused, "\n".join(refused)
    return made


def create(server: Server, calls: list[Call]) -> list[Object]:
    """POSTs objects that must be new; returns them as the server has them, in order; AssertionError names refusals."""
    answers = send(server, calls)
    refused = _refusals(calls, answers)
    assert not refused, "\n".join(refused)
    return [answer.body for answer in answers]


def send(server: Server, calls: list[Call], connections: int = _CONNECTIONS) -> list[Answer]:
    """Sends requests as admin, several at a time, and returns their answers in order."""
    at = urlsplit(server.base_url)
    # The server is ours and on loopback.
    context = ssl._create_unverified_context()

    def slice_of(start: int) -> list[Answer]:
        with closing(HTTPSConnection(at.hostname or "", at.port, timeout=60, context=context)) as connection:
            return [_ask(connection, server.token, call) for call in calls[start::connections]]

    answers: list[Answer] = [Answer(0, None)] * len(calls)
    with ThreadPoolExecutor(connections) as pool:
        for start, found in enumerate(pool.map(slice_of, range(min(connections, len(calls))))):
            answers[start::connections] = found
    return answers


def service_account(namespace: str, name: str = "default") -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def _ask(connection: HTTPSConnection, token: str, call: Call) -> Answer:
    kind = "application/apply-patch+yaml" if call.method == "PATCH" else "application/json"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Accept": "application/json"}
    connection.request(call.method, call.path, json.dumps(call.body).encode(), headers)
    response = connection.getresponse()
    return Answer(response.status, json.loads(response.read()), tuple(response.headers.get_all("Warning") or ()))


def _create(server: Server, calls: list[Call]) -> list[Answer]:
    answers = send(server, calls)
    taken = [number for number, answer in enumerate(answers) if answer.status == 409 and "name" in _meta(calls[number])]
    names = {number: f"{calls[number].path}/{_meta(calls[number])['name']}" for number in taken}
    patches = [Call("PATCH", f"{names[number]}?fieldManager=live&force=true", calls[number].body) for number in taken]
    for number, answer in zip(taken, send(server, patches), strict=True):
        answers[number] = answer
    return answers


def _meta(call: Call) -> Object:
    return dict(call.body.get("metadata") or {})


def _refusals(calls: list[Call], answers: list[Answer]) -> list[str]:
    pairs = zip(calls, answers, strict=True)
    return [
        f"{call.body['kind']} {_meta(call).get('name')}: {it.status} {it.body['message']}"
        for call, it in pairs
        if not it.ok
    ]


def _follow_up(server: Server, made: list[Object]) -> None:
    """What must be there before objects of the next rank are made."""
    names = [one["metadata"]["name"] for one in made if one["kind"] == "Namespace"]
    # Controllers may have been faster.
    _create(
        server, [Call("POST", f"/api/v1/namespaces/{name}/serviceaccounts", service_account(name)) for name in names]
    )
    for spec in (one["spec"] for one in made if one["kind"] == "CustomResourceDefinition"):
        for version in (one["name"] for one in spec["versions"] if one["served"]):
            path = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}?limit=1"
            until(f"{path} is served", lambda path=path: server.get(path).ok)  # type: ignore[misc]


def _flat(manifest: Object) -> list[Object]:
    return manifest["items"] if manifest.get("kind") == "List" else [manifest]


def _rank(manifest: Object) -> int:
    order = (*_FIRST, "", *_LAST)
    return order.index(manifest["kind"] if manifest["kind"] in order else "")


def _served(server: Server, versions: set[str]) -> dict[tuple[str, str], tuple[str, str, bool]]:
    """(apiVersion, kind) -> path of the version, plural, whether it has namespaces."""
    paths = {version: f"/apis/{version}" if "/" in version else f"/api/{version}" for version in versions}
    return {
        (version, one["kind"]): (path, one["name"], one["namespaced"])
        for version, path in paths.items()
        for one in (server.get(path).body.get("resources") or () if server.get(path).ok else ())
        if "/" not in one["name"]
    }


def _collection(known: tuple[str, str, bool], manifest: Object, namespace: str) -> str:
    path, plural, namespaced = known
    where = f"/namespaces/{manifest['metadata'].get('namespace') or namespace}" if namespaced else ""
    return f"{path}{where}/{plural}"
