"""Ink on paper: turns the dots of a pen into 28x28 images by MNIST's conventions.

The ink fits a box of 20x20 pixels with its proportions kept, its centre of mass lies at pixel
(14, 14), as in MNIST, and its edge falls from full to nothing within about a pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 28
BOX = 20
_EDGE = 1.15
"""Width of the soft edge in pixels, as measured on MNIST."""

_WINDOW = 8
_MARGIN = 6
"""Empty border of the working field, so that windows never leave it."""


def render(
    dots: NDArray[np.float64], weight: NDArray[np.float64], thickness: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Draw n digits.

    Args:
        dots: (n, K, 2) places of the pen, x and y in any unit, close enough to overlap.
        weight: (n, K) relative thickness of the pen there.
        thickness: (n,) width of the pen in pixels of the image.

    Returns:
        uint8 (n, 28, 28).
    """
    radius = np.minimum(0.5 * thickness[:, None] * weight, 0.5 * _WINDOW - 1 - 0.5 * _EDGE)
    places = _into_box(dots, radius.max(axis=1) + 0.5 * (_EDGE - 1))
    distance = _distance(places.astype(np.float32), radius.astype(np.float32))
    ink = np.clip(0.5 - distance / _EDGE, 0.0, 1.0)
    return _centre(np.round(ink * 255).astype(np.uint8))


def _into_box(dots: NDArray[np.float64], rim: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale and move so that dots with a rim of that many pixels fill the box.

    A pixel shows ink up to half a pixel from its centre, hence the 1 taken off the rim above.
    """
    low, high = dots.min(axis=1), dots.max(axis=1)
    room = BOX - 2 * rim
    scale = room / np.maximum((high - low).max(axis=1), 1e-6)
    middle = 0.5 * (low + high)
    # Pixel centres are whole numbers, so the middle of the field is at 13.5.
    places: NDArray[np.float64] = (dots - middle[:, None]) * scale[:, None, None]
    return places + 0.5 * (SIDE - 1)


def _distance(places: NDArray[np.float32], radius: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance of each pixel from the ink's border, negative inside: (n, 28, 28).

    Each dot reaches only the pixels in a small window around it, and no two digits share
    pixels, so one dot of all digits at a time can be handled without conflicts.
    """
    count = len(places)
    side = SIDE + 2 * _MARGIN
    field = np.full((count, side * side), 99.0, np.float32)
    offsets = np.arange(_WINDOW, dtype=np.int64) - (_WINDOW // 2 - 1)
    window = (offsets[:, None] * side + offsets[None]).reshape(-1)
    home = np.arange(count)[:, None] * side * side
    flat = field.reshape(-1)
    cells = np.floor(places)
    corners = (cells[..., 1].astype(np.int64) + _MARGIN) * side
    corners += cells[..., 0].astype(np.int64) + _MARGIN
    rests = (places - cells).astype(np.float32)
    steps = offsets.astype(np.float32)
    for k in range(places.shape[1]):
        dx = (steps - rests[:, k, :1]) ** 2
        dy = (steps - rests[:, k, 1:]) ** 2
        far = np.sqrt(dy[:, :, None] + dx[:, None, :]).reshape(count, -1) - radius[:, k, None]
        where = corners[:, k, None] + window + home
        flat[where] = np.minimum(flat[where], far)
    grid = field.reshape(count, side, side)
    return grid[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _centre(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move by whole pixels so that the centre of mass comes nearest to (14, 14)."""
    mass = images.sum(axis=(1, 2), dtype=np.int64)
    places = np.arange(SIDE)
    x = (images.sum(axis=1, dtype=np.int64) * places).sum(axis=1)
    y = (images.sum(axis=2, dtype=np.int64) * places).sum(axis=1)
    # The ink lies in rows and columns 4..23, so four pixels either way lose none of it.
    right = np.clip(np.round(SIDE / 2 - x / np.maximum(mass, 1)), -4, 4).astype(np.int64)
    down = np.clip(np.round(SIDE / 2 - y / np.maximum(mass, 1)), -4, 4).astype(np.int64)
    rows = (places[None] - down[:, None]) % SIDE
    columns = (places[None] - right[:, None]) % SIDE
    numbers = np.arange(len(images))
    moved: NDArray[np.uint8] = images[numbers[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved
