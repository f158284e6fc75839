"""Configuration files of container runtimes, and where in them each part stands."""

import time
from contextlib import suppress
from typing import Any

import pytest

from auditor.collectors.nodes.runtime_config import read_runtime_config
from auditor.collectors.nodes.text_files import Broken, TextFile
from auditor.collectors.nodes.toml_places import read_toml

CRI = 'plugins."io.containerd.grpc.v1.cri"'
IMAGES = 'plugins."io.containerd.cri.v1.images"'


def read(text: str, name: str = "etc/containerd/config.toml") -> TextFile:
    found = read_runtime_config(name, text)
    assert found is not None
    return found


def registry(name: str, *, verified: bool = True, https: bool = True) -> dict[str, Any]:
    return {"name": name, "verified": verified, "https": https}


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("version = 2\n[plugins]\n", "config.toml", []),
        (f'[{CRI}.registry.mirrors."a"]\nendpoint = ["http://a:5000", "https://b"]\n', "config.toml",
         [registry("http://a:5000", https=False), registry("https://b")]),
        (f'[{CRI}.registry.mirrors."a"]\nendpoint = ["http://localhost:5000", "http://127.0.0.1"]\n', "config.toml",
         [registry("http://localhost:5000"), registry("http://127.0.0.1")]),
        (f'[{CRI}.registry.configs."a".tls]\ninsecure_skip_verify = true\n', "config.toml",
         [registry("a", verified=False)]),
        (f"[{IMAGES}.registry.configs.a.tls]\ninsecure_skip_verify = false\n", "config.toml",
         [registry("a")]),
        ('server = "https://a"\n[host."http://m"]\n[host."https://n"]\nskip_verify = true\n', "certs.d/a/hosts.toml",
         [registry("https://a"), registry("http://m", https=False), registry("https://n", verified=False)]),
        ('[crio.image]\ninsecure_registries = ["a"]\n', "crio.conf", [registry("a", verified=False, https=False)]),
        ('[[registry]]\nlocation = "a"\n[[registry.mirror]]\nlocation = "b"\ninsecure = true\n', "registries.conf",
         [registry("a"), registry("b", verified=False, https=False)]),
        ('[registries.insecure]\nregistries = ["a"]\n', "registries.conf",
         [registry("a", verified=False, https=False)]),
    ],
)  # fmt: skip
def test_registries(text: str, name: str, wanted: list[dict[str, Any]]) -> None:
    assert read(text, name).manifest["registries"] == wanted


def test_listeners_and_apparmor() -> None:
    found = read('[grpc]\ntcp_address = "0.0.0.0:1338"\n')
    assert found.manifest["listeners"] == [{"address": "0.0.0.0:1338", "tls": False}]
    tls = read('[grpc]\ntcp_address = "a"\ntcp_tls_cert = "/c"\ntcp_tls_ca = "/d"\n')
    assert tls.manifest["listeners"] == [{"address": "a", "tls": True}]
    assert read('[grpc]\naddress = "/run/containerd/containerd.sock"\n').manifest["listeners"] == []
    assert read(f"[{CRI}]\ndisable_apparmor = true\n").manifest["apparmor"] is False
    assert read('[crio.runtime]\napparmor_profile = "unconfined"\n', "crio.conf").manifest["apparmor"] is False
    assert read('[crio.runtime]\napparmor_profile = "crio-default"\n', "crio.conf").manifest["apparmor"] is True


def test_where_each_part_stands() -> None:
    text = (
        'version = 2\n[grpc]\n  tcp_address = "a"\n'
        f'[{CRI}.registry]\n  [{CRI}.registry.mirrors."m"]\n    endpoint = ["http://a"]\n'
        f'  [{CRI}.registry.configs."c".tls] # x\n    insecure_skip_verify = true\n'
    )
    places = read(text).places
    where = {path: text[index:].partition("\n")[0] for path, index in places.items()}
    assert where["listeners", 0] == 'tcp_address = "a"'
    assert where["registries", 0] == 'endpoint = ["http://a"]'
    assert where["registries", 1] == "insecure_skip_verify = true"
    listed = '[[registry]]\nlocation = "a"\n[[registry]]\nlocation = "b"\ninsecure = true\n'
    assert read(listed, "registries.conf").places["registries", 1] == listed.index("insecure")


def test_credentials_are_told_so_that_no_line_shows_them() -> None:
    found = read(f'[{CRI}.registry.configs."a".auth]\n  password = "Zx81kDl2pQ9s"\n')
    assert "Zx81kDl2pQ9s" in found.secrets
    assert "Zx81kDl2pQ9s" not in str(found.manifest)


def test_what_is_no_runtimes() -> None:
    assert read_runtime_config("containerd.toml", "[package]\nname = 'containerd'\n") is None
    for text in ("a = [", "a = 1\na = 2", f"x = {'[' * 30_000}", "a" * 100_000, f"{'a.' * 300}b = 1"):
        with pytest.raises(Broken):
            read_toml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 190 + "b = 1\n",
        "[[a]]\n" * 10_000,
        '"a" = 1\n',
        "[" + "a." * 190 + "b]\n",
        "x = {" + "a." * 180 + "b = 1}\n",
    ],
)
def test_hostile_texts_take_little_time(text: str) -> None:
    started = time.process_time()
    with suppress(Broken):
        read_toml((text * (60_000 // len(text) + 1))[:65_000])
    assert time.process_time() - started < 5
