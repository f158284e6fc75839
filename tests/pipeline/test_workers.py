"""What a worker hands back arrives as it was."""

import pickle

from auditor.model.findings import Evidence, Finding, Waiver
from auditor.model.refs import ObjectRef, Place

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
