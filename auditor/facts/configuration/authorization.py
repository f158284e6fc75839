"""AuthorizationConfigurations of a world in, the order in which authorizers are asked and what webhooks decide, out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.facts.configuration.documents import document_fact, documents, numbered
from auditor.facts.world import World
from auditor.kube.durations import seconds
from auditor.model.facts import Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

_TYPE: Final = "config.AuthorizationConfiguration"
_TTL: Final = {"authorizedTTL": "5m", "unauthorizedTTL": "30s"}
"""Defaults of k8s.io/apiserver v0.37.1, pkg/apis/apiserver/v1/defaults.go; zero counts as not set."""

AUTHORIZATION = Subject(
    name="authorization",
    description="An AuthorizationConfiguration: the authorizers in the order in which the API server asks them.",
    variable="authorization",
    owners=("cluster",),
    reads=(),
    joined=True,
    fields={
        "modes": Field("list", "The types in order, such as `Node`, `RBAC` and `Webhook`."),
        "authorizers": Field("list", "Each as `type` and `name`."),
        "webhooks": Field(
            "list",
            "Webhooks: `name`, `position` in the chain, `failurePolicy`, `conditions` (expressions, all of which have "
            "to hold for it to be asked), `authorizedTTL` and `unauthorizedTTL` in seconds (0 where nothing is kept), "
            "`timeout` in seconds, `kubeConfigFile`, and `later`, the types that are asked when it has no opinion.",
        ),
    },
)


def authorization_facts(world: World) -> Iterator[Fact]:
    """One fact for each AuthorizationConfiguration."""
    for _, resource in documents(world, _TYPE):
        yield _fact(resource, world)


def modes_of(manifest: Mapping[str, Any]) -> list[str]:
    """The types of the authorizers of a decoded configuration, in the order in which they are asked."""
    return [str(one.get("type", "")) for one in manifest.get("authorizers") or ()]


def _fact(resource: Resource, world: World) -> Fact:
    chain = resource.manifest.get("authorizers") or []
    modes = modes_of(resource.manifest)
    hooks = [index for index, one in enumerate(chain) if one.get("webhook") is not None]
    value: dict[str, Any] = {
        "modes": modes,
        "authorizers": [{"type": mode, "name": one.get("name", "")} for mode, one in zip(modes, chain, strict=True)],
        "webhooks": [_webhook(index, chain, modes) for index in hooks],
    }
    places: dict[str, Path] = {
        "modes": ("authorizers",),
        **numbered("modes", [("authorizers", index, "type") for index in range(len(chain))]),
        **numbered("authorizers", [("authorizers", index, "type") for index in range(len(chain))]),
        **numbered("webhooks", [("authorizers", index, "webhook", "failurePolicy") for index in hooks]),
    }
    return document_fact(AUTHORIZATION, resource, world, value, places)


def _webhook(index: int, chain: Sequence[Mapping[str, Any]], modes: list[str]) -> dict[str, Any]:
    one = chain[index]["webhook"]
    kept = {
        "authorizedTTL": one.get("cacheAuthorizedRequests", True),
        "unauthorizedTTL": one.get("cacheUnauthorizedRequests", True),
    }
    times = {name: seconds(one.get(name, "0s")) or seconds(_TTL[name]) if kept[name] else 0.0 for name in _TTL}
    return {
        "name": chain[index].get("name", ""),
        "position": index,
        "failurePolicy": one.get("failurePolicy", ""),
        "conditions": [item.get("expression", "") for item in one.get("matchConditions") or ()],
        **times,
        "timeout": seconds(one.get("timeout", "0s")),
        "kubeConfigFile": (one.get("connectionInfo") or {}).get("kubeConfigFile", ""),
        "later": modes[index + 1 :],
    }
