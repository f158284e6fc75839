"""One rule of a NetworkPolicy in, how far it opens the policy out."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Any

from auditor.kube.selectors import SelectorError, parse_selector
from auditor.model.refs import show_path

Network = IPv4Network | IPv6Network

METADATA_SERVICE = ip_address("169.254.169.254")
"""Where the big clouds hand a node's credentials to whoever asks, over HTTP on port 80."""


def describe_rule(index: int, rule: Mapping[str, Any], field: str) -> dict[str, Any]:
    """What the rule at an index of `ingress` (`field` is `from`) or `egress` (`to`) lets through.

    Missing or empty peers are all peers, missing or empty ports all ports (k8s.io/api networking/v1 types.go).
    ValueError, with the reason, if the API server would refuse it (ValidateNetworkPolicySpec).
    """
    peers = rule.get(field) or []
    for at, peer in enumerate(peers):
        if not {"podSelector", "namespaceSelector", "ipBlock"} & peer.keys():
            raise SelectorError(f"{show_path((field, at))} names no peer")
    blocks = [_block(peer["ipBlock"]) for peer in peers if "ipBlock" in peer]
    ports = rule.get("ports") or []
    described = {
        "index": index,
        "anyPeer": not peers,
        "anyAddress": _is_everything([network for network, exceptions in blocks if not exceptions]),
        "anyNamespace": any(_is_every_pod(peer) for peer in peers),
        "anyPort": not ports or any(_is_all_of_tcp(port) for port in ports),
    }
    if field == "to":
        reaches = not peers or any(_covers_metadata_service(*block) for block in blocks)
        described["metadataService"] = reaches and (not ports or any(_is_http(port) for port in ports))
    return described


def _block(block: Mapping[str, Any]) -> tuple[Network, tuple[Network, ...]]:
    return _network(block.get("cidr", "")), tuple(_network(text) for text in block.get("except") or ())


@lru_cache(maxsize=1024)
def _network(text: str) -> Network:
    if "/" not in text:
        raise ValueError(f"{text[:60]!r} is no CIDR")
    return ip_network(text, strict=False)


def _covers_metadata_service(network: Network, exceptions: tuple[Network, ...]) -> bool:
    return METADATA_SERVICE in network and not any(METADATA_SERVICE in exception for exception in exceptions)


def _is_everything(networks: list[Network]) -> bool:
    """Whether the networks add up to all addresses of one family; two halves are the usual way to say so twice."""
    first = [network for network in networks if isinstance(network, IPv4Network)]
    second = [network for network in networks if isinstance(network, IPv6Network)]
    return any(network.prefixlen == 0 for network in collapse_addresses(first)) or any(
        network.prefixlen == 0 for network in collapse_addresses(second)
    )


def _is_every_pod(peer: Mapping[str, Any]) -> bool:
    """An empty namespaceSelector is every namespace; without one a peer stays inside the policy's own."""
    if "namespaceSelector" not in peer:
        return False
    selectors = (peer["namespaceSelector"], peer.get("podSelector", {}))
    return not any(parse_selector(selector).requirements for selector in selectors)


def _is_all_of_tcp(port: Mapping[str, Any]) -> bool:
    if port.get("protocol", "TCP") != "TCP":
        return False
    return "port" not in port or (port["port"] in (0, 1) and port.get("endPort", 0) == 65535)


def _is_http(port: Mapping[str, Any]) -> bool:
    """Whether TCP port 80 of an address is among them; a named port is one of pods only."""
    if port.get("protocol", "TCP") != "TCP":
        return False
    first = port.get("port", 80)
    return isinstance(first, int) and first <= 80 <= port.get("endPort", first if "port" in port else 80)
