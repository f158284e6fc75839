"""Random texts with references in, what the kubelet makes of them out: `expansion-cases.json`. Needs Go.

Run by hand: `python -m tests.facts.record_expansion_cases`; the same seed gives the same cases.
"""

import json
import random
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SERVERS = HERE.parent / "live" / "servers"
PIECES = ["$(A)", "$(B)", "$(C)", "$(NONE)", "$$", "$", "(", ")", "A", "$(A", "$()", "$(A$(B)", "$A", "${A}", "é", " "]
VARIABLES = {"A": "one", "B": "$(A)", "C": "$$(A)", "A(B": "odd"}
"""As the kubelet has them, so that what is in a value is not expanded again."""
CASES = 400


def record() -> list[tuple[str, str]]:
    """Text, and what becomes of it."""
    pick = random.Random(20261126)
    texts = ["".join(pick.choice(PIECES) for _ in range(pick.randint(1, 6))) for _ in range(CASES)]
    lines = "\n".join(json.dumps({"Variables": VARIABLES, "Text": text}) for text in texts)
    command = ["go", "run", "./expand"]
    answers = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=SERVERS)
    return list(zip(texts, map(json.loads, answers.stdout.splitlines()), strict=True))


if __name__ == "__main__":
    text = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in record())
    (HERE / "expansion-cases.json").write_text(f"[\n{text}\n]\n", "utf-8")
