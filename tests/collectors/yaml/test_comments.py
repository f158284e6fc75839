"""Comments are found where YAML has them, and nowhere else."""

from auditor.collectors.yaml.comments import Comment, comments


def test_comments_and_what_only_looks_like_them() -> None:
    text = """\
# mark 1
a: b # mark 2
c: "# mark no"
d: |  # mark 3
  # mark no
  text # mark no
# mark 4
e: x# mark no
f: 'over
  # mark no
  lines'  # other # mark 5
g: [1, # mark 6
  2]
h: >-
  # mark no

  # mark 7 looks like one but is text
i: plain
  more # mark 8
"""
    found = comments(text, 1, "mark")
    assert found[0] == Comment(1, "# mark 1", True)
    assert found[1] == Comment(2, "# mark 2", False)
    assert [(comment.line, comment.alone) for comment in found[2:]] == [
        (4, False), (7, True), (11, False), (12, False), (19, False),
    ]  # fmt: skip


def test_lines_count_from_the_first_and_carriage_returns_are_dropped() -> None:
    assert comments("a: 1\r\n  # mark\r\n", 10, "mark") == [Comment(11, "# mark", True)]


def test_comments_in_text_that_is_broken_are_found_nevertheless() -> None:
    assert comments("# mark\na: [\n# mark\n}\n# mark\n", 1, "mark") == [
        Comment(1, "# mark", True), Comment(3, "# mark", True), Comment(5, "# mark", True),
    ]  # fmt: skip


def test_comments_of_all_documents_of_a_stream() -> None:
    assert [comment.line for comment in comments("a: 1 # m\n---\nb: |\n  # m\n---\nc: 1 # m\n", 1, "m")] == [1, 6]


def test_no_needle_no_work() -> None:
    assert comments("[" * 1_000_000, 1, "mark") == []


def test_a_needle_is_no_comment_without_a_sign_before_it() -> None:
    assert comments("# other\nmark: 1 # other\nmark", 1, "mark") == []
    assert comments("a: 1\n# mark", 1, "mark") == [Comment(2, "# mark", True)]
