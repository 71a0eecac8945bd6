"""Sealed safetensors: named arrays with a description and a checksum, and nothing that could run.

safetensors keeps code out of a file, but it does not notice a flipped bit, believes names twice
and reads a header of any kind. So a sealed file carries in its metadata

    format    what it is: "modescope-model" or "modescope-history"
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
from typing import TYPE_CHECKING, Any

from studio.library import plain
from studio.library.files import reason

if TYPE_CHECKING:
    from collections.abc import Mapping
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


def read(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes.

    Raises:
        BadRun: it is missing, too large, or not an ordinary file.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise BadRun(f"{called(path)} is not an ordinary file")
            if about.st_size > limit:
                raise BadRun(f"{called(path)} is larger than {limit // 2**20} MiB")
            return file.read(limit + 1)
    except OSError as error:
        raise BadRun(f"cannot read {called(path)}: {reason(error)}") from error


def called(path: Path) -> str:
    """How a message names a file: with its folder, without control characters."""
    name = "/".join(path.parts[-2:])
    return "".join(c if c.isprintable() else "?" for c in name)[-80:]


def seal(draft: bytes, *, kind: str, version: int, spec: object) -> bytes:
    """Writes format, version, spec and checksum into freshly serialised safetensors bytes."""
    size = int.from_bytes(draft[:8], "little")
    header, data = plain.parse(draft[8 : 8 + size]), memoryview(draft)[8 + size :]
    header.pop("__metadata__", None)
    text = plain.dump(spec)
    metadata = {
        "format": kind,
        "version": str(version),
        "spec": text,
        "sha256": _checksum(text, header, data),
    }
    head = plain.dump({"__metadata__": metadata} | header).encode()
    head += b" " * (-len(head) % 8)  # safetensors keeps its data aligned
    assert len(head) <= MAX_HEADER
    assert len(header) <= MAX_ARRAYS
    return len(head).to_bytes(8, "little") + head + data


def unseal(
    content: bytes, name: str, *, kind: str, version: int
) -> tuple[Any, Mapping[str, Entry]]:
    """The spec and the table of arrays of a sealed file; afterwards safetensors may load it.

    Raises:
        BadRun: it is not such a file, is damaged, or comes from a newer version.
    """
    size = int.from_bytes(content[:8], "little")
    if len(content) < 10 or content[8:9] != b"{":
        raise BadRun(f"{name} is not a Modescope file")
    if size > MAX_HEADER or 8 + size > len(content):
        raise BadRun(f"{name} is damaged or cut short: its header does not fit")
    try:
        header = plain.parse(content[8 : 8 + size])
        metadata = header.pop("__metadata__", None) if isinstance(header, dict) else None
        if not isinstance(metadata, dict) or metadata.get("format") != kind:
            raise BadRun(f"{name} is not a {kind.replace('-', ' ')} file")
        found = _version(metadata)
        if found > version:
            raise BadRun(
                f"{name} was made by a newer Modescope (format {found}, this one reads {version})"
            )
        entries = _entries(header, len(content) - 8 - size)
        spec = metadata.get("spec")
        if not isinstance(spec, str):
            raise ValueError("it has no spec")
        if metadata.get("sha256") != _checksum(spec, header, memoryview(content)[8 + size :]):
            raise ValueError("its checksum does not match")
        return plain.parse(spec), entries
    except BadRun:
        raise
    except ValueError as error:
        raise BadRun(f"{name} is damaged: {error}") from None


def _version(metadata: Mapping[str, Any]) -> int:
    text = metadata.get("version")
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 9:
        version = int(text)
        if version >= 1:
            return version
    raise ValueError("it has no version")


def _entries(header: Mapping[str, Any], data_size: int) -> dict[str, Entry]:
    """The table of arrays, which must tile the data without gap or overlap."""
    if len(header) > MAX_ARRAYS:
        raise ValueError(f"it names more than {MAX_ARRAYS:,} arrays")
    entries: dict[str, Entry] = {}
    spans = []
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise ValueError("its table of arrays is broken")
        dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not (isinstance(dtype, str) and dtype in _BYTES and _whole(shape) and _whole(span)):
            raise ValueError("its table of arrays is broken")
        count = 1
        for length in shape:
            count *= length
            if count > MAX_FILE:
                raise ValueError("its table of arrays is broken")
        if len(span) != 2 or span[1] - span[0] != count * _BYTES[dtype]:
            raise ValueError("its table of arrays is broken")
        entries[name] = Entry(dtype, tuple(shape))
        spans.append((span[0], span[1]))
    end = 0
    for first, last in sorted(spans):
        if first != end:
            raise ValueError("its arrays overlap or leave gaps")
        end = last
    if end != data_size:
        raise ValueError("its data do not have the length that it says")
    return entries


def _whole(values: object) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= 8
        and all(type(value) is int and 0 <= value <= MAX_FILE for value in values)
    )


def _checksum(spec: str, header: Mapping[str, Any], data: memoryview) -> str:
    digest = hashlib.sha256(spec.encode("utf-8", "surrogatepass"))
    digest.update(b"\0")
    digest.update(plain.dump(header).encode())
    digest.update(b"\0")
    digest.update(data)
    return digest.hexdigest()
