"""A file's text in, its documents out: YAML or JSON, split as kubectl splits it and read as the API server reads it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from auditor.collectors.yaml import fast as yaml_fast
from auditor.collectors.yaml.json_text import (
    JSONError,
    JSONValue,
    looks_like_json,
    read_json,
)
from auditor.collectors.yaml.lines import line_starts, place, place_by_starts
from auditor.model.refs import Path

_MOST_REPEATED: Final = 100  # more of them tell nothing new about a document
_PLACED: Final = 1 << 20  # characters of JSON that are read once more to tell where a key stands twice
_SEPARATOR: Final = "---"
_MARK: Final = "\ufeff"  # concatenated files bring theirs along
# What ryaml refuses and the server as well; both complain alike, being translations of libyaml.
_SURELY_BROKEN = (
    r"did not find expected (?:key|node content|'[-,])|could not find expected ':'"
    r"|mapping (?:values|keys) are not allowed|block sequence entries are not allowed"
    r"|found character that cannot start any token|found unexpected end of stream"
)
_RYAML_PLACE = r" at line (\d+) column (\d+)"


class Limits(NamedTuple):
    """How much is read before it is called hostile. `depth` also bounds what CEL has to convert, recursively, in C."""

    file_bytes: int = 64 << 20
    document_bytes: int = 32 << 20
    documents: int = 20_000
    depth: int = 100


DEFAULT: Final = Limits()

WORTH_A_HEAD: Final = 16_384
"""Characters of a definition from which looking for its head first is cheaper than building all of it."""


class Problem(NamedTuple):
    """Something wrong with a document, at a line and column of its file (from 1); if fatal, it has no value.

    Codes: yaml-syntax, yaml-tag, json-syntax, duplicate-key, ambiguous-key, merge-override, alias-bomb, nesting,
    document-too-large, too-many-documents, ignored-document.
    """

    code: str
    line: int
    column: int
    reason: str
    fatal: bool


class Document(NamedTuple):
    """One document: its number in the file (from 0), the line its text starts in (from 1), the text and the value.

    The value is what JSON has: keys are strings, integers fit an int64. After a fatal problem it is None.
    """

    number: int
    line: int
    text: str
    value: Any
    problems: tuple[Problem, ...] = ()
    rest: str = ""
    """SHA-256 in hex over the part of the text that was found well-formed and left out of the value."""
    places: Mapping[Path, int] | None = None
    """Of a text that is neither YAML nor JSON: where in it the part at each path begins."""


def read_documents(
    text: str, limits: Limits = DEFAULT, json_hint: bool = False, heads: bool = False
) -> Iterator[Document]:
    """The documents in text that are not empty, one at a time; a broken one has a fatal problem and hides no other.

    JSON is recognised by its first character; with json_hint (a file named .json) also where it is a list. With
    `heads`, the value of a large CustomResourceDefinition may lack its spec.
    """
    index = 0
    for document in _documents(text, limits, json_hint, heads):
        if document.value is None and not document.problems:
            continue
        if index >= limits.documents:
            problem = Problem(
                "too-many-documents",
                document.line,
                1,
                f"more than {limits.documents} documents",
                True,
            )
            yield Document(index, document.line, "", None, (problem,))
            return
        yield document._replace(number=index) if index else document
        index += 1


def unread_documents(text: str) -> dict[int, Document]:
    """The documents by the line in which each starts (from 1), values left unread: all that positions need."""
    if looks_like_json(text):
        return {document.line: document for document in read_documents(text)}
    return {
        lines + 1: Document(0, lines + 1, text[start:end].removeprefix(_MARK), None)
        for start, end, lines, _ in _chunks(text)
    }


def _documents(text: str, limits: Limits, json_hint: bool, heads: bool) -> Iterator[Document]:
    if json_hint or looks_like_json(text):
        return _json_stream(text, limits, json_hint)
    return _yaml_stream(text, 1, limits, heads)


def _yaml_stream(text: str, line: int, limits: Limits, heads: bool = False) -> Iterator[Document]:
    for start, end, offset, doubtful in _chunks(text):
        piece = text[start:end].removeprefix(_MARK)
        # decoder.go, LineReader: the last line gets an end, which shows in a block scalar.
        piece = piece if piece.endswith("\n") else piece + "\n"
        bad = _bad_separator(piece) if doubtful or text.startswith(_MARK, start) else None
        if bad is None:
            yield read_document(piece, line + offset, limits, heads)
        else:
            reason = "a line that starts with --- goes on with other text"
            yield _broken(piece, line + offset, "yaml-syntax", reason, bad)


def _chunks(text: str) -> Iterator[tuple[int, int, int, bool]]:
    """Start, end and number of lines before each piece between separator lines (decoder.go, YAMLReader.Read).

    A separator with nothing before it belongs to the piece that follows. The last word says whether a line inside the
    piece starts with three dashes and goes on with other text.
    """
    start = lines = 0
    doubtful = False
    for at in _separators(text):
        after = text.find("\n", at) + 1 or len(text)
        if _goes_on(text, at, after):
            doubtful = True
        elif at > start:
            yield start, at, lines, doubtful
            lines += text.count("\n", start, after)
            start, doubtful = after, False
    if start < len(text):
        yield start, len(text), lines, doubtful


def _separators(text: str) -> Iterator[int]:
    """Where lines begin with three dashes. With the line feed before them they would take six times as long to find."""
    at = text.find(_SEPARATOR)
    while at >= 0:
        if not at or text[at - 1] == "\n":
            yield at
        at = text.find(_SEPARATOR, text.find("\n", at) + 1 or len(text))


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether anything but a comment follows three dashes in their line, which ends at `end`."""
    rest = text[at + 3 : end].strip()
    return bool(rest) and rest[0] != "#"


