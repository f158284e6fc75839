"""A decoded configuration file of the API server in, what the server refuses in it out.

Only what the file alone tells: other files that have to exist, expressions that have to compile and feature gates are
left aside. Sources are files of k8s.io/apiserver v0.37.1 unless named otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from auditor.facts.configuration.encryption_checks import encryption
from auditor.kube.durations import seconds
from auditor.kube.names import is_label, is_subdomain
from auditor.model.refs import Path

Refusal = tuple[Path, str, str]
"""Where, what is wanted there, and what is there instead."""

LEVELS: Final = ("None", "Metadata", "Request", "RequestResponse")
"""How much an audit event says, least first (pkg/apis/audit/types.go)."""
_STAGES: Final = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")
_AUTHORIZERS: Final = ("AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node")
_LONGEST_TIMEOUT: Final = 30
PLUGIN_KINDS: Final[Mapping[str, str]] = {
    "PodSecurity": "PodSecurityConfiguration",
    "EventRateLimit": "Configuration",
    "ValidatingAdmissionWebhook": "WebhookAdmissionConfiguration",
    "MutatingAdmissionWebhook": "WebhookAdmissionConfiguration",
    "ValidatingAdmissionPolicy": "ValidatingAdmissionPolicyConfiguration",
    "MutatingAdmissionPolicy": "MutatingAdmissionPolicyConfiguration",
}
"""The kind that an admission plugin's configuration has."""


def refusals(name: str, value: Mapping[str, Any]) -> Iterator[Refusal]:
    """What the server refuses in a value of a type of `config-documents.json`; its types are right already."""
    return _CHECKS.get(name.partition(".")[2], _nothing)(value)


def _nothing(value: Mapping[str, Any]) -> Iterator[Refusal]:
    return iter(())


def _one_of(path: Path, value: Any, allowed: Iterable[str]) -> Iterator[Refusal]:
    if value not in allowed:
        yield path, f"one of {', '.join(allowed)}", "missing" if not value else "another word"


