"""In: names and days; out: PEM files of a certificate authority and of what it signed, made by openssl."""

import subprocess
from pathlib import Path
from typing import NamedTuple

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Pair(NamedTuple):
    """A PEM certificate and its PEM private key."""

    certificate: Path
    key: Path


def authority(folder: Path, name: str = "kubeplumb-live-ca", days: int = 30) -> Pair:
    """A new self-signed authority as NAME.crt and NAME.key in folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _pair(folder, name)
    _openssl(
        "req", "-x509", *_CURVE, "-keyout", made.key, "-out", made.certificate, "-days", days, "-subj", f"/CN={name}",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    return made


def issue(
    signer: Pair, folder: Path, name: str, groups: tuple[str, ...] = (), hosts: tuple[str, ...] = (), days: int = 30
) -> Pair:
    """A certificate for a user (`groups` are its organizations) or a server (`hosts`, as "IP:..." or "DNS:...").

    With negative days it has expired. Files are NAME.crt and NAME.key with the colons and slashes of NAME replaced.
    """
    made = _pair(folder, name.replace(":", "-").replace("/", "-"))
    request, extensions = made.key.with_suffix(".csr"), made.key.with_suffix(".ext")
    lines = ["authorityKeyIdentifier=keyid", "subjectKeyIdentifier=hash", "basicConstraints=critical,CA:false"]
    lines += [f"extendedKeyUsage={'serverAuth' if hosts else 'clientAuth'}"]
    lines += [f"subjectAltName={','.join(hosts)}"] if hosts else []
    extensions.write_text("\n".join(lines) + "\n")
    subject = "".join(f"/O={_escaped(group)}" for group in groups) + f"/CN={_escaped(name)}"
    _openssl("req", "-new", *_CURVE, "-keyout", made.key, "-out", request, "-subj", subject)
    _openssl(
        "x509", "-req", "-in", request, "-CA", signer.certificate, "-CAkey", signer.key, "-days", days,
        "-out", made.certificate, "-extfile", extensions,
    )  # fmt: skip
    return made


def _pair(folder: Path, name: str) -> Pair:
    return Pair(folder / f"{name}.crt", folder / f"{name}.key")


def _escaped(text: str) -> str:
    # In openssl's -subj a slash begins the next part, and a plus another value of the same.
    return text.replace("\\", r"\\").replace("/", r"\/").replace("+", r"\+")


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
