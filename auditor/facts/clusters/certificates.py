"""Certificates and CA bundles of a world in, one fact for each certificate in them out."""

from base64 import b64decode
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.clusters.x509 import NOTHING, Parsed, parse, unread
from auditor.facts.world import World
from auditor.kube.definitions import DEFINITION, conversion_bundle
from auditor.kube.pem import certificate_blocks
from auditor.model.facts import Anchor, Fact, Field, Subject
from auditor.model.inventory import Resource
from auditor.model.refs import Path

MOST = 300
"""So many certificates of one bundle are looked at; all public authorities together are half as many."""
_CONVERSION: Path = ("spec", "conversion", "webhook", "clientConfig", "caBundle")
_LONGEST_BUNDLE = 3 << 19
"""Characters; etcd takes no larger object by default (etcd server/embed/config.go, DefaultMaxRequestBytes)."""
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
_ANCHORS = frozenset({"webhook", "conversion", "apiservice"})
"""Roles of certificates that are trusted as they stand: nobody follows them to an issuer."""

CERTIFICATE = Subject(
    name="certificate",
    description="A certificate that API server or kubeconfig's user show, or that a CA bundle or a node's file holds.",
    variable="certificate",
    owners=("cluster",),
    reads=("Certificate.observed.kubeplumb.dev", *_WEBHOOKS, "APIService", DEFINITION),
    joined=True,
    fields={
        "role": Field(
            "string",
            "`server`, `client`, `file` of a node, or where a CA bundle stands: `webhook`, `apiservice`, `conversion`, "
            "which is the webhook of a CustomResourceDefinition.",
        ),
        "where": Field("string", "What shows or holds it, in words."),
        "owner": Field("string", "The printed name of the object it was read from."),
        "position": Field("int", "In its chain or bundle, from 0, the certificate of the server or client itself."),
        "anchor": Field(
            "bool", "Whether it is trusted as it stands, or not at all: it is in a CA bundle, or self-signed."
        ),
        "superseded": Field("bool", "Whether another certificate of the same CA bundle is valid for longer."),
        "subject": Field("string", "Distinguished name (RFC 4514)."),
        "issuer": Field("string", "Distinguished name."),
        "notBefore": Field("string", "Such as `2026-01-31T12:00:00Z`, UTC."),
        "notAfter": Field("string", "The same; `9999-12-31T23:59:59Z` is never (RFC 5280)."),
        "selfSigned": Field("bool", "Whether subject and issuer are the same, and the key too where that is told."),
        "ca": Field("bool", "Whether it may sign others (basic constraints)."),
        "dnsNames": Field("list", "Subject alternative names."),
        "ipAddresses": Field("list", "Subject alternative names."),
        "key": Field("map", "`type` (`RSA`, `EC`, `DSA`, `Ed25519`, `Ed448`), `bits`, and of `EC` the `curve`."),
        "key.type": Field("string", "The kind of public key."),
        "key.bits": Field("int", "Its size."),
        "key.curve": Field("string", "Such as `secp256r1`; empty for other kinds."),
        "signatureHash": Field("string", "Such as `sha256`; empty where the scheme has its own (Ed25519, Ed448)."),
    },
)


class _Bundle(NamedTuple):
    """PEM text, and where in which object it stands; `problem` is why there is no text."""

    resource: Resource
    path: Path
    role: str
    where: str
    pem: str
    problem: str = ""


def certificate_facts(world: World) -> Iterator[Fact]:
    """One fact for each certificate; of one that cannot be read everything it says is undecided."""
    for bundle in _bundles(world):
        yield from _facts(bundle, world)


