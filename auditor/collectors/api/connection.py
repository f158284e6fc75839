"""What a kubeconfig says in, where the API server is and how to speak to it out.

What the `kubernetes` client leaves out of a kubeconfig, impersonation, is read here.
"""

import shutil
import ssl
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from auditor.collectors.api.kubeconfig import (
    FILES,
    Access,
    Configured,
    heard,
    hint,
    is_in_cluster,
    load_in_cluster,
    load_kubeconfig,
    own_namespace,
)
from auditor.model.errors import ClusterUnreachable, UsageError


@dataclass(slots=True)
class Connection:
    """How to speak to one API server."""

    name: str
    """The context's name, or `in-cluster`."""
    server: str
    """Such as `https://10.0.0.1:6443`, with a path if there is one."""
    tls: ssl.SSLContext | None
    anonymous_tls: ssl.SSLContext | None
    """The same without a client certificate."""
    server_name: str
    """The name that the server's certificate is checked for, where that is not the address."""
    proxy: str
    namespace: str
    """The context's default namespace."""
    headers: Mapping[str, tuple[str, ...]]
    """Impersonation; credentials come from `authorization`."""
    _configuration: Any
    client_certificate: str = ""
    """PEM text of the certificate that the client shows, if it does."""

    def authorization(self) -> str:
        """The value of the Authorization header, refreshed where it expires, or empty; one thread at a time."""
        with heard():  # a plugin that cannot refresh it leaves the old one, which the server then refuses
            return str(self._configuration.get_api_key_with_prefix("BearerToken") or "").strip()


def _connect_as(access: Access, known: Configured) -> Connection:
    """The connection of a configuration that another process read."""
    folder = Path(tempfile.mkdtemp(prefix="kubeplumb-"))  # `ssl` reads keys from files
    try:
        for one, text in known.files.items():
            (folder / one).write_text(text, "utf-8")
        paths = {one: str(folder / one) if one in known.files else None for one in FILES}
        configuration = SimpleNamespace(
            **known.settings, **paths, get_api_key_with_prefix=lambda identifier: known.token
        )
        return _connection(known.name, known.context, known.user, known.proxy, access, configuration)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connect(access: Access, known: Configured | None = None) -> Connection:
    """Reads the configuration; raises `ClusterUnreachable` or `UsageError`, each with a hint, and opens nothing.

    `known` is what `configured` has read of it already.
    """
    if known is not None:
        return _connect_as(access, known)
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException

    configuration = Configuration()
    folder = tempfile.mkdtemp(prefix="kubeplumb-")  # the client writes keys that stand in a kubeconfig to files
    try:
        if is_in_cluster(access):
            load_in_cluster(configuration)
            return _connection("in-cluster", own_namespace(), {}, "", access, configuration)
        return _connection(*load_kubeconfig(access, configuration, folder), access, configuration)
    except ConfigException as error:
        raise ClusterUnreachable(f"the kubeconfig cannot be used: {error}", hint(str(error))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connection(
    name: str, context: Mapping[str, Any], user: Mapping[str, Any], proxy: str, access: Access, configuration: Any
) -> Connection:
    server = str(configuration.host).rstrip("/")
    if urlsplit(server).scheme not in ("http", "https"):
        raise ClusterUnreachable(f"the cluster's server is {server!r}", "It has to be an http or https address.")
    plain = server.startswith("http://")
    return Connection(
        name,
        server,
        None if plain else _tls(configuration, client=True),
        None if plain else _tls(configuration, client=False),
        str(configuration.tls_server_name or ""),
        _proxy(server, proxy),
        str(context.get("namespace") or "default"),
        _impersonation(access, user),
        configuration,
        Path(configuration.cert_file).read_text("utf-8", "replace") if configuration.cert_file else "",
    )


def _tls(configuration: Any, *, client: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert or None)
        # Certificates that Kubernetes' own tools made lack extensions that this flag, new in Python 3.13, asks for.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", ssl.VerifyFlags(0))
        if not configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if client and configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ClusterUnreachable(
            f"a certificate or key of the kubeconfig cannot be used: {error}",
            "Check certificate-authority, client-certificate and client-key.",
        ) from error
    return context


def _proxy(server: str, configured: str) -> str:
    """The kubeconfig's own proxy-url, else the environment's, as net/http's ProxyFromEnvironment has it."""
    if configured:
        return configured
    parts = urlsplit(server)
    host = parts.hostname or ""
    if not host or host == "localhost" or proxy_bypass(host) or _is_exempt(host):
        return ""
    return getproxies().get(parts.scheme, "")


def _is_exempt(host: str) -> bool:
    """Addresses of this host, and in CIDR blocks of NO_PROXY, go by no proxy (golang.org/x/net httpproxy/proxy.go)."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for block in getproxies().get("no", "").split(","):
        with suppress(ValueError):  # a name
            if address in ip_network(block.strip(), strict=False):
                return True
    return address.is_loopback


def _impersonation(access: Access, user: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Impersonation headers, once for each value: the command line's, else the kubeconfig's (client-go clientcmd)."""
    name = access.user or user.get("as") or ""
    groups = access.groups or ([] if access.user else user.get("as-groups") or [])
    if groups and not name:
        raise UsageError("groups are impersonated without a user", "Give --as beside --as-group.")
    if not name:
        return {}
    headers: dict[str, tuple[str, ...]] = {"Impersonate-User": (str(name),)}
    if groups:
        headers["Impersonate-Group"] = tuple(map(str, groups))
    if not access.user and user.get("as-uid"):
        headers["Impersonate-Uid"] = (str(user["as-uid"]),)
    extra = None if access.user else user.get("as-user-extra")
    for key, values in extra.items() if isinstance(extra, Mapping) else ():
        # Names of headers hold no `/`, and are compared in lower case (client-go transport headerKeyEscape).
        headers[f"Impersonate-Extra-{quote(str(key), safe='')}"] = tuple(map(str, values))
    return headers
