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
    """A running etcd: the port for its clients, and its command line behind the program."""

    port: int
    words: tuple[str, ...]
    client: Pair | None
    """A certificate of the authority that it may be told to trust; None without TLS."""


@contextmanager
def etcd(folder: Path, settings: Mapping[str, str], *, tls: bool = True) -> Iterator[Store]:
    """An etcd until the block ends, with TLS unless that is false; `{ca}` in a setting is the authority's certificate.

    A setting that is empty is left out, also one that it has otherwise.
    """
    found = built("etcd")
    if isinstance(found, str):
        raise FileNotFoundError(found)
    signer = authority(folder)
    own = issue(signer, folder, "etcd", hosts=("IP:127.0.0.1",))
    number, peer = free_ports(2)
    url = f"http{'s' if tls else ''}://127.0.0.1:{number}"
    flags = {"data-dir": str(folder / "data"), "listen-peer-urls": f"http://127.0.0.1:{peer}", "log-level": "error"}
    flags |= {"listen-client-urls": url, "advertise-client-urls": url}
    flags |= {"cert-file": str(own.certificate), "key-file": str(own.key)} if tls else {}
    flags |= {key: value.format(ca=signer.certificate) for key, value in settings.items()}
    words = tuple(f"--{key}={value}" for key, value in flags.items() if value)
    log = folder / "etcd.log"
    with process([str(found[0]), *words], log) as started:

        def ready() -> bool:
            if started.poll() is not None:
                raise RuntimeError(log.read_text()[-3000:])
            return _listens(number)

        until("etcd listens", ready)
        yield Store(number, words, issue(signer, folder, "root") if tls else None)


def _listens(number: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", number)) == 0
