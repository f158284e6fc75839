"""Selected rules in, the ClusterRole that an audit by them needs out; and which of it the current user lacks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.collectors.api.cluster import Wish, template_kinds
from auditor.collectors.api.discovery import Discovery
from auditor.collectors.api.ending import ending_kinds
from auditor.collectors.api.requests import Client, Failure
from auditor.kube.definitions import DEFINITION, TEMPLATES
from auditor.kube.versions import Version
from auditor.model.errors import ClusterUnreachable, InvalidDefinition
from auditor.pipeline import needs
from auditor.pipeline.cluster import AtHand
from auditor.pipeline.settings import Settings
from auditor.renderers.safe import safe_line
from auditor.tables.deprecations import ENDING, gone_by, next_minor
from auditor.tables.resources import GroupResource, group_resource, plural

_PROXY = "nodes/proxy"
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Permission(NamedTuple):
    """One verb on one resource or `resource/subresource`, of one name or (empty) of all."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


class Needed(NamedTuple):
    """What an audit needs: permissions, and what the person who grants them should know."""

    permissions: tuple[Permission, ...]
    remarks: tuple[str, ...]


def needed(settings: Settings, *, secret_metadata: bool, kubelet_configz: bool, at_hand: AtHand | None) -> Needed:
    """The permissions for the selected rules; with a cluster at hand, for what that one serves, by its own names."""
    wished = needs.wish(settings.rules, secret_metadata=secret_metadata, kubelet_configz=kubelet_configz)
    remarks = []
    if at_hand is None:
        resources = list(_by_table(wished, settings.version))
        if TEMPLATES in wished.kinds:
            remarks.append(
                "Custom resources that embed pod templates are not in it: run this with --context or --kubeconfig to "
                "add those of a cluster by name."
            )
        if ENDING in wished.kinds:
            remarks.append(
                f"The kinds with an API version that ends are those of Kubernetes {settings.version}: run this with "
                "--context or --kubeconfig for those of a cluster."
            )
    else:
        client, discovery, version = at_hand
        resources = list(_by_discovery(wished, discovery))
        try:
            custom = template_kinds(client, discovery) if TEMPLATES in wished.kinds else []
        except Failure as failure:
            custom = []
            remarks.append(f"Custom resources that embed pod templates are not in it: {failure}.")
        resources += _served(custom, discovery)
        resources += _served(ending_kinds(discovery, version) if ENDING in wished.kinds else (), discovery)
    if wished.metadata:
        remarks.append(
            "It lists secrets. kubeplumb asks for names and annotations only, but the verb grants their content too."
        )
    elif secret_metadata:
        remarks.append("It does not list secrets: no selected rule needs them.")
    permissions = [Permission("list", *resource) for resource in resources]
    if kubelet_configz:
        remarks.append(
            "It gets nodes/proxy, which is as much as to run commands in every pod of every node. kubeplumb asks for "
            "/configz only, and no rule requires it: leave --kubelet-configz out, and bind what is left."
        )
        permissions.append(Permission("get", "", _PROXY))
    for single in wished.singles:
        where = group_resource(single.kind)
        permissions.append(Permission("get", where.group, where.resource, single.namespace, single.name))
    return Needed(tuple(sorted(set(permissions))), tuple(remarks))


def _by_table(wished: Wish, version: Version) -> Iterator[GroupResource]:
    for kind in wished.kinds:
        if kind == ENDING:
            ending = gone_by(next_minor(version)) - gone_by(version)
            yield from (GroupResource(api_version.rpartition("/")[0], plural(name)) for api_version, name in ending)
            continue
        try:
            yield group_resource(DEFINITION if kind == TEMPLATES else kind)
        except KeyError as error:
            hint = f"A custom kind has its group, as in {kind}.example.com; or give --kubeconfig to ask a cluster."
            raise InvalidDefinition(f"a rule names the kind {kind}, which nobody knows", hint) from error


def _by_discovery(wished: Wish, discovery: Discovery) -> Iterator[GroupResource]:
    kinds = (DEFINITION if kind == TEMPLATES else kind for kind in wished.kinds if kind != ENDING)
    return _served(kinds, discovery)


def _served(kinds: Iterable[str], discovery: Discovery) -> Iterator[GroupResource]:
    for kind in kinds:
        resource = discovery.find(kind)
        if resource is not None:
            yield GroupResource(resource.group, resource.plural)


def cluster_role(what: Needed, command: str) -> str:
    """The ClusterRole as YAML, ready to apply; written by hand, so that each line can carry its reason."""
    lines = [f"# The permissions that this audit needs, and no more; printed by `{safe_line(command, 1000)}`."]
    lines += ["# Discovery, /version and self-reviews are open to every authenticated user in a stock cluster."]
    lines += [f"# {safe_line(remark, 1000)}" for remark in what.remarks]  # which may hold words of the server
    lines += [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        "  name: kubeplumb",
        "rules:",
    ]
    for group, resources in _grouped(what.permissions).items():
        lines += [f"  - apiGroups: [{_quoted([group])}]", "    resources:"]
        lines += [f"      - {resource}" for resource in resources]
        lines += ["    verbs: [list]"]
    if any(one.resource == _PROXY for one in what.permissions):
        lines += ['  - apiGroups: [""]', f"    resources: [{_PROXY}] # equals exec in every pod of the node"]
        lines += ["    verbs: [get]"]
    named = [one for one in what.permissions if one.name]
    for group, resource in dict.fromkeys((one.group, one.resource) for one in named):
        names = sorted(one.name for one in named if (one.group, one.resource) == (group, resource))
        lines += [f"  - apiGroups: [{_quoted([group])}]", f"    resources: [{resource}]"]
        lines += [f"    resourceNames: [{', '.join(names)}] # of kube-system", "    verbs: [get]"]
    return "\n".join(lines) + "\n"


def _grouped(permissions: Iterable[Permission]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for permission in permissions:
        if permission.verb == "list":
            grouped.setdefault(permission.group, []).append(permission.resource)
    return {group: sorted(set(resources)) for group, resources in sorted(grouped.items())}


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)


def lacking(client: Client, permissions: Iterable[Permission]) -> Iterator[Permission]:
    """The permissions that the server says the user lacks; raises `ClusterUnreachable` where it does not say."""
    for permission in permissions:
        resource, _, subresource = permission.resource.partition("/")
        attributes: Mapping[str, Any] = {
            "verb": permission.verb,
            "group": permission.group,
            "resource": resource,
            **({"subresource": subresource} if subresource else {}),
            **({"namespace": permission.namespace} if permission.namespace else {}),
            **({"name": permission.name} if permission.name else {}),
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        try:
            answer = client.review(_REVIEW, body)
        except Failure as failure:
            hint = "Self-reviews are open to all authenticated users unless system:basic-user was taken away."
            raise ClusterUnreachable(f"the server does not say what the user may do: {failure}", hint) from failure
        if not (answer.get("status") or {}).get("allowed"):
            yield permission
