"""The text of an environment file in, its variables out, as systemd reads it for `EnvironmentFile=`.

The grammar is parse_env_file_internal in src/basic/env-file.c of systemd (man systemd.exec). No variable is expanded in
it. Of a file that a shell reads, such as those of /etc/default, it gives the same as long as nothing is expanded there.
"""

import re

from auditor.collectors.nodes.text_files import TextFile
from auditor.kube.systemd import WHITESPACE
from auditor.kube.withheld import shown_variable
from auditor.model.refs import Path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NEEDS_ESCAPE = '"\\`$'
_PLAIN = re.compile(r"[^ \t\n\r\\]+")
_UNESCAPED = re.compile(r'[^"\\]*')


def read_environment(text: str) -> TextFile:
    """The variables of a file by name; the last of several of one name counts, and what is no name is left out."""
    variables: dict[str, str] = {}
    places: dict[Path, int] = {}
    secrets: list[str] = []
    at = 0
    while at < len(text):
        while at < len(text) and text[at] in WHITESPACE:
            at += 1
        if at >= len(text):
            break
        line_end = _find(text, "\n", at)
        if text[at] in "#;":
            at = line_end + 1
            continue
        equals = text.find("=", at, line_end)
        if equals < 0:
            at = line_end + 1
            continue
        name, start = text[at:equals].rstrip(WHITESPACE), at
        value, at = _value(text, equals + 1)
        if _NAME.fullmatch(name):
            variables[name] = shown_variable(name, value)
            places["variables", name] = start
            if variables[name] != value:
                secrets += text[equals + 1 : at].strip("\"' \n\t\r").split()
    return TextFile({"variables": variables}, places, tuple(secrets))


def _find(text: str, sign: str, at: int) -> int:
    found = text.find(sign, at)
    return len(text) if found < 0 else found


def _value(text: str, at: int) -> tuple[str, int]:
    """A value, and the index behind its end. Quoted parts may follow each other; space between them does not count."""
    parts: list[str] = []
    while at < len(text):
        character = text[at]
        if character == "\n" or character == "\r":
            return "".join(parts), at + 1
        if character == "'":
            end = _find(text, "'", at + 1)
            parts.append(text[at + 1 : end])
            at = end + 1
        elif character == '"':
            piece, at = _double_quoted(text, at + 1)
            parts.append(piece)
        elif character in " \t":
            at += 1
        else:
            piece, at = _unquoted(text, at)
            return "".join((*parts, piece)), at
    return "".join(parts), at


def _double_quoted(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        plain = _UNESCAPED.match(text, at)
        if plain and plain[0]:
            parts.append(plain[0])
            at = plain.end()
            continue
        following = text[at + 1 : at + 2]
        if following != "\n":
            parts.append(following if following and following in _NEEDS_ESCAPE else f"\\{following}")
        at += 2
    return "".join(parts), at + 1


def _unquoted(text: str, at: int) -> tuple[str, int]:
    """The rest of a line without the space at its end; a quotation mark in it means nothing."""
    parts: list[str] = []
    kept = 0
    while at < len(text) and text[at] not in "\n\r":
        if text[at] == "\\":
            following = text[at + 1 : at + 2]
            if following not in ("\n", "\r"):
                parts.append(following)
            at += 2
            kept = len(parts)
            continue
        plain = _PLAIN.match(text, at)
        end = plain.end() if plain else at + 1
        parts.append(text[at:end])
        at = end
        kept = len(parts) if plain else kept
    return "".join(parts[:kept]), at + 1
