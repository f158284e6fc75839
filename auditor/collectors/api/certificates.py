"""A connection in, `Certificate` documents out: what the API server shows, and what the kubeconfig's user shows it.

Only public parts: a client certificate may stand in one file with its key, which is left there.
"""

import ssl
from typing import Any

from auditor.collectors.api.bare import Way, ask_bare
from auditor.collectors.api.cluster import observed
from auditor.collectors.api.requests import Client, Failure, new_pool
from auditor.kube.pem import certificate_blocks
from auditor.model.inventory import Gap, Inventory, Resource

_TIMEOUT = 10.0


def observe_certificates(client: Client, inventory: Inventory) -> list[Resource]:
    """The certificates of both ends of the connection; that the server's could not be had becomes a gap."""
    connection, found = client.connection, list[Resource]()
    if connection.anonymous_tls is not None:
        where = f"{connection.server} (certificate)"
        chain = _served(client)
        if isinstance(chain, str):
            inventory.gaps.append(Gap("unavailable", f"the API server's certificate could not be read: {chain}", where))
        else:
            content = {"role": "server", "where": f"the API server at {connection.server}", "pem": "".join(chain)}
            found.append(observed(inventory, "Certificate", "kube-apiserver", content, where))
    own = "".join(certificate_blocks(connection.client_certificate))
    if own:
        content = {"role": "client", "where": f"the user of context {connection.name}", "pem": own}
        found.append(observed(inventory, "Certificate", "kubeconfig-user", content, "the kubeconfig (user)"))
    return found


def _served(client: Client) -> list[str] | str:
    """The chain that the server shows, as PEM, from its own certificate on; or why it could not be had.

    It takes a request, without credentials, since only then a proxy on the way has been passed.
    """
    connection = client.connection
    pool = new_pool(connection, connection.anonymous_tls)
    try:
        chain = ask_bare(client, pool, f"{connection.server}/version", Way(_TIMEOUT, _TIMEOUT, again=()), _shown)
    except Failure as failure:
        return str(failure)
    pool.clear()
    return [ssl.DER_cert_to_PEM_cert(one) for one in chain] or "the connection was closed at once"


def _shown(answer: Any) -> list[bytes]:
    chain = _chain(getattr(answer.connection, "sock", None))
    answer.close()
    return chain


def _chain(sock: Any) -> list[bytes]:
    """The chain as it was served; where Python does not tell it, the server's own certificate alone.

    Before 3.13 it is told by what lies under a socket, from 3.10 on (CPython Modules/_ssl.c): nobody promises that.
    """
    if hasattr(sock, "get_unverified_chain"):
        return list(sock.get_unverified_chain())
    inner: Any = getattr(sock, "_sslobj", None)
    chain = inner.get_unverified_chain() if hasattr(inner, "get_unverified_chain") else None
    if chain:
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain]
    own = sock.getpeercert(binary_form=True) if sock is not None else None
    return [own] if own else []
