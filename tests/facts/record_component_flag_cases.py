"""Random command lines in, what a real kube-apiserver and kubelet make of them out: `component-flag-cases.json`.

Run by hand: `python -m tests.facts.record_component_flag_cases`; needs what tests/live/servers/build made. Each process
writes the value of every flag to its log (`PrintFlags` in k8s.io/component-base/cli/flag), and ends because something
is missing that it needs. The same seed gives the same cases.
"""

import json
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from auditor.tables.components import Flag, flags
from tests.live.apiserver import built

OUTPUT = Path(__file__).with_name("component-flag-cases.json")
NAMES = ("kube-apiserver", "kubelet")
CASES = 230
LEFT_OUT = frozenset(
    {"help", "version", "config", "config-dir", "kubeconfig", "bootstrap-kubeconfig", "cert-dir", "root-dir"}
    | {"lock-file", "exit-on-lock-contention", "etcd-servers", "v", "vmodule", "runonce"}
)
"""Flags that end the process before it tells, or make it do something."""
VALUES = {
    "bool": ["true", "false", "T", "0", "1", "yes", "", "TRUE", "False", "t "],
    "int": ["0", "8080", "-1", "+5", "0x1F", "010", "0o17", "1_000", "1e3", "", "99999999999", "5 ", "2147483648"],
    "float": ["0.5", "1", "1e-3", ".5", "x", ""],
    "duration": ["0", "5m", "1h30m", "90s", "1.5h", ".5s", "5", "", "-1m", "1h0m0s", "300ms", "5µs", "1d"],
    "string": ["", "x", "a=b", "/etc/x.csv", '"quoted"', "a,b", "--anonymous-auth", " ", "é", "VersionTLS12"],
    "list": ["", "a", "a,b", '"a,b",c', "a,,b", ",", 'a"b', '"open', " a, b", "a,b,", "10.0.0.10"],
    "strings": ["", "a", "a,b", '"a,b"', " "],
    "map": ["", "cpu=1", "cpu=1,memory=2Gi", "cpu", "cpu=", "=1", "cpu=1,", "a<b", "a<b,c<d", "a:b", " a = b "],
    "gates": ["AllAlpha=false", "ComponentFlagz=true,ComponentStatusz=false", "ComponentFlagz", "NoSuchGate=true", "",
              "ComponentFlagz=yes", "kube:ComponentFlagz=false", "ComponentFlagz=true,", " ComponentFlagz = true "],
}  # fmt: skip
ODD = ["--no-such-flag", "--no-such=1", "--no-anonymous-auth", "-v2", "-v=2", "extra", "--", "-x", "-", "--v", "---v"]
_PRINTED = re.compile(r'FLAG: --([\w-]+)=("(?:[^"\\]|\\.)*")')


def word(known: list[Flag], pick: random.Random) -> list[str]:
    """A flag with a value in one of its forms, or something odd."""
    if pick.random() < 0.05:
        return [pick.choice(ODD)]
    flag = pick.choice(known)
    name = flag.name.replace("-", "_") if pick.random() < 0.1 else flag.name
    # Mostly what is fine, so that lines with several flags are.
    pool = VALUES.get(flag.kind, VALUES["string"])
    value = pool[min(int(pick.expovariate(0.7)), len(pool) - 1)]
    form = pick.random()
    if flag.kind == "bool" and form < 0.4:
        return [f"--{name}"]
    return [f"--{name}={value}"] if form < 0.75 else [f"--{name}", value]


def printed(binary: Path, words: list[str]) -> tuple[dict[str, str], str]:
    """The value of each flag; or why there is none."""
    with tempfile.TemporaryDirectory(prefix="flags-") as folder:
        own = ["-v=1", f"--cert-dir={folder}"]
        own += [f"--root-dir={folder}", f"--kubeconfig={folder}/none"] if binary.name == "kubelet" else []
        command = [str(binary), *own, *words]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    values = {name: str(json.loads(text)) for name, text in _PRINTED.findall(said.stderr)}
    refused = "" if values else said.stderr.rpartition("err=")[2].strip().strip('"')[:160]
    return {name: value for name, value in values.items() if name not in LEFT_OUT}, refused


def record() -> tuple[dict[str, dict[str, str]], list[list[Any]]]:
    """What each component prints without flags; and component, words, what is not so, or why it does not start."""
    pick, rows = random.Random(20261126), []
    defaults = {}
    for name in NAMES:
        found = built(name)
        if isinstance(found, str):
            raise SystemExit(found)
        known = [flag for flag in flags(name, 37).values() if flag.name not in LEFT_OUT]
        kinds = sorted({flag.kind for flag in known})
        by_kind = [[flag for flag in known if flag.kind == kind] for kind in kinds]
        default, _ = printed(found[0], [])
        defaults[name] = default
        for _ in range(CASES):
            # Each kind as often as any other: most flags are of a few kinds.
            chosen = [pick.choice(pick.choice(by_kind)) for _ in range(pick.randint(1, 3))]
            words = [part for _ in range(pick.randint(1, 5)) for part in word(chosen, pick)]
            values, refused = printed(found[0], words)
            told = {flag: value for flag, value in sorted(values.items()) if value != default[flag]}
            rows.append([name, words, told, refused])
    return defaults, rows


if __name__ == "__main__":
    defaults, rows = record()
    text = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    OUTPUT.write_text(f'{{\n "defaults": {json.dumps(defaults)},\n "cases": [\n{text}\n ]\n}}\n', "utf-8")
