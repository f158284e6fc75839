"""In: where a server is and how a user shows who it is; out: a kubeconfig file.

A user is the `user` of a kubeconfig, as data; impersonation is `token_user("admin") | {"as": "reader"}`.
The format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ and client-authentication.v1.
"""

import base64
import json
import shlex
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.live.apiserver import token_of
from tests.live.certificates import Pair, issue

User = dict[str, Any]


class Endpoint(Protocol):
    """A cluster, or a proxy in front of one."""

    @property
    def base_url(self) -> str: ...

    @property
    def ca(self) -> Path: ...


def token_user(name: str) -> User:
    return {"token": token_of(name)}


def certificate_user(
    signer: Pair, folder: Path, name: str, groups: tuple[str, ...] = (), *, days: int = 30, inline: bool = False
) -> User:
    """A user with a client certificate of the cluster's authority, in files or inline; expired with negative days."""
    made = issue(signer, folder, name, groups, days=days)
    if inline:
        return {"client-certificate-data": _encoded(made.certificate), "client-key-data": _encoded(made.key)}
    return {"client-certificate": str(made.certificate), "client-key": str(made.key)}


def exec_user(folder: Path, *tokens: str) -> User:
    """A user whose plugin prints the first token when it is first run, then the next, then the last again and again.

    Each run adds a line to exec-calls in folder.
    """
    calls = folder / "exec-calls"
    for number, token in enumerate(tokens, 1):
        credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
        text = json.dumps(credential | {"status": {"token": token}})
        (folder / f"exec-credential-{number}").write_text(text)
    plugin = folder / "exec-plugin"
    plugin.write_text(
        f"#!/bin/sh\ncd {shlex.quote(str(folder))}\necho run >> {calls.name}\nrun=$(wc -l < {calls.name})\n"
        f'[ "$run" -le {len(tokens)} ] || run={len(tokens)}\ncat "exec-credential-"$run\n'
    )
    plugin.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}}


def kubeconfig(path: Path, endpoint: Endpoint, user: User, namespace: str = "") -> Path:
    """Writes a kubeconfig with one context, `live`, and returns its path."""
    where = {"server": endpoint.base_url, "certificate-authority": str(endpoint.ca)}
    context = {"cluster": "live", "user": "live"} | ({"namespace": namespace} if namespace else {})
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "live", "cluster": where}],
        "users": [{"name": "live", "user": user}],
        "contexts": [{"name": "live", "context": context}],
        "current-context": "live",
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    path.chmod(0o600)
    return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