def _bundles(world: World) -> Iterator[_Bundle]:
    for resource in world.of("Certificate"):
        if resource.ref.api_version == OBSERVED:
            manifest, pem = resource.manifest, resource.manifest.get("pem")
            role, where = str(manifest.get("role", "")), str(manifest.get("where", ""))
            problem = "" if isinstance(pem, str) and pem.strip() else "the document holds no certificate"
            yield _Bundle(resource, ("pem",), role, where, "" if problem else str(pem), problem)
    for resource in world.of(*_WEBHOOKS):
        if resource.ref.group == "admissionregistration.k8s.io":
            yield from _of_webhooks(resource)
    for resource in world.of("APIService"):
        text = (resource.manifest.get("spec") or {}).get("caBundle")
        if resource.ref.group == "apiregistration.k8s.io" and text:
            yield from _decoded(resource, ("spec", "caBundle"), "apiservice", "the CA bundle of the APIService", text)
    for resource in world.of(DEFINITION):
        text = conversion_bundle(resource.manifest)
        if resource.ref.group == "apiextensions.k8s.io" and text:
            yield from _decoded(resource, _CONVERSION, "conversion", "the CA bundle of the conversion webhook", text)


def _of_webhooks(resource: Resource) -> Iterator[_Bundle]:
    """The bundles of a configuration, each once: as a rule all of its webhooks have the same one."""
    found: dict[str, list[tuple[int, str]]] = {}
    for at, webhook in enumerate(resource.manifest.get("webhooks") or ()):
        text = (webhook.get("clientConfig") or {}).get("caBundle")
        if text:
            found.setdefault(text, []).append((at, str(webhook.get("name", ""))))
    for text, ((at, name), *more) in found.items():
        where = f"the CA bundle of webhook {name}{f' and {len(more)} more' if more else ''}"
        yield from _decoded(resource, ("webhooks", at, "clientConfig", "caBundle"), "webhook", where, text)


def _decoded(resource: Resource, path: Path, role: str, where: str, text: str) -> Iterator[_Bundle]:
    """What base64 says; an empty line, as stands where an injector is to fill in the bundle, is none."""
    if len(text) > _LONGEST_BUNDLE:
        yield _Bundle(resource, path, role, where, "", f"{where} is too large to be looked at")
        return
    try:
        pem = b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except ValueError:
        yield _Bundle(resource, path, role, where, "", f"{where} is no base64")
        return
    if pem.strip():
        yield _Bundle(resource, path, role, where, pem)


def _facts(bundle: _Bundle, world: World) -> Iterator[Fact]:
    blocks, problem = list[str](), bundle.problem
    if len(bundle.pem) > _LONGEST_BUNDLE:
        problem = f"{bundle.where} is too large to be looked at"
    elif not problem:
        blocks = list(islice(certificate_blocks(bundle.pem), MOST + 1))
        if not blocks:
            problem = f"{bundle.where} holds no certificate in PEM form"
        elif len(blocks) > MOST:
            problem = f"{bundle.where} holds more than {MOST} certificates: the rest was not looked at"
    parsed = [parse(block) for block in blocks[:MOST]]
    if problem:
        parsed.append(unread(problem))
    last = max((one.value["notAfter"] for one in parsed), default="")
    for position, one in enumerate(parsed):
        yield _fact(bundle, world, position, one, last)


def _fact(bundle: _Bundle, world: World, position: int, parsed: Parsed, last: str) -> Fact:
    resource = bundle.resource
    origin, ref = resource.origin, resource.ref
    in_bundle = bundle.role in _ANCHORS
    value = {
        "role": bundle.role,
        "where": bundle.where,
        "owner": str(ref),
        "position": position,
        "anchor": in_bundle or parsed.value["selfSigned"],
        "superseded": in_bundle and parsed.value["notAfter"] < last,
        **parsed.value,
    }
    # Those after the first are told apart by their number, though they stand in the same text.
    place = Anchor(origin, ref, (*bundle.path, position) if position else bundle.path)
    anchors = {"": Anchor(origin, ref, ()), **dict.fromkeys((*NOTHING, "anchor", "superseded"), place)}
    fact = Fact("certificate", ref, value, anchors, world.name, {"cluster": world.cluster})
    fact.unknown = world.unknown.get(origin, ())
    fact.undecided = dict(parsed.undecided)
    for name, source in (("superseded", "notAfter"),) if in_bundle else (("anchor", "selfSigned"),):
        if source in parsed.undecided:
            fact.undecided[name] = parsed.undecided[source]
    return fact
