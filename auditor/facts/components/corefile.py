"""The text of a Corefile in, the plugins of every DNS server that it describes out.

The grammar is that of CoreDNS' own reader (caddyfile/lexer.go and caddyfile/parse.go of github.com/coredns/caddy):
words between white space, quotation marks around words with spaces, `#` before a comment, and a brace that opens a
block as the last word of its line.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

KEY = "Corefile"
"""The key of a ConfigMap that holds one."""

_WORD = r'"(?P<quoted>(?:\\"|[^"])*)"?|(?P<comment>#[^\n]*)|(?P<plain>[^\s]+)|(?P<line>\n)'
_VARIABLE = r"\{[$%]"
Line = list[str]


class CorefileError(ValueError):
    """The text is no Corefile, or not all of it is known."""


class Plugin(NamedTuple):
    """One plugin of a server block, with the words behind its name and those of its own block by their first word."""

    zones: tuple[str, ...]
    name: str
    args: tuple[str, ...]
    options: Mapping[str, list[str]]


def plugins(text: str) -> list[Plugin]:
    """Every plugin of every server block, in order; raises `CorefileError`."""
    if re.search(_VARIABLE, text):
        raise CorefileError("it holds environment variables, which are not in the input")
    lines = list(reversed(list(_lines(text))))
    snippets: dict[str, list[Plugin]] = {}
    found: list[Plugin] = []
    while lines:
        keys = _keys(lines)
        block = list(_block(lines, keys, snippets))
        if len(keys) == 1 and re.fullmatch(r"\(.*\)", keys[0]):
            snippets[keys[0][1:-1]] = block
        else:
            found += block
    return found


def corefile_fact(data: Mapping[str, Any]) -> dict[str, Any] | str | None:
    """What rules see of a ConfigMap's Corefile, or why that is not known; None where there is none."""
    text = data.get(KEY)
    if not isinstance(text, str):
        return None
    try:
        found = plugins(text)
    except CorefileError as error:
        return f"the Corefile cannot be read: {error}"
    rows = [{**one._asdict(), "zones": list(one.zones), "args": list(one.args)} for one in found]
    return {"plugins": [{**row, "options": dict(row["options"])} for row in rows]}


def _lines(text: str) -> Iterator[Line]:
    line: Line = []
    for match in re.finditer(_WORD, text):
        if match["line"] is not None:
            if line:
                yield line
            line = []
        elif match["quoted"] is not None:
            line.append(match["quoted"].replace('\\"', '"'))
        elif match["plain"] is not None:
            line.append(match["plain"])
    if line:
        yield line


def _keys(lines: list[Line]) -> tuple[str, ...]:
    """The zones before a block, which a comma carries on to the next line; takes them off, and the brace."""
    keys: Line = []
    while lines:
        line = lines.pop()
        opens = line[-1] == "{"
        keys += line[:-1] if opens else line
        if opens:
            return tuple(key for word in keys for key in word.split(",") if key)
        if not line[-1].endswith(","):
            break
    raise CorefileError("a server block does not begin with its zones and a brace")


def _block(lines: list[Line], zones: tuple[str, ...], snippets: Mapping[str, list[Plugin]]) -> Iterator[Plugin]:
    while lines:
        line = lines.pop()
        if line == ["}"]:
            return
        opens = line[-1] == "{" and len(line) > 1
        name, *args = line[:-1] if opens else line
        options = _options(lines) if opens else {}
        if name != "import":
            yield Plugin(zones, name, tuple(args), options)
        elif args and args[0] in snippets:
            yield from (one._replace(zones=zones) for one in snippets[args[0]])
        else:
            raise CorefileError("it imports other files")
    raise CorefileError("a block does not end")


def _options(lines: list[Line]) -> dict[str, list[str]]:
    """What stands in a plugin's own block: the words after each first one; blocks deeper inside are left out."""
    found: dict[str, list[str]] = {}
    depth = 1
    while lines:
        line = lines.pop()
        if line[0] == "}":
            depth -= 1
            if not depth:
                return found
            continue
        opens = line[-1] == "{"
        if depth == 1:
            found.setdefault(line[0], []).extend(line[1:-1] if opens else line[1:])
        depth += opens
    raise CorefileError("a block does not end")
