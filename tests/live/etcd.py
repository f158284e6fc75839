"""Flags in, a real etcd out: on loopback, with TLS and without."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.live.apiserver import built, free_ports, process
from tests.live.certificates import Pair, authority, issue
from tests.live.waiting import until


class Store(NamedTuple):
    """A running etcd."""

    port: int
    plain: int
    """The port of `{plain}`."""
    words: tuple[str, ...]
    """Its command line, behind the program."""
    client: Pair | None
    """A certificate of the authority that it may be told to trust; None without TLS."""


@contextmanager
def etcd(folder: Path, settings: Mapping[str, str], *, tls: bool = True) -> Iterator[Store]:
    """An etcd until the block ends, with TLS unless that is false.

    In a setting, `{ca}` is the authority's certificate, `{url}` where it listens and `{plain}` an address without TLS.
    A setting that is empty is left out, also one that it has otherwise.
    """
    found = built("etcd")
    if isinstance(found, str):
        raise FileNotFoundError(found)
    signer = authority(folder)
    own = issue(signer, folder, "etcd", hosts=("IP:127.0.0.1",))
    number, peer, plain = free_ports(3)
    url = f"http{'s' if tls else ''}://127.0.0.1:{number}"
    flags = {"data-dir": str(folder / "data"), "listen-peer-urls": f"http://127.0.0.1:{peer}", "log-level": "error"}
    flags |= {"listen-client-urls": url, "advertise-client-urls": url}
    client = issue(signer, folder, "root")
    if tls:
        flags |= {"cert-file": str(own.certificate), "key-file": str(own.key)}
        # With these its gateway asks itself.
        flags |= {"client-cert-file": str(client.certificate), "client-key-file": str(client.key)}
    places = {"ca": signer.certificate, "url": url, "plain": f"http://127.0.0.1:{plain}"}
    flags |= {key: value.format(**places) for key, value in settings.items()}
    words = tuple(f"--{key}={value}" for key, value in flags.items() if value)
    log = folder / "etcd.log"
    with process([str(found[0]), *words], log) as started:

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            return _listens(number)

        until("etcd listens", ready)
        yield Store(number, plain, words, client if tls else None)


def _listens(number: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", number)) == 0
