"""A world in, facts about its service accounts out: who runs as them, what they hold, whose pods get their token."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.facts.rbac.bindings import Binding
from auditor.facts.rbac.index import Rbac, index, role_of
from auditor.facts.workloads.templates import WORKLOAD_KINDS
from auditor.facts.world import WorkloadSummary, World, once
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef

BINDING_KINDS = ("RoleBinding", "ClusterRoleBinding")
_BINDINGS = "Bindings in the input that name it, or a group of service accounts; without those of a stock cluster."

ACCOUNT = Subject(
    name="account",
    description="A service account that is in the input or that a workload runs as.",
    variable="account",
    owners=("cluster",),
    reads=("ServiceAccount",),
    joined=True,
    fields={
        "apiVersion": Field("string", "`v1`."),
        "kind": Field("string", "`ServiceAccount`."),
        "metadata": Field("ObjectMeta", "The account's metadata; of an absent one name and namespace."),
        "present": Field("bool", "Whether the account itself is in the input.", rests_on=("ServiceAccount",)),
        "automountServiceAccountToken": Field("bool", "As written.", optional=True),
        "mounts": Field("bool", "The same, true if nothing is written.", ("automountServiceAccountToken",)),
        "workloads": Field(
            "list", "Names of the workloads that run as it, as in `Deployment/web`.", rests_on=WORKLOAD_KINDS
        ),
        "bindings": Field("list", _BINDINGS, rests_on=BINDING_KINDS),
        "allows": Field(
            "list",
            "Dangerous permissions that they give it, in whatever namespace.",
            ("bindings",),
            rests_on=(*BINDING_KINDS, "Role", "ClusterRole"),
        ),
    },
)

TOKEN = Subject(
    name="token",
    description="The service account token that Kubernetes mounts, or not, into the pods of a workload.",
    variable="token",
    owners=("cluster",),
    reads=WORKLOAD_KINDS,
    joined=True,
    fields={
        "kind": Field("string", "Of the workload."),
        "metadata": Field("ObjectMeta", "Name and namespace of the workload."),
        "template": Field("map", "Of the pod template's spec the two fields that decide."),
        "account": Field("string", "What the pods run as.", ("template.spec.serviceAccountName",)),
        "mounted": Field(
            "bool",
            "Whether a token is mounted: the pod decides, else the account, else it is.",
            ("template.spec.automountServiceAccountToken",),
            rests_on=("ServiceAccount",),
        ),
        "mountsDefault": Field(
            "bool",
            "Whether it is the token of the account `default`.",
            ("template.spec.automountServiceAccountToken", "template.spec.serviceAccountName"),
            rests_on=("ServiceAccount",),
        ),
        "decidedBy": Field("string", "`pod`, `account` or `default`.", ("template.spec.automountServiceAccountToken",)),
        "bindings": Field("list", _BINDINGS, ("template.spec.serviceAccountName",), rests_on=BINDING_KINDS),
    },
)


class Held(NamedTuple):
    """What bindings give to an account."""

    bindings: tuple[str, ...]
    allows: frozenset[str]
    unknown: str
    """Why the permissions cannot be told, or empty."""


@dataclass(slots=True)
class _Accounts:
    """The service accounts of a world, their workloads, and what bindings give to them or to groups of them."""

    rbac: Rbac
    present: dict[tuple[str, str], Resource] = field(default_factory=dict)
    workloads: dict[tuple[str, str], list[WorkloadSummary]] = field(default_factory=dict)
    named: dict[tuple[str, str], list[Binding]] = field(default_factory=dict)
    groups: dict[str, list[Binding]] = field(default_factory=dict)
    """Bindings to all accounts of a namespace; under `*` to all accounts or all users."""
    held: dict[tuple[str, str], Held] = field(default_factory=dict)


@once
def _collect(world: World) -> _Accounts:
    found = _Accounts(index(world))
    for resource in world.of("ServiceAccount"):
        if resource.ref.api_version == "v1":
            found.present.setdefault((resource.ref.namespace, resource.ref.name), resource)
    for workload in world.workloads:
        found.workloads.setdefault((workload.ref.namespace, workload.service_account), []).append(workload)
    for binding in found.rbac.bindings:
        for subject in binding.subjects:
            if subject.stock:
                continue
            own = subject.account
            if own:
                found.named.setdefault((own["namespace"], own["name"]), []).append(binding)
            elif subject.everyone in ("authenticated", "serviceaccounts"):
                found.groups.setdefault("*", []).append(binding)
            elif subject.accounts_of:
                found.groups.setdefault(subject.accounts_of, []).append(binding)
    return found


def _held(found: _Accounts, namespace: str, name: str) -> Held:
    key = namespace, name
    if key not in found.held:
        found.held[key] = _gather(found, namespace, name)
    return found.held[key]


def _gather(found: _Accounts, namespace: str, name: str) -> Held:
    bindings = [
        *found.named.get((namespace, name), ()),
        *found.groups.get("*", ()),
        *(found.groups.get(namespace, ()) if namespace else ()),
    ]
    words: set[str] = set()
    unknown = ""
    for binding in bindings:
        role = role_of(found.rbac, binding)
        unknown = unknown or role.unknown
        words |= role.allows(cluster=binding.cluster)
    return Held(tuple(dict.fromkeys(binding.name for binding in bindings)), frozenset(words), unknown)


def account_facts(world: World) -> Iterator[Fact]:
    """One fact for each service account of the input and for each that a workload of the input names."""
    found = _collect(world)
    for key in dict.fromkeys((*found.present, *found.workloads)):
        namespace, name = key
        resource, workloads = found.present.get(key), found.workloads.get(key, [])
        ref = resource.ref if resource else ObjectRef("v1", "ServiceAccount", namespace, name)
        manifest = resource.manifest if resource else {}
        held = _held(found, namespace, name)
        value: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": manifest.get("metadata") or {"name": name, "namespace": namespace},
            "present": resource is not None,
            "mounts": manifest.get("automountServiceAccountToken", True),
            "workloads": [f"{one.ref.kind}/{one.ref.name}" for one in workloads],
            "bindings": list(held.bindings),
            "allows": sorted(held.allows),
        }
        if "automountServiceAccountToken" in manifest:
            value["automountServiceAccountToken"] = manifest["automountServiceAccountToken"]
        anchor = Anchor(resource.origin, ref, ()) if resource else _pod_anchor(workloads[0])
        unknown = world.unknown.get(resource.origin, ()) if resource else ()
        fact = Fact("account", ref, value, {"": anchor}, world.name, {"cluster": world.cluster}, unknown=unknown)
        if held.unknown:
            fact.undecided["allows"] = held.unknown
        if world.conflict(ref):
            fact.undecided["mounts"] = world.conflict(ref)
        yield fact


def _pod_anchor(workload: WorkloadSummary) -> Anchor:
    return Anchor(workload.origin, workload.ref, (*workload.template, "spec"))


def token_facts(world: World) -> Iterator[Fact]:
    """One fact for each workload but those of the control plane, whose static pods get no token."""
    found = _collect(world)
    blurred = _blurred(found)
    for workload in world.workloads:
        if not workload.control_plane:
            yield _token(found, workload, blurred)


def _token(found: _Accounts, workload: WorkloadSummary, blurred: str) -> Fact:
    world, ref, name = found.rbac.world, workload.ref, workload.service_account
    resource = found.present.get((ref.namespace, name))
    said = resource.manifest.get("automountServiceAccountToken") if resource else None
    spec: dict[str, Any] = {"serviceAccountName": name} if name != "default" else {}
    mounted, decided_by = True, "default"
    if workload.automount is not None:
        spec["automountServiceAccountToken"] = mounted = workload.automount
        decided_by = "pod"
    elif said is not None:
        mounted, decided_by = said, "account"
    held = _held(found, ref.namespace, name)
    value: dict[str, Any] = {
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "template": {"spec": spec},
        "account": name,
        "mounted": mounted,
        "mountsDefault": mounted and name == "default",
        "decidedBy": decided_by,
        "bindings": list(held.bindings),
    }
    anchors = {
        "": Anchor(workload.origin, ref, ()),
        "template": Anchor(workload.origin, ref, workload.template),
    }
    owners = {"cluster": world.cluster}
    fact = Fact("token", ref, value, anchors, workload.world, owners, unknown=workload.unknown)
    fact.undecided = _undecided(found, workload, resource, held, blurred)
    return fact


def _undecided(
    found: _Accounts, workload: WorkloadSummary, resource: Resource | None, held: Held, blurred: str
) -> dict[str, str]:
    """What cannot be told of a workload's token: an account that is not in the input may forbid it."""
    world, namespace, name = found.rbac.world, workload.ref.namespace, workload.service_account
    result: dict[str, str] = {}
    if workload.automount is None:
        ref = ObjectRef("v1", "ServiceAccount", namespace, name)
        why = world.conflict(ref)
        if resource is not None and world.unknown.get(resource.origin):
            why = why or f"{ref} has a field that could not be decoded"
        if resource is None and name != "default" and not world.complete.covers(("ServiceAccount",)):
            why = f"{ref} is not in the input, and it may forbid the token"
        if why:
            result = {"mounted": why, "decidedBy": why}
            if name == "default":
                result["mountsDefault"] = why
    if not held.bindings and (blurred or _elsewhere(found, namespace, name)):
        result["bindings"] = blurred or f"a binding names {name} in a namespace that the workload leaves to deploy time"
    return result


def _elsewhere(found: _Accounts, namespace: str, name: str) -> bool:
    """Whether a namespace that is left to deploy time, here or in a binding, may make a binding apply."""
    if namespace:
        return ("", name) in found.named
    return any(own == name for _, own in found.named)


def _blurred(found: _Accounts) -> str:
    """Why absent bindings prove nothing: one of them could not be decoded."""
    unknown = found.rbac.world.unknown
    for binding in found.rbac.bindings:
        if binding.resource.origin in unknown:
            return f"{binding.name} has a field that could not be decoded"
    return ""
