"""Documents that joins need again are at hand, up to a bound, and are read once more where they are not."""

from auditor.collectors.yaml.documents import Document, read_documents
from auditor.pipeline.at_hand import AtHand

TEXT = "kind: Role\n---\nkind: RoleBinding\n---\nkind: Service\n"


def documents() -> dict[int, Document]:
    return {document.line: document for document in read_documents(TEXT)}


def test_what_was_kept_is_not_read_again_and_the_rest_once() -> None:
    at_hand, asked = AtHand(), list[str]()
    at_hand.keep("a.yaml", documents(), [3, 99])

    def read(file: str) -> dict[int, Document]:
        asked.append(file)
        return documents()

    find = at_hand.finder(read)
    kept = find("a.yaml", 3)
    assert kept is not None
    assert (kept.text, kept.line, kept.value) == ("kind: RoleBinding\n", 3, None)
    assert asked == []
    assert [getattr(find("a.yaml", line), "text", None) for line in (1, 5, 6)] == [
        "kind: Role\n",
        "kind: Service\n",
        None,
    ]
    assert asked == ["a.yaml"]
    assert getattr(find("b.yaml", 3), "text", "") == "kind: RoleBinding\n"
    assert asked == ["a.yaml", "b.yaml"]


def test_no_more_is_kept_than_there_is_room_for() -> None:
    at_hand = AtHand(_room=len("kind: Role\n") + 2)
    at_hand.keep("a.yaml", documents(), [3, 1, 5])
    find = at_hand.finder(lambda _: {})
    assert [find("a.yaml", line) is not None for line in (1, 3, 5)] == [True, False, False]
