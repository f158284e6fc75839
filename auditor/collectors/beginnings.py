"""The first bytes of a file in, whether it is a snapshot or a node bundle out."""

from typing import Final

SCHEMA: Final = "kubeplumb.dev/snapshot/v1"
_FIRST: Final = b'{"schema":"kubeplumb.dev/snapshot/'
NODE_SCHEMA: Final = "kubeplumb.dev/node/v1"
_NODE: Final = b'{"schema":"kubeplumb.dev/node/'
_INDENTED: Final = 64  # bytes that it takes up at most
ZSTD: Final = b"\x28\xb5\x2f\xfd"
GZIP: Final = b"\x1f\x8b"


def begins_as_snapshot(head: bytes) -> bool:
    """Whether a file's first bytes are those of a snapshot, or of something compressed."""
    return head.startswith((_FIRST, ZSTD, GZIP))


def begins_as_bundle(head: bytes) -> bool:
    """Whether a file's first bytes are those of a node bundle, of whatever version and however it is indented."""
    return b"".join(head[:_INDENTED].split()).startswith(_NODE)
