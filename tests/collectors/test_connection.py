"""Which cluster is spoken to, as whom and how: kubeconfigs as kubectl reads them, and a hint for each way it fails."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.connection import Access, Connection, connect
from auditor.model.errors import ClusterUnreachable, UsageError
from tests.collectors.fake_api import Answer, Api, kubeconfig, named, status
from tests.conftest import Kubeplumb

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty home, no proxy, no pod; and nothing of ours is left in the folder of temporary files."""
    folder, temporary = tmp_path / "home", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for name in (*PROXIES, "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    assert list(temporary.rglob("*")) == []


def contexts(path: Path, *names: str, current: str = "", user: Any = None, **cluster: Any) -> Path:
    """A kubeconfig with contexts that lead to `https://NAME.example`."""
    content: dict[str, Any] = {
        "contexts": [{"name": name, "context": {"cluster": name, "user": "u", "namespace": name}} for name in names],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example", **cluster}} for name in names],
        "users": [{"name": "u", "user": user or {}}],
    }
    if current:
        content["current-context"] = current
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def plugin(folder: Path, prints: str = "", code: int = 0, says: str = "") -> dict[str, Any]:
    """A user with an exec plugin."""
    script = folder / "plugin.py"
    script.write_text(f"import sys\nsys.stderr.write({says!r})\nsys.stdout.write({prints!r})\nsys.exit({code})\n")
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)]}
    return {"exec": {**command, "interactiveMode": "Never"}}


def credential(**state: str) -> str:
    return json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": state})


def to(path: Path, **rest: Any) -> Connection:
    return connect(Access(str(path), **rest))


# Which kubeconfig, and which context of it


def test_the_flag_goes_before_the_variable_and_that_before_the_home(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts(home / ".kube" / "config", "home", current="home")
    assert connect(Access()).server == "https://home.example"
    monkeypatch.setenv("KUBECONFIG", str(contexts(tmp_path / "variable", "variable", current="variable")))
    assert connect(Access()).server == "https://variable.example"
    flag = contexts(tmp_path / "flag", "flag", current="flag")
    assert to(flag).server == "https://flag.example"
    assert (to(flag).name, to(flag).namespace) == ("flag", "flag")


def test_of_several_files_the_first_that_says_a_current_context_counts_and_contexts_join(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        contexts(tmp_path / "one", "a"),
        contexts(tmp_path / "two", "b", "a2", current="b"),
        contexts(tmp_path / "three", "c", current="c"),
        tmp_path / "missing",
    ]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    assert connect(Access()).name == "b"
    assert connect(Access(context="a")).server == "https://a.example"
    assert connect(Access(context="c")).server == "https://c.example"


def test_of_entries_with_one_name_in_several_files_the_first_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = contexts(tmp_path / "one", "a", current="a")
    second = contexts(tmp_path / "two", "a", current="a", user={"token": "later"})
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, second))))
    assert connect(Access()).authorization() == ""


def test_an_unknown_context_is_a_usage_error_that_names_the_contexts(tmp_path: Path, kubeplumb: Kubeplumb) -> None:
    path = contexts(tmp_path / "config", "prod", "dev", current="dev")
    result = kubeplumb("cluster", "--kubeconfig", path, "--context", "stage")
    assert result.code == 2
    assert "no context stage" in result.err
    assert "Contexts: dev, prod." in result.err


def test_no_current_context_names_the_contexts(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        to(contexts(tmp_path / "config", "prod", "dev"))
    assert "Contexts: dev, prod." in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "- a\n- b\n",
        "just text\n",
        "contexts: [a, b]\ncurrent-context: a\n",
        "contexts: 3\n",
        "\x00",
        "a: \t- b",
    ],
)
def test_what_is_no_kubeconfig_is_said_with_a_hint(tmp_path: Path, kubeplumb: Kubeplumb, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    result = kubeplumb("cluster", "--kubeconfig", path)
    assert result.code in (2, 3), result.err
    assert "hint: " in result.err


def test_bytes_that_are_no_text_are_no_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ClusterUnreachable):
        to(tmp_path / "config")


def test_no_kubeconfig_at_all(kubeplumb: Kubeplumb, tmp_path: Path) -> None:
    result = kubeplumb("cluster")
    assert result.code == 3
    assert "no kubeconfig at ~/.kube/config" in result.err
    assert "hint: Give --kubeconfig FILE" in result.err
    assert kubeplumb("cluster", "--kubeconfig", tmp_path / "none").code == 3


def test_a_context_without_a_server_leads_nowhere(tmp_path: Path) -> None:
    """Not to localhost, which the client would take."""
    path = contexts(tmp_path / "config", "a", current="a")
    path.write_text(path.read_text().replace('"server": "https://a.example"', '"extensions": []'))
    with pytest.raises(ClusterUnreachable):
        to(path)


@pytest.mark.parametrize("old", ['"user": "u"', '"cluster": "a"'])
def test_a_context_that_names_what_is_not_there_is_an_error(tmp_path: Path, old: str) -> None:
    """Never an anonymous request instead (client-go clientcmd ConfirmUsable)."""
    path = contexts(tmp_path / "config", "a", current="a")
    path.write_text(path.read_text().replace(old, old[:-2] + 'zz"'))
    with pytest.raises(ClusterUnreachable):
        to(path)


