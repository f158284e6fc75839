"""Where findings of a cluster stand: at their own object, although no object has a text."""

from auditor.model.refs import Origin
from auditor.pipeline.findings import Positions


def test_objects_without_text_keep_their_own_places() -> None:
    nowhere = Positions(lambda _: None)
    files = [nowhere.place(Origin(file, 0, 0), ("spec",)).file for file in ("/api/v1/pods/a", "/api/v1/pods/b")]
    assert files == ["/api/v1/pods/a", "/api/v1/pods/b"]
