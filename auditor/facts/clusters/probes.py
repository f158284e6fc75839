"""Probe documents of a world in, what a client without credentials was given, and what RBAC grants it, out."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.rbac.index import index
from auditor.facts.world import World
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.tables.rbac import bootstrap

ANONYMOUS: Final = "system:anonymous"
"""The user of requests without credentials (apiserver pkg/authentication/user/user.go)."""
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")

PROBE = Subject(
    name="probe",
    description="What the API server gave to a client without credentials.",
    variable="probe",
    owners=("cluster",),
    reads=("Probe.observed.kubeplumb.dev",),
    joined=True,
    fields={
        "target": Field("string", "The address that was asked."),
        "requests": Field("list", "Each as `path`, `status` (0: no answer), `reason`, and `user` where one was named."),
        "state": Field(
            "string",
            "`off`: 401 everywhere; `conditional`: 401 on some paths; `limited`: let in as system:anonymous, and given "
            "only what a stock cluster gives to everybody; `open`: given more than that.",
        ),
        "refused": Field("list", "Paths answered with 401."),
        "answered": Field("list", "Paths answered with 2xx."),
        "beyond": Field("list", "Those of them that a stock cluster (from 1.14 on) keeps from it."),
        "bindings": Field(
            "list",
            "Bindings to system:anonymous or system:unauthenticated that a stock cluster lacks, with their roles.",
            rests_on=_BINDINGS,
        ),
    },
)


def probe_facts(world: World) -> Iterator[Fact]:
    """One fact for each probe without credentials."""
    for resource in world.of("Probe"):
        if resource.ref.api_version == OBSERVED and resource.ref.name == "anonymous":
            yield _fact(resource, world)


def _fact(resource: Resource, world: World) -> Fact:
    manifest, ref = resource.manifest, resource.ref
    requests = _requests(manifest.get("requests"))
    refused = [one["path"] for one in requests if one["status"] == 401]
    answered = [one["path"] for one in requests if 200 <= one["status"] < 300]
    let_in = [one["path"] for one in requests if one["status"] == 403 and one["user"] == ANONYMOUS]
    beyond = [path for path in answered if path not in open_paths()]
    state = "limited" if not refused else "conditional" if answered or let_in else "off"
    bindings, blurred = _bindings(world)
    value: dict[str, Any] = {
        "target": str(manifest.get("target", "")),
        "requests": requests,
        "state": "open" if beyond else state,
        "refused": refused,
        "answered": answered,
        "beyond": beyond,
        "bindings": bindings,
    }
    told = Anchor(resource.origin, ref, ("requests",))
    anchors = {"": Anchor(resource.origin, ref, ()), **dict.fromkeys(("state", "refused", "answered", "beyond"), told)}
    fact = Fact("probe", ref, value, anchors, world.name, {"cluster": world.cluster})
    reason = _unclear(requests, beyond, {*refused, *answered, *let_in})
    if reason:
        fact.undecided = dict.fromkeys(("state", "beyond"), reason)
    if blurred:
        fact.undecided["bindings"] = blurred
    return fact


def _requests(written: Any) -> list[dict[str, Any]]:
    """The entries of a probe; what is none, as a file may have it, is left out."""
    entries = [item for item in written if isinstance(item, Mapping)] if isinstance(written, list) else []
    return [
        {
            "path": str(item.get("path", "")),
            "status": item["status"] if type(item.get("status")) is int else 0,
            "reason": str(item.get("reason", "")),
            "user": str(item.get("user", "")),
        }
        for item in entries
    ]


def _unclear(requests: list[dict[str, Any]], beyond: list[str], clear: set[str]) -> str:
    """Why it cannot be told what a client without credentials gets, or empty."""
    other = next((one["user"] for one in requests if one["user"] not in ("", ANONYMOUS)), "")
    if other:
        return f"a request without credentials was taken for {other}: something on the way adds credentials"
    if beyond:
        return ""
    unclear = [f"{one['path']} ({one['status'] or one['reason']})" for one in requests if one["path"] not in clear]
    if unclear:
        return f"the server neither answered nor refused {', '.join(unclear)}"
    return "" if requests else "the probe holds no requests"


@cache
def open_paths() -> frozenset[str]:
    """Paths that a stock cluster opens to the group of clients without credentials: system:public-info-viewer."""
    policy = bootstrap()
    roles = {
        binding["roleRef"]
        for binding in policy["ClusterRoleBinding"].values()
        if "Group::system:unauthenticated" in binding["subjects"]
    }
    rules = (rule for role in roles for rule in policy["ClusterRole"][role]["rules"])
    return frozenset(path for rule in rules for path in rule.get("nonResourceURLs", ()))


def _bindings(world: World) -> tuple[list[str], str]:
    """Bindings beyond the bootstrap policy, and why there may be more, or empty."""
    found, blurred = dict[str, None](), ""
    for binding in index(world).bindings:
        if binding.resource.origin in world.unknown:
            blurred = f"{binding.name} has a field that could not be decoded"
        if any(one.everyone == "unauthenticated" and not one.stock for one in binding.subjects):
            found[f"{binding.name} to {binding.role_ref['kind']}/{binding.role_ref['name']}"] = None
    return sorted(found), "" if found else blurred
