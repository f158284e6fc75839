"""Environment files, state by state of parse_env_file_internal in src/basic/env-file.c of systemd."""

import time

import pytest

from auditor.collectors.nodes.environment_file import read_environment


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("a=a\na=b\na=c\n", {"a": "c"}),
        ("a=a\\\nb=c", {"a": "ab=c"}),
        ("a=\\\n   \\\n   b", {"a": "      b"}),
        ("a = x y  \n", {"a": "x y"}),
        ("a='x y' \"z\"'w'\n", {"a": "x yzw"}),
        ('a="x\ny"\nb=1', {"a": "x\ny", "b": "1"}),
        ('a="\\$x \\n \\" \\`"\n', {"a": '$x \\n " `'}),
        ("a=x\"y'z\n", {"a": "x\"y'z"}),
        ("a='x\\'y\n", {"a": "x\\y"}),
        ("# a=1\n;b=2\n  #c=3\nd=4#5\n", {"d": "4#5"}),
        ("# comment \\\na=1\n", {"a": "1"}),
        ("export a=1\nb\n=c\n9x=1\nd=", {"d": ""}),
        ("a=x\\\\ \\ \n", {"a": "x\\  "}),
        ("a='unclosed\nb=2\n", {"a": "unclosed\nb=2\n"}),
        ("a=$b ${c}\n", {"a": "$b ${c}"}),
        ("a=1\r\nb=2\r\n", {"a": "1", "b": "2"}),
        ("", {}),
    ],
)
def test_variables(text: str, variables: dict[str, str]) -> None:
    assert read_environment(text).manifest["variables"] == variables


def test_where_variables_stand() -> None:
    text = "# one\nA=1\n B='x\ny'\nA=2\n"
    places = read_environment(text).places
    assert text[places["variables", "A"] :] == "A=2\n"
    assert text[places["variables", "B"] :].startswith("B='x")


def test_credentials_are_not_kept() -> None:
    found = read_environment('K3S_TOKEN=K10abc7def8secret\nKUBELET_ARGS="--v=2 --token=s3cretvalue9"\n')
    assert "secret" not in str(found.manifest)
    assert found.manifest["variables"]["KUBELET_ARGS"] == "--v=2 --token=(withheld)"
    assert any("K10abc7def8secret" in hidden for hidden in found.secrets)


@pytest.mark.parametrize("piece", ["''", '""', "a='", "\\\n", "\\", "a=\n", "# \\", '"\\', " "])
def test_hostile_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    started = time.process_time()
    read_environment(f"a={piece * (600_000 // len(piece))}")
    assert time.process_time() - started < 5
