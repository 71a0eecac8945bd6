"""PNG files of any height from strips: a poster is never in memory as a whole.

Format: W3C Recommendation PNG (Third Edition), 2025; eight bits per channel, one image.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
"""The filter that keeps the difference to the line above: enlarged pixels become zeros."""


def png(
    width: int,
    height: int,
    strips: Iterable[NDArray[np.uint8]],
    *,
    texts: Mapping[str, str],
    dpi: float,
) -> bytes:
    """The bytes of a PNG.

    Arguments:
        strips: uint8 (h, width, 3) from the top down, `height` lines in all.
        texts: What programs find in it, by keyword (Latin letters, at most 79); Unicode.
        dpi: How large it is when printed.
    """
    packer = zlib.compressobj(6)
    parts = [
        _SIGNATURE,
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        _chunk(b"pHYs", struct.pack(">IIB", *2 * [round(dpi / 0.0254)], 1)),
        *(_text(keyword, text) for keyword, text in texts.items()),
    ]
    above = np.zeros((1, 3 * width), np.uint8)
    lines = 0
    for strip in strips:
        flat = np.ascontiguousarray(strip).reshape(len(strip), 3 * width)
        filtered = np.empty((len(flat), 1 + 3 * width), np.uint8)
        filtered[:, 0] = _UP
        np.subtract(flat, np.concatenate([above, flat[:-1]]), out=filtered[:, 1:])
        above = flat[-1:]
        lines += len(flat)
        if packed := packer.compress(filtered.data):
            parts.append(_chunk(b"IDAT", packed))
    assert lines == height
    parts += [_chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text(keyword: str, text: str) -> bytes:
    if text.isascii():
        return _chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode())
    return _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode())
