"""Sealed safetensors: named arrays with a description and a checksum, and nothing that could run.

safetensors keeps code out of a file, but it does not notice a flipped bit, believes names twice
and reads a header of any kind. So a sealed file carries in its metadata

    format    what it is: "modescope-model", "modescope-checkpoint", "modescope-bundle", ...
    version   a whole number; a file from a newer version is refused, not guessed at
    spec      canonical JSON: what the arrays belong to
    sha256    of the spec, a zero byte, the canonical table of arrays, a zero byte, and the data

and is checked against all of it, and against limits, before safetensors sees a byte. The checksum
finds damage, not forgery: what protects against a malicious file is that all it may hold is
numbers for arrays whose names, shapes and types are known beforehand.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from studio.library import plain
from studio.library.files import reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader
    from pathlib import Path

MAX_FILE = 512 * 2**20
MAX_HEADER = 2**20
MAX_ARRAYS = 4_096

_BYTES = {"BOOL": 1, "U8": 1, "I64": 8, "I32": 4, "F16": 2, "BF16": 2, "F32": 4, "F64": 8}


class BadRun(ValueError):
    """A run or model file that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Entry:
    """An array as the header describes it: safetensors' word for the type, and the shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """The head of a sealed file, before its data have been read.

    Attributes:
        spec: Canonical JSON, not parsed yet.
        entries: The arrays by name.
        spans: Where the bytes of each lie, counted from `start`.
        start: Where in the file the data begin.
        sha256: What spec, table and data shall hash to; `table` is the table as it is hashed.
    """

    spec: str
    entries: Mapping[str, Entry]
    spans: Mapping[str, tuple[int, int]]
    start: int
    sha256: str
    table: str

    def digest(self) -> hashlib._Hash:
        """A checksum that has been fed all but the data."""
        digest = hashlib.sha256(self.spec.encode("utf-8", "surrogatepass"))
        for piece in (b"\0", self.table.encode(), b"\0"):
            digest.update(piece)
        return digest


def read(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes.

    Raises:
        BadRun: it is missing, too large, or not an ordinary file.
    """
    try:
        with open_file(path, limit=limit) as file:
            # As much as there is: Python takes memory for as much as it is asked for.
            return file.read(os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise BadRun(f"cannot read {called(path)}: {reason(error)}") from error


def open_file(path: Path, *, limit: int, follow: bool = True) -> BufferedReader:
    """An ordinary file of at most `limit` bytes, open for reading.

    Arguments:
        follow: Whether it may be a link to one.

    Raises:
        BadRun: it is too large, or not an ordinary file.
        OSError: it cannot be opened.
    """
    if not follow and path.is_symlink():
        raise BadRun(f"{called(path)} is not an ordinary file")
    # Without O_NONBLOCK, opening a named pipe would wait for ever.
    flags = ("O_NONBLOCK", "O_BINARY") if follow else ("O_NONBLOCK", "O_BINARY", "O_NOFOLLOW")
    number = os.O_RDONLY
    for flag in flags:
        number |= getattr(os, flag, 0)
    handle = os.open(path, number)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise BadRun(f"{called(path)} is not an ordinary file")
        if about.st_size > limit:
            raise BadRun(f"{called(path)} is larger than {limit // 2**20} MiB")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def called(path: Path) -> str:
    """How a message names a file: with its folder, without control characters."""
    name = "/".join(path.parts[-2:])
    return "".join(c if c.isprintable() else "?" for c in name)[-80:]


def seal(draft: bytes, *, kind: str, version: int, spec: object) -> bytes:
    """Writes format, version, spec and checksum into freshly serialised safetensors bytes."""
    size = int.from_bytes(draft[:8], "little")
    table, data = plain.parse(draft[8 : 8 + size]), memoryview(draft)[8 + size :]
    table.pop("__metadata__", None)
    assert len(table) <= MAX_ARRAYS
    text = plain.dump(spec)
    digest = Header(text, {}, {}, 0, "", plain.dump(table)).digest()
    digest.update(data)
    return sealed_header(table, text, digest.hexdigest(), kind=kind, version=version) + data


def sealed_header(
    table: Mapping[str, Any], spec: str, sha256: str, *, kind: str, version: int, size: int = 0
) -> bytes:
    """The bytes before the data: the length of the header and the header, `size` bytes at least."""
    metadata = {"format": kind, "version": str(version), "spec": spec, "sha256": sha256}
    head = plain.dump({"__metadata__": metadata, **table}).encode()
    head += b" " * max(-len(head) % 8, size - 8 - len(head))  # keeps the data aligned
    assert len(head) <= MAX_HEADER
    return len(head).to_bytes(8, "little") + head


def unseal(
    content: bytes, name: str, *, kind: str, version: int
) -> tuple[Any, Mapping[str, Entry]]:
    """The spec and the table of arrays of a sealed file; afterwards safetensors may load it.

    Raises:
        BadRun: it is not such a file, is damaged, or comes from a newer version.
    """
    header = header_of(content, len(content), name, kind=kind, version=version)
    digest = header.digest()
    digest.update(memoryview(content)[header.start :])
    return checked_spec(header, digest.hexdigest(), name), header.entries


def checked_spec(header: Header, sha256: str, name: str) -> Any:
    """What the arrays belong to, once it is known what all of the file hashes to.

    Raises:
        BadRun: it is not what the header says.
    """
    try:
        if header.sha256 != sha256:
            raise ValueError("its checksum does not match")
        return plain.parse(header.spec)
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None


def header_of(
    content: bytes, size: int, name: str, *, kind: str, version: int, limit: int = MAX_FILE
) -> Header:
    """The head of a sealed file of `size` bytes that begins with `content`.

    `content` may end where the data begin; `header_size` tells where that is. An array holds at
    most `limit` numbers.

    Raises:
        BadRun: it is not such a file, is damaged, or comes from a newer version.
    """
    length = header_size(content, size, name)
    try:
        table = plain.parse(content[8 : 8 + length])
        metadata = table.pop("__metadata__", None) if isinstance(table, dict) else None
        if not isinstance(metadata, dict) or metadata.get("format") != kind:
            raise BadRun(f"{name} is not a {kind.replace('-', ' ')} file")
        found = _version(metadata)
        if found > version:
            raise BadRun(
                f"{name} was made by a newer Modescope (format {found}, this one reads {version})"
            )
        entries, spans = _entries(table, size - 8 - length, limit)
        spec, sha256 = metadata.get("spec"), metadata.get("sha256")
        if not isinstance(spec, str):
            raise ValueError("it has no spec")
        if not isinstance(sha256, str):
            raise ValueError("its checksum does not match")
        return Header(spec, entries, spans, 8 + length, sha256, plain.dump(table))
    except BadRun:
        raise
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None


def header_size(content: bytes, size: int, name: str) -> int:
    """How long the header is in a file of `size` bytes that begins with `content`.

    Raises:
        BadRun: it is no sealed file, or its header does not fit into it.
    """
    if len(content) < 10 or content[8:9] != b"{":
        raise BadRun(f"{name} is not a Modescope file")
    length = int.from_bytes(content[:8], "little")
    if length > MAX_HEADER or 8 + length > size:
        raise BadRun(f"{name} is damaged or cut short: its header does not fit")
    return length


def read_head(file: BinaryIO, size: int, name: str) -> bytes:
    """The bytes of a sealed file of `size` bytes that come before its data.

    Raises:
        BadRun: it is no sealed file, or its header does not fit into it.
    """
    begin = file.read(10)
    return begin + file.read(max(0, header_size(begin, size, name) - 2))


def _version(metadata: Mapping[str, Any]) -> int:
    text = metadata.get("version")
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 9:
        version = int(text)
        if version >= 1:
            return version
    raise ValueError("it has no version")


def _entries(
    header: Mapping[str, Any], data_size: int, limit: int
) -> tuple[dict[str, Entry], dict[str, tuple[int, int]]]:
    """The table of arrays, which must tile the data without gap or overlap."""
    if len(header) > MAX_ARRAYS:
        raise ValueError(f"it names more than {MAX_ARRAYS:,} arrays")
    entries: dict[str, Entry] = {}
    spans: dict[str, tuple[int, int]] = {}
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise ValueError("its table of arrays is broken")
        dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
        known = isinstance(dtype, str) and dtype in _BYTES
        if not (known and _whole(shape, limit) and _whole(span, limit)):
            raise ValueError("its table of arrays is broken")
        count = 1
        for length in shape:
            count *= length
            if count > limit:
                raise ValueError("its table of arrays is broken")
        if len(span) != 2 or span[1] - span[0] != count * _BYTES[dtype]:
            raise ValueError("its table of arrays is broken")
        entries[name] = Entry(dtype, tuple(shape))
        spans[name] = (span[0], span[1])
    end = 0
    for first, last in sorted(spans.values()):
        if first != end:
            raise ValueError("its arrays overlap or leave gaps")
        end = last
    if end != data_size:
        raise ValueError("its data do not have the length that it says")
    return entries, spans


def _whole(values: object, limit: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= 8
        and all(type(value) is int and 0 <= value <= limit for value in values)
    )
