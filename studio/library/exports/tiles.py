"""Digits side by side on one ground, pixels enlarged as pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUND = (20, 22, 26)
"""#14161A, the ground of the dark theme; ink is bright on it."""

PAPER = (244, 245, 247)
"""#F4F5F7, the ground of the light theme; ink is dark on it."""

TEXT = (152, 161, 176)
TEXT_ON_PAPER = (91, 100, 114)


def columns_for(count: int) -> int:
    """Columns of the squarest grid."""
    return max(1, math.ceil(math.sqrt(count)))


def scale_for(columns: int, width: int) -> int:
    """How much to enlarge pixels so that a row of digits is about 900 wide."""
    return min(8, max(1, round(900 / (columns * width))))


def tile(
    images: NDArray[np.uint8],
    *,
    columns: int,
    scale: int,
    gap: int,
    ground: tuple[int, int, int],
) -> NDArray[np.uint8]:
    """One picture, uint8 (height, width, 3).

    Arguments:
        images: uint8 (N, H, W) or (N, H, W, 3); missing ones of the last row stay ground.
        scale: Each pixel becomes scale x scale pixels.
        gap: Pixels between digits and around them.
        ground: Shows in the gaps.
    """
    if images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=-1)
    count, height, width, _ = images.shape
    rows = math.ceil(count / columns)
    cell_height, cell_width = height * scale + gap, width * scale + gap
    picture = np.empty((rows * cell_height + gap, columns * cell_width + gap, 3), np.uint8)
    picture[:] = ground
    enlarged = images.repeat(scale, axis=1).repeat(scale, axis=2)
    for index, image in enumerate(enlarged):
        top = gap + index // columns * cell_height
        left = gap + index % columns * cell_width
        picture[top : top + height * scale, left : left + width * scale] = image
    return picture