def test_a_server_that_is_no_address_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterUnreachable) as caught:
        to(kubeconfig(tmp_path, "ftp://files.example"))
    assert "http or https" in caught.value.hint


# Credentials


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


# In a pod


def in_pod(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    from kubernetes.config import incluster_config

    folder.mkdir()
    (folder / "token").write_text("pod-token")
    (folder / "ca.crt").write_text(pair()[0])
    (folder / "namespace").write_text("audit\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr("auditor.collectors.connection._ACCOUNT", folder)
    load: Any = incluster_config.InClusterConfigLoader

    def loader(token_filename: str, cert_filename: str, **rest: Any) -> Any:
        return load(str(folder / "token"), str(folder / "ca.crt"), **rest)

    monkeypatch.setattr(incluster_config, "InClusterConfigLoader", loader)


def test_in_a_pod_its_own_credentials_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_pod(monkeypatch, tmp_path / "account")
    connection = connect(Access(user="bob"))
    assert (connection.name, connection.server) == ("in-cluster", "https://10.0.0.1:443")
    assert connection.namespace == "audit"
    assert connection.authorization().lower() == "bearer pod-token"
    assert connection.headers == {"Impersonate-User": ("bob",)}


def test_a_kubeconfig_that_is_asked_for_or_there_goes_before_the_pod(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pod(monkeypatch, tmp_path / "account")
    path = contexts(tmp_path / "config", "a", current="a")
    assert to(path).name == "a"
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert connect(Access()).name == "a"
    monkeypatch.delenv("KUBECONFIG")
    contexts(home / ".kube" / "config", "home", current="home")
    assert connect(Access()).name == "home"


def test_a_pod_without_a_token_is_told_why(monkeypatch: pytest.MonkeyPatch, kubeplumb: Kubeplumb) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    result = kubeplumb("cluster")
    assert result.code == 3
    assert "automountServiceAccountToken" in result.err


# Proxies


def test_requests_go_through_the_proxy_of_the_kubeconfig_with_its_credentials(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb
) -> None:
    proxy = api.url.replace("http://", "http://anna:pw%21@")
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, "http://k.example", **{"proxy-url": proxy}))
    assert result.code == 3  # nothing is served
    assert {value for one in api.seen for value in one.header("Host")} == {"k.example"}
    sent = {value for one in api.seen for value in one.header("Proxy-Authorization")}
    assert sent == {"Basic " + base64.b64encode(b"anna:pw!").decode()}


@pytest.mark.parametrize(
    ("server", "no_proxy", "proxied"),
    [
        ("https://k.example", "", True),
        ("https://k.example", "k.example", False),
        ("https://k.example", ".example", False),
        ("https://k.example", "other.example", True),
        ("https://k.example", "*", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", False),
        ("https://10.1.2.3:6443", "192.168.0.0/16,10.1.2.3", False),
        ("https://10.1.2.3:6443", "192.168.0.0/16", True),
        ("https://127.0.0.1:6443", "", False),
        ("https://localhost:6443", "", False),
        ("https://[::1]:6443", "", False),
    ],
)
def test_the_proxy_of_the_environment_counts_as_in_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str, no_proxy: str, proxied: bool
) -> None:
    """golang.org/x/net http/httpproxy: lists of names, addresses and CIDR blocks; loopback is never proxied."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert to(kubeconfig(tmp_path, server)).proxy == ("http://proxy.example:3128" if proxied else "")
    own = kubeconfig(tmp_path, server, **{"proxy-url": "http://own.example"})
    assert to(own).proxy == "http://own.example"


# What the server does, through the real command line


def test_a_port_where_nobody_listens(tmp_path: Path, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.requests._BACKOFF", 0.001)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, url))
    assert result.code == 3
    assert url in result.err
    assert "refused" in result.err
    assert "hint: Is the address right" in result.err


def test_a_name_that_does_not_resolve(tmp_path: Path, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.requests._BACKOFF", 0.001)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, "http://no-such-host.invalid"))
    assert result.code == 3
    assert "hint: " in result.err


def test_credentials_that_are_refused(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    api.routes["/version"] = status(401, "Unauthorized", "Unauthorized")
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url))
    assert result.code == 3
    assert "does not accept the credentials" in result.err
    assert "expired" in result.err
    assert len(api.seen) == 1


def test_tls_to_a_port_that_speaks_none(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    url = api.url.replace("http:", "https:")
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, url))
    assert result.code == 3
    assert "hint: The server does not speak TLS" in result.err


@pytest.mark.parametrize("body", [b"<html>hello", b"[]", b"null", b'"text"', b"{}"])
def test_what_is_no_api_server_is_unreachable(
    tmp_path: Path, api: Api, kubeplumb: Kubeplumb, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.collectors.requests._BACKOFF", 0.001)
    for path in ("/version", "/api", "/apis"):
        api.routes[path] = Answer(body)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url))
    assert result.code == 3, result.err


def test_a_cluster_that_answers_is_audited(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    api.serve("Namespace", "namespaces", "v1", named("v1", "Namespace", "", "shop"), namespaced=False)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--fail-on", "none")
    assert result.code == 0, result.err


@lru_cache
def pair() -> tuple[str, str]:
    """A certificate and its key, PEM, made for this run."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        key = str(Path(folder) / "key")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        made = subprocess.run([*make, "-subj", "/CN=anna", "-keyout", key], check=True, capture_output=True, text=True)
        return made.stdout, Path(key).read_text()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
