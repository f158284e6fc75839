"""An inventory in, one file out, and back: everything that an audit read of a cluster, so that it can be judged again.

The file is one JSON document, compressed, with one object a line (`schemas/snapshot-v1.json` describes it), so that
neither writing nor reading holds it as a whole.
"""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO, Any, Final

import orjson

from auditor.collectors.api.cluster import OBSERVED
from auditor.collectors.beginnings import GZIP, SCHEMA, ZSTD
from auditor.collectors.naming import reference
from auditor.model.errors import NothingRead, UsageError
from auditor.model.inventory import Gap, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin
from auditor.tables.deprecations import of_ending

_LONGEST_LINE: Final = 64 << 20
_MOST_BYTES: Final = 8 << 30
"""Unpacked; a snapshot of 20,000 pods has less than 200 MB."""
_MOST_GROWTH: Final = 1000
"""How many times its size a packed file may unpack to, once it unpacks to more than `_GROWN`."""
_GROWN: Final = 64 << 20
_MOST_DAMAGED: Final = 100
"""Lines that are no objects, after which the rest is not looked at."""

Keep = Callable[[Resource], Resource | None]


class Writer:
    """Writes a snapshot object by object; `finish` adds what is known only at the end."""

    def __init__(self, handle: IO[bytes], cluster: str) -> None:
        self._handle = handle
        self._count = 0
        head = {"schema": SCHEMA, "cluster": cluster, "objects": []}
        handle.write(orjson.dumps(head).removesuffix(b"]}") + b"\n")

    def add(self, resource: Resource) -> None:
        """Adds one object that has been redacted."""
        line: dict[str, Any] = {"path": resource.origin.file, "object": resource.manifest}
        if resource.rest:
            line["rest"] = resource.rest
        if resource.head:
            line["head"] = True
        if resource.ref.name != reference(resource.ref.api_version, resource.ref.kind, resource.manifest).name:
            line["name"] = resource.ref.name
        self._handle.write((b",\n" if self._count else b"") + orjson.dumps(line))
        self._count += 1

    def finish(self, inventory: Inventory) -> None:
        """Writes the rest: what could not be read, and where everything comes from."""
        tail = {
            "kinds": sorted(inventory.kinds),
            "ending": sorted(inventory.ending),
            "endingBy": inventory.ending_by,
            "missing": [
                {"kind": kind, "namespace": namespace, "reason": reason}
                for (kind, namespace), reason in sorted(inventory.missing.items())
            ],
            "gaps": [_gap(gap) for gap in sorted(inventory.gaps, key=lambda gap: (gap.file, gap.code, gap.reason))],
            "provenance": inventory.provenance._asdict(),
        }
        self._handle.write((b"\n]," if self._count else b"],") + orjson.dumps(tail)[1:] + b"\n")


@contextmanager
def writing(path: str, cluster: str) -> Iterator[Writer]:
    """A snapshot file to be written: compressed by the end of its name, `.zst` or `.gz`; raises `UsageError`.

    It takes the place of an older one when it is whole.
    """
    part = f"{path}.part"
    try:
        with open(part, "wb") as raw, _packed(raw, path) as packed:
            yield Writer(packed, cluster)
        os.replace(part, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}", "Check --save.") from error
    finally:
        with suppress(OSError):
            os.unlink(part)


