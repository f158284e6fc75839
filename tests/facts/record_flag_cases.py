"""Random command lines in, what pflag and Go's flag package make of them out: writes `flag-cases.json`. Needs Go.

Run it with `python -m tests.facts.record_flag_cases`; the same seed gives the same cases.
"""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PFLAGS = [
    "anonymous-auth",
    "quiet",
    "token-auth-file",
    "secure-port",
    "v",
    "authorization-mode",
    "key-file",
    "request-timeout",
]
GO_FLAGS = ["client-cert-auth", "cert-file", "max-wals"]
VALUES = [
    "true",
    "false",
    "T",
    "0",
    "1",
    "yes",
    "",
    "8080",
    "0x1F",
    "010",
    "0o17",
    "1_000",
    "-1",
    "+5",
    "Node",
    "08",
    "1e3",
    "Node,RBAC",
    '"a,b",c',
    'a"b',
    '"open',
    "/etc/x.csv",
    "1h30m",
    "5",
    "2.5s",
    "300ms",
    "-",
    "--",
    "a=b",
    "-v3",
    "99999999999999999999",
    "  x",
    "é",
    "4h0m0s",
    "5µs",
    ".5s",
    "1.s",
    "1h-",
    "Node,,RBAC",
    ",",
]
SHORT = ["-v", "-v2", "-v=2", "-q", "-qv3", "-qv", "-vq", "-q=false", "-q=", "-v=", "-x", "-", "--", "-qx", "-v-1"]
ODD = ["--", "-", "---x", "--=x", "positional", "--unknown", "--unknown=1"]
CASES, ACCEPTED, REFUSED = 1500, 420, 220


def word(go: bool, pick: random.Random) -> str:
    """One word of a command line: mostly a flag, sometimes a value or something odd."""
    kind = pick.random()
    if kind < 0.12:
        return pick.choice(VALUES)
    if kind < 0.3 and not go:
        return pick.choice(SHORT)
    if kind < 0.34:
        return pick.choice(ODD)
    name = pick.choice(GO_FLAGS if go else PFLAGS)
    if not go and pick.random() < 0.15:
        name = name.replace("-", "_")
    dashes = "-" if go and pick.random() < 0.4 else "--"
    return f"{dashes}{name}={pick.choice(VALUES)}" if pick.random() < 0.6 else dashes + name


def record() -> list[list[Any]]:
    """Kind, words and the values that Go reads, or null where it refuses them."""
    pick = random.Random(20261121)
    asked = []
    for number in range(CASES):
        go = number % 4 == 3
        words = [word(go, pick) for _ in range(pick.randint(1, 5))]
        asked.append({"Kind": "flag" if go else "pflag", "Words": words})
    lines = "\n".join(json.dumps(one) for one in asked)
    command = ["go", "run", "."]
    answers = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=HERE / "flag_oracle")
    rows = []
    for one, line in zip(asked, answers.stdout.splitlines(), strict=True):
        error, values = json.loads(line)
        rows.append([one["Kind"], one["Words"], None if error else values])
    accepted = [row for row in rows if row[2] is not None]
    refused = [row for row in rows if row[2] is None]
    return accepted[:ACCEPTED] + refused[:REFUSED]


if __name__ == "__main__":
    text = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in record())
    (HERE / "flag-cases.json").write_text(f"[\n{text}\n]\n", "utf-8")
