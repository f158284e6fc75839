"""Which cluster is spoken to, as whom and how: kubeconfigs as kubectl reads them, and a hint for each way it fails."""

import base64
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.api.connection import connect
from auditor.collectors.api.kubeconfig import Access
from auditor.model.errors import ClusterUnreachable, UsageError
from tests.collectors.fake_api import Answer, Api, kubeconfig, named, status
from tests.collectors.kubeconfigs import contexts, pair, to
from tests.conftest import Kubeplumb

pytestmark = pytest.mark.usefixtures("home")


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


def split_kubeconfig(folder: Path, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]) -> None:
    """A cluster and its context in one folder, its user in another one."""
    certificate, key = pair()
    for name, text in (("ca.crt", certificate), ("own.crt", certificate), ("own.key", key), ("token", "t0ken\n")):
        where = folder / ("clusters" if name == "ca.crt" else "users") / name
        where.parent.mkdir(exist_ok=True)
        where.write_text(text)
    whole = json.loads(contexts(folder / "config", "x", current="x", user=user).read_text())
    whole["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    users = {"users": whole.pop("users")}
    for name, part in (("clusters", whole), ("users", users)):
        (folder / name / "config").write_text(json.dumps(part))
    files = (folder / name / "config" for name in ("clusters", "users"))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))


def test_paths_are_relative_to_the_file_of_their_own_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = {"client-certificate": "own.crt", "client-key": "./own.key", "tokenFile": "token"}
    split_kubeconfig(tmp_path, monkeypatch, user)
    made = connect(Access())
    assert made.client_certificate == pair()[0]
    assert made.authorization() == "Bearer t0ken"


@pytest.mark.parametrize("command", ["./plugin", "plugin"])
def test_a_plugin_is_relative_to_its_file_only_with_a_separator_and_runs_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """As kubectl has it: what has none is looked for in PATH, and its arguments are relative to where one is."""
    version = "client.authentication.k8s.io/v1"
    plugin = {"apiVersion": version, "command": command, "args": ["said"], "interactiveMode": "Never"}
    split_kubeconfig(tmp_path, monkeypatch, {"exec": plugin})
    for folder, token in (("users", "beside"), ("path", "found")):
        program = tmp_path / folder / "plugin"
        program.parent.mkdir(exist_ok=True)
        status_ = '{\\"token\\": \\"' + token + '-$(cat $1)\\"}'
        program.write_text(
            f'#!/bin/sh\necho "{{\\"apiVersion\\": \\"{version}\\", \\"kind\\": \\"ExecCredential\\", '
            f'\\"status\\": {status_}}}"\n'
        )
        program.chmod(0o755)
    (tmp_path / "said").write_text("here")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=os.pathsep)
    assert connect(Access()).authorization() == f"Bearer {'beside' if '/' in command else 'found'}-here"


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


# In a pod


def in_pod(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    from kubernetes.config import incluster_config

    folder.mkdir()
    (folder / "token").write_text("pod-token")
    (folder / "ca.crt").write_text(pair()[0])
    (folder / "namespace").write_text("audit\n")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr("auditor.collectors.api.kubeconfig._ACCOUNT", folder)
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
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.001)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, url))
    assert result.code == 3
    assert url in result.err
    assert "refused" in result.err
    assert "hint: Is the address right" in result.err


def test_a_name_that_does_not_resolve(tmp_path: Path, kubeplumb: Kubeplumb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.001)
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
    monkeypatch.setattr("auditor.collectors.api.requests._BACKOFF", 0.001)
    for path in ("/version", "/api", "/apis"):
        api.routes[path] = Answer(body)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url))
    assert result.code == 3, result.err


def test_a_cluster_that_answers_is_audited(tmp_path: Path, api: Api, kubeplumb: Kubeplumb) -> None:
    api.serve("Namespace", "namespaces", "v1", named("v1", "Namespace", "", "shop"), namespaced=False)
    result = kubeplumb("cluster", "--kubeconfig", kubeconfig(tmp_path, api.url), "--fail-on", "none")
    assert result.code == 0, result.err