def _packed(raw: IO[bytes], path: str) -> AbstractContextManager[Any]:
    if path.endswith(".zst"):
        import zstandard

        return zstandard.ZstdCompressor(level=6).stream_writer(raw, closefd=False)
    return gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if path.endswith(".gz") else nullcontext(raw)


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A snapshot file to be read; `-` is standard input. Raises `NothingRead`."""
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(path, "rb") as handle:
            yield handle
    except OSError as error:
        raise NothingRead(f"{path}: cannot be read: {error.strerror}", "Check the path.") from error


def read_snapshot(handle: IO[bytes], name: str, keep: Keep) -> Inventory:
    """A snapshot's inventory, each object handed to `keep`; raises `NothingRead` for what is none.

    A snapshot that ends too early, or holds a line that is no object, yields what can be read of it, with a gap.
    """
    lines = _lines(handle)
    head = _json(next(lines, b"").rstrip() + b"]}") or {}
    if head.get("schema") != SCHEMA:
        raise NothingRead(f"{name}: is no snapshot that this version can read", f"Its schema would be {SCHEMA}.")
    world = str(head.get("cluster") or name)
    inventory = Inventory(Provenance(world, ""))
    damaged: list[int] = []
    for number, line in enumerate(lines, 2):
        if line.startswith(b"]"):
            tail = _json(b"{" + line.rstrip().removeprefix(b"],"))
            if tail is not None:
                _finish(inventory, tail, world)
                _leave_open(inventory, damaged, name)
                return inventory
        resource = _resource(_json(line.rstrip().removesuffix(b",")), world)
        if resource is None:
            damaged.append(number)
            if len(damaged) > _MOST_DAMAGED:
                break
            continue
        inventory.objects += resource.ref.api_version != OBSERVED
        kept = keep(resource)
        if kept is not None:
            inventory.resources.append(kept)
    _leave_open(inventory, damaged, name)
    inventory.gaps.append(Gap("snapshot-cut", "the snapshot ends too early; its last part is missing", name))
    inventory.provenance = inventory.provenance._replace(interrupted=True)
    return inventory


def _leave_open(inventory: Inventory, damaged: Sequence[int], name: str) -> None:
    """Lines that could not be read may have held an object of any kind."""
    for number in damaged:
        reason = f"line {number} is no object; the file is damaged"
        inventory.gaps.append(Gap("snapshot-line", reason, name))
        for kind in (*inventory.looked_for(), *map(of_ending, inventory.ending)):
            inventory.missing.setdefault((kind, ""), f"{reason}, and may have been one of these")


def _unpacked(whole: "_Joined") -> tuple[IO[bytes], tuple[type[Exception], ...]]:
    """A reader of what a file holds, and the errors by which it says that it is damaged."""
    stream: Any = io.BufferedReader(whole)
    if whole.head == ZSTD:
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream)
        return io.BufferedReader(reader), (OSError, ValueError, zstandard.ZstdError)
    if whole.head[:2] == GZIP:
        stream = gzip.GzipFile(fileobj=stream)
    return stream, (OSError, EOFError, zlib.error)


class _Joined(io.RawIOBase):
    """What was read already, and the rest of a stream that may not be able to seek."""

    def __init__(self, rest: IO[bytes]) -> None:
        self.head = self._head = rest.read(4)
        self._rest = rest
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head or self._rest.read(len(buffer))
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        self._head = self._head[size:] if self._head else b""
        self.size += size
        return size


def _lines(handle: IO[bytes]) -> Iterator[bytes]:
    """Lines as far as they can be unpacked: of a damaged file, or one that grows without bounds, that is the end."""
    packed, total = _Joined(handle), 0
    unpacked, damage = _unpacked(packed)
    while True:
        try:
            line = unpacked.readline(_LONGEST_LINE)
        except damage:
            return
        total += len(line)
        if not line or len(line) >= _LONGEST_LINE or total > max(_GROWN, min(_MOST_BYTES, packed.size * _MOST_GROWTH)):
            return
        yield line


def _resource(entry: dict[str, Any] | None, world: str) -> Resource | None:
    manifest = entry.get("object") if entry else None
    if entry is None or not isinstance(manifest, dict) or not isinstance(entry.get("path"), str):
        return None
    kind, version = str(manifest.get("kind", "")), str(manifest.get("apiVersion", ""))
    origin, ref = Origin(entry["path"], 0, 0), reference(version, kind, manifest)
    if isinstance(entry.get("name"), str):
        ref = ref._replace(name=entry["name"])
    return Resource(ref, manifest, origin, world, str(entry.get("rest") or ""), head=entry.get("head") is True)


def _finish(inventory: Inventory, tail: dict[str, Any], world: str) -> None:
    known = tail.get("provenance")
    known = known if isinstance(known, dict) else {}
    requests = known.get("requests")
    inventory.provenance = Provenance(
        world,
        str(known.get("collected") or ""),
        str(known.get("server") or ""),
        str(known.get("user") or ""),
        groups=_texts(known, "groups"),
        tool=str(known.get("tool") or ""),
        namespaces=_texts(known, "namespaces"),
        excluded=_texts(known, "excluded"),
        version=str(known.get("version") or ""),
        requests=requests if isinstance(requests, int) else 0,
        interrupted=bool(known.get("interrupted")),
    )
    inventory.kinds, inventory.ending = _texts(tail, "kinds"), _texts(tail, "ending")
    inventory.ending_by = str(tail.get("endingBy") or "")
    for item in _dicts(tail, "missing"):
        inventory.missing[str(item.get("kind", "")), str(item.get("namespace", ""))] = str(item.get("reason", ""))
    inventory.gaps += [_read_gap(item) for item in _dicts(tail, "gaps")]


def _texts(known: dict[str, Any], key: str) -> tuple[str, ...]:
    found = known.get(key)
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _dicts(tail: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = tail.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _json(text: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _gap(gap: Gap) -> dict[str, Any]:
    ref = gap.ref._asdict() if gap.ref else None
    return {"code": gap.code, "reason": gap.reason, "path": gap.file, "ref": ref, "blinds": list(gap.blinds)}


def _read_gap(item: dict[str, Any]) -> Gap:
    found = item.get("ref")
    ref = ObjectRef(*(str(found.get(key, "")) for key in ObjectRef._fields)) if isinstance(found, dict) else None
    blinds = item.get("blinds")
    return Gap(
        str(item.get("code", "")),
        str(item.get("reason", "")),
        str(item.get("path", "")),
        ref=ref,
        blinds=tuple(map(str, blinds)) if isinstance(blinds, list) else (),
    )
