"""Where findings stand that have no text."""

from auditor.model.refs import Origin, Place
from auditor.pipeline.findings import Positions


def test_objects_of_a_cluster_stand_at_their_own_paths() -> None:
    nowhere = Positions(lambda line: None)
    paths = ("/api/v1/namespaces/a/pods/one", "/api/v1/namespaces/a/pods/two")
    assert [nowhere.place(Origin(path, 0, 0), ("spec",)) for path in paths] == [Place(path) for path in paths]
