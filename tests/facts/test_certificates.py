"""Certificate facts: what stands in a certificate, which of a bundle count, and that nothing in one raises."""

import random
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from auditor.facts.clusters import certificates
from auditor.facts.clusters.certificates import certificate_facts
from auditor.facts.clusters.cluster import OBSERVED
from auditor.facts.clusters.x509 import NOTHING, parse
from auditor.facts.world import World
from auditor.model.facts import Fact
from auditor.model.inventory import Completeness, Resource
from auditor.model.refs import ObjectRef, Origin

CLUSTER = Fact("cluster", ObjectRef("", "Cluster", "", ""), {}, {}, "w")
START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
BROKEN = "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"


def pem(name: str, days: int = 365, *extensions: x509.ExtensionType, key: Any = KEY, issuer: str = "") -> str:
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]) if issuer else called
    builder = x509.CertificateBuilder(by, called, key.public_key(), 1, START, START + timedelta(days))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    made = builder.sign(KEY, hashes.SHA384())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def world(*objects: tuple[str, str, dict[str, Any]]) -> World:
    made = World("w", CLUSTER, Completeness())
    for line, (version, kind, manifest) in enumerate(objects):
        resource = Resource(ObjectRef(version, kind, "", "o"), manifest, Origin("f", line), "w")
        made.resources.setdefault(kind, []).append(resource)
    return made


def shown(text: Any, role: str = "server") -> list[Fact]:
    return list(certificate_facts(world((OBSERVED, "Certificate", {"role": role, "where": "here", "pem": text}))))


def webhooks(*bundles: str, group: str = "admissionregistration.k8s.io") -> list[Fact]:
    hooks = [{"name": f"h{at}", "clientConfig": {"caBundle": bundle}} for at, bundle in enumerate(bundles)]
    made = world((f"{group}/v1", "MutatingWebhookConfiguration", {"webhooks": [*hooks, {"name": "none"}]}))
    return list(certificate_facts(made))


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_a_certificate_is_told_in_full() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("a.example"), x509.IPAddress(ip_address("10.0.0.1"))])
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    (fact,) = shown(pem("leaf", 30, names, constraints, issuer="root"))
    assert fact.value == {
        "role": "server",
        "where": "here",
        "owner": "Certificate/o",
        "position": 0,
        "anchor": False,
        "superseded": False,
        "subject": "CN=leaf",
        "issuer": "CN=root",
        "notBefore": "2026-01-01T00:00:00Z",
        "notAfter": "2026-01-31T00:00:00Z",
        "selfSigned": False,
        "ca": False,
        "dnsNames": ["a.example"],
        "ipAddresses": ["10.0.0.1"],
        "key": {"type": "EC", "bits": 256, "curve": "secp256r1"},
        "signatureHash": "sha384",
    }
    assert not fact.undecided


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa.generate_private_key(65537, 1024), {"type": "RSA", "bits": 1024, "curve": ""}),
        (ec.generate_private_key(ec.SECP521R1()), {"type": "EC", "bits": 521, "curve": "secp521r1"}),
        (ed448.Ed448PrivateKey.generate(), {"type": "Ed448", "bits": 456, "curve": ""}),
    ],
)
def test_keys_have_a_type_and_a_size(key: Any, told: dict[str, Any]) -> None:
    assert shown(pem("k", key=key))[0].value["key"] == told


def test_the_same_name_with_another_key_signs_another() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    own = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())
    by_self = x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key())
    by_other = x509.AuthorityKeyIdentifier.from_issuer_public_key(other)
    told = [shown(pem("ca", 9, *some))[0].value for some in ((), (own,), (own, by_self), (own, by_other))]
    assert [one["selfSigned"] for one in told] == [True, True, True, False]
    assert [one["anchor"] for one in told] == [True, True, True, False]


def test_of_a_bundle_the_longest_lived_counts_and_of_a_chain_each() -> None:
    text = pem("old", 10) + pem("new", 20) + pem("twin", 20)
    bundle, chain = webhooks(encoded(text)), shown(text)
    assert [fact.value["superseded"] for fact in bundle] == [True, False, False]
    assert [fact.value["superseded"] for fact in chain] == [False, False, False]
    assert all(fact.value["anchor"] for fact in bundle)
    assert [fact.value["position"] for fact in bundle] == [0, 1, 2]
    assert len({fact.anchors["notAfter"].path for fact in bundle}) == 3


def test_a_bundle_that_webhooks_share_is_told_once() -> None:
    one, two = encoded(pem("one")), encoded(pem("two"))
    facts = webhooks(one, two, one, one)
    assert [fact.value["where"] for fact in facts] == [
        "the CA bundle of webhook h0 and 2 more",
        "the CA bundle of webhook h1",
    ]
    assert [fact.anchors["key"].path for fact in facts] == [
        ("webhooks", at, "clientConfig", "caBundle") for at in (0, 1)
    ]


