"""What configuration files of the API server mean and whether it takes them, against what its own code said.

`document-cases.json` is made by `record_document_cases.py`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.configuration.audit_decisions import Request, audit_rules, decide
from auditor.facts.configuration.encryption import writer
from auditor.facts.configuration.encryption_checks import group_resource
from auditor.facts.objects.decode import decode

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("document-cases.json").read_bytes())["cases"]
REFUSED = [case for case in CASES if case["error"]]
TAKEN = [case for case in CASES if not case["error"]]


def _wrong(case: dict[str, Any]) -> list[str]:
    document = case["Document"]
    return [str(one) for one in decode(document["apiVersion"], document["kind"], document).wrong]


@pytest.mark.parametrize("kind", sorted({case["Kind"] for case in CASES}))
def test_what_the_server_refuses_is_refused(kind: str) -> None:
    unnoticed = [case for case in REFUSED if case["Kind"] == kind and not _wrong(case)]
    assert not unnoticed, json.dumps(unnoticed[:3], indent=1)


@pytest.mark.parametrize("kind", sorted({case["Kind"] for case in CASES}))
def test_what_the_server_takes_is_taken(kind: str) -> None:
    taken = [(case, wrong) for case in TAKEN if case["Kind"] == kind and (wrong := _wrong(case))]
    assert not taken, json.dumps(taken[:3], indent=1)


def test_there_are_cases_of_both() -> None:
    for kind in {case["Kind"] for case in CASES} - {"EncryptionConfig"}:
        assert sum(case["Kind"] == kind for case in REFUSED) >= 5, kind
        assert sum(case["Kind"] == kind for case in TAKEN) >= 5, kind


def test_the_provider_that_writes_is_the_servers() -> None:
    asked = [case for case in TAKEN if "writes" in case]
    assert len(asked) > 40
    for case in asked:
        document = case["Document"]
        entries = decode(document["apiVersion"], document["kind"], document).value["resources"]
        for resource, written in zip(case["Resources"], case["writes"], strict=True):
            found = writer(entries, group_resource(resource))
            assert (found[1] if found else "identity") == written, (resource, case)


def test_requests_are_recorded_at_the_level_of_the_server() -> None:
    asked = [case for case in TAKEN if case["Kind"] == "Policy" and case.get("Requests")]
    assert len(asked) > 70
    for case in asked:
        rules = audit_rules(decode("audit.k8s.io/v1", "Policy", case["Document"]).value)
        for request, (level, stages) in zip(case["Requests"], case["decisions"], strict=True):
            words = {name.lower(): value for name, value in request.items()}
            groups = tuple(words.pop("groups"))
            found = decide(rules, Request(groups=groups, **words))
            omitted = case["Document"].get("omitStages") or () if found.rule < 0 else found.omit_stages
            assert (found.level, len(omitted)) == (level, stages), (request, case["Document"])
