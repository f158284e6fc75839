"""Text in, the certificates in PEM form (RFC 7468) that stand in it out, and nothing else of it."""

from collections.abc import Iterator

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def certificate_blocks(text: str) -> Iterator[str]:
    """Each certificate with its two boundary lines, in order; private keys and whatever else there is are left out.

    One that is not ended comes as its first line alone, which is no certificate. Time is linear in the text.
    """
    for part in text.split(_BEGIN)[1:]:
        body, ended, _ = part.partition(_END)
        yield f"{_BEGIN}{body}{_END}\n" if ended else f"{_BEGIN}\n"
