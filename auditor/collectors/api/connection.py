"""A kubeconfig, or a pod's own credentials, in; where the API server is and how to speak to it out.

The `kubernetes` client reads the configuration (contexts, exec plugins, OIDC, tokens, certificates, proxies); what it
leaves out of a kubeconfig, impersonation, is read here. Nothing is written back to a kubeconfig.
"""

import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from auditor.model.errors import ClusterUnreachable, UsageError

_IN_CLUSTER = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Access(NamedTuple):
    """Which cluster is asked for, and as whom; empty means what the kubeconfig says."""

    kubeconfig: str = ""
    context: str = ""
    user: str = ""
    """To be impersonated, as `kubectl --as`."""
    groups: tuple[str, ...] = ()


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
        with _heard():  # a plugin that cannot refresh it leaves the old one, which the server then refuses
            return str(self._configuration.get_api_key_with_prefix("BearerToken") or "").strip()


def connect(access: Access) -> Connection:
    """Reads the configuration; raises `ClusterUnreachable` or `UsageError`, each with a hint, and opens nothing."""
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException

    configuration = Configuration()
    folder = tempfile.mkdtemp(prefix="kubeplumb-")  # the client writes keys that stand in a kubeconfig to files
    try:
        if _is_in_cluster(access):
            _load_in_cluster(configuration)
            return _connection("in-cluster", _own_namespace(), {}, "", access, configuration)
        return _connection(*_load_kubeconfig(access, configuration, folder), access, configuration)
    except ConfigException as error:
        raise ClusterUnreachable(f"the kubeconfig cannot be used: {error}", _hint(str(error))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_in_cluster(access: Access) -> bool:
    """A pod's own credentials are used where no kubeconfig is asked for or to be found."""
    asked = access.kubeconfig or access.context or os.environ.get("KUBECONFIG")
    default = Path("~/.kube/config").expanduser()
    return not asked and not default.exists() and all(os.environ.get(name) for name in _IN_CLUSTER)


def _load_in_cluster(configuration: Any) -> None:
    from kubernetes.config import load_incluster_config

    load: Any = load_incluster_config
    load(configuration)


def _own_namespace() -> dict[str, Any]:
    try:
        return {"namespace": (_ACCOUNT / "namespace").read_text("utf-8").strip()}
    except OSError:
        return {}


def _load_kubeconfig(
    access: Access, configuration: Any, folder: str
) -> tuple[str, Mapping[str, Any], Mapping[str, Any], str]:
    """The context's name, the context, and of its user and cluster what the client does not read as kubectl does."""
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    paths = access.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    present = [path for path in paths.split(os.pathsep) if path and Path(path).expanduser().exists()]
    if not present:
        raise ClusterUnreachable(
            f"no kubeconfig at {paths}", "Give --kubeconfig FILE, set KUBECONFIG, or run in a pod of the cluster."
        )
    paths = os.pathsep.join(present)
    files = _readable(KubeConfigMerger, paths)
    merged = _mapping(files.config.value, paths)
    # The first file that says it counts, as in client-go; the client takes the last.
    current = (str(one.get("current-context") or "") for one in files.config_files.values())
    name = access.context or next(filter(None, current), "")
    contexts = _entries(merged, "contexts", "context")
    if name not in contexts:
        known = ", ".join(sorted(contexts)) or "none"
        raise UsageError(f"the kubeconfig has no context {name or '(current)'}", f"Contexts: {known}.")
    users, clusters = _entries(merged, "users", "user"), _entries(merged, "clusters", "cluster")
    who = str(contexts[name].get("user") or "")
    if who and who not in users:  # the client would ask without credentials (clientcmd ConfirmUsable)
        raise ClusterUnreachable(f"context {name} names user {who}, of whom the kubeconfig says nothing", _hint(""))
    proxy = clusters.get(str(contexts[name].get("cluster")), {}).get("proxy-url") or ""
    _resolve_paths(merged)
    # Paths are whole by now, and plugins run where this process does (client-go plugin/pkg/client/auth/exec/exec.go).
    loader: Any = KubeConfigLoader
    try:
        with _heard() as said:
            loader(files.config, name, config_base_path="", temp_file_path=folder).load_and_set(configuration)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterUnreachable(
            f"the credentials of context {name} cannot be had: {error}",
            "A certificate, file or plugin that the kubeconfig names is missing, broken, or may not be used.",
        ) from error
    if said:  # the client goes on without credentials
        raise ClusterUnreachable(f"the credentials of context {name} cannot be had: {'; '.join(said)}", _hint("exec:"))
    return name, contexts[name], users.get(who, {}), str(proxy)


def _readable(merger: Any, paths: str) -> Any:
    """The merged files; the client takes for granted that they are text, mappings, and lists of named mappings."""
    import yaml

    try:
        return merger(paths)
    except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ClusterUnreachable(f"{paths}: is no kubeconfig: {error}", "A kubeconfig is one YAML mapping.") from error


def _mapping(value: Any, paths: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ClusterUnreachable(f"{paths}: is no kubeconfig", "A kubeconfig is one YAML mapping.")
    return value


def _entries(config: Mapping[str, Any], key: str, part: str) -> dict[str, Mapping[str, Any]]:
    """One of the lists of a kubeconfig: what stands under `part`, by name."""
    found = config.get(key)
    nodes = [getattr(item, "value", item) for item in found] if isinstance(found, list) else []
    items = [item for item in nodes if isinstance(item, Mapping)]
    return {str(item.get("name")): item[part] if isinstance(item.get(part), Mapping) else {} for item in items}


def _resolve_paths(config: Mapping[str, Any]) -> None:
    """Makes paths whole: each is relative to the file that its own entry stands in, of whatever files there are.

    That of an exec plugin is one only if it has a separator (client-go tools/clientcmd/loader.go, ResolveLocalPaths).
    """
    for node in config["clusters"]:
        _resolve(node.value.get("cluster"), ("certificate-authority",), node.path)
    for node in config["users"]:
        user = node.value.get("user")
        _resolve(user, ("client-certificate", "client-key", "tokenFile"), node.path)
        plugin = user.get("exec") if isinstance(user, dict) else None
        if isinstance(plugin, dict) and os.sep in str(plugin.get("command")):
            _resolve(plugin, ("command",), node.path)


def _resolve(entry: Any, names: tuple[str, ...], file: str) -> None:
    for name in names if isinstance(entry, dict) else ():
        if isinstance(entry.get(name), str) and entry[name]:
            entry[name] = os.path.join(os.path.abspath(os.path.dirname(file)), entry[name])


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collects the errors that the client logs and goes on from, such as those of a failing exec plugin."""
    import logging

    said: list[str] = []

    def hear(record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            said.append(record.getMessage())
        return False

    logging.root.addFilter(hear)
    try:
        yield said
    finally:
        logging.root.removeFilter(hear)


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


def _hint(message: str) -> str:
    """What to do about a configuration that the client refuses."""
    if "exec:" in message:
        return "Run the exec plugin of the kubeconfig's user by hand: it has to print an ExecCredential."
    if "Service token file" in message or "Service host" in message:
        return "The pod needs a service account token: automountServiceAccountToken."
    return "Check it with `kubectl config view` and `kubectl version`."
