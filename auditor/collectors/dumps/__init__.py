"""A dump of a live cluster in, its inventory out: what kubectl, Sonobuoy and troubleshoot write, packed or unpacked.

A dump is complete only for what it holds, and says so as a snapshot does: kinds and namespaces of which it has no list
are missing. Events and logs are counted and not read.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from auditor.collectors.dumps.files import CUT, entries, is_tarball, stable_name
from auditor.collectors.dumps.layouts import CLUSTER_INFO, GET, LAST, SONOBUOY, TROUBLESHOOT, mark
from auditor.model.errors import NothingRead
from auditor.model.inventory import Gap, Inventory, Provenance, Resource

__all__ = ["CLUSTER_INFO", "GET", "SONOBUOY", "TROUBLESHOOT", "read_dump", "recognise"]

_MOST_NAMES: Final = 2_000
_HEAD: Final = 2 << 20
"""The largest object that etcd takes has 1.5 MiB, and its metadata may follow after all the rest."""
_SET_BY_SERVER: Final = tuple(
    re.compile(rb"(?:^[ -]*%s|[{,\s]\"%s\"): *['\"]?%s" % (key, key, value), re.MULTILINE)
    for key, value in (
        (b"uid", rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        (b"resourceVersion", rb"[0-9]"),
        (b"creationTimestamp", rb"[0-9]{4}-"),
    )
)
"""In YAML or JSON; what a string of JSON holds has backslashes before its quotes."""


def recognise(path: str) -> str:
    """Which dump a file or folder is, or empty. Reads names and first bytes only; whatever cannot be read is none."""
    return _layout(path)[0]


def read_dump(
    path: str,
    keep: Callable[[Resource], Resource | None],
    kinds: Sequence[str],
    other: Counter[str] | None = None,
) -> Inventory:
    """The inventory of a dump, each object handed to `keep`: owners before what they own. Raises `NothingRead`.

    `kinds` are those that somebody needs, as rules name them: what the dump lacks of them is `missing`. `other` counts
    the files that were not read, by what they are.
    """
    from auditor.collectors.dumps.reading import Reading, finish, take  # recognising has to be cheap

    what, root = _layout(path)
    if not what:
        raise NothingRead(f"{path}: is no dump of a cluster", "Those of kubectl, Sonobuoy and troubleshoot are read.")
    inventory = Inventory(Provenance(stable_name(path), ""), kinds=tuple(kinds))
    reading = Reading(what, root, inventory, keep, Counter() if other is None else other)
    for turn in range(LAST + 1):
        gaps: list[Gap] = []
        for entry in entries(path, gaps):
            take(reading, entry, turn)
        reading.cut |= any(gap.code == CUT for gap in gaps)
        inventory.gaps += [gap for gap in gaps if gap not in inventory.gaps]
    finish(reading, kinds)
    return inventory


def _layout(path: str) -> tuple[str, str]:
    """What kind of dump lies at a path, and in which folder inside of it."""
    if os.path.isdir(path) or is_tarball(path):
        for count, entry in enumerate(entries(path, [])):
            found = mark(entry.name)
            if found[0]:
                return found if not os.path.isdir(path) or not found[1] else ("", "")
            if count > _MOST_NAMES:
                break
        return "", ""
    return (GET, "") if _from_server(path) else ("", "")


def _from_server(path: str) -> bool:
    """Whether a file holds what an API server has stored, and no manifest: objects with what only a server sets."""
    if not path.endswith((".json", ".yaml", ".yml")) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as handle:
            head = handle.read(_HEAD)
    except OSError:
        return False
    return all(pattern.search(head) for pattern in _SET_BY_SERVER)
