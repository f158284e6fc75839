"""Where findings stand that have no text."""

from pathlib import Path

import pytest

from auditor.collectors.nodes import texts
from auditor.collectors.yaml.documents import Document
from auditor.model.refs import Origin, Place
from auditor.pipeline import joins, worker
from auditor.pipeline.audit import audit
from auditor.pipeline.findings import Positions
from auditor.pipeline.prepare import prepare
from auditor.pipeline.request import Request


def test_objects_of_a_cluster_stand_at_their_own_paths() -> None:
    nowhere = Positions(lambda line: None)
    paths = ("/api/v1/namespaces/a/pods/one", "/api/v1/namespaces/a/pods/two")
    assert [nowhere.place(Origin(path, 0, 0), ("spec",)) for path in paths] == [Place(path) for path in paths]


GRANTS = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: everything
rules:
- apiGroups: ["*"]
  resources: ["*"]
  verbs: ["*"]
---
# Everybody
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: everybody
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: everything
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: system:authenticated
"""


def test_joins_point_into_texts_at_hand_as_into_files_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "grants.yaml"
    file.write_text(GRANTS, encoding="utf-8")
    reads: list[str] = []

    def read(name: str, text: str) -> dict[int, Document]:
        reads.append(name)
        return texts.placed_documents(name, text)

    monkeypatch.setattr(joins, "placed_documents", read)
    prepared = prepare(Request((str(file),), no_config=True, jobs=1))
    at_hand = audit(prepared.settings, prepared.run).findings
    assert not reads
    monkeypatch.setattr(worker, "_LONGEST_AT_HAND", 0)
    again = audit(prepared.settings, prepared.run).findings
    assert reads == [str(file)]
    assert at_hand == again
    places = {(one.ref.name, one.place.line, one.source_line) for one in at_hand}
    assert ("everybody", 20, "- apiGroup: rbac.authorization.k8s.io") in places
