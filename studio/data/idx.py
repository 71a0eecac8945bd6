"""The IDX format that MNIST and its relatives are kept in.

A header of big-endian numbers (two zero bytes, type, number of dimensions, each dimension),
then the values. Format: http://yann.lecun.com/exdb/mnist/. Only unsigned bytes occur here.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNSIGNED_BYTES = 0x08
_MOST_BYTES = 1 << 30


def unpack(data: bytes) -> bytes:
    """Undo gzip.

    Raises:
        ValueError: not gzip, cut off, damaged, or unpacking to more than a gigabyte.
    """
    try:
        with gzip.open(io.BytesIO(data)) as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it does not unpack ({error})") from error
    if len(content) > _MOST_BYTES:
        raise ValueError("it unpacks to more than a gigabyte")
    return content


def read_idx(data: bytes, dimensions: int) -> NDArray[np.uint8]:
    """The array in the bytes of an IDX file, which must have that many dimensions.

    Raises:
        ValueError: the header is not what it must be, or does not fit the length.
    """
    head = 4 + 4 * dimensions
    if len(data) < head:
        raise ValueError("it is too short for its header")
    zeros, kind, found = struct.unpack_from(">HBB", data)
    if zeros != 0 or kind != _UNSIGNED_BYTES:
        raise ValueError("it is not an IDX file of bytes")
    if found != dimensions:
        raise ValueError(f"it has {found} dimensions instead of {dimensions}")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    # Python's whole numbers: a header full of huge sizes must not overflow into a match.
    size = 1
    for length in shape:
        size *= length
    if size != len(data) - head:
        raise ValueError(f"its header says {size:,} values but it holds {len(data) - head:,}")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def as_idx(array: NDArray[np.uint8]) -> bytes:
    """The bytes of an IDX file that `read_idx` reads back as the same array."""
    assert array.dtype == np.uint8
    head = struct.pack(f">HBB{array.ndim}I", 0, _UNSIGNED_BYTES, array.ndim, *array.shape)
    return head + array.tobytes()
