"""What RBAC facts look like: the schemas of `role`, `binding` and `grant`."""

from auditor.model.facts import Field, Subject

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ROLES = ("Role", "ClusterRole")
_ACCOUNTS = ("ServiceAccount",)
_PARTS = ("rule.resources", "rule.verbs", "rule.apiGroups", "rule.resourceNames")
_NAME = Field("string", "Its printed name, such as `ClusterRole/reader`.", ("metadata.name",))
_SUMMARY = Field("string", "The rule in words, shortened.", ("rule",))
_ALLOWS = "Dangerous permissions, as rules/data/rbac-capabilities.json names them."
_EVERYONE = (
    "`unauthenticated`, `authenticated`, `serviceaccounts`, `namespace` (all its accounts), `masters`, or empty."
)
_ACCOUNT = Field(
    "map", "`namespace` and `name` of the service account it is, in either spelling.", ("subject",), optional=True
)
_SUBJECT = Field("Subject", "One of the binding's subjects, as written.")

ROLE = Subject(
    name="role",
    description="One rule of a Role or ClusterRole, whoever is bound to it; not of one whose rules are aggregated.",
    variable="role",
    owners=("cluster",),
    reads=_ROLES,
    joined=True,
    fields={
        "apiVersion": Field("string", "As written."),
        "kind": Field("string", "`Role` or `ClusterRole`."),
        "metadata": Field("ObjectMeta", "The role's metadata."),
        "rule": Field("PolicyRule", "`verbs`, `apiGroups`, `resources`, `resourceNames`, `nonResourceURLs`."),
        "reach": Field(
            "string",
            "`namespace`: it is a Role, or bound in the input by RoleBindings only; or `cluster`.",
            rests_on=_BINDINGS,
        ),
        "allows": Field("list", _ALLOWS, ("rule",)),
        "holds": Field("list", "What all rules of the role allow together.", ("rule",)),
        "breadth": Field("string", "`everything`, `group` (all of some API groups), or empty.", _PARTS),
        "dead": Field("list", "What in the rule no request can ever match, in words.", ("rule",)),
        "bound": Field("bool", "Whether a binding in the input refers to it.", rests_on=_BINDINGS),
        "widens": Field("list", "The built-in roles that aggregate it: view, edit, admin.", ("metadata.labels",)),
        "adds": Field("list", "Dangerous permissions that those do not have without it.", ("rule", "metadata.labels")),
        "builtIn": Field("bool", "Whether a stock cluster has the rule in the role of this name.", ("rule",)),
    },
    unlike=("rule", "dead", "metadata"),
)

BINDING = Subject(
    name="binding",
    description="One subject of a RoleBinding or ClusterRoleBinding.",
    variable="binding",
    owners=("cluster",),
    reads=_BINDINGS,
    joined=True,
    fields={
        "apiVersion": Field("string", "As written."),
        "kind": Field("string", "`RoleBinding` or `ClusterRoleBinding`."),
        "metadata": Field("ObjectMeta", "The binding's metadata."),
        "name": _NAME,
        "roleRef": Field("RoleRef", "As written."),
        "subject": _SUBJECT,
        "everyone": Field("string", _EVERYONE, ("subject",)),
        "account": _ACCOUNT,
        "accountPresent": Field(
            "bool", "Whether that service account is in the input.", ("subject",), rests_on=_ACCOUNTS
        ),
        "allows": Field("list", f"{_ALLOWS} Of all rules together.", ("roleRef",), rests_on=_ROLES),
        "breadth": Field(
            "string", "The widest of its rules: `everything`, `group` or empty.", ("roleRef",), rests_on=_ROLES
        ),
        "role": Field(
            "string", "Where the role was found: `input`, `built-in` or `missing`.", ("roleRef",), rests_on=_ROLES
        ),
        "aggregated": Field("bool", "Whether other ClusterRoles, seen or not, add to the role.", ("roleRef",)),
        "builtIn": Field("bool", "Whether a stock cluster binds this subject to this role.", ("subject",)),
    },
)

GRANT = Subject(
    name="grant",
    description="One effective RBAC permission of one subject, with the binding and role it comes through.",
    variable="grant",
    owners=("cluster",),
    reads=(*_BINDINGS, *_ROLES),
    joined=True,
    fields={
        "subject": _SUBJECT,
        "everyone": Field("string", _EVERYONE, ("subject",)),
        "account": _ACCOUNT,
        "binding": Field("map", "`kind`, `namespace` and `name`."),
        "role": Field("map", "`kind`, `namespace` and `name` of the role that holds the rule.", ("binding.roleRef",)),
        "rule": Field(
            "PolicyRule", "`verbs`, `apiGroups`, `resources`, `resourceNames`, `nonResourceURLs`.", rests_on=_ROLES
        ),
        "summary": _SUMMARY,
        "scope": Field("string", "`cluster` or `namespace`.", ("binding",)),
        "allows": Field("list", f"{_ALLOWS} Within the scope.", _PARTS, rests_on=_ROLES),
        "breadth": Field("string", "`everything`, `group` (all of some API groups), or empty.", _PARTS),
        "builtIn": Field("bool", "Whether a stock cluster grants the rule to this subject.", ("rule", "subject")),
    },
)
