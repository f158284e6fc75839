"""The content of an object in, a short text that changes when it does out."""

import json
from hashlib import sha256
from typing import Any

import orjson


def canonical(content: Any) -> bytes:
    """Plain data as JSON with sorted keys."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a lone surrogate, which only Python's own encoder writes
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def digest(content: bytes, rest: str = "") -> str:
    """SHA-256 over canonical data, and over that of what was not built of it; its first 32 hex digits."""
    return sha256(content + rest.encode()).hexdigest()[:32]