def _policy(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidatePolicy (pkg/apis/audit/validation/validation.go) and LoadPolicyFromBytes (pkg/audit/policy/reader.go)."""
    rules = value.get("rules") or []
    if not rules:
        yield ("rules",), "at least one rule", "empty"
    yield from _stages((), value)
    for at, rule in enumerate(rules):
        home: Path = ("rules", at)
        yield from _one_of((*home, "level"), rule.get("level", ""), LEVELS)
        yield from _stages(home, rule)
        urls = rule.get("nonResourceURLs") or []
        for index, url in enumerate(urls):
            if url != "*" and (not url.startswith("/") or "*" in url[:-1]):
                yield (*home, "nonResourceURLs", index), "a path with at most a trailing *", "another text"
        if urls and (rule.get("resources") or rule.get("namespaces")):
            yield (*home, "nonResourceURLs"), "no path beside resources or namespaces", "both"
        for index, item in enumerate(rule.get("resources") or ()):
            group = item.get("group", "")
            if group not in ("", "*") and not is_subdomain(group):
                yield (*home, "resources", index, "group"), "an API group without its version", "another text"
            if item.get("resourceNames") and not item.get("resources"):
                yield (*home, "resources", index, "resourceNames"), "a resource beside it", "alone"


def _stages(home: Path, value: Mapping[str, Any]) -> Iterator[Refusal]:
    for index, stage in enumerate(value.get("omitStages") or ()):
        yield from _one_of((*home, "omitStages", index), stage, _STAGES)


def _authentication(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateAuthenticationConfiguration (pkg/apis/apiserver/validation/validation.go)."""
    anonymous = value.get("anonymous") or {}
    if anonymous.get("conditions") and not anonymous.get("enabled"):
        yield ("anonymous", "conditions"), "no condition unless enabled is true", "a list"
    urls: set[str] = set()
    issuers = value.get("jwt") or []
    if len(issuers) > 64:
        yield ("jwt",), "at most 64 issuers", "longer"
    for at, one in enumerate(issuers):
        home: Path = ("jwt", at)
        issuer = one.get("issuer") or {}
        url = issuer.get("url", "")
        yield from _https((*home, "issuer", "url"), url)
        if url in urls:
            yield (*home, "issuer", "url"), "another issuer than before", "the same again"
        urls.add(url)
        if issuer.get("discoveryURL"):
            yield from _https((*home, "issuer", "discoveryURL"), issuer["discoveryURL"])
            if issuer["discoveryURL"].rstrip("/") == url.rstrip("/"):
                yield (*home, "issuer", "discoveryURL"), "another address than the issuer's", "the same"
        yield from _audiences((*home, "issuer"), issuer)
        yield from _claims(home, one)


def _https(path: Path, url: str) -> Iterator[Refusal]:
    try:
        parts = urlsplit(url)
    except ValueError:
        yield path, "a URL", "another text"
        return
    if parts.scheme != "https" or parts.query or parts.fragment or "@" in parts.netloc:
        yield path, "an https URL without user, query and fragment", "another text" if url else "missing"


def _audiences(home: Path, issuer: Mapping[str, Any]) -> Iterator[Refusal]:
    audiences, policy = issuer.get("audiences") or [], issuer.get("audienceMatchPolicy", "")
    if not audiences or "" in audiences or len(set(audiences)) < len(audiences):
        yield (*home, "audiences"), "at least one audience, each once and none empty", "another list"
    elif policy not in ("MatchAny", "" if len(audiences) == 1 else "MatchAny"):
        yield (*home, "audienceMatchPolicy"), "MatchAny", "missing" if not policy else "another word"
    selector = issuer.get("egressSelectorType", "")
    yield from _one_of((*home, "egressSelectorType"), selector, ("", "controlplane", "cluster"))


def _claims(home: Path, one: Mapping[str, Any]) -> Iterator[Refusal]:
    mappings = one.get("claimMappings") or {}
    for name in ("username", "groups"):
        mapping, path = mappings.get(name) or {}, (*home, "claimMappings", name)
        claim, expression = mapping.get("claim"), mapping.get("expression")
        if claim and expression:
            yield path, "a claim or an expression", "both"
        elif name == "username" and not claim and not expression:
            yield path, "a claim or an expression", "missing"
        elif claim and "prefix" not in mapping:
            yield (*path, "prefix"), "a prefix, be it empty", "missing"
        elif expression and "prefix" in mapping:
            yield (*path, "prefix"), "no prefix beside an expression", "a string"
    uid = mappings.get("uid") or {}
    if uid.get("claim") and uid.get("expression"):
        yield (*home, "claimMappings", "uid"), "a claim or an expression", "both"
    yield from _rules(home, one)


def _rules(home: Path, one: Mapping[str, Any]) -> Iterator[Refusal]:
    rules = one.get("claimValidationRules") or []
    yield from _repeated((*home, "claimValidationRules"), rules, "claim")
    yield from _repeated((*home, "claimValidationRules"), rules, "expression")
    for index, rule in enumerate(rules):
        path = (*home, "claimValidationRules", index)
        if bool(rule.get("claim")) == bool(rule.get("expression")):
            yield path, "either a claim or an expression", "both" if rule.get("claim") else "neither"
        elif rule.get("message" if rule.get("claim") else "requiredValue"):
            yield path, "a claim with a value, or an expression with a message", "a mixture"
    rules = one.get("userValidationRules") or []
    yield from _repeated((*home, "userValidationRules"), rules, "expression")
    for index, rule in enumerate(rules):
        if not rule.get("expression"):
            yield (*home, "userValidationRules", index, "expression"), "an expression", "missing"


def _repeated(home: Path, rules: list[Mapping[str, Any]], name: str) -> Iterator[Refusal]:
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        text = rule.get(name)
        if text and text in seen:
            yield (*home, index, name), "each rule once", "the same again"
        seen.add(text or "")


def _authorization(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateAuthorizationConfiguration of the same file; only webhooks may be repeated (authorizer/config.go)."""
    chain = value.get("authorizers") or []
    if not chain:
        yield ("authorizers",), "at least one authorizer", "empty"
    kinds: set[str] = set()
    names: set[str] = set()
    for at, one in enumerate(chain):
        home: Path = ("authorizers", at)
        kind, name = one.get("type", ""), one.get("name", "")
        yield from _one_of((*home, "type"), kind, _AUTHORIZERS)
        if kind in kinds and kind != "Webhook":
            yield (*home, "type"), "each authorizer once", "the same again"
        if not name or name in names or not is_subdomain(name) or (kind != "Webhook" and name != kind.lower()):
            wanted = "a DNS name of its own; of a built-in one its type in small letters"
            yield (*home, "name"), wanted, "another text" if name else "missing"
        kinds.add(kind)
        names.add(name)
        webhook = one.get("webhook")
        if (kind == "Webhook") != (webhook is not None):
            yield (*home, "webhook"), "a webhook for type Webhook alone", "missing" if webhook is None else "object"
        elif webhook is not None:
            yield from _webhook((*home, "webhook"), webhook)


def _webhook(home: Path, one: Mapping[str, Any]) -> Iterator[Refusal]:
    timeout = seconds(one.get("timeout", "0s"))
    if not 0 < timeout <= _LONGEST_TIMEOUT:
        yield (*home, "timeout"), "more than 0s and at most 30s", "missing" if "timeout" not in one else "another time"
    for name in ("authorizedTTL", "unauthorizedTTL"):
        if seconds(one.get(name, "0s")) < 0:
            yield (*home, name), "no negative time", "one"
    conditions = one.get("matchConditions") or []
    yield from _one_of((*home, "subjectAccessReviewVersion"), one.get("subjectAccessReviewVersion"), ("v1", "v1beta1"))
    version = one.get("matchConditionSubjectAccessReviewVersion", "")
    if version != "v1" and (version or conditions):
        yield (*home, "matchConditionSubjectAccessReviewVersion"), "v1", "another version" if version else "missing"
    yield from _one_of((*home, "failurePolicy"), one.get("failurePolicy"), ("NoOpinion", "Deny"))
    link = one.get("connectionInfo") or {}
    if link.get("type") != "KubeConfigFile":
        # ModeWebhook of pkg/kubeapiserver/authorizer/config.go in k8s.io/kubernetes refuses InClusterConfig.
        yield (*home, "connectionInfo", "type"), "KubeConfigFile", "another word" if link.get("type") else "missing"
    elif not str(link.get("kubeConfigFile", "")).startswith("/"):
        yield (*home, "connectionInfo", "kubeConfigFile"), "an absolute path", "another text"
    for index, item in enumerate(conditions):
        if not str(item.get("expression", "")).strip():
            yield (*home, "matchConditions", index, "expression"), "an expression", "missing"
    yield from _repeated((*home, "matchConditions"), conditions, "expression")
    if len(conditions) > 64:
        yield (*home, "matchConditions"), "at most 64 conditions", "longer"


def _egress(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateEgressSelectorConfiguration (pkg/server/egressselector/config.go)."""
    names: set[str] = set()
    for at, one in enumerate(value.get("egressSelections") or ()):
        home: Path = ("egressSelections", at)
        name = str(one.get("name", "")).lower()
        yield from _one_of((*home, "name"), name, ("controlplane", "master", "cluster", "etcd"))
        if name in names:
            yield (*home, "name"), "each name once", "the same again"
        names.add(name)
        link = one.get("connection") or {}
        path: Path = (*home, "connection")
        protocol, transport = link.get("proxyProtocol", ""), link.get("transport")
        yield from _one_of((*path, "proxyProtocol"), protocol, ("HTTPConnect", "GRPC", "Direct"))
        if (protocol == "Direct") == (transport is not None):
            yield (*path, "transport"), "a transport unless Direct", "missing" if transport is None else "object"
        elif transport is not None:
            yield from _transport((*path, "transport"), protocol, transport)


def _transport(home: Path, protocol: str, one: Mapping[str, Any]) -> Iterator[Refusal]:
    tcp, uds = one.get("tcp"), one.get("uds")
    if protocol == "GRPC":
        tcp = None
    if (tcp is None) == (uds is None):
        yield home, "one of tcp and uds; uds for GRPC", "both or neither"
    elif uds is not None and not uds.get("udsName"):
        yield (*home, "uds", "udsName"), "a name", "missing"
    elif tcp is not None:
        url, tls = str(tcp.get("url", "")), tcp.get("tlsConfig")
        if not url.startswith(("http://", "https://")):
            yield (*home, "tcp", "url"), "an http or https URL", "another text"
        elif url.startswith("http://") != (tls is None):
            yield (*home, "tcp", "tlsConfig"), "tlsConfig for https alone", "missing" if tls is None else "object"
        elif tls is not None and not (tls.get("clientCert") and tls.get("clientKey")):
            yield (*home, "tcp", "tlsConfig"), "clientCert and clientKey", "another object"


def _admission(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ConfigFor (pkg/admission/config.go) gives a plugin its first entry; each plugin decodes that as its own kind."""
    seen: set[str] = set()
    for index, plugin in enumerate(value.get("plugins") or ()):
        name, part = plugin.get("name", ""), plugin.get("configuration")
        if name not in seen and part is not None:
            kind = PLUGIN_KINDS.get(name)
            if kind is not None and (not isinstance(part, Mapping) or part.get("kind") != kind):
                yield ("plugins", index, "configuration"), kind, "something else"
        seen.add(name)


def _pod_security(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidatePodSecurityConfiguration (k8s.io/pod-security-admission v0.37.1, admission/api/validation)."""
    for name, word in (value.get("defaults") or {}).items():
        if not name.endswith("-version"):
            yield from _one_of(("defaults", name), word or "privileged", ("privileged", "baseline", "restricted"))
        elif word not in ("", "latest") and not (word.startswith("v1.") and word[3:].isdecimal()):
            yield ("defaults", name), "latest or v1.N", "another text"
    for name, items in (value.get("exemptions") or {}).items():
        valid = {"namespaces": is_label, "runtimeClasses": is_subdomain}.get(name, bool)
        for index, item in enumerate(items or ()):
            if not valid(item) or item in items[:index]:
                yield ("exemptions", name, index), "a name, each once", "another text"


def _event_rate(value: Mapping[str, Any]) -> Iterator[Refusal]:
    """ValidateConfiguration (k8s.io/kubernetes v1.37.1, plugin/pkg/admission/eventratelimit/apis)."""
    limits = value.get("limits") or []
    if not limits:
        yield ("limits",), "at least one limit", "empty"
    for at, one in enumerate(limits):
        kinds = ("Server", "Namespace", "User", "SourceAndObject")
        yield from _one_of(("limits", at, "type"), one.get("type", ""), kinds)
        if one.get("cacheSize", 0) < 0 and one.get("type") != "Server":
            yield ("limits", at, "cacheSize"), "no negative number", "one"
        for name in ("burst", "qps"):
            if one.get(name, 0) <= 0:
                yield ("limits", at, name), "a positive number", "missing" if name not in one else "another number"


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]] = {
    "EncryptionConfiguration": encryption,
    "AuditPolicy": _policy,
    "AuthenticationConfiguration": _authentication,
    "AuthorizationConfiguration": _authorization,
    "EgressSelectorConfiguration": _egress,
    "AdmissionConfiguration": _admission,
    "PodSecurityConfiguration": _pod_security,
    "EventRateLimitConfiguration": _event_rate,
}
