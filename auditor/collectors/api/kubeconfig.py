"""A kubeconfig, or a pod's own credentials, in; what the `kubernetes` client makes of it out.

The client reads contexts, exec plugins, OIDC, tokens, certificates and proxies; nothing is written back to a file.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from auditor.model.errors import AuditorError, ClusterUnreachable, UsageError

_IN_CLUSTER = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Access(NamedTuple):
    """Which cluster is asked for, and as whom; empty means what the kubeconfig says."""

    kubeconfig: str = ""
    context: str = ""
    user: str = ""
    """To be impersonated, as `kubectl --as`."""
    groups: tuple[str, ...] = ()


class Configured(NamedTuple):
    """What a kubeconfig without anything that expires says; it can be handed from one process to another."""

    name: str
    context: Mapping[str, Any]
    user: Mapping[str, Any]
    proxy: str
    settings: Mapping[str, Any]
    """Attributes of the client's configuration."""
    files: Mapping[str, str]
    """Texts of the files that some of the attributes name."""
    token: str


_SETTINGS = ("host", "verify_ssl", "tls_server_name")
FILES = ("ssl_ca_cert", "cert_file", "key_file")
_EXPIRING = ("exec", "auth-provider", "tokenFile")


def configured(access: Access) -> Configured | None:
    """What the kubeconfig says; None where credentials may expire, and where `connect` has to say what is wrong."""
    if is_in_cluster(access):
        return None
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException

    configuration = Configuration()
    folder = tempfile.mkdtemp(prefix="kubeplumb-")
    try:
        name, context, user, proxy = load_kubeconfig(access, configuration, folder, plain=True)
        paths = {one: str(getattr(configuration, one) or "") for one in FILES}
        return Configured(
            *(name, context, user, proxy),
            {one: getattr(configuration, one) for one in _SETTINGS},
            {one: Path(path).read_text("utf-8") for one, path in paths.items() if path},
            str(configuration.get_api_key_with_prefix("BearerToken") or ""),
        )
    except (ConfigException, AuditorError, OSError, ValueError):
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_in_cluster(access: Access) -> bool:
    """A pod's own credentials are used where no kubeconfig is asked for or to be found."""
    asked = access.kubeconfig or access.context or os.environ.get("KUBECONFIG")
    default = Path("~/.kube/config").expanduser()
    return not asked and not default.exists() and all(os.environ.get(name) for name in _IN_CLUSTER)


def load_in_cluster(configuration: Any) -> None:
    """Fills the client's configuration with the credentials of the pod that this runs in."""
    from kubernetes.config import load_incluster_config

    load: Any = load_incluster_config
    load(configuration)


def own_namespace() -> dict[str, Any]:
    """The pod's namespace as a context has it, or nothing."""
    try:
        return {"namespace": (_ACCOUNT / "namespace").read_text("utf-8").strip()}
    except OSError:
        return {}


def load_kubeconfig(
    access: Access, configuration: Any, folder: str, *, plain: bool = False
) -> tuple[str, Mapping[str, Any], Mapping[str, Any], str]:
    """The context's name, the context, and of its user and cluster what the client does not read as kubectl does.

    With `plain`, ValueError for credentials that may expire: a plugin may ask the user, and is not run for nothing.
    """
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
        raise ClusterUnreachable(f"context {name} names user {who}, of whom the kubeconfig says nothing", hint(""))
    proxy = clusters.get(str(contexts[name].get("cluster")), {}).get("proxy-url") or ""
    if plain and not users.get(who, {}).keys().isdisjoint(_EXPIRING):
        raise ValueError(f"the credentials of {who} may expire")
    _resolve_paths(merged)
    # Paths are whole by now, and plugins run where this process does (client-go plugin/pkg/client/auth/exec/exec.go).
    loader: Any = KubeConfigLoader
    try:
        with heard() as said:
            loader(files.config, name, config_base_path="", temp_file_path=folder).load_and_set(configuration)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterUnreachable(
            f"the credentials of context {name} cannot be had: {error}",
            "A certificate, file or plugin that the kubeconfig names is missing, broken, or may not be used.",
        ) from error
    if said:  # the client goes on without credentials
        raise ClusterUnreachable(f"the credentials of context {name} cannot be had: {'; '.join(said)}", hint("exec:"))
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
def heard() -> Iterator[list[str]]:
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


def hint(message: str) -> str:
    """What to do about a configuration that the client refuses."""
    if "exec:" in message:
        return "Run the exec plugin of the kubeconfig's user by hand: it has to print an ExecCredential."
    if "Service token file" in message or "Service host" in message:
        return "The pod needs a service account token: automountServiceAccountToken."
    return "Check it with `kubectl config view` and `kubectl version`."
