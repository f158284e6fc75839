"""All objects of a resource, none twice and none lost, whatever becomes of the pages; and which scopes were refused."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.discovery import ApiResource
from auditor.collectors.api.lists import METADATA, Page, Unlisted, list_all
from auditor.collectors.api.requests import Client
from tests.collectors.fake_api import VERBS, Answer, Api, Seen, client, forbidden, named, status

PODS = ApiResource("", "v1", "pods", "Pod", True, VERBS)
EXPIRED = status(410, "Expired", "the continue token has expired")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.0001)


def pods(*names: str) -> list[dict[str, Any]]:
    return [named("v1", "Pod", *name.split("/")) for name in names]


def listed(
    asked: Client, namespaces: Iterable[str] = (), known: Iterable[str] = (), accept: str = "application/json"
) -> tuple[list[str], list[tuple[str, str]]]:
    """Names of the objects in their order, and scope and reason of what was not listed."""
    parts = list(list_all(asked, PODS, [*namespaces], [*known], accept))
    names = [_name(item) for part in parts if isinstance(part, Page) for item in part.items]
    return names, [(part.namespace, part.failure.reason) for part in parts if isinstance(part, Unlisted)]


def _name(item: dict[str, Any]) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


def many(number: int) -> list[str]:
    return [f"n{index % 3}/p{index:03}" for index in range(number)]


def interrupting(api: Api, *failures: tuple[int, Answer]) -> None:
    """The n-th request for pods gets another answer."""
    after = dict(failures)

    def route(request: Seen) -> Answer:
        number = len(api.paths("/pods"))
        return after[number] if number in after else api._list(request)

    api.routes["/api/v1/pods"] = route


def test_pages_follow_each_other(tmp_path: Path, api: Api) -> None:
    api.page = 4
    api.serve("Pod", "pods", "v1", *pods(*many(10)))
    assert listed(client(tmp_path, api)) == (many(10), [])
    assert [one.query for one in api.seen] == [
        {"limit": "500"},
        {"limit": "500", "continue": "4"},
        {"limit": "500", "continue": "8"},
    ]


@pytest.mark.parametrize("answer", [{"kind": "PodList", "metadata": {}, "items": None}, {"items": []}])
def test_no_objects_is_an_answer(tmp_path: Path, api: Api, answer: Any) -> None:
    api.routes["/api/v1/pods"] = Answer(answer)
    assert listed(client(tmp_path, api)) == ([], [])


@pytest.mark.parametrize("answer", [[], "x", None, {}, {"kind": "Pod"}, {"items": "x"}, {"items": {"a": 1}}])
def test_what_is_no_list_is_not_taken_for_an_empty_one(tmp_path: Path, api: Api, answer: Any) -> None:
    api.routes["/api/v1/pods"] = Answer(answer)
    assert listed(client(tmp_path, api)) == ([], [("", "BadAnswer")])


@pytest.mark.parametrize("metadata", [3, "x", [], {"continue": None}])
def test_a_list_with_odd_metadata_is_read(tmp_path: Path, api: Api, metadata: Any) -> None:
    api.routes["/api/v1/pods"] = Answer({"kind": "PodList", "metadata": metadata, "items": pods("a/b")})
    assert listed(client(tmp_path, api)) == (["a/b"], [])


def test_an_expired_token_begins_the_list_again_without_duplicates(tmp_path: Path, api: Api) -> None:
    api.page = 3
    api.serve("Pod", "pods", "v1", *pods(*many(10)))
    interrupting(api, (3, EXPIRED))
    names, missing = listed(client(tmp_path, api))
    assert names == many(10)
    assert missing == []
    assert [one.query.get("continue", "") for one in api.seen] == ["", "3", "6", "", "3", "6", "9"]


def test_what_came_in_the_meantime_is_read_and_what_went_stays(tmp_path: Path, api: Api) -> None:
    """Each object that was there during the whole list is given once."""
    api.page = 3
    api.serve("Pod", "pods", "v1", *pods(*many(9)))

    def route(request: Seen) -> Answer:
        if len(api.paths("/pods")) == 2:
            del api.objects["/api/v1/pods"][0]
            api.objects["/api/v1/pods"].insert(1, *pods("n0/new"))
            return EXPIRED
        return api._list(request)

    api.routes["/api/v1/pods"] = route
    names, missing = listed(client(tmp_path, api))
    assert sorted(names) == sorted([*many(9), "n0/new"])
    assert missing == []


def test_the_last_attempt_asks_for_all_in_one_piece(tmp_path: Path, api: Api) -> None:
    api.page = 3
    api.serve("Pod", "pods", "v1", *pods(*many(10)))
    api.routes["/api/v1/pods"] = lambda request: EXPIRED if "continue" in request.query else api._list(request)
    names, missing = listed(client(tmp_path, api))
    assert names == many(10)
    assert missing == []
    assert [one.query for one in api.seen][-1] == {}


def test_a_server_that_says_expired_for_ever_is_given_up(tmp_path: Path, api: Api) -> None:
    api.routes["/api/v1/pods"] = EXPIRED
    assert listed(client(tmp_path, api)) == ([], [("", "Expired")])
    assert len(api.seen) == 4


@pytest.mark.parametrize(
    "failure", [status(500, "InternalError", "x"), status(401, "Unauthorized", "x"), Answer({"items": 3}, 200)]
)
def test_a_list_that_breaks_off_gives_its_pages_and_says_so(tmp_path: Path, api: Api, failure: Answer) -> None:
    api.page = 4
    api.serve("Pod", "pods", "v1", *pods(*many(10)))
    interrupting(api, *((number, failure) for number in range(2, 20)))
    names, missing = listed(client(tmp_path, api))
    assert names == many(10)[:4]
    assert len(missing) == 1


def test_where_all_is_forbidden_each_namespace_is_asked(tmp_path: Path, api: Api) -> None:
    api.serve("Pod", "pods", "v1", *pods("a/1", "b/2", "c/3"))
    api.routes |= {"/api/v1/pods": forbidden(), "/api/v1/namespaces/b/pods": forbidden()}
    assert listed(client(tmp_path, api), known=["a", "b", "c"]) == (["a/1", "c/3"], [("b", "Forbidden")])


def test_where_nothing_is_allowed_it_is_said_once(tmp_path: Path, api: Api) -> None:
    for path in ("/api/v1/pods", "/api/v1/namespaces/a/pods", "/api/v1/namespaces/b/pods"):
        api.routes[path] = forbidden()
    assert listed(client(tmp_path, api), known=["a", "b"]) == ([], [("", "Forbidden")])
    assert listed(client(tmp_path, api)) == ([], [("", "Forbidden")])


def test_where_no_namespace_is_allowed_and_one_fails_otherwise_all_is_said(tmp_path: Path, api: Api) -> None:
    api.routes |= {"/api/v1/pods": forbidden(), "/api/v1/namespaces/a/pods": status(500, "InternalError", "x")}
    assert listed(client(tmp_path, api), known=["a"]) == ([], [("", "Forbidden")])


def test_a_right_that_is_lost_half_way_gives_nothing_twice(tmp_path: Path, api: Api) -> None:
    api.page = 2
    api.serve("Pod", "pods", "v1", *pods("a/1", "a/2", "a/3", "b/4"))
    interrupting(api, (2, forbidden()))
    names, missing = listed(client(tmp_path, api), known=["a", "b"])
    assert (names, missing) == (["a/1", "a/2"], [("", "Forbidden")])


def test_only_the_namespaces_that_are_asked_for_are_listed(tmp_path: Path, api: Api) -> None:
    api.serve("Pod", "pods", "v1", *pods("a/1", "b/2", "c/3"))
    api.routes["/api/v1/namespaces/c/pods"] = forbidden()
    assert listed(client(tmp_path, api), ["a", "c"], ["a", "b", "c"]) == (["a/1"], [("c", "Forbidden")])
    assert "/api/v1/pods" not in api.paths()


def test_other_failures_are_not_tried_namespace_by_namespace(tmp_path: Path, api: Api) -> None:
    api.routes["/api/v1/pods"] = status(404, "NotFound", "gone")
    assert listed(client(tmp_path, api), known=["a"]) == ([], [("", "NotFound")])


def test_metadata_alone_is_asked_for_on_every_page(tmp_path: Path, api: Api) -> None:
    api.page = 1
    api.serve("Pod", "pods", "v1", *pods("a/1", "a/2"))
    listed(client(tmp_path, api), accept=METADATA)
    assert [one.header("Accept") for one in api.seen] == [[METADATA], [METADATA]]
    assert "as=PartialObjectMetadataList" in METADATA