def converted(bundle: Any, strategy: str = "Webhook", group: str = "apiextensions.k8s.io") -> list[Fact]:
    spec = {"conversion": {"strategy": strategy, "webhook": {"clientConfig": {"caBundle": bundle}}}}
    return list(certificate_facts(world((f"{group}/v1", "CustomResourceDefinition", {"spec": spec}))))


def test_the_bundle_of_a_conversion_webhook_counts_where_it_converts() -> None:
    one = encoded(pem("old", 10) + pem("new", 20))
    facts = converted(one)
    assert [(fact.value["role"], fact.value["anchor"]) for fact in facts] == [("conversion", True)] * 2
    assert [fact.value["superseded"] for fact in facts] == [True, False]
    assert facts[0].anchors["notAfter"].path == ("spec", "conversion", "webhook", "clientConfig", "caBundle")
    assert converted(one, "None") == converted(one, group="example.com") == converted(None) == converted("Cg==") == []


@pytest.mark.parametrize("spec", [None, 7, {"conversion": "Webhook"}, {"conversion": {"strategy": "Webhook"}}])
def test_a_definition_without_a_conversion_webhook_has_no_bundle(spec: Any) -> None:
    assert list(certificate_facts(world(("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": spec})))) == []


def test_other_groups_have_no_bundles_of_ours() -> None:
    assert webhooks(encoded(pem("one")), group="example.com") == []
    own = ("cert-manager.io/v1", "Certificate", {"pem": pem("one")})
    service = ("example.com/v1", "APIService", {"spec": {"caBundle": encoded(pem("one"))}})
    assert list(certificate_facts(world(own, service))) == []


@pytest.mark.parametrize("bundle", ["", "Cg==", encoded("  \n")])
def test_a_bundle_that_is_yet_to_be_filled_in_is_none(bundle: str) -> None:
    assert webhooks(bundle) == []


@pytest.mark.parametrize(
    "bundle", ["%%%", encoded("words"), encoded(BROKEN), "x" * (4 << 20), b64encode(b"\xff").decode()]
)
def test_a_bundle_that_cannot_be_read_leaves_everything_undecided(bundle: str) -> None:
    (fact,) = webhooks(bundle)
    assert {*NOTHING, "superseded"} == set(fact.undecided)
    assert fact.value["anchor"] is True


@pytest.mark.parametrize("text", [None, {}, [], 7, "", "words", BROKEN, "x" * (4 << 20)])
def test_a_document_that_cannot_be_read_leaves_everything_undecided(text: Any) -> None:
    (fact,) = shown(text)
    assert {*NOTHING, "anchor"} == set(fact.undecided)


def test_a_broken_one_does_not_hide_its_neighbours() -> None:
    facts = webhooks(encoded(pem("a") + BROKEN + pem("b")))
    assert [bool(fact.undecided) for fact in facts] == [False, True, False]


def test_more_than_a_bound_is_said_and_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "MOST", 2)
    assert [bool(fact.undecided) for fact in shown(pem("a") * 2)] == [False, False]
    facts = shown(pem("a") * 3)
    assert [bool(fact.undecided) for fact in facts] == [False, False, True]
    assert "more than 2" in facts[-1].undecided["notAfter"]


def test_names_are_bounded() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"{'x' * 500}.{at}") for at in range(1000)])
    (fact,) = shown(pem("a", 9, names))
    assert len(fact.value["dnsNames"]) == 100
    assert max(map(len, fact.value["dnsNames"])) == 300


def test_nothing_in_a_certificate_raises() -> None:
    chance = random.Random(4)
    names = x509.SubjectAlternativeName([x509.DNSName("a"), x509.IPAddress(ip_address("::1"))])
    texts = [
        pem("a", 9, names, x509.BasicConstraints(ca=True, path_length=1)),
        pem("r", key=ed448.Ed448PrivateKey.generate()),
    ]
    known = [b64decode("".join(text.splitlines()[1:-1])) for text in texts]
    undecided = set[str]()
    for _ in range(4000):
        data = bytearray(chance.choice(known))
        for _ in range(chance.choice((1, 1, 3))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        told = parse(f"-----BEGIN CERTIFICATE-----\n{b64encode(data).decode()}\n-----END CERTIFICATE-----\n")
        undecided |= set(told.undecided)
        assert "notAfter" in told.undecided or re.fullmatch(r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}Z", told.value["notAfter"])
        assert set(told.value) == set(NOTHING)
    assert undecided == set(NOTHING)
