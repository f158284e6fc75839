"""What a provider's API said of a cluster in; the same without credentials, and what those were, out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.facts.workloads.workload import HIDDEN
from auditor.kube.credentials import looks_like_credential
from auditor.kube.spelling import bare

_KEYS: Final = frozenset(
    {
        *("clientkey", "clientcertificate", "clustercacertificate", "password", "adminpassword", "secret"),
        *("serverappsecret", "activationcode", "keydata", "sshpublickey", "customcatrustcertificates", "userdata"),
        *("certificatedata", "trustedca"),
    }
)
"""Fields, in any spelling, of which no text is kept: of GKE's MasterAuth; of AKS's profiles of Windows, Linux, service
principal, directory and proxy; of EKS's connector."""
_INSIDE: Final = {"certificateauthority": frozenset({"data"})}
_INSTANCE: Final = "metadata"
"""Of a GKE node: start scripts and keys, under names that anybody may choose."""
_SHORTEST: Final = 4
_MOST_LINES: Final = 1000
_SWITCHES: Final = frozenset({"true", "false", ""})


def without_credentials(manifest: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """A copy whose credentials are hidden, and the texts by which a line of the source may show them."""
    secrets: dict[str, None] = {}
    shown = {
        key: value if key == _INSTANCE else _shown(key, value, "", secrets)  # at the root it is our own
        for key, value in manifest.items()
    }
    return shown, tuple(secrets)


def _shown(key: str, value: Any, parent: str, secrets: dict[str, None]) -> Any:
    if isinstance(value, dict):
        if key == _INSTANCE:
            return {name: _hidden(item, secrets) for name, item in value.items()}
        return {name: _shown(str(name), item, bare(key), secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(key, item, parent, secrets) for item in value]
    if not isinstance(value, str):
        return value
    secret = bare(key) in _KEYS or bare(key) in _INSIDE.get(parent, ()) or looks_like_credential(key, value)
    return _hidden(value, secrets) if secret else value


def _hidden(value: Any, secrets: dict[str, None]) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, secrets) for item in value]
    if not isinstance(value, str) or value.lower() in _SWITCHES or value == HIDDEN:
        return value
    secrets.update(dict.fromkeys(_spellings(value)))
    return HIDDEN


def _spellings(value: str) -> Iterator[str]:
    """As a whole, as JSON escapes it, and line by line where YAML spreads it over several."""
    yield value
    yield json.dumps(value)[1:-1]
    yield from (line.strip() for line in value.splitlines()[:_MOST_LINES] if len(line.strip()) >= _SHORTEST)
