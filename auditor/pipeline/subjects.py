"""The table of all subjects: what rules can judge, and for joined facts the function that makes them."""

from collections.abc import Callable, Iterable

from auditor.facts.clusters.certificates import CERTIFICATE, certificate_facts
from auditor.facts.clusters.cluster import CLUSTER, cluster_facts
from auditor.facts.clusters.probes import PROBE, probe_facts
from auditor.facts.components.component import COMPONENT, component_facts
from auditor.facts.configuration.admission import ADMISSION, admission_facts
from auditor.facts.configuration.audit_policy import AUDIT_POLICY, audit_policy_facts
from auditor.facts.configuration.authentication import AUTHENTICATION, authentication_facts
from auditor.facts.configuration.authorization import AUTHORIZATION, authorization_facts
from auditor.facts.configuration.egress import EGRESS, egress_facts
from auditor.facts.configuration.encryption import ENCRYPTION, encryption_facts
from auditor.facts.configuration.unread import with_unread
from auditor.facts.managed.fields import NODE_POOL, PROVIDER
from auditor.facts.managed.openshift import OPENSHIFT, openshift_facts
from auditor.facts.managed.providers import node_pool_facts, provider_facts
from auditor.facts.namespaces import NAMESPACE, namespace_facts
from auditor.facts.network.isolation import ISOLATION, isolation_facts
from auditor.facts.network.policies import POLICY, policy_facts
from auditor.facts.nodes.files import FILE, file_facts
from auditor.facts.nodes.hosts import HOST, host_facts
from auditor.facts.nodes.node import NODE_SUBJECT, node_facts
from auditor.facts.nodes.ports import NODE_PORT, node_port_facts
from auditor.facts.objects.object import OBJECT
from auditor.facts.rbac.accounts import ACCOUNT, TOKEN, account_facts, token_facts
from auditor.facts.rbac.grants import binding_facts, grant_facts, role_facts
from auditor.facts.rbac.subjects import BINDING, GRANT, ROLE
from auditor.facts.workloads.workload import CONTAINER, IMAGE, WORKLOAD
from auditor.facts.world import World
from auditor.model.facts import Fact, Subject

SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        *(OBJECT, WORKLOAD, CONTAINER, IMAGE, CLUSTER, ROLE, BINDING, GRANT, ACCOUNT, TOKEN),
        *(NAMESPACE, POLICY, ISOLATION, COMPONENT, NODE_SUBJECT, PROBE, NODE_PORT, CERTIFICATE),
        *(ENCRYPTION, AUDIT_POLICY, ADMISSION, AUTHENTICATION, AUTHORIZATION, EGRESS),
        *(FILE, HOST, PROVIDER, NODE_POOL, OPENSHIFT),
    )
}

JOINED: dict[str, Callable[[World], Iterable[Fact]]] = {
    "cluster": cluster_facts,
    "node": node_facts,
    "isolation": isolation_facts,
    "namespace": namespace_facts,
    "policy": policy_facts,
    "role": role_facts,
    "binding": binding_facts,
    "grant": grant_facts,
    "account": account_facts,
    "token": token_facts,
    "probe": probe_facts,
    "nodePort": node_port_facts,
    "certificate": certificate_facts,
    "component": component_facts,
    "encryption": with_unread(ENCRYPTION, encryption_facts, component_facts),
    "auditPolicy": with_unread(AUDIT_POLICY, audit_policy_facts, component_facts),
    "admission": with_unread(ADMISSION, admission_facts, component_facts),
    "authentication": with_unread(AUTHENTICATION, authentication_facts, component_facts),
    "authorization": with_unread(AUTHORIZATION, authorization_facts, component_facts),
    "egress": with_unread(EGRESS, egress_facts, component_facts),
    "provider": provider_facts,
    "nodePool": node_pool_facts,
    "file": file_facts,
    "host": host_facts,
    "openshift": openshift_facts,
}
"""Makers of the facts that need several objects of a world."""
