"""The schema of provider facts: one name for a decision that all providers leave to their customers."""

from typing import Final

from auditor.model.facts import Field, Subject

KINDS: Final = {"EksCluster": "EKS", "GkeCluster": "GKE", "AksCluster": "AKS", "OkeCluster": "OKE"}
"""Kinds of documents that describe a cluster, and whose they are (`auditor/collectors/foreign.py`)."""
NODE_GROUP: Final = "EksNodegroup"
AUDIT_SETTING: Final = "AksDiagnosticSetting"
DOCUMENTS: Final = frozenset({*KINDS, NODE_GROUP, AUDIT_SETTING})
"""All kinds of documents that come from a provider's own API."""

_EKS, _GKE, _AKS, _OKE = "EKS: ", "GKE: ", "AKS: ", "OKE: "

PROVIDER: Final = Subject(
    name="provider",
    description="A managed cluster as its provider's API describes it: what the customer decided.",
    variable="provider",
    owners=("cluster",),
    reads=tuple(f"{kind}.observed.kubeplumb.dev" for kind in KINDS),
    joined=True,
    fields={
        "provider": Field("string", f"One of {', '.join(f'`{name}`' for name in KINDS.values())}."),
        "name": Field("string", "The cluster's name."),
        "version": Field("string", "Of the control plane, as the provider writes it."),
        "document": Field("map", "What was read, under the provider's own names, secrets hidden."),
        "endpointPublic": Field("bool", "Whether the API server's endpoint has a public address."),
        "endpointReach": Field(
            "string",
            "`private`; `limited`: public, for some networks; `all`: public, for most addresses; `public`: public, and "
            "the document does not show for whom.",
        ),
        "authorizedNetworks": Field("list", "CIDRs let in by a public endpoint; `0.0.0.0/0` where nothing limits it."),
        "auditLogging": Field("bool", "Whether the API server's audit log is kept where the customer can read it."),
        "logTypes": Field("list", "Logs that are collected, under the provider's own names."),
        "secretsEncryption": Field(
            "string",
            "What encrypts Secrets in etcd: `customer`: a key of the customer's; `provider`: one of the provider's; "
            "`disk`: nothing but the disks' own encryption.",
        ),
        "secretsKey": Field("string", "The customer's key, or empty."),
        "keyProblems": Field("list", "What the provider says of a key that it cannot use, in its own words."),
        "networkPolicy": Field("string", "What enforces network policies; empty: nothing does."),
        "rbac": Field("bool", "Whether RBAC is on, and no ABAC grants more beside it."),
        "basicAuth": Field("bool", "Whether a user name and a password are accepted."),
        "staticCredentials": Field("list", "Credentials of no person's that never expire or cannot be taken back."),
        "dashboard": Field("bool", "Whether the provider's add-on of the Kubernetes Dashboard is on."),
        "workloadIdentity": Field(
            "bool", f"{_GKE}and {_AKS}whether pods can have their own identities.", optional=True
        ),
        "upgradeChannel": Field("string", f"{_GKE}and {_AKS}which upgrades it; empty: none does.", optional=True),
        "imageVerification": Field(
            "bool", f"{_GKE}and {_OKE}whether images are admitted by policy and signature.", optional=True
        ),
        "endpointPrivate": Field("bool", _EKS + "whether nodes reach the API server inside the VPC.", optional=True),
        "authenticationMode": Field("string", _EKS + "`CONFIG_MAP`, `API_AND_CONFIG_MAP` or `API`.", optional=True),
        "creatorIsAdmin": Field("bool", _EKS + "whether its creator was made its administrator.", optional=True),
        "deletionProtection": Field("bool", _EKS + "whether it cannot be deleted in one step.", optional=True),
        "entraId": Field("bool", _AKS + "whether users log in through Microsoft Entra ID.", optional=True),
        "azureRbac": Field("bool", _AKS + "whether Azure's roles grant rights in the cluster.", optional=True),
        "runCommand": Field("bool", _AKS + "whether `az aks command invoke` runs commands in it.", optional=True),
        "servicePrincipal": Field("bool", _AKS + "whether it has a password, no managed identity.", optional=True),
        "defender": Field("bool", _AKS + "whether Microsoft Defender looks for threats in it.", optional=True),
        "podIdentity": Field("bool", _AKS + "whether the retired pod-managed identities are on.", optional=True),
        "nodeOsUpgrades": Field("string", _AKS + "what upgrades the nodes' operating system.", optional=True),
        "alpha": Field("bool", _GKE + "whether alpha features are on, all of them.", optional=True),
        "shieldedNodes": Field("bool", _GKE + "whether nodes have to prove what they are.", optional=True),
        "anonymousAccess": Field("string", _GKE + "`ENABLED` or `LIMITED` (to health checks).", optional=True),
        "insecureBindings": Field("list", _GKE + "groups of everybody that bindings may name.", optional=True),
        "externalIps": Field("bool", _GKE + "whether Services may have external IPs.", optional=True),
        "intranodeVisibility": Field("bool", _GKE + "whether the VPC sees traffic inside of a node.", optional=True),
        "systemLogs": Field("bool", _GKE + "whether logs of the system's components are collected.", optional=True),
        "vpcNative": Field("bool", _GKE + "whether pods have addresses of the VPC.", optional=True),
        "googleNetworks": Field("bool", _GKE + "whether all addresses of Google Cloud are let in.", optional=True),
        "tiller": Field("bool", _OKE + "whether the add-on of Helm 2's server is on.", optional=True),
        "endpointGroups": Field("list", _OKE + "network security groups of the endpoint.", optional=True),
    },
)

NODE_POOL: Final = Subject(
    name="nodePool",
    description="A pool of nodes of a managed cluster, as its provider's API describes it.",
    variable="pool",
    owners=("cluster",),
    reads=tuple(f"{kind}.observed.kubeplumb.dev" for kind in (*KINDS, NODE_GROUP)),
    joined=True,
    fields={
        "provider": Field("string", f"One of {', '.join(f'`{name}`' for name in KINDS.values())}."),
        "cluster": Field("string", "The cluster's name."),
        "name": Field("string", "The pool's name."),
        "image": Field("string", "What runs on its nodes, under the provider's own name."),
        "publicIp": Field("bool", f"{_GKE}and {_AKS}whether its nodes have public addresses.", optional=True),
        "secureBoot": Field("bool", f"{_GKE}and {_AKS}whether nodes boot signed software only.", optional=True),
        "metadataProtected": Field("bool", _GKE + "whether pods are kept from the node's credentials.", optional=True),
        "serviceAccount": Field("string", _GKE + "the account that its nodes have.", optional=True),
        "integrityMonitoring": Field("bool", _GKE + "whether what a node booted is measured.", optional=True),
        "autoUpgrade": Field("bool", _GKE + "whether its nodes are upgraded without being asked for.", optional=True),
        "autoRepair": Field("bool", _GKE + "whether nodes that are not healthy are made anew.", optional=True),
        "readOnlyPort": Field("bool", _GKE + "whether kubelets answer everybody on port 10255.", optional=True),
        "hostEncryption": Field("bool", _AKS + "whether hosts encrypt caches and temporary disks.", optional=True),
        "sshOpen": Field("bool", _EKS + "whether every address may connect to SSH.", optional=True),
    },
)
