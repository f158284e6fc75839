"""Where words are told of a component that a shell's script starts, a real shell starts it with these words."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.facts.components.command_lines import command_line

PIECES = (
    *("exec ", "kube-apiserver", " ", "  ", "\n", "\t", " \\\n  ", "--a=b", "--c", " --d e", "-v2", "x=1 ", "/"),
    *("'", '"', "'f g'", '"h i"', '"j\'k"', "'l\"m'", "\\ ", "\\", "\\\\", '\\"', '"\\n"', '"\\\\"', "''", '""'),
    *("$X", '"$X"', "$(X)", "$$", "${X}", "`X`", "~", "*", "?", "[a]", "{a,b}", "#", " # c", "!", "=", "é", "$"),
    *(" > /dev/null", " >/dev/null", " 2>&1", " 2>>/dev/null", " &>/dev/null", ">", "<", "|", ";", "&", "(", ")"),
    *("if ", "then ", "env ", "nice ", "-- ", "2", "1>", " >&2", "tini -- "),
)  # fmt: skip
SCRIPTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)
STARTED = SCRIPTS.map(lambda rest: f"exec kube-apiserver {rest}")
SHELLS = [name for name in ("sh", "bash") if shutil.which(name)]
pytestmark = pytest.mark.skipif(not SHELLS, reason="needs a shell")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the only program is one that notes its arguments."""
    made = tmp_path_factory.mktemp("shells")
    (made / "bin").mkdir()
    (made / "work").mkdir()
    program = made / "bin" / "kube-apiserver"
    program.write_text('#!/bin/sh\nprintf \'%s\\0\' started "$@" >> "$NOTES"\n')
    program.chmod(0o755)
    return made


def starts(folder: Path, shell: str, script: str) -> list[list[str]]:
    """The arguments with which a real shell starts the program, each time."""
    notes = folder / "notes"
    notes.write_bytes(b"")
    subprocess.run(
        [str(shutil.which(shell)), "-c", script.replace("$$", "$")],  # as the kubelet hands it on
        env={"PATH": str(folder / "bin"), "NOTES": str(notes), "HOME": "/root", "LC_ALL": "C.UTF-8"},
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )
    *words, _ = notes.read_text("utf-8", "surrogateescape").split("\0")
    found: list[list[str]] = []
    for word in words:
        if word == "started":
            found.append([])
        else:
            found[-1].append(word)
    return found


@pytest.mark.parametrize("shell", SHELLS)
@given(script=st.one_of(STARTED, SCRIPTS))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(script="exec kube-apiserver --a='b c' \\\n  \"--d e\" -v2 >>/dev/null 2>&1")
@example(script='exec kube-apiserver "--a=\\"b"')
@example(script="kube-apiserver --a=b # c")
@example(script="exec kube-apiserver --a &>/dev/null --b")
@example(script='exec kube-apiserver "\\n"{a,b}"\\n"')
def test_words_are_those_that_a_shell_gives(folder: Path, shell: str, script: str) -> None:
    line = command_line({"command": [shell, "-c", script]})
    if line is not None and not line.undecided:
        assert starts(folder, shell, script) in ([[word.text for word in line.words]], [])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec kube-apiserver --a=b", ["--a=b"]),
        ("kube-apiserver --a='b c' \"--d=e f\"", ["--a=b c", "--d=e f"]),
        ("exec kube-apiserver \\\n  --a=b \\\n  --c\n", ["--a=b", "--c"]),
        ("exec kube-apiserver --a=b >>/dev/null 2>&1", ["--a=b"]),
        ("exec kube-apiserver --a=b\\ c", ["--a=b c"]),
    ],
)
def test_plain_scripts_are_read(folder: Path, shell: str, script: str, words: list[str]) -> None:
    """So that the property above is not about nothing."""
    line = command_line({"command": [shell, "-c", script]})
    assert line is not None
    assert [word.text for word in line.words] == words
    assert starts(folder, shell, script) == [words]
