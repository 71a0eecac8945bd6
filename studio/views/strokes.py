"""The mathematics of drawing: ink on a fine sheet, averaged to the pixels that a model sees.

Ink lies on a sheet FINE times finer than the 28x28 image, so that a stroke that moves by a
fraction of a pixel changes the picture by a fraction of a grey value, as it does in MNIST.

Shapes: ink uint8 (SIDE * FINE, SIDE * FINE); image uint8 (SIDE, SIDE); mask bool (SIDE, SIDE).
Positions and radii are in image pixels: (0, 0) is the corner of the top left pixel, x to the right
and y down.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 28
FINE = 8
EDGE = 0.7
"""Width in pixels of a stroke's soft edge; with it, a stroke of the pen looks like MNIST's."""

Point = tuple[float, float]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def blank() -> Image:
    """A sheet without ink."""
    return np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)


def average(ink: Image) -> Image:
    """The image of a sheet: each pixel is the rounded mean of its FINE x FINE cells."""
    cells = ink.reshape(SIDE, FINE, SIDE, FINE)
    total: NDArray[np.uint32] = cells.sum(axis=(1, 3), dtype=np.uint32)
    return ((total + FINE * FINE // 2) // (FINE * FINE)).astype(np.uint8)


def enlarge(image: Image) -> Image:
    """The sheet whose average is exactly `image`."""
    if image.shape != (SIDE, SIDE):
        raise ValueError(f"A drawing is {SIDE} x {SIDE} pixels; this image is {image.shape}.")
    return np.repeat(np.repeat(image.astype(np.uint8), FINE, axis=0), FINE, axis=1)


def stamp(
    ink: Image,
    start: Point,
    end: Point,
    radii: tuple[float, float],
    *,
    erase: bool = False,
) -> None:
    """Draws, or erases, one piece of a stroke: a capsule whose radius runs from one to the other.

    Overlapping pieces do not add up: ink takes the larger value, the eraser the smaller, so a
    stroke is equally bright however many mouse events it was made of.
    """
    reach = max(radii) + EDGE
    window = _window(start, end, reach, FINE)
    if window is None:
        return
    rows, columns = window
    distance = _distance(start, end, radii, rows, columns, FINE)
    cover = np.clip(0.5 - distance / EDGE, 0.0, 1.0)
    cover *= cover * (3.0 - 2.0 * cover)
    value = np.rint(cover * 255.0).astype(np.uint8)
    region = ink[rows, columns]
    if erase:
        np.minimum(region, 255 - value, out=region)
    else:
        np.maximum(region, value, out=region)


def mark(mask: Mask, start: Point, end: Point, radius: float, *, value: bool) -> None:
    """Sets all pixels of the mask whose centre lies within `radius` of the segment."""
    window = _window(start, end, radius, 1)
    if window is None:
        return
    rows, columns = window
    inside = _distance(start, end, (radius, radius), rows, columns, 1) <= 0.0
    mask[rows, columns][inside] = value


def grown(mask: Mask) -> Mask:
    """The mask and all its neighbours, diagonal ones included."""
    framed = np.pad(mask, 1)
    result = np.zeros_like(mask)
    for row in range(3):
        for column in range(3):
            result |= framed[row : row + SIDE, column : column + SIDE]
    return result


def _window(start: Point, end: Point, reach: float, fine: int) -> tuple[slice, slice] | None:
    """The cells that a capsule may touch; None where that is outside the sheet."""
    slices = []
    for low, high in (sorted(pair) for pair in zip(start, end, strict=True)):
        first = max(int(np.floor((low - reach) * fine)), 0)
        last = min(int(np.ceil((high + reach) * fine)), SIDE * fine)
        if first >= last:
            return None
        slices.append(slice(first, last))
    return slices[1], slices[0]


def _distance(
    start: Point, end: Point, radii: tuple[float, float], rows: slice, columns: slice, fine: int
) -> NDArray[np.floating]:
    """Signed distance in pixels from each cell's centre to the capsule's edge, inside negative."""
    x = (np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5) / fine - start[0]
    y = ((np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) / fine - start[1])[:, None]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / max(length, 1e-12), 0.0, 1.0)
    radius = radii[0] + along * (radii[1] - radii[0])
    distance: NDArray[np.floating] = np.hypot(x - along * dx, y - along * dy) - radius
    return distance


@dataclass(frozen=True, slots=True)
class Patch:
    """What one command changed in one array: the exclusive or of before and after, packed.

    Applying a patch twice restores the array to the byte, so the same patch undoes and redoes.
    """

    rows: slice
    columns: slice
    packed: bytes

    @staticmethod
    def between(before: NDArray[Any], after: NDArray[Any]) -> Patch | None:
        """The patch from one array to the other; None if they are equal."""
        changed = before != after
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if rows.size == 0:
            return None
        window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        flipped = before[window].view(np.uint8) ^ after[window].view(np.uint8)
        return Patch(*window, zlib.compress(flipped.tobytes(), 1))

    def apply(self, array: NDArray[Any]) -> None:
        """Flips `array` in place between the two states."""
        region = array[self.rows, self.columns].view(np.uint8)
        flipped = np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(region.shape)
        np.bitwise_xor(region, flipped, out=region)
