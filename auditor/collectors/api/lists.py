"""A resource of the API in, its objects out, page by page; what could not be listed is said, scope by scope."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from auditor.collectors.api.discovery import ApiResource
from auditor.collectors.api.pods import PodText
from auditor.collectors.api.requests import Client, Failure

PAGE = 500
"""Objects asked for at once, as kubectl does."""
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Asks for names, labels and annotations alone (KEP-2334)."""
_RESTARTS = 3


Name = tuple[str, str]
"""Namespace and name."""


Item = dict[str, Any] | PodText
"""An object of a list as the server gave it, or the text of a pod."""
Read = Callable[[bytes], Any]
"""Takes an answer apart; ValueError if it is no JSON."""


class Page(NamedTuple):
    """Some objects of a list."""

    items: list[Item]
    namespace: str


class Unlisted(NamedTuple):
    """A list that was not given, or not to its end: in one namespace, or (empty) everywhere."""

    namespace: str
    failure: Failure


def list_all(
    client: Client,
    resource: ApiResource,
    namespaces: Sequence[str],
    known: Sequence[str],
    accept: str,
    read: Read = orjson.loads,
) -> Iterator[Page | Unlisted]:
    """All objects of a resource, answers taken apart by `read`.

    `namespaces` are those that were asked for, or none for all. Where the list of all is forbidden, it is tried in each
    of the namespaces that are `known`: rights may differ.
    """
    if not resource.namespaced:
        yield from list_one(client, resource, "", accept, read)
        return
    for namespace in namespaces:
        yield from list_one(client, resource, namespace, accept, read)
    if namespaces:
        return
    whole, refused = list_one(client, resource, "", accept, read), None
    for part in whole:
        if isinstance(part, Unlisted) and part.failure.status == 403:
            refused = part
            break
        yield part
        yield from whole  # rights that are taken away half-way are no reason to list all again
    if refused is not None:
        yield from _list_each(client, resource, known, accept, read, refused)


def _list_each(
    client: Client, resource: ApiResource, namespaces: Sequence[str], accept: str, read: Read, refused: Unlisted
) -> Iterator[Page | Unlisted]:
    """The lists of each namespace; where none is given, that of all was refused says it in one."""
    failed: list[Unlisted] = []
    given = False
    for namespace in namespaces:
        for part in list_one(client, resource, namespace, accept, read):
            if isinstance(part, Unlisted) and not given:
                failed.append(part)
                continue
            if not given:
                given = True
                yield from failed
            yield part
    if not given:
        yield refused


def list_one(
    client: Client, resource: ApiResource, namespace: str, accept: str, read: Read
) -> Iterator[Page | Unlisted]:
    """The pages of one list, each as it comes. A list that expires half-way is begun again; nothing is given twice."""
    path, seen = resource.path(namespace), set[Name]()
    for attempt in range(_RESTARTS + 1):
        # The last time in one piece, which cannot expire.
        query: dict[str, str] = {"limit": str(PAGE)} if attempt < _RESTARTS else {}
        while True:
            try:
                answer = client.get(path, query, accept, read=read)
                items = _items(answer)
            except Failure as failure:
                if failure.status == 410 and attempt < _RESTARTS:
                    break  # the continue token has expired (apimachinery NewResourceExpired)
                yield Unlisted(namespace, failure)
                return
            names = [_name(item) for item in items]
            yield Page([item for item, name in zip(items, names, strict=True) if name not in seen], namespace)
            metadata = answer.get("metadata")
            token = str(metadata.get("continue") or "") if isinstance(metadata, dict) else ""
            if not token:
                return
            seen.update(names)
            query = {"limit": str(PAGE), "continue": token}


def _name(item: Item) -> Name:
    if isinstance(item, PodText):
        return item.namespace, item.name
    metadata = item.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def _items(answer: Any) -> list[Item]:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    if (
        items is None
        and isinstance(answer, Mapping)
        and "metadata" in answer
        and str(answer.get("kind")).endswith("List")
    ):
        return []  # an empty list of Go may be null
    if not isinstance(items, list):
        raise Failure(200, "BadAnswer", "the answer is no list of objects")
    return [item for item in items if isinstance(item, dict | PodText)]
