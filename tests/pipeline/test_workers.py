"""What a worker hands back arrives as it was, and the work is done where there are no workers."""

import errno
import os
import pickle

import pytest

from auditor.model.findings import Evidence, Finding, Waiver
from auditor.model.refs import ObjectRef, Place
from auditor.pipeline import workers

PLACE = Place("a.yaml", 3, 5)
FINDING = Finding(
    rule="host-pid",
    severity="high",
    verdict="waived",
    subject="workload",
    ref=ObjectRef("v1", "Pod", "default", "web"),
    world="here",
    container="app",
    message="shares the host's processes",
    place=PLACE,
    evidence=(Evidence("spec.hostPID", True, True, PLACE),),
    want="hostPID is not true",
    fingerprint="f" * 64,
    reason="a reason",
    source_line="hostPID: true",
    waiver=Waiver("host-pid", "known", "comment", PLACE),
    platform="an add-on",
)


def test_a_finding_travels_as_it_is() -> None:
    sent = pickle.loads(pickle.dumps(FINDING, pickle.HIGHEST_PROTOCOL))
    assert sent == FINDING
    assert sent is not FINDING


def test_where_no_process_is_to_be_had_this_one_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    dealt = workers.dealt(range(100))
    first, second = workers.run([dealt] * 2, list)
    assert sorted(first) == [*range(100)]
    assert not second
