"""The content of an object in, a short text that changes when it does out."""

import json
from hashlib import sha256
from typing import Any

import orjson


def digest(content: Any, rest: str = "") -> str:
    """SHA-256 over plain data in canonical form, and over that of what was not built of it; its first 32 hex digits."""
    try:
        text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a lone surrogate, which only Python's own encoder writes
        text = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return sha256(text + rest.encode()).hexdigest()[:32]
