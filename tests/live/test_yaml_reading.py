"""The recorded answers to the table of raw documents are those of a real API server.

With KUBEPLUMB_RECORD=1 they are written anew instead.
"""

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collectors.yaml.cases import CASES, Case
from tests.collectors.yaml.reading import RECORDED, content, integer, recorded, same
from tests.live.apiserver import NEWEST, Answer, Server
from tests.live.cluster import Cluster
from tests.live.releases import LATER

GROUP = "/apis/kubeplumb.test/v1/anythings"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ANYTHING: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "anythings.kubeplumb.test"},
    "spec": {
        "group": "kubeplumb.test",
        "names": {"kind": "Anything", "plural": "anythings"},
        "scope": "Cluster",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@pytest.fixture(scope="module")
def anything(cluster: Cluster) -> Iterator[Cluster]:
    """The server with a resource that keeps whatever it is given."""
    assert cluster.post(DEFINITIONS, ANYTHING).ok
    while not cluster.get(GROUP).ok:
        pass
    yield cluster
    cluster.request("DELETE", f"{DEFINITIONS}/anythings.kubeplumb.test")


def ask(server: Server, case: Case) -> dict[str, Any]:
    """The server's reading of one case, and how often strict validation finds a key twice."""
    lenient, strict = (_post(server, case, validation) for validation in ("Ignore", "Strict"))
    if not lenient.ok:
        assert lenient.status in (400, 404, 415, 422), lenient
        return {"refused": True, "message": _message(lenient)}
    value = content(json.loads(json.dumps(lenient.body), parse_int=integer))
    told = "" if strict.ok else _message(strict)
    duplicates = len(re.findall(r"already set in map|duplicate field", told))
    return {"value": value, "duplicates": duplicates} | ({"message": told} if told else {})


def _post(server: Server, case: Case, validation: str) -> Answer:
    return server.request("POST", f"{GROUP}?dryRun=All&fieldValidation={validation}", case.data, case.content_type)


def _message(answer: Answer) -> str:
    body = answer.body
    return str(body.get("message") if isinstance(body, dict) else body)[:300]


@LATER
def test_recorded_answers_are_the_servers(anything: Cluster) -> None:
    answers = {case.name: ask(anything, case) for case in CASES}
    if os.environ.get("KUBEPLUMB_RECORD") and anything.release == NEWEST:
        document = {"server": anything.version(), "cases": answers}
        RECORDED.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    known = recorded()
    assert known["server"] == anything.version() or anything.release != NEWEST
    for name, answer in answers.items():
        assert same(answer, known["cases"][name]), name
