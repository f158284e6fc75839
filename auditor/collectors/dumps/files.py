"""A folder, tarball or file in, the files inside out, one at a time: nothing is unpacked, links are not followed."""

import gzip
import os
import tarfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Final, NamedTuple

from auditor.collectors.walk import MAX_DEPTH
from auditor.collectors.yaml.text import Unreadable
from auditor.model.inventory import Gap

MOST_BYTES: Final = 256 << 20
"""Of one file; a list of 20,000 pods as kubectl prints it has about 200 MB."""
_MOST_SPAN: Final = 512 << 20
"""What a tarball may hold from one header to the next: an attribute as large as a disk would be held in memory."""
_MOST_TOTAL: Final = 8 << 30
_MOST_ENTRIES: Final = 200_000
CUT: Final = "dump-cut"
"""The code of the gap that says that a dump was not read to its end."""
_GZIP: Final = b"\x1f\x8b"
_BLOCK: Final = tarfile.BLOCKSIZE
_SUFFIXES: Final = (".gz", ".tgz", ".tar", ".json", ".yaml", ".yml")


class Entry(NamedTuple):
    """A file: its name inside of the dump, its size in bytes, and what reads it, until the next one is asked for."""

    name: str
    size: int
    read: Callable[[], bytes]
    """Raises `Unreadable`."""


def entries(path: str, gaps: list[Gap]) -> Iterator[Entry]:
    """The regular files of a dump; why there are no more than those is a gap of code `CUT`."""
    try:
        for count, entry in enumerate(_found(path, gaps)):
            if count >= _MOST_ENTRIES:
                raise _TooMuch(f"holds more than {_MOST_ENTRIES} files")
            yield entry
    except _BROKEN as error:
        gaps.append(Gap(CUT, f"could not be read to its end: {_words(error)}", os.path.basename(path)))


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error)


def _found(path: str, gaps: list[Gap]) -> Iterator[Entry]:
    if os.path.isdir(path):
        return _folder(_inner(path), gaps)
    return _tarball(path) if is_tarball(path) else iter([_entry(path, _label(os.path.basename(path)))])


def is_tarball(path: str) -> bool:
    """Whether a file is a tarball, compressed or not, by its first bytes."""
    if not os.path.isfile(path):  # a pipe would wait for its writer
        return False
    try:
        with open(path, "rb") as handle:
            head = handle.read(_BLOCK)
            if head.startswith(_GZIP):
                handle.seek(0)
                with gzip.GzipFile(fileobj=handle) as unpacked:
                    head = unpacked.read(_BLOCK)
    except (OSError, EOFError, zlib.error):
        return False
    return len(head) == _BLOCK and head[257:262] == b"ustar"


def stable_name(path: str) -> str:
    """The name of a dump without where it lies and what it is packed in."""
    name = os.path.basename(os.path.abspath(path))
    while name.endswith(_SUFFIXES) and not name.startswith("."):
        name = name.rpartition(".")[0]
    return name


class _TooMuch(Exception):
    """More than is read of anything."""


_BROKEN: Final = (tarfile.TarError, _TooMuch, OSError, EOFError, zlib.error, ValueError, RecursionError)
"""What reading a broken file may raise; a chain of headers is read by recursion."""


class _Bounded:
    """A stream that ends with an error where somebody packed more than fits."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.span = 0
        self.total = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.span += len(data)
        self.total += len(data)
        if self.span > _MOST_SPAN or self.total > _MOST_TOTAL:
            raise _TooMuch(f"holds more than {min(self.span, _MOST_TOTAL) >> 20} MiB in one piece")
        return data


class _Header(tarfile.TarInfo):
    """A header that has to be one: tarfile takes a damaged one, and the lack of any, for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        if len(buf) < _BLOCK:
            raise tarfile.ReadError("the file ends too early")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise tarfile.ReadError("a header is damaged") from error
            raise


def _tarball(path: str) -> Iterator[Entry]:
    with open(path, "rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        bounded = _Bounded(gzip.GzipFile(fileobj=raw) if packed else raw)  # type: ignore[arg-type] # reads bytes
        with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Header) as archive:  # type: ignore[call-overload] # it reads, no more
            while (info := archive.next()) is not None:
                archive.members.clear()
                bounded.span = 0
                if info.isreg():
                    yield Entry(_label(info.name), info.size, partial(_of_tarball, archive, info))


def _of_tarball(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    if info.size > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB")
    try:
        handle = archive.extractfile(info)
        return handle.read(MOST_BYTES) if handle else b""
    except _BROKEN as error:
        raise Unreadable(f"cannot be read: {_words(error)}") from error


def _inner(path: str) -> str:
    """The folder, or the only one inside of it: what a tarball was unpacked into."""
    found = list(os.scandir(path))
    return found[0].path if len(found) == 1 and found[0].is_dir(follow_symlinks=False) else path


def _folder(root: str, gaps: list[Gap]) -> Iterator[Entry]:
    """Level by level, so that what tells a dump shows early."""
    pending = deque([(root, "", 0)])
    while pending:
        folder, prefix, depth = pending.popleft()
        try:
            found = sorted(os.scandir(folder), key=lambda item: item.name)
        except OSError as error:
            gaps.append(Gap(CUT, f"the folder cannot be read: {error.strerror}", _label(prefix or folder)))
            continue
        for item in found:
            name = f"{prefix}{item.name}"
            if item.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                pending.append((item.path, f"{name}/", depth + 1))
            elif item.is_file(follow_symlinks=False):
                yield _entry(item.path, _label(name))


def _entry(path: str, name: str) -> Entry:
    return Entry(name, os.stat(path).st_size, partial(_of_file, path))


def _of_file(path: str) -> bytes:
    try:
        with open(path, "rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            data = b"" if size > MOST_BYTES else handle.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error
    if size > MOST_BYTES or len(data) > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES >> 20} MiB")
    return data


def _label(name: str) -> str:
    """A name as text that can be printed as UTF-8, without the dot that tar puts before it."""
    return name.encode("utf-8", "replace").decode("utf-8").removeprefix("./")
