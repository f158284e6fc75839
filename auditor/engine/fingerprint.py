"""What a finding is about in, the stable text that recognises it in a later run out (DESIGN section 3)."""

import hashlib

from auditor.model.refs import ObjectRef

SCHEME = "1"
_BEGUN = hashlib.sha256(f"{SCHEME}\x1f".encode())
"""What all begin with. To copy it is less than to begin: OpenSSL looks for the algorithm each time."""


def fingerprint(rule: str, ref: ObjectRef, container: str, path: str) -> str:
    """SHA-256 in hex over scheme, rule, API group, kind, namespace, name, container and merge-keyed evidence path.

    Two findings that would share one are told apart by `salted`, with their relative file path.
    """
    parts = (rule, ref.group, ref.kind, ref.namespace, ref.name, container, path)
    state = _BEGUN.copy()
    state.update("\x1f".join(parts).encode("utf-8", "surrogatepass"))
    return state.hexdigest()


def salted(fingerprint: str, salt: str) -> str:
    """Another fingerprint for a finding that would otherwise share its own with another one."""
    return hashlib.sha256(f"{fingerprint}\x1f{salt}".encode("utf-8", "surrogatepass")).hexdigest()
