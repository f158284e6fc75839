"""A client and nodes in, the configuration that each kubelet runs with out, as `KubeletConfigz` documents.

Only where the user asked for it: the answer comes through the API server's `nodes/proxy`, and whoever may get that may
run commands in every pod of the node. A node may be in another's hands, so what it answers is bounded.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from auditor.collectors.api.cluster import observed
from auditor.collectors.api.requests import Client, Failure
from auditor.collectors.api.side_by_side import ask_all
from auditor.model.inventory import Gap, Inventory, Resource
from auditor.model.refs import ObjectRef

KIND: Final = "KubeletConfigz"
_SIDE_BY_SIDE: Final = 16
_TRIES: Final = 2
"""The API server itself waits half a minute for a node that is gone."""
_LONGEST: Final = 1 << 20
_DEEPEST: Final = 32
_WORDS: Final = {401: "unauthorized", 403: "forbidden"}


class _Answer(NamedTuple):
    """What a kubelet serves as `kubeletconfig`, or why that is not known."""

    configuration: dict[str, Any]
    code: str = ""
    reason: str = ""


_INTERRUPTED: Final = _Answer({}, "unavailable", "the collection was interrupted")


def path_of(node: str) -> str:
    """Where the API server passes a request on to a node's kubelet."""
    return f"/api/v1/nodes/{quote(node, safe='')}/proxy/configz"


def read_configz(client: Client, nodes: Iterable[str], inventory: Inventory) -> list[Resource]:
    """One document for each node, some nodes side by side; one that does not tell has a reason, and a gap.

    An interrupt ends it, and the inventory says so.
    """
    answers, interrupted = ask_all(partial(_ask, client), dict.fromkeys(nodes), _SIDE_BY_SIDE)
    about = inventory.provenance
    inventory.provenance = about._replace(interrupted=about.interrupted or interrupted, requests=client.sent)
    return [_document(inventory, node, answer or _INTERRUPTED) for node, answer in answers]


def _ask(client: Client, node: str) -> _Answer:
    try:
        said = client.get(path_of(node), tries=_TRIES, longest=_LONGEST)
    except Failure as failure:
        return _Answer({}, _WORDS.get(failure.status, "unavailable"), str(failure))
    configuration = said.get("kubeletconfig") if isinstance(said, dict) else None
    if not isinstance(configuration, dict) or not configuration:
        return _Answer({}, "unavailable", "what it serves at /configz is no configuration of a kubelet")
    if _deeper(configuration, _DEEPEST):
        return _Answer({}, "nesting", f"its configuration is nested more than {_DEEPEST} levels deep")
    return _Answer(configuration)


def _deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested deeper than some levels."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(one, levels - 1) for one in inner)


def _document(inventory: Inventory, node: str, answer: _Answer) -> Resource:
    """The document of a node, and where its configuration is not known the gap."""
    content: dict[str, Any] = {"node": node}
    if answer.reason:
        who = inventory.provenance.user or "this user"
        content["reason"] = f"the kubelet of {node} did not tell its configuration: {answer.reason}"
        words = f"{who} could not get nodes/proxy of node {node}: {answer.reason}"
        inventory.gaps.append(Gap(answer.code, words, path_of(node), ref=ObjectRef("v1", "Node", "", node)))
    else:
        content["kubeletconfig"] = answer.configuration
    return observed(inventory, KIND, node, content, path_of(node))
