"""As whom a server is asked: tokens, plugins and certificates as kubectl uses them, and whom they impersonate."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.model.errors import UsageError
from tests.collectors.fake_api import Api, kubeconfig
from tests.collectors.kubeconfigs import encoded, pair, to
from tests.conftest import Kubeplumb

pytestmark = pytest.mark.usefixtures("home")


def plugin(folder: Path, prints: str = "", code: int = 0, says: str = "") -> dict[str, Any]:
    """A user with an exec plugin."""
    script = folder / "plugin.py"
    script.write_text(f"import sys\nsys.stderr.write({says!r})\nsys.stdout.write({prints!r})\nsys.exit({code})\n")
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)]}
    return {"exec": {**command, "interactiveMode": "Never"}}


def credential(**state: str) -> str:
    return json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": state})


def test_a_token_and_a_token_file(tmp_path: Path) -> None:
    assert to(kubeconfig(tmp_path, "http://x", user={"token": "abc"})).authorization() == "Bearer abc"
    (tmp_path / "token").write_text("from-file")
    relative = kubeconfig(tmp_path, "http://x", user={"tokenFile": "token"})
    assert to(relative).authorization() == "Bearer from-file"


def test_a_token_file_may_end_in_a_line_feed(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    """client-go transport/token_source.go trims it."""
    (tmp_path / "token").write_text("from-file\n")
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url, user={"tokenFile": "token"}))
    assert "internal error" not in result.err
    assert {value for one in api.seen for value in one.header("Authorization")} == {"Bearer from-file"}


def test_a_user_name_and_password(tmp_path: Path) -> None:
    found = to(kubeconfig(tmp_path, "http://x", user={"username": "anna", "password": "pw"})).authorization()
    assert found == "Basic " + base64.b64encode(b"anna:pw").decode()


def test_a_missing_token_file_is_named(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, "http://x", user={"tokenFile": "gone"}))
    assert result.code == 3
    assert "gone" in result.err
    assert "hint: " in result.err


def test_an_exec_plugin_gives_a_token(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    user = plugin(tmp_path, credential(token="fresh"))
    kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url, user=user))
    assert {value for one in api.seen for value in one.header("Authorization")} == {"Bearer fresh"}


def test_an_exec_plugin_runs_once_while_its_token_lasts_and_again_when_it_ends(tmp_path: Path) -> None:
    count = tmp_path / "count"
    user = plugin(tmp_path)
    script = tmp_path / "plugin.py"
    for expiry, runs in (("2999-01-01T00:00:00Z", 1), ("2001-01-01T00:00:00Z", 3)):
        count.write_text("")
        said = credential(token="t", expirationTimestamp=expiry)
        script.write_text(f"open({str(count)!r}, 'a').write('x')\nprint({said!r})\n")
        connection = to(kubeconfig(tmp_path, "http://x", user=user))
        assert connection.authorization() == connection.authorization() == "Bearer t"
        assert len(count.read_text()) == runs


@pytest.mark.parametrize(
    ("prints", "code", "says", "words"),
    [
        ("", 7, "please log in", "please log in"),
        ("rubbish", 0, "", "decode"),
        ("{}", 0, "", "malformed"),
        (credential(), 0, "", "token"),
        (credential(clientCertificateData="x"), 0, "", "clientKeyData"),
        ('{"apiVersion": "client.authentication.k8s.io/v9", "kind": "ExecCredential", "status": {}}', 0, "", "v9"),
    ],
)
def test_an_exec_plugin_that_fails_is_an_error_with_its_words_and_nothing_is_asked_without_credentials(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb, prints: str, code: int, says: str, words: str
) -> None:
    user = plugin(tmp_path, prints, code, says)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url, user=user))
    assert result.code == 3
    assert words in result.err
    assert "hint: " in result.err
    assert api.seen == []


def test_an_exec_plugin_that_is_missing_is_an_error(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin-anywhere"}}
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url, user=user))
    assert result.code == 3
    assert "no-such-plugin-anywhere" in result.err
    assert "hint: " in result.err
    assert api.seen == []


@pytest.mark.parametrize(
    "user",
    [
        {"client-certificate-data": "bm90IGEgY2VydA==", "client-key-data": "bm90IGEga2V5"},
        {"client-certificate-data": "!", "client-key-data": "!"},
        {"client-certificate": "gone.crt", "client-key": "gone.key"},
        {"client-certificate-data": 3},
    ],
)
def test_a_client_certificate_that_is_none_is_an_error(tmp_path: Path, kubeplumb: Kubeplumb, user: Any) -> None:
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, "https://127.0.0.1:9", user=user))
    assert result.code == 3
    assert "certificate" in result.err.lower() or "gone" in result.err
    assert "hint: " in result.err


def test_a_certificate_authority_that_is_none_is_an_error(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:9", **{"certificate-authority-data": "bm90IGEgY2VydA=="})
    result = kubeplumb("cluster", "--kubeconfig", path)
    assert result.code == 3
    assert "certificate-authority" in result.err


def test_keys_of_a_kubeconfig_are_on_no_disk_afterwards(tmp_path: Path) -> None:
    """The fixture looks at what is left; here that there was something."""
    certificate, key = pair()
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    connection = to(kubeconfig(tmp_path, "https://x", user=user))
    assert connection.tls is not None
    assert connection.anonymous_tls is not None
    assert connection.client_certificate == certificate


def test_a_client_certificate_lasts_for_a_second_connection(tmp_path: Path) -> None:
    """The client remembers its files, which are gone."""
    certificate, key = pair()
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    path = kubeconfig(tmp_path, "https://x", user=user)
    assert to(path).client_certificate == to(path).client_certificate == certificate


# Impersonation


def test_impersonation_by_flag_sends_one_header_a_group(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    path = kubeconfig(tmp_path, api.url, user={"as": "ignored", "as-groups": ["ignored"], "as-uid": "7"})
    kubeplumb("cluster", "--kubeconfig", path, "--as", "bob", "--as-group", "one", "--as-group", "two words")
    sent = [one for one in api.seen if one.header("Impersonate-User")]  # what is asked without credentials has none
    assert len(sent) >= 4
    for one in sent:
        assert one.header("Impersonate-User") == ["bob"]
        assert one.header("Impersonate-Group") == ["one", "two words"]
        assert one.header("Impersonate-Uid") == []


def test_impersonation_by_kubeconfig(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    user = {"as": "bob", "as-groups": ["one", "two"], "as-uid": "7", "as-user-extra": {"Scopes/x": ["a", "b"]}}
    kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url, user=user))
    sent = [one for one in api.seen if one.header("Impersonate-User")]  # what is asked without credentials has none
    assert len(sent) >= 4
    for one in sent:
        assert one.header("Impersonate-User") == ["bob"]
        assert one.header("Impersonate-Group") == ["one", "two"]
        assert one.header("Impersonate-Uid") == ["7"]
        assert one.header("Impersonate-Extra-Scopes%2Fx") == ["a", "b"]


def test_impersonated_names_are_sent_as_utf_8(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--as", "Jürgen 山")
    assert "internal error" not in result.err
    (name,) = api.seen[0].header("Impersonate-User")
    assert name.encode("latin-1").decode("utf-8") == "Jürgen 山"


def test_groups_without_a_user_are_a_usage_error(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--as-group", "one")
    assert result.code == 2
    assert "Give --as" in result.err
    with pytest.raises(UsageError):
        to(kubeconfig(tmp_path, api.url, user={"as-groups": ["one"]}))
    assert api.seen == []
