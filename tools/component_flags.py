"""The recorded help of the components' binaries in, what the table of flags lacks or has wrong out, as rows to paste.

Run it with `python tools/component_flags.py` after `python -m tests.facts.record_help FOLDER` for a new version. What
older versions had instead (`before`, `since`, `removed`) nobody can tell from it: look at their sources.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
KINDS = {
    "": "bool",
    "int": "int",
    "int32": "int",
    "int64": "int",
    "uint": "int",
    "Level": "int",
    "float": "float",
    "float32": "float",
    "duration": "duration",
    "strings": "list",
    "int32Slice": "list",
    "stringArray": "strings",
    "namedCertKey": "strings",
    "mapStringBool": "gates",
    "colonSeparatedMultimapStringString": "gates",
    "mapStringString": "map",
}
"""pflag's names of types, as its help prints them; anything else is a text."""
EMPTY: Mapping[str, Any] = {"bool": False, "int": 0, "float": 0.0, "duration": "0s", "list": [], "strings": []}


def row(kind: str, default: str) -> list[Any]:
    """One row of the table, from a flag's type and default as the help prints them."""
    from auditor.facts.components.flag_values import value_of

    ours = KINDS.get(kind, "string")
    text = default.strip('"')
    if ours in ("list", "strings") or text == "[]":
        text = text.strip("[]")
    if not text:
        return [ours, EMPTY.get(ours, {} if ours in ("map", "gates") else "")]
    return [ours, value_of(ours, [text])]


def differences(component: str, table: Mapping[str, list[Any]]) -> Iterator[str]:
    """Rows for flags that are new or have another default, and names of those that the help no longer has."""
    said: dict[str, list[Any]] = {}
    for line in (ROOT / "tests" / "facts" / "help" / f"{component}.txt").read_text("utf-8").splitlines():
        name, kind, default = (*line.split("\t"), "", "")[:3]
        if name != "help":
            said[name] = row(kind, default)
    for name, new in said.items():
        known = table.get(name)
        if known is None:
            yield f'new:     "{name}": {json.dumps(new)},'
        elif new[1] and known[1] != new[1]:
            yield f'default: "{name}": {json.dumps([known[0], new[1], *known[2:]])},'
    for name in sorted(table.keys() - said.keys()):
        if "removed" not in (table[name] + [{}])[2]:
            yield f"hidden or gone: {name}"


def main() -> None:
    """Prints the differences of every component but etcd, whose help is written by hand."""
    table = json.loads((ROOT / "rules" / "data" / "component-flags.json").read_text("utf-8"))
    for component, one in table["components"].items():
        if component != "etcd":
            for line in differences(component, one["flags"]):
                print(f"{component}: {line}")


if __name__ == "__main__":
    main()
