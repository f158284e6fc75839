"""Networks that may reach an endpoint in, how far it can be reached out."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from auditor.facts.managed.reading import Reading
from auditor.model.refs import Path

EVERYWHERE = ("0.0.0.0/0",)
_HALF_OF_ALL = 1 << 31
_WIDE = 3
"""Bits of the IPv6 prefix that all global unicast addresses have (RFC 4291, section 2.4; IANA: 2000::/3)."""


def is_everybody(networks: Iterable[str]) -> bool:
    """Whether networks hold most addresses of IPv4 or of IPv6, two halves included. ValueError for what is none."""
    parsed = [ip_network(network.strip(), strict=False) for network in networks]
    if any(isinstance(network, IPv6Network) and network.prefixlen <= _WIDE for network in parsed):
        return True
    fours = collapse_addresses(network for network in parsed if isinstance(network, IPv4Network))
    return sum(network.num_addresses for network in fours) >= _HALF_OF_ALL


def put_reach(reading: Reading, networks: list[str] | None, path: Path, unseen: str = "") -> None:
    """Sets `authorizedNetworks` and `endpointReach` of an endpoint of which `endpointPublic` is set.

    Without networks, `unseen` says why it is unknown who may reach a public one.
    """
    if "endpointPublic" in reading.undecided:
        reason = reading.undecided["endpointPublic"]
        reading.leave("authorizedNetworks", reason, path, [])
        reading.leave("endpointReach", reason, path)
        return
    place = reading.paths["endpointPublic"]
    if not reading.values["endpointPublic"]:
        reading.put("authorizedNetworks", [], place)
        reading.put("endpointReach", "private", place)
        return
    if networks is None:
        reading.leave("authorizedNetworks", unseen, path, [])
        reading.put("endpointReach", "public", place)
        return
    try:
        everybody = is_everybody(networks)
    except ValueError as error:
        reading.leave("authorizedNetworks", f"among the authorized networks: {error}", path, [])
        reading.put("endpointReach", "public", place)
        return
    reading.put("authorizedNetworks", networks, path)
    reading.put("endpointReach", "all" if everybody else "limited", place)
