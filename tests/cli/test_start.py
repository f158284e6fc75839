"""What a command does not need it does not load: that takes longer than to scan a small manifest."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"cryptography", "fractions", "jinja2", "kubernetes", "pydantic", "rich", "ryml", "ssl", "yaml"}
RUN = f"""
import sys
from auditor.cli.main import run
run()
print(*{HEAVY}.intersection(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(("name", "needed"), [("p", []), ("!!str p", ["yaml"])])
def test_a_plain_manifest_takes_nothing_heavy(name: str, needed: list[str], tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: c\n    image: nginx\n"
    )
    command = [sys.executable, "-c", RUN, "scan", str(file), "--no-config", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert '"verdict":"fail"' in done.stdout
    assert done.stderr.split() == needed
