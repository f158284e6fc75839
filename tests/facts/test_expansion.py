"""References in a command line are expanded as the kubelet expands them: `expansion-cases.json` holds what it said."""

import json
from pathlib import Path

import pytest

from auditor.facts.components.command_lines import command_line
from tests.facts.record_expansion_cases import VARIABLES

CASES = json.loads(Path(__file__).with_name("expansion-cases.json").read_text("utf-8"))
# In an environment, references to what stands above are expanded: so these have other texts for the same values.
WRITTEN = {"A": "one", "B": "$$(A)", "C": "$$$$(A)", "A(B": "odd"}
ENVIRONMENT = [{"name": name, "value": text} for name, text in WRITTEN.items()]


def test_the_environment_has_the_same_values() -> None:
    words = [f"--{name}=$({name})" for name in VARIABLES]
    line = command_line({"command": ["etcd", *words], "env": ENVIRONMENT})
    assert line is not None
    assert [word.text.partition("=")[2] for word in line.words] == list(VARIABLES.values())


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_references(text: str, wanted: str) -> None:
    line = command_line({"command": ["etcd", f"--name={text}"], "env": ENVIRONMENT})
    assert line is not None
    (word,) = line.words
    assert (word.text, word.unknown) == (f"--name={wanted}", "")
