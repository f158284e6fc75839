"""An inventory in, one file out, and back: everything that an audit read of a cluster, so that it can be judged again.

The file is one JSON document, compressed, with one object a line (`schemas/snapshot-v1.json` describes it), so that
neither writing nor reading holds it as a whole.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import orjson

from auditor.collectors.cluster import OBSERVED
from auditor.collectors.read import reference
from auditor.collectors.sniff import GZIP, SCHEMA, ZSTD
from auditor.model.errors import NothingRead, UsageError
from auditor.model.inventory import Gap, Inventory, Provenance, Resource
from auditor.model.refs import ObjectRef, Origin

_LONGEST_LINE: Final = 64 << 20
_MOST_BYTES: Final = 8 << 30
"""Unpacked; a snapshot of 20,000 pods has less than 200 MB."""

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
        line = {"path": resource.origin.file, "object": resource.manifest}
        if resource.rest:
            line["rest"] = resource.rest
        self._handle.write((b",\n" if self._count else b"") + orjson.dumps(line))
        self._count += 1

    def finish(self, inventory: Inventory) -> None:
        """Writes the rest: what could not be read, and where everything comes from."""
        tail = {
            "kinds": sorted(inventory.kinds),
            "missing": [
                {"kind": kind, "namespace": namespace, "reason": reason}
                for (kind, namespace), reason in sorted(inventory.missing.items())
            ],
            "gaps": [_gap(gap) for gap in sorted(inventory.gaps, key=lambda gap: (gap.file, gap.code, gap.reason))],
            "provenance": inventory.provenance._asdict(),
        }
        self._handle.write(b"\n]," + orjson.dumps(tail)[1:] + b"\n")


@contextmanager
def writing(path: str, cluster: str) -> Iterator[Writer]:
    """A snapshot file to be written: compressed by the end of its name, `.zst` or `.gz`; raises `UsageError`."""
    try:
        with open(path, "wb") as raw:
            if path.endswith(".zst"):
                import zstandard

                with zstandard.ZstdCompressor(level=6).stream_writer(raw, closefd=False) as packed:
                    yield Writer(packed, cluster)
            elif path.endswith(".gz"):
                with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                    yield Writer(packed, cluster)  # type: ignore[arg-type] # writes bytes as any file does
            else:
                yield Writer(raw, cluster)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}", "Check --save.") from error


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
    lines = _lines(_unpacked(handle))
    head = _json(next(lines, b"").rstrip() + b"]}") or {}
    if head.get("schema") != SCHEMA:
        raise NothingRead(f"{name}: is no snapshot that this version can read", f"Its schema would be {SCHEMA}.")
    world = str(head.get("cluster") or name)
    inventory = Inventory(Provenance(world, ""))
    for number, line in enumerate(lines, 2):
        if line.startswith(b"]"):
            _finish(inventory, _json(b"{" + line.rstrip().removeprefix(b"],")) or {}, world)
            return inventory
        resource = _resource(_json(line.rstrip().removesuffix(b",")), world)
        if resource is None:
            inventory.gaps.append(Gap("snapshot-line", f"line {number} is no object; the file is damaged", name))
            continue
        inventory.objects += resource.ref.api_version != OBSERVED
        kept = keep(resource)
        if kept is not None:
            inventory.resources.append(kept)
    inventory.gaps.append(Gap("snapshot-cut", "the snapshot ends too early; its last part is missing", name))
    inventory.provenance = inventory.provenance._replace(interrupted=True)
    return inventory


def _unpacked(handle: IO[bytes]) -> IO[bytes]:
    head = handle.read(4)
    whole = io.BufferedReader(_Joined(head, handle))
    if head == ZSTD:
        import zstandard

        return io.BufferedReader(zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(whole))
    return gzip.GzipFile(fileobj=whole) if head[:2] == GZIP else whole  # type: ignore[return-value] # a reader of bytes


class _Joined(io.RawIOBase):
    """What was read already, and the rest of a stream that may not be able to seek."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head or self._rest.read(len(buffer))
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        self._head = self._head[size:] if self._head else b""
        return size


def _lines(handle: IO[bytes]) -> Iterator[bytes]:
    """Lines as far as they can be unpacked: of a damaged file that is the end."""
    total = 0
    while True:
        try:
            line = handle.readline(_LONGEST_LINE)
        except (OSError, EOFError, ValueError, zlib.error):
            return
        total += len(line)
        if not line or len(line) >= _LONGEST_LINE or total > _MOST_BYTES:
            return
        yield line


def _resource(entry: dict[str, Any] | None, world: str) -> Resource | None:
    manifest = entry.get("object") if entry else None
    if entry is None or not isinstance(manifest, dict) or not isinstance(entry.get("path"), str):
        return None
    kind, version = str(manifest.get("kind", "")), str(manifest.get("apiVersion", ""))
    origin = Origin(entry["path"], 0, 0)
    return Resource(reference(version, kind, manifest), manifest, origin, world, str(entry.get("rest") or ""))


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
        version=str(known.get("version") or ""),
        requests=requests if isinstance(requests, int) else 0,
        interrupted=bool(known.get("interrupted")),
    )
    inventory.kinds = _texts(tail, "kinds")
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
