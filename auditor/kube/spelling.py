"""A key in, what is left of it where spellings differ out: `authorizedIPRanges`, `authorizedIpRanges`, `is-enabled`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=8192)
def bare(key: str) -> str:
    """A key without case, dashes and underscores: APIs, their tools and their SDKs spell the same field differently."""
    return key.replace("-", "").replace("_", "").lower()


def spelt(node: Mapping[str, Any], key: str) -> str | None:
    """The key of a mapping that means the given one, the same spelling first; None if it has none such."""
    if key in node:
        return key
    wanted = bare(key)
    return next((own for own in node if isinstance(own, str) and bare(own) == wanted), None)
