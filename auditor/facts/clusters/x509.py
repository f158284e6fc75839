"""A certificate in PEM form in, what it says out; the only module that knows the library that reads it."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

_MOST_NAMES, _LONGEST_NAME = 100, 300


class Parsed(NamedTuple):
    """What a certificate says, and which of it could not be read, with the reason."""

    value: Mapping[str, Any]
    undecided: Mapping[str, str] = {}


NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("subject", "issuer", "notBefore", "notAfter", "signatureHash"), ""),
    **{"selfSigned": False, "ca": False, "dnsNames": [], "ipAddresses": []},
    "key": {"type": "", "bits": 0, "curve": ""},
}
"""What is said of a certificate that cannot be read; its keys are all there is to say."""


def unread(reason: str) -> Parsed:
    """A certificate of which nothing is known."""
    return Parsed(NOTHING, dict.fromkeys(NOTHING, reason))


@lru_cache(maxsize=1024)
def parse(pem: str) -> Parsed:
    """One certificate in PEM form; nothing that stands in it raises."""
    import warnings

    from cryptography import x509

    try:
        with warnings.catch_warnings():  # about slips that the library still takes
            warnings.simplefilter("ignore")
            return _read(x509.load_pem_x509_certificate(pem.encode()))
    except _malformed() as error:
        return unread(f"a certificate cannot be read: {str(error)[:100] or 'malformed'}")


def _malformed() -> tuple[type[Exception], ...]:
    """What the library raises for what stands in a certificate; found by changing bytes of whole ones."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    own = (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm)
    return (ValueError, TypeError, *own)


def _read(certificate: Any) -> Parsed:
    value: dict[str, Any] = {
        **NOTHING,
        "subject": certificate.subject.rfc4514_string()[:_LONGEST_NAME],
        "issuer": certificate.issuer.rfc4514_string()[:_LONGEST_NAME],
        "notBefore": _moment(certificate.not_valid_before_utc),
        "notAfter": _moment(certificate.not_valid_after_utc),
    }
    same = certificate.subject == certificate.issuer
    undecided: dict[str, str] = {}
    try:
        value |= _extensions(certificate.extensions)
        value["selfSigned"] = same and _same_key(certificate.extensions)
    except _malformed():
        reason = "the extensions of a certificate cannot be read"
        undecided |= dict.fromkeys(("ca", "dnsNames", "ipAddresses", "selfSigned"), reason)
    try:
        value["key"] = _key(certificate.public_key())
    except _malformed():
        undecided["key"] = "the public key of a certificate is of a kind that cannot be read"
    try:
        hashed = certificate.signature_hash_algorithm
        value["signatureHash"] = hashed.name if hashed is not None else ""
    except _malformed():
        undecided["signatureHash"] = "the signature of a certificate is of a kind that cannot be read"
    return Parsed(value, undecided)


def _moment(moment: Any) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _extensions(extensions: Any) -> dict[str, Any]:
    from cryptography import x509

    found: dict[str, Any] = {}
    for extension in extensions:
        if isinstance(extension.value, x509.BasicConstraints):
            found["ca"] = bool(extension.value.ca)
        elif isinstance(extension.value, x509.SubjectAlternativeName):
            names = list(islice(extension.value, _MOST_NAMES))
            found["dnsNames"] = [one.value[:_LONGEST_NAME] for one in names if isinstance(one, x509.DNSName)]
            found["ipAddresses"] = [str(one.value) for one in names if isinstance(one, x509.IPAddress)]
    return found


def _same_key(extensions: Any) -> bool:
    """Whether the issuer's key is its own as far as identifiers tell (RFC 5280, 4.2.1.1): absent means its own."""
    from cryptography import x509

    issuer = own = None
    for extension in extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            issuer = extension.value.key_identifier
        elif isinstance(extension.value, x509.SubjectKeyIdentifier):
            own = extension.value.digest
    return issuer is None or own is None or issuer == own


def _key(key: Any) -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    kinds = ((rsa.RSAPublicKey, "RSA"), (ec.EllipticCurvePublicKey, "EC"), (dsa.DSAPublicKey, "DSA"))
    for kind, name in kinds:
        if isinstance(key, kind):
            curve = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else ""
            return {"type": name, "bits": int(key.key_size), "curve": curve}
    for edwards, name, bits in ((ed25519.Ed25519PublicKey, "Ed25519", 256), (ed448.Ed448PublicKey, "Ed448", 456)):
        if isinstance(key, edwards):
            return {"type": name, "bits": bits, "curve": ""}
    raise ValueError(type(key).__name__)