def read_document(text: str, line: int = 1, limits: Limits = DEFAULT, heads: bool = False) -> Document:
    """One YAML document as the API server reads the body of a request: whatever follows its end is ignored."""
    if len(text) > limits.document_bytes:
        return _broken(text, line, "document-too-large", f"larger than {limits.document_bytes >> 20} MiB", 0)
    if heads and len(text) > WORTH_A_HEAD:
        from auditor.collectors.yaml.heads import read_head  # few files are so large

        head = read_head(text, limits.depth)
        if head is not None:
            return Document(0, line, text, head.value, rest=head.rest)
    if yaml_fast.may_be_fast(text):
        try:
            tree = yaml_fast.read_fast(text)
            if yaml_fast.agrees(tree, text, limits.depth):
                return Document(0, line, text, tree)
        except yaml_fast.InvalidYaml as error:
            # A template, most likely: the exact reader would only say the same again, and slowly.
            if "{{" in text and re.match(_SURELY_BROKEN, str(error)):
                return _broken_by_ryaml(text, line, str(error))
        except ValueError:
            pass  # a key that Python cannot hash
    return _exact_document(text, line, limits)


def _bad_separator(text: str) -> int | None:
    return next((at for at in _separators(text) if _goes_on(text, at, text.find("\n", at))), None)


def _exact_document(text: str, line: int, limits: Limits) -> Document:
    # They load PyYAML, which takes as long as a tenth of a small file's scan, and few files need them.
    from auditor.collectors.yaml.exact import read_exact
    from auditor.collectors.yaml.nodes import Refused

    try:
        reading = read_exact(text, limits.depth)
    except Refused as refused:
        return _broken(text, line, refused.code, refused.reason, refused.index)
    starts = line_starts(text) if reading.duplicates else []
    problems = [
        Problem(found.code, *place_by_starts(starts, line, found.start), found.reason, False)
        for found in [each for each in reading.duplicates if each.reason][:_MOST_REPEATED]
    ]
    if reading.ignored is not None:
        reason = "the document ends before this, and the rest is ignored"
        problems.append(Problem("ignored-document", *place(text, line, reading.ignored), reason, False))
    return Document(0, line, text, reading.value, tuple(problems))


def _broken(text: str, line: int, code: str, reason: str, index: int) -> Document:
    return Document(0, line, text, None, (Problem(code, *place(text, line, index), reason, True),))


def _broken_by_ryaml(text: str, line: int, message: str) -> Document:
    found = re.search(_RYAML_PLACE, message)
    row, column = (int(found[1]), int(found[2])) if found else (1, 1)
    reason = re.sub(_RYAML_PLACE, "", message)
    return Document(
        0,
        line,
        text,
        None,
        (Problem("yaml-syntax", line + row - 1, column, reason, True),),
    )


def _json_stream(text: str, limits: Limits, json_hint: bool) -> Iterator[Document]:
    """JSON values one after another; what is no JSON after the first or before it may still be YAML."""
    position, line, count = 0, 1, 0
    while True:
        try:
            found = read_json(text, position, limits.depth)
        except JSONError as error:
            row, column = place(text, 1, error.index)
            problem = Problem(error.code, row, column, error.reason, True)
            if count > 1 or error.code == "nesting":
                yield Document(0, line, text[position:], None, (problem,))
            else:
                yield from _rest_as_yaml(text, position, problem, limits, json_hint)
            return
        if found is None:
            return
        line += text.count("\n", position, found.start)
        yield _json_document(text, found, line, limits)
        line += text.count("\n", found.start, found.end)
        position, count = found.end, count + 1


def _rest_as_yaml(text: str, position: int, problem: Problem, limits: Limits, json_hint: bool) -> Iterator[Document]:
    # decoder.go, consumeWhitespace: up to and including the first line break
    while position < len(text) and text[position].isspace():
        position += 1
        if text[position - 1] == "\n":
            break
    start = text.count("\n", 0, position) + 1
    for number, document in enumerate(_yaml_stream(text[position:], start, limits)):
        fatal = any(found.fatal for found in document.problems)
        if number == 0 and fatal and json_hint:
            yield Document(0, document.line, document.text, None, (problem,))
        else:
            yield document


def _json_document(text: str, found: JSONValue, line: int, limits: Limits) -> Document:
    if found.end - found.start > limits.document_bytes:
        return _broken(
            "",
            line,
            "document-too-large",
            f"larger than {limits.document_bytes >> 20} MiB",
            0,
        )
    source = text if found.end - found.start == len(text) else text[found.start : found.end]
    if found.refused:
        return _broken(source, line, "json-syntax", found.refused, 0)
    problems: tuple[Problem, ...] = ()
    if found.repeated:
        problems = _repeated_keys(source, line, found.repeated, limits)
    return Document(0, line, source, found.value, problems)


def _repeated_keys(source: str, line: int, names: list[str], limits: Limits) -> tuple[Problem, ...]:
    """JSON's own reader tells no places; the YAML reader does, if it can read the text."""
    exact = _exact_document(source, line, limits).problems if len(source) <= _PLACED else ()
    if len(exact) >= len(names) and not any(problem.fatal for problem in exact):
        return exact
    reason = 'key "{}" stands twice, the last one counts'
    return tuple(Problem("duplicate-key", line, 1, reason.format(name), False) for name in names[:_MOST_REPEATED])
