"""The flags that `main.go` prints in, `rules/data/component-flags.json` out: flags and files of the components.

Run by hand: `python tools/component_flags/generate.py flags.json`; `main.go` says how to make `flags.json`. What no
flag set tells is added from `additions.py`.
"""

import argparse
import fnmatch
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from additions import AS_OF, DEFAULTS, DOCUMENTS, FILES, HISTORY, PLUGINS_ON, SOURCE, UNLISTED, Document

Json = dict[str, Any]
Rows = dict[str, list[Any]]

OUTPUT = Path(__file__).resolve().parents[2] / "rules" / "data" / "component-flags.json"

COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "etcd")

_TYPES = {
    "bool": "bool *flag.boolValue",
    "int": (
        "int int32 int64 uint uint64 Level "
        "*flag.intValue *flag.int64Value *flag.uintValue *flag.uint64Value *flags.uint32Value"
    ),
    "float": "float32 float64",
    "string": "string ip ipport portRange quantity version pattern=N,... LocalMode ProxyMode *flag.stringValue",
    "duration": "duration *flag.durationValue",
    "list": "stringSlice int32Slice []v1.Taint reserved-memory",
    "strings": "stringArray namedCertKey",
    "urls": "*flags.UniqueURLs *flags.UniqueStringsValue *flags.StringsValue",
    "map": "stringToString mapStringString colonSeparatedMultimapStringString",
    "gates": "mapStringBool *featuregate.featureGate",
}
KINDS = {name: kind for kind, names in _TYPES.items() for name in names.split()}
"""A flag's kind (Flag.kind in auditor/tables/components.py) by its type as pflag names it, or by its Go type for etcd.
A type that is not here has to be looked at: how does its Set read a value?"""


def build(printed: Mapping[str, Mapping[str, list[str]]]) -> Json:
    """The table for the flags that `main.go` printed."""
    flags = {component: _flags(component, printed[component]) for component in COMPONENTS}
    return {
        "source": SOURCE,
        "as_of": AS_OF,
        "components": {component: _component(component, rows) for component, rows in flags.items()},
        "documents": {name: _document(document, flags) for name, document in DOCUMENTS.items()},
        "admission_plugins_on": {name: since for since, names in PLUGINS_ON.items() for name in names.split()},
    }


def _component(component: str, rows: Rows) -> Json:
    files = {
        name: {**file, "governs": _governed(file["governs"], rows)} for name, file in FILES.get(component, {}).items()
    }
    return {"flags": rows, "files": files} if files else {"flags": rows}


def _governed(patterns: Any, rows: Rows) -> Any:
    """The names of flags that the patterns stand for; what stands for all is left to the table's reader."""
    if patterns in (["*"], "fields"):
        return patterns
    return [name for pattern in patterns for name in fnmatch.filter(rows, pattern)]


def _flags(component: str, printed: Mapping[str, list[str]]) -> Rows:
    """The rows of a component by flag: kind, default, and what else there is to say."""
    # Cobra adds --help to some of the commands; a component that is given it does not run.
    rows = {name: _row(component, name, *flag) for name, flag in printed.items() if name != "help"}
    gone = {*DEFAULTS.get(component, ()), *HISTORY.get(component, ())} - rows.keys()
    if gone:
        raise ValueError(f"{component} has these flags no longer, move them to UNLISTED: {sorted(gone)}")
    return dict(sorted({**rows, **UNLISTED.get(component, {})}.items()))


def _row(component: str, name: str, type_name: str, default: str, bare: str, shorthand: str) -> list[Any]:
    kind = "gates" if name == "feature-gates" else KINDS[type_name]  # of several types, one of them shared with a map
    used = DEFAULTS.get(component, {}).get(name, _default(kind, default))
    more: Json = {"bare": bare if kind != "bool" else "", "short": shorthand}
    more = {key: value for key, value in more.items() if value} | HISTORY.get(component, {}).get(name, {})
    return [kind, used, more] if more else [kind, used]


def _default(kind: str, text: str) -> Any:
    """A default as the table holds it, from the text that Go prints for it."""
    if kind == "bool":
        return text == "true"
    if kind in ("int", "float"):
        return int(text) if kind == "int" else float(text)
    if kind in ("list", "strings", "urls"):
        return [item for item in text.strip("[]").split(",") if item]
    if kind in ("map", "gates"):
        if text not in ("", "[]"):
            raise ValueError(f"a map with a default: {text}")
        return {}
    return "" if text == "<nil>" else text


def _document(document: Document, flags: Mapping[str, Rows]) -> Json:
    rows = flags[document.component]
    fields = {path: _field(document, path, flag, *rows[flag]) for path, flag in document.flags.items()}
    return {"component": document.component, "fields": {**fields, **document.file_only}}


def _field(document: Document, path: str, flag: str, kind: str, default: Any, history: Json | None = None) -> list[Any]:
    more = {key: value for key, value in (history or {}).items() if key == "before"}
    if path in document.plain:
        more["zero"] = True
    used = document.defaults.get(path, default)
    return [flag, kind, used, more] if more else [flag, kind, used]


def spread(value: Any, margin: str = "") -> str:
    """JSON with one row per line, so that a new Kubernetes version is a readable diff."""
    if not (isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values())):
        return json.dumps(value, ensure_ascii=False)
    lines = (f"{margin} {json.dumps(key)}: {spread(item, margin + ' ')}" for key, item in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flags", type=Path, help="what main.go has printed")
    table = build(json.loads(parser.parse_args().flags.read_bytes()))
    OUTPUT.write_text(spread(table) + "\n", encoding="utf-8")
