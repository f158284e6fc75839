"""Units of systemd: the lines that count, and where each word stands."""

import time

import pytest

from auditor.collectors.nodes.unit_file import read_unit


def service(text: str) -> dict[str, list[object]]:
    found = read_unit(f"[Service]\n{text}")
    assert found is not None
    return found.manifest["Service"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("ExecStart=/usr/bin/kubelet --a=1", [["/usr/bin/kubelet", "--a=1"]]),
        ("ExecStart = /usr/bin/kubelet", [["/usr/bin/kubelet"]]),
        ("ExecStart=/a \\\n  --b \\\n# no\n  ; no\n  --c", [["/a", "--b", "--c"]]),
        ("ExecStart=/a \\\n\nExecStart=/b", [["/a"], ["/b"]]),
        ("ExecStart=/a \\\\\nExecStart=/b", [["/a", "\\"], ["/b"]]),
        ("ExecStart=/a \\ \n--b", [["/a", "\\"]]),
        ("ExecStart=\nExecStart=/b", [[], ["/b"]]),
        ("ExecStart=/a ; /b c", [["/a"], ["/b", "c"]]),
        ("ExecStart=/a \\; ';' a;b", [["/a", ";", ";", "a;b"]]),
        ("ExecStart=/a 'b", None),
        ("#ExecStart=/a\n;ExecStart=/b", None),
        ("[Unit]\nExecStart=/a", None),
        ("ExecStart", None),
        ("ExecStart=-/a --x", [["-/a", "--x"]]),
        ("ExecStart=/a --x\r\n", [["/a", "--x"]]),
        ("ExecStart=/a --v=\\\n3", [["/a", "--v=", "3"]]),
    ],
)
def test_commands(text: str, commands: list[list[str]] | None) -> None:
    assert service(text).get("ExecStart") == commands


def test_a_text_without_the_section_is_no_unit() -> None:
    assert read_unit("[Unit]\nDescription=kubelet\n") is None


def test_where_words_stand() -> None:
    text = '[Service]\nType=simple\nExecStart=/a \\\n    --b \\\n  # no\n    --c=1 \nEnvironment="A=1 2" B=3\n'
    found = read_unit(text)
    assert found is not None
    where = {path: text[index:].partition("\n")[0] for path, index in found.places.items()}
    assert where["Service",] == "[Service]"
    assert where["Service", "ExecStart", 0] == "ExecStart=/a \\"
    assert where["Service", "ExecStart", 0, 0] == "/a \\"
    assert where["Service", "ExecStart", 0, 1] == "--b \\"
    assert where["Service", "ExecStart", 0, 2] == "--c=1 "
    assert where["Service", "Environment", 0, 1] == "B=3"
    assert where["Service", "Type", 0] == "Type=simple"
    assert found.manifest["Service"]["Environment"] == [["A=1 2", "B=3"]]


def test_credentials_are_not_kept() -> None:
    found = read_unit(
        "[Service]\nEnvironment=K3S_TOKEN=K10abc7def8secret 'X_ARGS=--token=s3cretvalue9 --v=2'\n"
        "ExecStart=/usr/local/bin/k3s agent --token Zx81kDl2pQ --server https://u:p4ssw0rdX@h\n"
    )
    assert found is not None
    text = str(found.manifest)
    for secret in ("K10abc7def8secret", "s3cretvalue9", "Zx81kDl2pQ", "p4ssw0rdX"):
        assert secret not in text
        assert any(secret in hidden for hidden in found.secrets)
    assert "--v=2" in text


@pytest.mark.parametrize("piece", ["ExecStart=/a \\\n", "'a' ", '"', "\\", "Environment=A=", "%$;[", "= \\\n#\n"])
def test_hostile_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    started = time.process_time()
    read_unit(f"[Service]\nExecStart={piece * (400_000 // len(piece))}")
    assert time.process_time() - started < 5
