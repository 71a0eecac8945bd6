"""The `.modescope` file: a run folder's files in one, written and read a piece at a time.

Format "modescope-bundle", version 1: a sealed safetensors file (see `container.py`) whose arrays
are files, as bytes, called as they are in the run folder, and whose spec is
`{"files": {NAME: SHA-256}}`. Nothing in it says where it is to be put.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Any, BinaryIO

from studio.data.atomic import write_all
from studio.library import plain
from studio.library.container import (
    MAX_ARRAYS,
    MAX_HEADER,
    BadRun,
    Header,
    checked_spec,
    header_of,
    read_head,
    sealed_header,
)
from studio.library.members import limit, pieces
from studio.library.run_folder import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from studio.data.disk import Disk

    Pulse = Callable[[int], None]

KIND, VERSION = "modescope-bundle", 1
MAX_BUNDLE = 8 * 2**30
_SHA256 = re.compile("[0-9a-f]{64}")


class BundleWriter:
    """Writes a new file: room for the header, the data, and at the end the header.

    Arguments:
        path: Does not exist yet.
        names: Of all files that may follow.
        pulse: Called with each number of bytes that is written, or read back; it may raise.

    Raises:
        BadRun: these are too many files; one sentence.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, names: Iterable[str], disk: Disk, pulse: Pulse) -> None:
        self._path, self._disk, self._pulse = path, disk, pulse
        self._room = _room(known := list(names))
        if self._room > MAX_HEADER or len(known) > MAX_ARRAYS:
            raise BadRun("the run holds more files than an export can take")
        self._table: dict[str, dict[str, Any]] = {}
        self._sums: dict[str, str] = {}
        self._end = 0
        self._fd = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        try:
            self._write(self._fd, bytes(self._room))
        except BaseException:
            self.close()
            raise

    def add(self, name: str, source: Callable[[Callable[[bytes], None]], object]) -> None:
        """A file, which `source` hands over piece by piece; if that fails, it is not in there."""
        digest, begin = hashlib.sha256(), self._end

        def take(piece: bytes) -> None:
            self._pulse(len(piece))
            self._write(self._fd, piece)
            digest.update(piece)
            self._end += len(piece)

        try:
            source(take)
        except BaseException:
            self._disk.truncate(self._fd, self._room + begin)
            self._end = begin
            raise
        span = [begin, self._end]
        self._table[name] = {"dtype": "U8", "shape": [span[1] - span[0]], "data_offsets": span}
        self._sums[name] = digest.hexdigest()

    def about(self, name: str) -> tuple[int, str]:
        """Size and SHA-256 of a file that was added."""
        return self._table[name]["shape"][0], self._sums[name]

    def finish(self) -> None:
        """Reads the data back for the checksum over everything, writes the header, and forces it
        all onto the disk."""
        spec = plain.dump({"files": self._sums})
        digest = Header(spec, {}, {}, 0, "", plain.dump(self._table)).digest()
        with self._path.open("rb") as file:
            file.seek(self._room)
            for piece in pieces(file, self._end, self._pulse):
                digest.update(piece)
        head = sealed_header(
            self._table, spec, digest.hexdigest(), kind=KIND, version=VERSION, size=self._room
        )
        assert len(head) == self._room
        handle = self._disk.open(self._path, os.O_WRONLY)
        try:
            self._write(handle, head)
            self._disk.fsync(handle)
        finally:
            self._disk.close(handle)

    def close(self) -> None:
        """Lets go of the file, finished or not."""
        self._disk.close(self._fd)

    def _write(self, handle: int, data: bytes) -> None:
        write_all(handle, data, self._disk)


def _room(names: list[str]) -> int:
    """Bytes that suffice for the header, whatever the numbers and checksums in it will be."""
    assert all(name.isascii() for name in names)
    size = 512 + sum(2 * len(name) + 200 for name in names)
    return size + -size % 8


class BundleReader:
    """Reads a file that anybody may have made.

    Arguments:
        file: Open, at its begin.
        size: Of the file.
        name: What messages call it.

    Raises:
        BadRun: it is no bundle, or holds what no run holds; one sentence.
    """

    def __init__(self, file: BinaryIO, size: int, name: str) -> None:
        self._file, self._name = file, name
        head = read_head(file, size, name)
        self._header = header_of(head, size, name, kind=KIND, version=VERSION, limit=MAX_BUNDLE)
        try:
            self._sums = self._checked(plain.parse(self._header.spec))
        except ValueError as error:
            raise BadRun(f"{name} is damaged: {error}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """Its files, in the order in which they lie."""
        return tuple(sorted(self._sums, key=self._header.spans.__getitem__))

    @property
    def version(self) -> int:
        """Of the run in it, as the names of its files tell."""
        return _version(self._header.entries)

    def _checked(self, spec: Any) -> dict[str, str]:
        sums = spec.get("files") if isinstance(spec, dict) else None
        entries = self._header.entries
        if not isinstance(sums, dict) or set(spec) != {"files"} or set(sums) != set(entries):
            raise ValueError("its list of files is broken")
        for name, entry in entries.items():
            most = limit(name, _version(entries))
            if most is None:
                raise ValueError(f"a run holds no file {name[:60]!r}")
            if entry.dtype != "U8" or len(entry.shape) != 1 or entry.shape[0] > most:
                raise ValueError(f"{name} in it is too large")
            if not isinstance(sums[name], str) or not _SHA256.fullmatch(sums[name]):
                raise ValueError(f"{name} in it has no checksum")
        return sums

    def files(self, pulse: Pulse) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each file in turn: its name, and its pieces, which have to be used up before the next.

        Raises:
            BadRun: when what has been read does not match its checksum.
        """
        whole = self._header.digest()
        for name in self.names:
            begin, end = self._header.spans[name]
            digest = hashlib.sha256()

            def parts(size: int = end - begin, digest: Any = digest) -> Iterator[bytes]:
                try:
                    for piece in pieces(self._file, size, pulse):
                        digest.update(piece)
                        whole.update(piece)
                        yield piece
                except ValueError as error:  # it has been cut since it was opened
                    raise BadRun(f"{self._name} is damaged: {error}") from None

            yield name, parts()
            if digest.hexdigest() != self._sums[name]:
                raise BadRun(f"{self._name} is damaged: the checksum of {name} does not match")
        checked_spec(self._header, whole.hexdigest(), self._name)


def _version(names: Iterable[str]) -> int:
    return 2 if HEAD in names else 1
