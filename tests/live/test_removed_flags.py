"""Flags that the table calls removed keep a real component from starting, and those it has do not; rules say no more.

A flag that is refused ends the process before it does anything.
"""

import subprocess
from pathlib import Path

import pytest

from auditor.tables.components import flags
from auditor.tables.folder import load_table
from tests.conftest import Kubeplumb
from tests.live.apiserver import NEWEST, OLDER, built
from tests.live.judged import judged

MINORS = {NEWEST: {"etcd": 7}, OLDER: {"etcd": 6}}
NAMES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
REFUSED = ("unknown flag: --", "flag provided but not defined: -")


def removed() -> list[tuple[str, str]]:
    table = load_table("component-flags")["components"]
    return [
        (name, flag)
        for name in NAMES
        for flag, row in table[name]["flags"].items()
        if len(row) > 2 and row[2].get("removed")
    ]


def minor(name: str, release: str = NEWEST) -> int:
    return MINORS[release].get(name, int(release.partition(".")[2]))


def answer(name: str, *words: str, release: str = NEWEST) -> str:
    found = built(name, release=release)
    if isinstance(found, str):
        pytest.skip(found)
    said = subprocess.run([str(found[0]), *words], capture_output=True, text=True, timeout=60, check=False)
    return said.stderr + said.stdout


@pytest.mark.parametrize(("name", "flag"), removed())
def test_a_flag_that_was_removed(name: str, flag: str) -> None:
    assert flag not in flags(name, minor(name))
    assert any(f"{refused}{flag}" in answer(name, f"--{flag}=0") for refused in REFUSED)


@pytest.mark.parametrize("release", [NEWEST, OLDER])
@pytest.mark.parametrize("name", NAMES)
def test_flags_in_any_spelling_up_to_help(name: str, release: str) -> None:
    """All that the table has of this version are known to it: each is set to its own default, and help is printed."""
    words = []
    for flag in flags(name, minor(name, release)).values():
        if flag.kind in ("bool", "int") and flag.name not in ("help", "version"):
            value = str(flag.default).lower()
            words.append(f"--{flag.name if name == 'etcd' else flag.name.replace('-', '_')}={value}")
    said = answer(name, *words, "--help", release=release)
    assert not any(refused in said for refused in REFUSED), said[:300]
    assert "invalid" not in said[:200]


@pytest.mark.parametrize(
    ("flag", "rule", "verdict"),
    [
        ("insecure-port=0", "apiserver-insecure-port", "not-applicable"),
        ("insecure-port=8080", "apiserver-insecure-port", "not-applicable"),
        ("insecure-bind-address=0.0.0.0", "apiserver-insecure-bind-address", "not-applicable"),
        ("basic-auth-file=/etc/passwords.csv", "apiserver-basic-auth", "fail"),
    ],
)
def test_no_rule_takes_a_server_that_cannot_start_for_an_open_one(
    tmp_path: Path, kubeplumb: Kubeplumb, flag: str, rule: str, verdict: str
) -> None:
    """The rule on passwords says that the server does not start; of an insecure port there is nothing to say."""
    told = judged(kubeplumb, tmp_path / "audited", "kube-apiserver", [f"--{flag}"], (rule,))
    assert told.verdicts[rule] == verdict
    assert told.settings[flag.partition("=")[0]]["origin"] == "flag"
    assert any(refused in answer("kube-apiserver", f"--{flag}") for refused in REFUSED)
