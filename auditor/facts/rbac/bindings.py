"""A RoleBinding or ClusterRoleBinding in, whom it binds to which role out."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from auditor.model.inventory import Resource
from auditor.model.refs import ObjectRef
from auditor.tables.rbac import bootstrap

_OLDEST = "rbac.authorization.k8s.io/v1alpha1"
_NOBODY = {"kind": "", "name": ""}
"""What the API server makes of fields that are required and missing, before it refuses the object."""
_ACCOUNT_USER = "system:serviceaccount:"
_ACCOUNTS_GROUP = "system:serviceaccounts:"
_GROUPS = {
    "system:unauthenticated": "unauthenticated",
    "system:authenticated": "authenticated",
    "system:serviceaccounts": "serviceaccounts",
    "system:masters": "masters",
}


class Bound(NamedTuple):
    """One subject of a binding."""

    at: int
    """Which of them it is."""
    subject: dict[str, Any]
    """As the API server converts it."""
    everyone: str
    """Which of the groups that nobody is put into by hand it is, or `masters`; else empty."""
    account: dict[str, str]
    """Namespace and name of the service account that it is, in either spelling; empty if it is none."""
    stock: bool
    """Whether a stock cluster binds it to this role in this place, whatever the binding is called."""

    @property
    def accounts_of(self) -> str:
        """The namespace all of whose service accounts it is, or empty."""
        return str(self.subject["name"]).removeprefix(_ACCOUNTS_GROUP) if self.everyone == "namespace" else ""


class Binding(NamedTuple):
    """A binding, read once for all who ask."""

    resource: Resource
    name: str
    """As it is printed."""
    cluster: bool
    """Whether it gives the permissions in all of the cluster."""
    role_ref: dict[str, Any]
    subjects: tuple[Bound, ...]


def read_binding(resource: Resource) -> Binding:
    """What the manifest of a binding says."""
    ref, role_ref = resource.ref, {**_NOBODY, **(resource.manifest.get("roleRef") or {})}
    written = enumerate(resource.manifest.get("subjects") or ())
    subjects = tuple(_bound(ref, role_ref, at, subject) for at, subject in written)
    return Binding(resource, str(ref), ref.kind == "ClusterRoleBinding", role_ref, subjects)


def _bound(binding: ObjectRef, role_ref: Mapping[str, Any], at: int, written: Mapping[str, Any]) -> Bound:
    subject, where = {**_NOBODY, **written}, home(binding)
    if binding.api_version == _OLDEST and subject["kind"] == "User" and subject["name"] == "*":
        # Convert_v1alpha1_Subject_To_rbac_Subject in pkg/apis/rbac/v1alpha1/conversion.go.
        subject |= {"kind": "Group", "name": "system:authenticated"}
    kind, name = str(subject["kind"]), str(subject["name"])
    namespace = str(subject.get("namespace") or where) if kind == "ServiceAccount" else ""
    stock = (where, role_ref["kind"], role_ref["name"], f"{kind}:{namespace}:{name}") in _stock_bindings()
    return Bound(at, subject, _everyone(kind, name), _account(binding, kind, namespace, name), stock)


def home(ref: ObjectRef) -> str:
    """The namespace of a role or a binding, empty for those of the cluster, whatever they say."""
    return ref.namespace if ref.kind in ("Role", "RoleBinding") else ""


@cache
def _stock_bindings() -> frozenset[tuple[str, str, str, str]]:
    """Namespace, role kind, role name and subject of every binding of a stock cluster."""
    return frozenset(
        (name.partition("/")[0] if kind == "RoleBinding" else "", binding["roleKind"], binding["roleRef"], subject)
        for kind in ("ClusterRoleBinding", "RoleBinding")
        for name, binding in bootstrap()[kind].items()
        for subject in binding["subjects"]
    )


def _everyone(kind: str, name: str) -> str:
    if kind == "Group":
        return _GROUPS.get(name, "namespace" if name.startswith(_ACCOUNTS_GROUP) else "")
    return "unauthenticated" if kind == "User" and name == "system:anonymous" else ""


def _account(binding: ObjectRef, kind: str, namespace: str, name: str) -> dict[str, str]:
    """As appliesToUser in pkg/registry/rbac/validation/rule.go."""
    if kind == "ServiceAccount":
        nowhere = binding.kind == "ClusterRoleBinding" and not namespace
        return {} if nowhere else {"namespace": namespace, "name": name}
    if kind == "User" and name.startswith(_ACCOUNT_USER):
        namespace, _, own = name.removeprefix(_ACCOUNT_USER).partition(":")
        return {"namespace": namespace, "name": own} if namespace and own else {}
    return {}
