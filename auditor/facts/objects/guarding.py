"""Documents of a tool in, what must not be in a line of source that is shown of them out.

In the block style of YAML a line holds one field, so that a secret is on no line but its own, which no setting lies on.
In flow style, and in JSON, a line may hold everything: of documents with secrets such lines are not shown.
"""

from collections.abc import Mapping
from typing import Any, Final

FLOW: Final = ("{", '",')
"""What tells a line of flow style; too short to be masked, either hides its line."""

_KEYS: Final = frozenset(
    {"token", "tlsBootstrapToken", "certificateKey", "passwd", "content", "secret", "kubeconfig", "key", "password"}
)


def guard(*documents: Mapping[str, Any]) -> tuple[str, ...]:
    """`FLOW` if a document has a field that may be a secret, wherever it is; nothing if there is none."""
    rest: list[Any] = list(documents)
    while rest:
        node = rest.pop()
        if isinstance(node, Mapping):
            if any(key in _KEYS and isinstance(value, str) and value for key, value in node.items()):
                return FLOW
            rest += node.values()
        elif isinstance(node, list):
            rest += node
    return ()
